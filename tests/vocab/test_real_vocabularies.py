"""Templates against the vocabularies that they are for, through the product's engine and its tokenizer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from completion.errors import ModelFileInvalid
from completion.models import catalog
from completion.models.spec import FimTemplate
from tests.vocab import vocabularies
from tests.vocab.vocabularies import CONTROL, Engines, opened

PUBLISHED = ("deepseek-coder", "llama-spm", "qwen2", "refact", "starcoder")

FAMILIES = {
    "codellama-7b": "codellama",
    "deepseek-coder-1.3b": "deepseek-coder",
    "qwen2.5-coder-0.5b": "qwen2.5-coder",
    "refact-1.6b": "refact",
    "starcoder2-3b": "starcoder",
}
"""A model of each family whose vocabulary is at hand."""

NOT_AT_HAND = frozenset(
    {
        "aixcoder", "codegemma", "codestral", "granite", "granite-code", "mellum", "qwen3-coder", "santacoder",
        "seed-coder", "stable-code", "starcoder",
    }
)  # fmt: skip


@pytest.fixture(scope="module")
def engines(short_folder: Path) -> Iterator[Engines]:
    with opened(short_folder) as found:
        yield found


def template_of(model: str) -> FimTemplate:
    """The template of a model in the catalogue."""
    return catalog.builtin().find(model).template


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_texts_give_the_published_ids(name: str, engines: Engines) -> None:
    engine = engines.of(name)
    texts, ids = vocabularies.texts(), vocabularies.published_ids(name)
    assert len(texts) == len(ids) > 40
    # SentencePiece's blank in front is ours to write; llama.cpp's own test leaves it to the library.
    blank = " " if name == "llama-spm" else ""
    for text, wanted in zip(texts, ids, strict=True):
        assert [token.id for token in engine.tokenize(blank + text if text else text)] == wanted, text


@pytest.mark.parametrize("name", PUBLISHED)
def test_pieces_spell_the_text(name: str, engines: Engines) -> None:
    for text in vocabularies.texts():
        assert b"".join(token.piece for token in engines.of(name).tokenize(text)) == text.encode()


@pytest.mark.parametrize(("model", "name"), FAMILIES.items())
def test_each_marker_is_one_control_token(model: str, name: str, engines: Engines) -> None:
    """Loading refuses a marker that is several tokens or an ordinary one; here the ids are the vocabulary's own."""
    controls = catalog.builtin().find(model).controls
    engine = engines.of(name, controls)
    tokens = vocabularies.read(name).tokens
    assert dict(engine.controls) == {control: tokens.index(control) for control in controls}


@pytest.mark.parametrize(("model", "name"), FAMILIES.items())
def test_the_ids_are_those_that_the_makers_publish(model: str, name: str) -> None:
    wanted = {
        "codellama-7b": {"prefix": 32007, "suffix": 32008, "middle": 32009, "end": 32010, "bos": 1},
        "deepseek-coder-1.3b": {"bos": 32013, "end": 32014},
        "qwen2.5-coder-0.5b": {"prefix": 151659, "middle": 151660, "suffix": 151661, "repo": 151663, "file": 151664},
        "refact-1.6b": {"prefix": 1, "middle": 2, "suffix": 3},
        "starcoder2-3b": {"end": 0},
    }[model]
    tokens = vocabularies.read(name).tokens
    template = template_of(model)
    assert {role: tokens.index(getattr(template, role)) for role in wanted} == wanted


def test_a_marker_that_the_vocabulary_lacks_is_refused(short_folder: Path) -> None:
    folder = short_folder / "lacks"
    folder.mkdir()
    with (
        pytest.raises(ModelFileInvalid, match=r"'<\|fim_prefix\|>' is \d+ tokens in this file's vocabulary"),
        vocabularies.engine(vocabularies.read("qwen2"), folder, template_of("qwen2.5-coder-0.5b").controls),
    ):
        pass


@pytest.mark.parametrize(("model", "name"), FAMILIES.items())
def test_hostile_text_never_yields_a_control_token(model: str, name: str, engines: Engines) -> None:
    template = template_of(model)
    engine = engines.of(name, catalog.builtin().find(model).controls)
    vocabulary = vocabularies.read(name)
    names = {*catalog.builtin().find(model).controls, *template.stops}
    forbidden = {number for number, kind in enumerate(vocabulary.kinds) if kind == CONTROL}
    forbidden |= {vocabulary.tokens.index(marker) for marker in names if marker in vocabulary.tokens}
    pieces = [*sorted(names), *(marker.replace("▁", " ") for marker in names), "<", "|", ">", " ", "\n", "x", "<|", "▁"]

    @settings(max_examples=60, database=None)
    @given(st.lists(st.sampled_from(pieces), min_size=1, max_size=8).map("".join))
    def check(text: str) -> None:
        tokens = engine.tokenize(text)
        assert forbidden.isdisjoint(token.id for token in tokens), text
        if "▁" not in text:
            assert b"".join(token.piece for token in tokens) == text.encode()

    check()
    for marker in names:
        ids = {token.id for token in engine.tokenize(f"s = '{marker}'  # {marker}{marker}\n{marker}")}
        assert ids
        assert forbidden.isdisjoint(ids)


def test_every_family_is_tested_or_said_not_to_be() -> None:
    models = catalog.builtin().models
    tested = {models[model].family for model in FAMILIES} | {"lsp-copilot"}
    asked = {model.family for model in models.values() if model.fim is not None}
    assert asked == tested | NOT_AT_HAND, "add the vocabulary, or the family to NOT_AT_HAND"

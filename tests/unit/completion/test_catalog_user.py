"""A models.toml of the user's own: tables that add, keys that override."""

from __future__ import annotations

from pathlib import Path

import pytest

from completion.errors import ConfigError
from completion.models import catalog
from completion.models.catalog import Catalog


def load_with(folder: Path, text: str) -> Catalog:
    """The catalogue with a user's file of this text."""
    path = folder / "models.toml"
    path.write_text(text, "utf-8")
    return catalog.load_with(path)


def test_without_a_file_it_is_the_built_in_catalogue(tmp_path: Path) -> None:
    assert catalog.load_with(None) is catalog.builtin()
    assert catalog.load_with(tmp_path / "models.toml") is catalog.builtin()
    assert load_with(tmp_path, "# nothing yet\n") == catalog.builtin()


def test_single_keys_are_overridden_and_all_else_stays(tmp_path: Path) -> None:
    known = catalog.builtin()
    found = load_with(tmp_path, '[models."qwen2.5-coder-7b"]\nprompt_tokens = 4096\n')
    before, after = known.find("qwen2.5-coder-7b"), found.find("qwen2.5-coder-7b")
    assert after.prompt_tokens == 4096
    assert after.model_copy(update={"prompt_tokens": before.prompt_tokens}) == before
    assert {name for name, spec in found.models.items() if spec != known.models[name]} == {"qwen2.5-coder-7b"}


def test_the_template_is_merged_key_by_key_and_files_are_replaced(tmp_path: Path) -> None:
    found = load_with(
        tmp_path,
        """
        [models."qwen2.5-coder-7b"]
        files = [ { quantization = "Q5_K_M", name = "mine.gguf", bytes = 5 } ]
        scores = { humaneval_fim = 1.5 }
        [models."qwen2.5-coder-7b".fim]
        layouts = ["anchored"]
        """,
    ).find("qwen2.5-coder-7b")
    before = catalog.builtin().find("qwen2.5-coder-7b")
    assert found.template.layouts == ("anchored",)
    assert found.template.controls == before.template.controls
    assert [file.name for file in found.files] == ["mine.gguf"]
    assert found.scores == {**before.scores, "humaneval_fim": 1.5}


def test_a_key_that_the_user_sets_is_no_longer_unverified(tmp_path: Path) -> None:
    before = catalog.builtin().find("mellum2-12b-a2.5b")
    assert before.doubts(("fim", "kv_heads")) == ("fim.layouts",)
    found = load_with(tmp_path, '[models."mellum2-12b-a2.5b".fim]\nlayouts = ["spm"]\n').find("mellum2-12b-a2.5b")
    assert found.doubts(("fim", "kv_heads")) == ()
    found = load_with(tmp_path, '[models."mellum-4b"]\nkv_heads = 8\nunverified = ["layers"]\n').find("mellum-4b")
    assert found.unverified == ("layers",)


def test_a_new_table_adds_a_model_and_may_name_a_template(tmp_path: Path) -> None:
    found = load_with(
        tmp_path,
        """
        [templates.mine]
        layouts = ["spm"]
        prefix = "<p>"
        suffix = "<s>"
        end = "<e>"

        [models.mine]
        title = "Mine"
        family = "mine"
        roles = ["completion"]
        licence = "MIT"
        source = "this machine"
        architecture = "llama"
        fim = "mine"

        [models.other]
        title = "Other"
        family = "mine"
        roles = ["completion"]
        licence = "MIT"
        source = "this machine"
        architecture = "llama"
        fim = "qwen"
        """,
    )
    assert found.find("mine").controls == ("<p>", "<s>", "<e>")
    assert found.find("other").template == catalog.builtin().find("qwen2.5-coder-7b").template
    assert len(found.models) == len(catalog.builtin().models) + 2


def test_a_model_that_was_trained_further_is_like_its_base(tmp_path: Path) -> None:
    base = catalog.builtin().find("starcoder2-3b")
    found = load_with(
        tmp_path,
        """
        [models.ours]
        like = "starcoder2-3b"
        title = "Ours"
        files = [ { quantization = "Q8_0", name = "o.gguf" } ]
        """,
    ).find("ours")
    assert (found.name, found.title, found.template, found.layers) == ("ours", "Ours", base.template, base.layers)
    assert found.scores == {}
    assert [file.name for file in found.files] == ["o.gguf"]


@pytest.mark.parametrize(
    ("text", "line", "wanted"),
    [
        (
            '[models."qwen2.5-coder-7b"]\nprompt_tokens = 99999\n',
            1,
            "prompt_tokens must be below trained_context (32768)",
        ),
        ('[models."qwen2.5-coder-7b"]\n\nprompt_token = 9\n', 3, "no such key (did you mean prompt_tokens?)"),
        (
            '[models."qwen2.5-coder-7b"]\nfim = { stop = [] }\n',
            2,
            "fim.stop: there is no such key (did you mean stops?)",
        ),
        (
            '[models."qwen2.5-coder-7b".fim]\nlayouts = ["side"]\n',
            2,
            "'psm', 'spm', 'spm2', 'contiguous' or 'anchored'",
        ),
        ('[models.mine]\ntitle = "Mine"\n', 1, "models.mine.family: missing"),
        ('[models.mine]\nlike = "nobody"\n', 2, "there is no model 'nobody'"),
        ('[models."qwen2.5-coder-7b"]\nfim = "nobody"\n', 2, "there is no template 'nobody'"),
        ('[templates.qwen]\nstops = ["1", "2", "3", "4", "5"]\n', 2, "templates.qwen.stops: "),
        ("[templates.mine]\nlayouts = ['psm']\n", 1, "templates.mine.prefix: missing"),
        ("[model.x]\n", 1, "[models.NAME]"),
        ("models = 3\n", 1, "[models.NAME]"),
        ("[models]\nx = 3\n", 2, "expected a table [models.NAME]"),
    ],
)
def test_errors_name_the_users_file_line_and_key(tmp_path: Path, text: str, line: int, wanted: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_with(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path / 'models.toml'}, line {line}: ")
    assert wanted in str(caught.value)


def test_a_file_that_is_no_toml_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"models\.toml: not valid TOML: .*line 1"):
        load_with(tmp_path, "[models\n")
    (tmp_path / "models.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"models\.toml: cannot be read"):
        catalog.load_with(tmp_path / "models.toml")

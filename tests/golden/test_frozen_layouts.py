"""The product's prompts and the trainer's examples are the same ids: `prompt/frozen.toml`, both sides.

The product's side goes through the real engine's tokenizer, the trainer's through SentencePiece. To write
the ids of a new case: `python -m tests.golden.test_frozen_layouts`.
"""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from completion.engine.healing import render
from completion.engine.llama import LlamaEngine
from completion.models import catalog, files
from completion.prompt import fim
from completion.types import Control, Prompt, Segment, Text
from training.layouts import Example, question, segments, to_ids

FROZEN = Path(__file__).parent / "prompt" / "frozen.toml"
CASES: list[dict[str, Any]] = tomllib.loads(FROZEN.read_text("utf-8"))["case"]
MODEL = catalog.builtin().find("embedded")


def example_of(case: dict[str, Any]) -> Example:
    """The trainer's side of a case."""
    prefix = case["prefix"]
    return Example(
        case["layout"],
        prefix,
        case["middle"],
        case["suffix"],
        case.get("path", ""),
        case.get("repository", ""),
        len(prefix) - case.get("typed", 0) if case["layout"] == "anchored" else 0,
        tuple((path, text) for path, text in case.get("pieces", ())),
    )


def asked(case: dict[str, Any]) -> tuple[Segment, ...]:
    """The product's side of a case."""
    pieces = [fim.Piece(path, text) for path, text in case.get("pieces", ())]
    front = fim.header(MODEL.template, case.get("path", ""), repository=case.get("repository", ""), pieces=pieces)
    body = fim.arrange(MODEL.template, case["layout"], case["prefix"], case["suffix"], typed=case.get("typed"))
    return (*front, *body)


def spelt(parts: tuple[Segment, ...]) -> str:
    """Segments as one string."""
    return "".join(part.text if isinstance(part, Text) else part.token for part in parts)


@contextmanager
def loaded_engine() -> Iterator[LlamaEngine]:
    """The embedded model in this process."""
    with tempfile.TemporaryDirectory(prefix="lspc") as folder:
        engine = LlamaEngine(
            files.locate(MODEL), controls=(*MODEL.template.controls, MODEL.template.end), slots=1, context_tokens=256,
            batch=64, threads=1, socket_file=Path(folder) / "engine.sock",
        )  # fmt: skip
        engine.load()
        yield engine
        engine.close()


def engine_ids(engine: LlamaEngine, parts: tuple[Segment, ...]) -> list[int]:
    """What the host makes of segments, nothing dropped for healing."""
    plain = tuple(Text(part.text) if isinstance(part, Text) else part for part in parts)
    return list(render(Prompt(plain, max_tokens=1), engine.tokenize, engine.controls).ids)


@pytest.fixture(scope="module")
def engine() -> Iterator[LlamaEngine]:
    with loaded_engine() as found:
        yield found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_both_sides_ask_the_same(case: dict[str, Any]) -> None:
    assert asked(case) == question(example_of(case))
    healing = [part.heal for part in asked(case) if isinstance(part, Text)]
    assert sum(healing) == 1


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_text_is_frozen(case: dict[str, Any]) -> None:
    example = example_of(case)
    assert spelt(segments(example)) == case["want"].replace("‸", "")
    assert spelt(question(example)) == case["want"].split("‸")[0]
    controls = [part.token for part in segments(example) if isinstance(part, Control)]
    assert controls[-1] == MODEL.template.end


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_engine_makes_the_frozen_ids(case: dict[str, Any], engine: LlamaEngine) -> None:
    assert engine_ids(engine, asked(case)) == case["question_ids"]
    assert engine_ids(engine, segments(example_of(case))) == case["example_ids"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_trainer_makes_the_frozen_ids(case: dict[str, Any]) -> None:
    pytest.importorskip("sentencepiece", reason="the training extra is not installed: no sentencepiece")
    from training.vocabulary import Vocabulary

    vocabulary = Vocabulary()
    assert to_ids(question(example_of(case)), vocabulary) == case["question_ids"]
    assert to_ids(segments(example_of(case)), vocabulary) == case["example_ids"]


def test_every_layout_of_the_embedded_model_is_frozen() -> None:
    assert {case["layout"] for case in CASES} == set(MODEL.template.layouts)


def freeze() -> None:
    """Write the ids of cases that have none, at the end of each case."""
    with loaded_engine() as engine:
        blocks = FROZEN.read_text("utf-8").split("[[case]]")
        for number, case in enumerate(CASES, start=1):
            if "question_ids" not in case:
                asked_ids, whole = engine_ids(engine, asked(case)), engine_ids(engine, segments(example_of(case)))
                blocks[number] = f"{blocks[number].rstrip()}\nquestion_ids = {asked_ids}\nexample_ids = {whole}\n\n"
        FROZEN.write_text("[[case]]".join(blocks).rstrip() + "\n", "utf-8")


if __name__ == "__main__":
    freeze()

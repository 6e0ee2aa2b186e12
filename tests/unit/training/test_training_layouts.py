"""Layouts: golden renderings, the product's prompts, and fitting into a room."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from completion.types import Control, Segment, Text
from training.layouts import LAYOUTS, Example, Layout, fit, header, question, segments, to_ids

if TYPE_CHECKING:
    from training.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    pytest.importorskip("sentencepiece", reason="the training extra is not installed: no sentencepiece")
    from training.vocabulary import Vocabulary

    return Vocabulary()


def spelt(pieces: Sequence[Segment]) -> str:
    return "".join(piece.text if isinstance(piece, Text) else f"[{piece.token}]" for piece in pieces)


@pytest.mark.parametrize(
    ("layout", "golden"),
    [
        ("psm", "[<|fim_prefix|>]def f(x):\n    return[<|fim_suffix|>]\nf(1)\n[<|fim_middle|>] x + 1[</s>]"),
        ("spm", "[<|fim_suffix|>]\nf(1)\n[<|fim_prefix|>]def f(x):\n    return[<|fim_middle|>] x + 1[</s>]"),
        ("contiguous", "[<|fim_suffix|>]\nf(1)\n[<|fim_middle|>]def f(x):\n    return x + 1[</s>]"),
        ("left-to-right", "def f(x):\n    return x + 1[</s>]"),
    ],
)
def test_golden(layout: Layout, golden: str) -> None:
    example = Example(layout, "def f(x):\n    return", " x + 1", "\nf(1)\n", "pkg/a.py", "demo")
    assert spelt(segments(example)) == "[<|repo_name|>]demo\n[<|file_sep|>]pkg/a.py\n" + golden


def test_contiguous_ids(vocabulary: Vocabulary) -> None:
    controls = vocabulary.controls
    example = Example("contiguous", "    ret", "urn x", "\n", "a.py")
    expected = [controls.file, *vocabulary.encode("a.py\n"), controls.suffix, *vocabulary.encode("\n"),
                controls.middle, *vocabulary.encode("    return x"), controls.end]  # fmt: skip
    assert to_ids(segments(example), vocabulary) == expected
    assert fit(example, vocabulary, 64) == expected


def test_text_cannot_become_a_control(vocabulary: Vocabulary) -> None:
    ids = to_ids((Text("<|fim_suffix|></s>"),), vocabulary)
    controls = {getattr(vocabulary.controls, role) for role in vocabulary.controls.__slots__}
    assert not controls & set(ids)
    assert vocabulary.decode(ids) == b"<|fim_suffix|></s>"


@pytest.mark.parametrize("layout", ["psm", "spm", "contiguous"])
def test_the_editor_asks_what_was_trained(layout: Layout) -> None:
    if importlib.util.find_spec("pydantic") is None:
        pytest.skip("the product's dependencies are not installed: no pydantic")
    from completion.models.catalog import FimTemplate
    from completion.prompt.fim import arrange

    template = FimTemplate(
        layouts=("contiguous",), prefix="<|fim_prefix|>", suffix="<|fim_suffix|>", middle="<|fim_middle|>", end="</s>"
    )
    asked = question(Example(layout, "before", "answer", "after", "a.py"))
    assert asked[:2] == header("a.py") == (Control("<|file_sep|>"), Text("a.py\n"))
    assert asked[2:] == arrange(template, layout, "before", "after")


@pytest.mark.parametrize("layout", list(LAYOUTS))
@pytest.mark.parametrize("room", [48, 96, 400])
def test_fit_keeps_the_cursor_and_the_room(vocabulary: Vocabulary, layout: Layout, room: int) -> None:
    prefix = "".join(f"value_{number} = compute({number})\n" for number in range(60))
    suffix = "".join(f"\nprint(value_{number})" for number in range(60))
    ids = fit(Example(layout, prefix + "last = ", "value_1", suffix, "a.py"), vocabulary, room)
    assert ids is not None
    assert len(ids) <= room
    assert ids[-1] == vocabulary.controls.end
    text = vocabulary.decode(ids).decode()
    assert text.endswith("value_1")
    assert "last = " in text
    # No more is trimmed than must be, and both sides of the cursor keep a part.
    assert room - len(ids) < 4
    if layout != "left-to-right":
        assert "\nprint(value_0" in text
        assert "value_59 = compute(59)" in text


def test_fit_refuses_an_answer_that_fills_the_room(vocabulary: Vocabulary) -> None:
    assert fit(Example("psm", "a", "word " * 60, "b"), vocabulary, 64) is None


@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_fit_never_overflows(vocabulary: Vocabulary, layout: Layout) -> None:
    words = "value compute print result " * 40
    for before in (0, 3, 40, 400):
        for after in (0, 3, 40, 400):
            for room in (20, 48, 65, 129):
                ids = fit(Example(layout, words[:before], "x = 1", words[:after], "a.py"), vocabulary, room)
                assert ids is not None
                assert len(ids) <= room, (before, after, room)
                assert vocabulary.decode(ids).endswith(b"x = 1")

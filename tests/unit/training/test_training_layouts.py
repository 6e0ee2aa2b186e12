"""Layouts: fitting into a room. (`tests/golden/test_frozen_layouts.py` has the renderings.)"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from completion.types import Text
from training.layouts import LAYOUTS, Example, Layout, fit, segments, to_ids

if TYPE_CHECKING:
    from training.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    pytest.importorskip("sentencepiece", reason="the training extra is not installed: no sentencepiece")
    from training.vocabulary import Vocabulary

    return Vocabulary()


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


@pytest.mark.parametrize("layout", list(LAYOUTS))
@pytest.mark.parametrize("room", [48, 96, 400])
def test_fit_keeps_the_cursor_and_the_room(vocabulary: Vocabulary, layout: Layout, room: int) -> None:
    prefix = "".join(f"value_{number} = compute({number})\n" for number in range(60))
    suffix = "".join(f"\nprint(value_{number})" for number in range(60))
    ids = fit(Example(layout, prefix + "last = ", "value_1", suffix, "a.py", anchor=len(prefix)), vocabulary, room)
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
                example = Example(layout, words[:before], "x = 1", words[:after], "a.py", anchor=before)
                ids = fit(example, vocabulary, room)
                assert ids is not None
                assert len(ids) <= room, (before, after, room)
                assert vocabulary.decode(ids).endswith(b"x = 1")

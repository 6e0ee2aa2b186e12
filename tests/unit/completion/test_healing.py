"""Token healing and stop strings, on made-up tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completion.engine.engine import Token
from completion.engine.healing import StopFilter, render, split_last
from completion.errors import EngineRejected
from completion.types import Control, Prompt, Text


def tokens(*pieces: str | bytes) -> tuple[Token, ...]:
    """Tokens with these pieces and ids from 100."""
    raw = [piece.encode() if isinstance(piece, str) else piece for piece in pieces]
    return tuple(Token(100 + number, piece) for number, piece in enumerate(raw))


@pytest.mark.parametrize(
    ("pieces", "left"),
    [
        (("def", " main", "():", "\n", "    ", "ret", "u"), "    retu"),
        (("x", " =", " foo", "_", "ba"), " foo_ba"),
        (("x", " =", " "), " "),
        (("print", "("), "("),
        (("print", "(", '"'), '"'),
        (("a", "\n"), ""),
        (("a", "\n", "    "), "    "),
        (("a", "\n", "\t", "x"), "\tx"),
        (("x", " ", b"\xe6\x97", b"\xa5"), " 日"),
        ((), ""),
    ],
)
def test_the_word_at_the_cursor_is_dropped(pieces: tuple[str | bytes, ...], left: str) -> None:
    kept, dropped = split_last(tokens(*pieces))
    assert dropped == left
    whole = b"".join(token.piece for token in tokens(*pieces))
    assert b"".join(token.piece for token in kept) + dropped.encode() == whole


def test_a_broken_character_heals_nothing() -> None:
    assert split_last(tokens("x", b"\xe6\x97"))[1] == ""


def test_segments_become_ids() -> None:
    prompt = Prompt((Control("<S>"), Text("aa"), Control("<M>"), Text("bcd", heal=True)), 4)
    rendered = render(prompt, lambda text: tokens(*text), {"<S>": 1, "<M>": 2})
    assert rendered.ids == (1, 100, 101, 2)
    assert (rendered.left_over, rendered.dropped) == ("bcd", 3)
    with pytest.raises(EngineRejected, match="'<X>' is not a control token"):
        render(Prompt((Control("<X>"),), 4), lambda text: (), {})
    with pytest.raises(EngineRejected, match="empty"):
        render(Prompt((Text(""),), 4), lambda text: (), {})


@given(
    st.lists(st.text("ab\n", max_size=4), max_size=8),
    st.lists(st.text("ab\n", min_size=1, max_size=3), max_size=4),
    st.integers(0, 5),
)
def test_stop_filter_equals_cutting_the_whole_text(pieces: list[str], stops: list[str], skip: int) -> None:
    whole = "".join(pieces)[skip:]
    # The stop that is complete first counts, so that it does not matter in which parts the text comes.
    ends = [(whole.find(stop) + len(stop), whole.find(stop)) for stop in stops if stop in whole]
    expected = whole[: min(ends)[1]] if ends else whole
    found = StopFilter(stops, skip)
    text = "".join(found.feed(piece) for piece in pieces) + found.flush()
    assert found.stopped == bool(ends)
    assert text == expected
    assert not any(stop in text for stop in stops)

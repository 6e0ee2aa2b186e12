"""Windows: bounded, at line starts, and still while one types."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from completion.prompt.budget import estimate, windows


def lines(count: int) -> str:
    """A text of `count` different lines."""
    return "".join(f"line_{number} = {number}\n" for number in range(count))


def test_short_texts_stay_whole() -> None:
    cut = windows("a = 1\nb = ", "\nc = 3\n", 400)
    assert (cut.prefix, cut.suffix) == ("a = 1\nb = ", "\nc = 3\n")


def test_long_texts_are_cut_at_lines() -> None:
    cut = windows(lines(1000), lines(1000), 400)
    assert cut.prefix.startswith("line_")
    assert lines(1000).endswith(cut.prefix)
    assert cut.suffix.endswith("\n")
    assert lines(1000).startswith(cut.suffix)
    assert estimate(cut.prefix) + estimate(cut.suffix) <= 400


def test_the_window_stays_while_one_types() -> None:
    text = lines(1000)
    starts = {len(text) - len(windows(text + "x" * typed, "", 400).prefix) + typed for typed in range(200)}
    assert len(starts) <= 2


@given(st.text(max_size=3000), st.text(max_size=3000), st.integers(64, 500))
def test_windows_touch_the_cursor_and_fit(prefix: str, suffix: str, tokens: int) -> None:
    cut = windows(prefix, suffix, tokens)
    assert prefix.endswith(cut.prefix)
    assert suffix.startswith(cut.suffix)
    assert estimate(cut.prefix) + estimate(cut.suffix) <= tokens + 2

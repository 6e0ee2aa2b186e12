"""The line that shows how far a download is."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from lsp_server.cli.progress import Bar, describe, duration


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def ticks(step: float) -> Iterator[float]:
    now = 0.0
    while True:
        now += step
        yield now


def test_percent_rate_and_rest_are_shown() -> None:
    line = describe("fetching x", 250_000_000, 1_000_000_000, 10_000_000.0)
    assert line == "fetching x  [#####...............]  25 %  250.0 of 1000.0 MB  10.0 MB/s  1 min 15 s left"


def test_without_a_length_there_is_no_percent() -> None:
    assert describe("fetching x", 5_000_000, None, 0.0) == "fetching x  5.0 MB"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "1 s"), (59, "59 s"), (61, "1 min 1 s"), (3600, "1 h 0 min"), (9000, "2 h 30 min")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_terminal_sees_one_line_that_moves() -> None:
    stream = Terminal()
    with Bar(stream, ticks(1.0).__next__) as bar:
        for done in (0, 50, 100):
            bar("fetching x", done, 100)
    text = stream.getvalue()
    assert text.count("\n") == 1
    assert text.endswith("\n")
    assert text.count("\r") == 3
    assert "100 %" in text


def test_a_log_hears_only_of_what_takes_long() -> None:
    quick, slow = io.StringIO(), io.StringIO()
    with Bar(quick, ticks(0.01).__next__) as bar:
        for done in range(101):
            bar("fetching x", done, 100)
    assert quick.getvalue() == ""
    with Bar(slow, ticks(1.0).__next__) as bar:
        for done in range(0, 101, 10):
            bar("fetching x", done * 10**6, 10**8)
    lines = slow.getvalue().splitlines()
    assert len(lines) == 2
    assert "100 %" in lines[-1]
    assert "\r" not in slow.getvalue()


def test_a_broken_off_line_is_ended() -> None:
    stream = Terminal()
    with Bar(stream, ticks(1.0).__next__) as bar:
        bar("fetching x", 1, 100)
        assert not stream.getvalue().endswith("\n")
    assert stream.getvalue().endswith("\n")

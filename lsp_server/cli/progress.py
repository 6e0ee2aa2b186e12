"""How far a long piece of work is, on standard error: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

_REDRAW_SECONDS = 0.1
_RATE_SECONDS = 5.0
_LINE_SECONDS = 5.0
_BAR_CELLS = 20


class Bar:
    """A `Progress` that is seen. Use it as a context manager, so that the line is ended."""

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._live = self._stream.isatty()
        self._what = ""
        self._marks: deque[tuple[float, int]] = deque()
        self._clock = clock
        self._drawn = 0.0
        self._open = False
        self._said = False

    def __call__(self, what: str, done: int, total: int | None) -> None:
        now = self._clock()
        if what != self._what:
            self._end_line()
            self._what = what
            self._marks.clear()
            # A log needs no word of what is done at once; a person is shown where it begins.
            self._drawn = 0.0 if self._live else now
            self._said = False
        self._mark(now, done)
        whole = done == total
        if self._live and (whole or now - self._drawn >= _REDRAW_SECONDS):
            self._draw(describe(what, done, total, self._rate()))
            self._drawn = now
        elif not self._live and (now - self._drawn >= _LINE_SECONDS or (whole and self._said)):
            print(describe(what, done, total, self._rate()), file=self._stream, flush=True)
            self._drawn, self._said = now, not whole

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_line()

    def _mark(self, now: float, done: int) -> None:
        self._marks.append((now, done))
        while len(self._marks) > 2 and now - self._marks[0][0] > _RATE_SECONDS:
            self._marks.popleft()

    def _rate(self) -> float:
        """Bytes a second of the last seconds; 0 where it is too early to say."""
        (begun, first), (now, last) = self._marks[0], self._marks[-1]
        return (last - first) / (now - begun) if now > begun else 0.0

    def _draw(self, line: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        self._stream.write("\r" + line[:width].ljust(width))
        self._stream.flush()
        self._open = True

    def _end_line(self) -> None:
        if self._open:
            self._stream.write("\n")
            self._stream.flush()
        self._open = False


def describe(what: str, done: int, total: int | None, rate: float) -> str:
    """One line: what, how much of it, how fast (bytes a second), and how long it will still take."""
    speed = f"  {rate / 1e6:.1f} MB/s" if rate > 0 else ""
    if not total:
        return f"{what}  {done / 1e6:.1f} MB{speed}"
    filled = done * _BAR_CELLS // total
    bar = "#" * filled + "." * (_BAR_CELLS - filled)
    left = f"  {duration((total - done) / rate)} left" if rate > 0 and done < total else ""
    return f"{what}  [{bar}] {done * 100 // total:3} %  {done / 1e6:.1f} of {total / 1e6:.1f} MB{speed}{left}"


def duration(seconds: float) -> str:
    """A time as a person says it."""
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"

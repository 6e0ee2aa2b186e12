"""Bar charts: as lines for a terminal and as an SVG file; and one line of progress. No library, nothing fetched."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from xml.sax.saxutils import escape

from completion.errors import InputError

_CELLS = 40
_ROW, _LEFT, _WIDTH, _RIGHT, _TOP = 22, 270, 420, 110, 34
_COLORS = ("#3465a4", "#9db8da")


@dataclass(frozen=True, slots=True)
class Bar:
    """A value with its name; `low` and `high` are the ends of its interval, `lighter` 1 for the second of a pair."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    lighter: int = 0


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars on one scale; `most` is its end, where that is not the greatest value."""

    title: str
    bars: Sequence[Bar]
    most: float = 0.0

    @property
    def end(self) -> float:
        """The value at the right end; never 0."""
        return max([self.most, *(max(bar.value, bar.high or 0.0) for bar in self.bars)]) or 1.0


class Ticker:
    """Says on standard error what is being done: on one line of a terminal, else a line for each new model."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._width = 0
        self._last = ""

    def __call__(self, text: str) -> None:
        if self._live:
            print(f"\r{text:<{self._width}}", end="", file=sys.stderr, flush=True)
            self._width = len(text)
        elif text.partition(":")[0] != self._last:
            self._last = text.partition(":")[0]
            print(text, file=sys.stderr, flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live and self._width:
            print(f"\r{'':<{self._width}}\r", end="", file=sys.stderr, flush=True)


def check(path: Path) -> None:
    """Raises `InputError` where no picture can be written there."""
    if path.suffix.lower() != ".svg":
        raise InputError(f"--picture: {path} does not end in .svg.", advice="Only SVG is drawn; any browser shows it.")
    if not path.absolute().parent.is_dir():
        raise InputError(f"--picture: {path.absolute().parent} is not a folder.")


def lines(chart: Chart) -> list[str]:
    """The chart in characters; of an encoding without blocks, in plain ones."""
    full, thin = ("█", "▒") if _can_print("█▒") else ("#", "=")
    width = max((len(bar.label) for bar in chart.bars), default=0)
    found = [chart.title]
    for bar in chart.bars:
        cells = max(1, round(_CELLS * bar.value / chart.end)) if bar.value > 0 else 0
        found.append(f"  {bar.label:<{width}}  {(thin if bar.lighter else full) * cells} {_number(bar.value)}")
    return found


def write(path: Path, charts: Sequence[Chart]) -> None:
    """Write the charts below each other. Raises `InputError`."""
    try:
        path.write_text(svg(charts), "utf-8")
    except OSError as error:
        raise InputError(f"--picture: {path} cannot be written: {error.strerror}.") from error


def svg(charts: Sequence[Chart]) -> str:
    """One SVG document."""
    height = sum(_TOP + _ROW * len(chart.bars) + 12 for chart in charts) + 8
    width = _LEFT + _WIDTH + _RIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    top = 0
    for chart in charts:
        parts.append(f'<text x="12" y="{top + 22}" font-weight="bold">{escape(chart.title)}</text>')
        top += _TOP
        for bar in chart.bars:
            parts += _drawn(bar, top, _WIDTH / chart.end)
            top += _ROW
        top += 12
    return "\n".join([*parts, "</svg>", ""])


def _drawn(bar: Bar, top: int, scale: float) -> list[str]:
    length, middle = bar.value * scale, top + _ROW / 2
    found = [
        f'<text x="{_LEFT - 8}" y="{middle + 5:.0f}" text-anchor="end">{escape(bar.label)}</text>',
        f'<rect x="{_LEFT}" y="{top + 3}" width="{length:.1f}" height="{_ROW - 6}" fill="{_COLORS[bar.lighter]}"/>',
    ]
    end = length
    if bar.low is not None and bar.high is not None:
        end = bar.high * scale
        found.append(
            f'<path d="M{_LEFT + bar.low * scale:.1f} {middle} H{_LEFT + end:.1f}" stroke="black" stroke-width="1.5"/>'
        )
    found.append(f'<text x="{_LEFT + max(length, end) + 6:.1f}" y="{middle + 5:.0f}">{_number(bar.value)}</text>')
    return found


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}"


def _can_print(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True

"""Ten thousand random edits, against a text that is plainly a list of units: bytes, UTF-16 units or code points.

`LSP_COPILOT_TEXT_EDITS` asks for more of them (for each of the twelve combinations).
"""

from __future__ import annotations

import os
import random
import re

import pytest

from lsp_server import lines
from lsp_server.convert import Encoding, Text
from lsp_server.lines import Lines
from lsp_server.session import Change, Point, Session

EDITS = int(os.environ.get("LSP_COPILOT_TEXT_EDITS", "1000"))
URI = "file:///w/a.py"
ENDINGS = {"lf": ["\n"], "crlf": ["\r\n"], "cr": ["\r"], "mixed": ["\n", "\r\n", "\r", "\n\r", "\r\r\n"]}
PIECES = [*"ab(=é€😀\u2028\u2029\u0085\0\ufeff", "\U0010ffff", "e\u0301", "\x0b\x0c\x1c"]
HALVES = ["\ud83d", "\ude00", "\ud83d\ude00", "\ude00\ud83d"]
"""Surrogates as a message may hold them: halves alone, a pair, and the wrong way round."""

FAR = [-(2**63), -1, 2**31 - 1, 2**64]
LONGEST = 600


class Units:
    """A text as its units. Slow, and so simple that there is nothing to doubt."""

    def __init__(self, encoding: Encoding, text: str) -> None:
        self.encoding, self.units = encoding, units_of(encoding, text)

    def lines(self) -> list[tuple[int, int, int]]:
        """Of each line: where it starts, where its text ends, where its break ends."""
        found, start, at = [], 0, 0
        while at < len(self.units):
            if self.units[at] not in (10, 13):
                at += 1
                continue
            length = 2 if self.units[at : at + 2] == [13, 10] else 1
            found.append((start, at, at + length))
            start = at = at + length
        return [*found, (start, at, at)]

    def index(self, line: int, character: int) -> int:
        """The unit at a position."""
        rows = self.lines()
        if line < 0 or character < 0:
            return rows[max(0, line)][0] if line < len(rows) else len(self.units)
        if line >= len(rows):
            return len(self.units)
        start, end, _ = rows[line]
        at = min(start + character, end)
        while self.encoding is Encoding.UTF8 and start < at < end and self.units[at] & 0xC0 == 0x80:
            at -= 1
        return at

    def place(self, at: int) -> tuple[int, Point]:
        """The byte offset of the character that a unit belongs to, and the position of its first unit."""
        if self.encoding is Encoding.UTF16 and at < len(self.units) and 0xDC00 <= self.units[at] <= 0xDFFF:
            at -= 1
        line = sum(start <= at for start, _, _ in self.lines()) - 1
        return len(text_of(self.encoding, self.units[:at]).encode()), (line, at - self.lines()[line][0])

    def replace(self, start: Point, end: Point, text: str) -> None:
        """One edit."""
        low, high = sorted((self.index(*start), self.index(*end)))
        units = self.units[:low] + units_of(self.encoding, text, whole=False) + self.units[high:]
        self.units = units_of(self.encoding, text_of(self.encoding, units))

    @property
    def text(self) -> str:
        """The text."""
        return text_of(self.encoding, self.units)

    def starts(self) -> list[int]:
        """The byte offsets of the lines."""
        return [len(text_of(self.encoding, self.units[:start]).encode()) for start, _, _ in self.lines()]


def units_of(encoding: Encoding, text: str, *, whole: bool = True) -> list[int]:
    """The units of a text; surrogates that stand alone in a `whole` text are U+FFFD, as in one of bytes or points."""
    units = []
    for point in map(ord, text):
        units += [0xD800 + (point - 0x10000 >> 10), 0xDC00 + (point & 0x3FF)] if point > 0xFFFF else [point]
    if encoding is Encoding.UTF16 and not whole:
        return units
    if encoding is Encoding.UTF16:
        return [unit for point in points_of(units) for unit in units_of(encoding, chr(point), whole=False)]
    points = points_of(units)
    return points if encoding is Encoding.UTF32 else list("".join(map(chr, points)).encode())


def points_of(units: list[int]) -> list[int]:
    """The code points of UTF-16 units; U+FFFD for a half that has no other beside it."""
    points, at = [], 0
    while at < len(units):
        high, low = units[at], units[at + 1] if at + 1 < len(units) else 0
        if 0xD800 <= high <= 0xDBFF and 0xDC00 <= low <= 0xDFFF:
            points.append(0x10000 + (high - 0xD800 << 10) + (low - 0xDC00))
            at += 1
        else:
            points.append(0xFFFD if 0xD800 <= high <= 0xDFFF else high)
        at += 1
    return points


def text_of(encoding: Encoding, units: list[int]) -> str:
    """The text that has these units."""
    if encoding is Encoding.UTF8:
        return bytes(units).decode()
    return "".join(map(chr, points_of(units) if encoding is Encoding.UTF16 else units))


def some_text(rng: random.Random, breaks: list[str], most: int) -> str:
    words = [*PIECES, *HALVES, *breaks * 6]
    return "".join(rng.choice(words) for _ in range(rng.randint(0, most)))


def some_point(rng: random.Random, model: Units) -> Point:
    if rng.random() < 0.05:
        return rng.choice([*FAR, 0]), rng.choice([*FAR, 0])
    rows = model.lines()
    line = rng.randrange(len(rows) + 2)
    width = rows[line][1] - rows[line][0] if line < len(rows) else 0
    return line, rng.randint(0, width + 2)


def some_change(rng: random.Random, model: Units, breaks: list[str]) -> Change:
    if len(model.units) > LONGEST or rng.random() < 0.002:
        return Change(some_text(rng, breaks, 60))
    start = some_point(rng, model)
    kind = rng.random()
    if kind < 0.5:
        return Change(some_text(rng, breaks, 3), start, start)
    end = some_point(rng, model) if kind < 0.6 else (start[0] + rng.randint(-1, 1), start[1] + rng.randint(-3, 3))
    return Change(some_text(rng, breaks, 6 if rng.random() < 0.1 else 2), start, end)


@pytest.mark.parametrize("encoding", Encoding, ids=lambda encoding: encoding.value)
@pytest.mark.parametrize("ending", ENDINGS)
def test_edits_equal_the_reference(ending: str, encoding: Encoding, monkeypatch: pytest.MonkeyPatch) -> None:
    # So that texts of some dozen lines have many blocks.
    monkeypatch.setattr(lines, "BLOCK_LINES", 3)
    rng = random.Random(f"{ending} {encoding}")
    breaks = ENDINGS[ending]
    text = some_text(rng, breaks, 100)
    session, model = Session(), Units(encoding, text)
    session.encoding = encoding
    session.open(URI, "python", 0, text)
    done = 0
    while done < EDITS:
        before = session.find(URI).text
        kept = before.source, list(before.lines)
        changes = []
        for _ in range(rng.choice([1, 1, 1, 2, 3])):
            change = some_change(rng, model, breaks)
            if change.start is None or change.end is None:
                model = Units(encoding, change.text)
            else:
                model.replace(change.start, change.end, change.text)
            changes.append(change)
        done += len(changes)
        session.change(URI, done, changes)
        now = session.find(URI).text
        assert now.source.decode() == model.text, changes
        assert list(now.lines) == model.starts(), changes
        assert now.lines.size == len(now.source)
        point = some_point(rng, model)
        offset, position = model.place(model.index(*point))
        assert now.offset(*point, encoding) == offset, point
        assert now.position(offset, encoding) == position, point
        assert (before.source, list(before.lines)) == kept, "a text that was given away does not change"


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_long_text_keeps_its_table(ending: str) -> None:
    rng = random.Random(ending)
    breaks = ENDINGS[ending]
    text = Text.of("".join(f"line {at} é😀{rng.choice(breaks)}" for at in range(3000)))
    for _ in range(150):
        start = rng.randrange(len(text.lines) + 1), rng.randrange(8)
        end = start[0] + rng.choice([0, 0, 1, 5, 700]), rng.randrange(8)
        new = some_text(rng, breaks, rng.choice([1, 5, 2000]))
        text = text.replaced(start, end, new, Encoding.UTF16)
        assert list(text.lines) == [0, *(found.end() for found in re.finditer(rb"\r\n|\n|\r", text.source))]
        assert len(text.lines) == len(list(text.lines))
        line = rng.randrange(len(text.lines))
        rest = text.source[text.lines.start(line) :]
        assert text.source[text.lines.start(line) : text.lines.end(line)] == (rest.splitlines(True) or [b""])[0]
        assert text.lines.at(text.lines.start(line)) == line


def test_blocks_stay_small_and_are_shared() -> None:
    table = Lines.of(b"x\n" * 10_000)
    source = b"x\n" * 10_000 + b"y\n" * 5_000
    longer = table.edited(20_000, 20_000, 10_000, source)
    assert max(map(len, longer.blocks)) <= 2 * lines.BLOCK_LINES
    assert sum(one is other for one, other in zip(table.blocks, longer.blocks, strict=False)) > 35

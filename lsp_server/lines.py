"""Where the lines of a text start: an immutable table that an edit copies in small parts only.

Two levels: blocks of some hundred lines, whose starts are counted from the block's first byte, and where each
block begins. An edit makes one block anew and moves the beginnings of those behind it, so its cost does not
grow with the lines behind the cursor. Line breaks are `\\n`, `\\r\\n` and `\\r`. Knows bytes, not characters.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

BLOCK_LINES = 256
"""Lines of a new block; one that has grown to twice as many is cut."""

_BREAK = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Lines:
    """The line table of one text of `size` bytes.

    `blocks` hold the starts of consecutive lines, counted from their block's first byte; `bases` the byte and
    `firsts` the line with which each block begins. No block is empty, and the first line starts at 0.
    """

    size: int
    blocks: tuple[array[int], ...]
    bases: tuple[int, ...]
    firsts: tuple[int, ...]

    @staticmethod
    def of(source: bytes) -> Lines:
        """The table of a text."""
        # `bytes` are split at exactly these three breaks (`str` at many more).
        pieces = source.splitlines(keepends=True)
        starts = [0, *accumulate(map(len, pieces))]
        if pieces and not pieces[-1].endswith((b"\n", b"\r")):
            starts.pop()
        blocks, bases, firsts = _cut(starts, 0)
        return Lines(len(source), blocks, bases, firsts)

    def __len__(self) -> int:
        """How many lines there are; a text that ends with a break has an empty last one."""
        return self.firsts[-1] + len(self.blocks[-1])

    def __iter__(self) -> Iterator[int]:
        """The bytes at which the lines start."""
        return (base + start for base, block in zip(self.bases, self.blocks, strict=True) for start in block)

    def start(self, line: int) -> int:
        """The byte at which a line (0 ≤ `line` < `len(self)`) starts."""
        at = bisect_right(self.firsts, line) - 1
        return self.bases[at] + self.blocks[at][line - self.firsts[at]]

    def end(self, line: int) -> int:
        """The byte behind a line and its break."""
        return self.start(line + 1) if line + 1 < len(self) else self.size

    def at(self, offset: int) -> int:
        """The line that a byte offset of the text stands in."""
        at = bisect_right(self.bases, offset) - 1
        return self.firsts[at] + bisect_right(self.blocks[at], offset - self.bases[at]) - 1

    def edited(self, start: int, end: int, length: int, source: bytes) -> Lines:
        """The table after bytes `start`..`end` have been replaced by `length` others; `source` is the new text."""
        # A break may form or vanish at both seams (`\r` beside `\n`), so the byte before is looked at again.
        seam, shift = max(0, start - 1), length - (end - start)
        found = [seam + start for start in _breaks(source[seam : start + length + 1], start + length - seam)]
        return self._replaced(self.at(seam) + 1, self.at(end) + 1, found, shift)

    def _replaced(self, first: int, last: int, starts: list[int], shift: int) -> Lines:
        """The table with the lines `first`..`last` (exclusive) replaced and those behind moved by `shift` bytes."""
        low = bisect_right(self.firsts, first - 1) - 1
        high = bisect_right(self.firsts, last - 1) - 1
        base, behind = self.bases[low], self.bases[high] + shift
        kept = self.blocks[low][: first - self.firsts[low]]
        more = self.blocks[high][last - self.firsts[high] :]
        rows = [*(base + start for start in kept), *starts, *(behind + start for start in more)]
        blocks, bases, firsts = _cut(rows, self.firsts[low])
        high += 1
        lines = len(starts) - (last - first)
        return Lines(
            self.size + shift,
            self.blocks[:low] + blocks + self.blocks[high:],
            self.bases[:low] + bases + _moved(self.bases[high:], shift),
            self.firsts[:low] + firsts + _moved(self.firsts[high:], lines),
        )


def _cut(starts: Sequence[int], line: int) -> tuple[tuple[array[int], ...], tuple[int, ...], tuple[int, ...]]:
    """Blocks of lines that start at `starts` (none is not allowed); `line` is the number of the first."""
    size = BLOCK_LINES if len(starts) > 2 * BLOCK_LINES else len(starts)
    cuts = range(0, len(starts), size)
    blocks = tuple([array("I", [start - starts[at] for start in starts[at : at + size]]) for at in cuts])
    return blocks, tuple([starts[at] for at in cuts]), tuple([line + at for at in cuts])


def _breaks(piece: bytes, limit: int) -> Iterator[int]:
    """Where the lines behind the breaks of `piece` start, up to `limit`."""
    return (match.end() for match in _BREAK.finditer(piece) if match.end() <= limit)


def _moved(numbers: tuple[int, ...], shift: int) -> tuple[int, ...]:
    return tuple([number + shift for number in numbers]) if shift else numbers

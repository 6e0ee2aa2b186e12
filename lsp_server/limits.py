"""What is too large to be completed, and the sentences that say so. Knows sizes and names only.

A line costs more than a file of its size: what is looked at around the cursor is looked at line by line, and of a line
of 10 kB that takes 50 ms already, of one of 900 kB half a minute.
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_BYTES = 4_000_000
"""Larger documents are followed, but get no suggestions."""

MAX_LINE_BYTES = 10_000
"""Nor do longer lines; other lines of their document do."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit that was exceeded: in a few words for logs, and as a sentence for the user.

    `line` counts from 0; it is -1 where the whole document is too large.
    """

    note: str
    sentence: str
    line: int = -1


def exceeded(name: str, size: int, line: int, line_size: int) -> Limit | None:
    """The limit that a document of `size` bytes exceeds, or its line `line` (from 0) of `line_size` bytes.

    `name` is the last part of its path.
    """
    if size > MAX_BYTES:
        return Limit(
            "too large",
            f"{name} has {_amount(size)}; documents over {_amount(MAX_BYTES)} get no suggestions.",
        )
    if line_size > MAX_LINE_BYTES:
        return Limit(
            "line too long",
            f"Line {line + 1} of {name} has {_amount(line_size)}; "
            f"lines over {_amount(MAX_LINE_BYTES)} get no suggestions.",
            line,
        )
    return None


def _amount(size: int) -> str:
    """Bytes in words, rounded up: what is over a limit is not said to be the limit."""
    unit, name = (1_000_000, "MB") if size >= 1_000_000 else (1_000, "kB")
    tenths = -(-size * 10 // unit)
    return f"{tenths // 10}.{tenths % 10} {name}" if tenths % 10 else f"{tenths // 10} {name}"

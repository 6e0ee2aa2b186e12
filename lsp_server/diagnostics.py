"""What other tools say of open documents, as editors pass it on: validated and bounded. Knows no wire.

Messages are text about documents: they are shown to the model and never logged.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from completion.types import Diagnostic

REACH = 20
"""Lines on each side of the cursor."""

MOST_NEAR = 8
MOST_KEPT = 500
LONGEST = 400
"""Characters of a message."""


def bounded(found: Iterable[tuple[int, str]]) -> tuple[Diagnostic, ...]:
    """Diagnostics by line; empty messages and what is more than `MOST_KEPT` are left out."""
    kept = {(line, text[:LONGEST]) for line, text in found if line >= 0 and text.strip()}
    return tuple(Diagnostic(line, text) for line, text in sorted(kept)[:MOST_KEPT])


def near(found: Sequence[Diagnostic], line: int) -> tuple[Diagnostic, ...]:
    """Of diagnostics by line those within `REACH` lines, the nearest `MOST_NEAR`, by line."""
    if not found:
        return ()
    low = bisect_left(found, line - REACH, key=_line)
    high = bisect_right(found, line + REACH, key=_line)
    nearest = sorted(found[low:high], key=lambda each: abs(each.line - line))[:MOST_NEAR]
    return tuple(sorted(nearest, key=_line))


def read(raw: object) -> tuple[str, tuple[Diagnostic, ...]]:
    """The parameters `{uri, diagnostics: [{line, message}]}` of our own notification.

    Raises `ValueError` with a sentence that names the key.
    """
    if not isinstance(raw, dict) or not isinstance(uri := raw.get("uri"), str):
        raise ValueError("uri: expected a text")
    rows = raw.get("diagnostics")
    if not isinstance(rows, list):
        raise ValueError("diagnostics: expected an array")
    found = []
    for number, row in enumerate(rows[: 4 * MOST_KEPT]):
        line, message = (row.get("line"), row.get("message")) if isinstance(row, dict) else (None, None)
        if not isinstance(line, int) or isinstance(line, bool) or line < 0:
            raise ValueError(f"diagnostics.{number}.line: expected a whole number from 0")
        if not isinstance(message, str):
            raise ValueError(f"diagnostics.{number}.message: expected a text")
        found.append((line, message))
    return uri, bounded(found)


def _line(diagnostic: Diagnostic) -> int:
    return diagnostic.line

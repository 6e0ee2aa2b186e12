"""Where numbers stand in a text, with the separators that people type into them. Groups of digits that may be one
number or several are a doubt, unless the table's own checks leave one way alone.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from completion.normalize import dates
from completion.normalize.sought import Sought
from completion.normalize.tokens import Token
from completion.normalize.types import Mention, Rule

JOINTS = " \u00a0\u2009\u202f-.‐‑"
"""What may stand between the groups of one number, one at a time."""

_WIDE = re.compile(r"[ \u00a0\u2009\u202f]{2,3}|[ \u00a0\u2009\u202f]?[-–—‐‑][ \u00a0\u2009\u202f]?")
_SMALLEST_GROUP, _LARGEST_GROUP = 2, 5
_MOST_GROUPS = 8
_FEW_GROUPS = 3
_TELEPHONE = re.compile(r"[78]9[0-9]{9}")


def find(column: str, text: str, pieces: Sequence[Token], sought: Sought, taken: Sequence[bool]) -> list[Mention]:
    """Numbers of all digits; groups of digits that may be one number or several are a doubt."""
    groups: list[tuple[int, int, str]] = []
    for piece in pieces:
        free = next((place for place in range(piece.start, piece.end) if not taken[place]), None)
        if piece.kind in ("digits", "mixed") and free is not None:
            rest = text[free : piece.end]
            if rest.isascii() and rest.isdigit():
                groups.append((free, piece.end, ""))
            elif piece.kind == "mixed" and free == piece.start:
                groups.append((free, piece.end, f"{piece.text!r} has letters among its digits"))
    days = [(start, end) for start, end, _ in dates.find(text)]
    found = [Mention(column, one, other, (), "digits", f"{text[one:other]!r} looks like a date") for one, other in days]
    groups = [group for group in groups if not any(one <= group[0] < other for one, other in days)]
    runs: list[list[tuple[int, int, str]]] = []
    for group in groups:
        last = runs[-1][-1] if runs else None
        if last and not group[2] and not last[2] and _joins(text[last[1] : group[0]], sought.rules[column]):
            runs[-1].append(group)
        else:
            runs.append([group])
    return found + [mention for run in runs for mention in _of_run(column, text, run, sought)]


def _joins(between: str, rule: Rule) -> bool:
    if rule.argument == "solid":
        return False
    return between in tuple(JOINTS) or _WIDE.fullmatch(between) is not None


def _of_run(column: str, text: str, run: Sequence[tuple[int, int, str]], sought: Sought) -> list[Mention]:
    """The number, or the numbers, that groups of digits with nothing but blanks and marks between them are."""
    start, end = run[0][0], run[-1][1]
    written = text[start:end]
    if run[0][2]:
        return [Mention(column, start, end, (), "digits", run[0][2])]
    if text[:start].rstrip("(").endswith("+") or (len(run) > 2 and _TELEPHONE.fullmatch(_digits(written))):
        return [Mention(column, start, end, (), "digits", f"{written!r} looks like a telephone number")]
    if len(run) == 1 or _regular(text, run):
        return [Mention(column, start, end, (_digits(written),), "digits")]
    doubt = f"{written!r} may be one number or {len(run)}"
    if len(run) > _MOST_GROUPS:
        return [Mention(column, start, end, (), "digits", doubt)]
    cuts = [cut for cut in _cuts(run) if all(sought.holds(column, _digits(text[one:other])) for one, other in cut)]
    long = all(other - one >= _SMALLEST_GROUP for one, other, _ in run)
    if len(cuts) == 1 and len(run) <= _FEW_GROUPS and long:
        return [Mention(column, one, other, (_digits(text[one:other]),), "grouped") for one, other in cuts[0]]
    values = (_digits(written), *(text[one:other] for one, other, _ in run))
    return [Mention(column, start, end, tuple(dict.fromkeys(values)), "digits", doubt)]


def _cuts(run: Sequence[tuple[int, int, str]]) -> Iterator[list[tuple[int, int]]]:
    """All ways to take the groups together, each as starts and ends."""
    for choice in range(1 << (len(run) - 1)):
        parts = [(run[0][0], run[0][1])]
        for place, group in enumerate(run[1:]):
            if choice >> place & 1:
                parts.append((group[0], group[1]))
            else:
                parts[-1] = (parts[-1][0], group[1])
        yield parts


def _digits(written: str) -> str:
    return "".join(character for character in written if character in "0123456789")


def _regular(text: str, run: Sequence[tuple[int, int, str]]) -> bool:
    """Whether the groups are surely of one number: joined by marks without blanks, or cut evenly."""
    between = {text[one[1] : other[0]] for one, other in itertools.pairwise(run)}
    if len(between) > 1 or next(iter(between)) not in tuple(JOINTS):
        return False
    if not next(iter(between)).isspace():
        return True
    sizes = [end - start for start, end, _ in run]
    even = _SMALLEST_GROUP <= sizes[0] <= _LARGEST_GROUP and len(set(sizes[:-1])) == 1 and sizes[-1] <= sizes[0]
    thousands = sizes[0] <= 3 and all(size == 3 for size in sizes[1:])
    return even or thousands

"""What a record says, where its text leaves one reading alone: every word is accounted for, every value has its row.

Values of a row stand side by side, nearer to each other than to those of other rows. Where a reading would have to be
chosen, none is: the record is doubtful, and the reason is said. Knows no model and no database.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from completion.normalize import spans
from completion.normalize.sought import Sought
from completion.normalize.spans import Found
from completion.normalize.tokens import Token, fillers
from completion.normalize.types import Mention

LONGEST = 1 << 16
"""Characters of a record that are read; a longer one is no list that somebody typed."""

_TOUCHES, _NEAR, _LISTED, _APART = 0, 1, 2, 3
_LIST_MARKS = ",/+&|\\"
_LIST_WORDS = frozenset({"и", "and", "или", "or", "und", "et", "y"})
_APART_MARKS = ";.!?\n"


@dataclass(frozen=True, slots=True)
class Reading:
    """The rows of a record as mentions; with a `reason` there are none, and `found` is all that is known.

    `empty` says that there is surely nothing in it.
    """

    rows: tuple[tuple[Mention, ...], ...] = ()
    reason: str = ""
    found: Found | None = None
    empty: bool = False


def read(text: str, sought: Sought, required: frozenset[str]) -> Reading:
    """The one reading of a text. `required` are the columns of those whose values stand in texts that no row lacks."""
    if len(text) > LONGEST:
        return Reading(reason=f"It has {len(text):,} characters, more than the {LONGEST:,} that are read.")
    if "\0" in text:
        return Reading(reason="It has a NUL character, which no table holds.")
    columns = sought.columns()
    if not columns:
        return Reading(rows=((),), found=Found([]))
    found = spans.find(text, sought)
    if _empty(found, sought, required):
        reason = "Names, but nothing that belongs to them." if found.mentions else ""
        return Reading(reason=reason, found=found, empty=True)
    if doubts := [mention.doubt for mention in found.mentions if mention.doubt]:
        return Reading(reason=f"{doubts[0]}.", found=found)
    if found.unknown:
        words = ", ".join(repr(piece.text) for piece in found.unknown[:3])
        return Reading(reason=f"Nothing is known of {words}.", found=found)
    merged = _merged(found)
    if _closes_unopened(found.tokens):
        return Reading(reason="A bracket closes that was never opened.", found=found)
    return _rows(merged, columns, required, found)


def _empty(found: Found, sought: Sought, required: frozenset[str]) -> bool:
    """Whether surely no row is in it: nothing but names is recognised, and nothing else could be a value."""
    values = [column for column in required if sought.rules[column].kind != "reference"]
    if any(sought.rules[mention.column].kind != "reference" for mention in found.mentions):
        return False
    if not values or any(sought.rules[column].kind == "match" for column in values):
        # Any word may be a name, or a pattern that was mistyped.
        return not found.mentions and not found.unknown
    return all(piece.kind == "word" for piece in found.unknown)


def _merged(found: Found) -> list[Mention]:
    """Names of one code that stand side by side are one mention: "Ural Airlines/Wings"."""
    merged: list[Mention] = []
    for mention in found.mentions:
        last = merged[-1] if merged else None
        same = last is not None and last.column == mention.column and last.values == mention.values
        if last is not None and same and mention.how in _NAMES and _strength(found.tokens, last, mention) < _APART:
            merged[-1] = Mention(last.column, last.start, mention.end, last.values, last.how)
        else:
            merged.append(mention)
    return merged


def _rows(mentions: Sequence[Mention], columns: Sequence[str], required: frozenset[str], found: Found) -> Reading:
    """Mentions cut into rows of neighbours, if there is one way to do it."""
    optional = [column for column in columns if column not in required]
    size = len(columns)
    if optional:
        return _loose(mentions, columns, required, found)
    if size == 2 and (listed := _listed(mentions, found)):
        return Reading(rows=listed, found=found)
    if size == 0 or len(mentions) % size:
        return Reading(reason=_odd(mentions, columns), found=found)
    rows = [tuple(mentions[place : place + size]) for place in range(0, len(mentions), size)]
    if any(len({mention.column for mention in row}) < size for row in rows):
        return Reading(reason=_odd(mentions, columns), found=found)
    inside = [_strength(found.tokens, one, other) for row in rows for one, other in itertools.pairwise(row)]
    between = [_strength(found.tokens, one[-1], other[0]) for one, other in itertools.pairwise(rows)]
    uniform = len({tuple(mention.column for mention in row) for row in rows}) == 1
    if inside and between and (max(inside) > min(between) or (not uniform and max(inside) == min(between))):
        return Reading(reason="What belongs together stands no nearer than what does not.", found=found)
    if inside and not between and max(inside) >= _APART:
        return Reading(reason="The name and the number stand in different sentences.", found=found)
    return Reading(rows=tuple(rows), found=found)


def _listed(mentions: Sequence[Mention], found: Found) -> tuple[tuple[Mention, ...], ...]:
    """The rows of "Name: 17, 18; Other: 19", where a name with a colon or a dash heads a list of numbers; else none."""
    rows: list[tuple[Mention, ...]] = []
    heads = 0
    for place, mention in enumerate(mentions):
        before = mentions[place - 1] if place else None
        strength = _strength(found.tokens, before, mention) if before else _APART
        if mention.how in _NAMES:
            if strength < _APART:
                return ()
            heads += 1
            head = mention
        elif not _goes_on(found.tokens, before, mention, strength):
            return ()
        else:
            rows.append((head, mention))
    return tuple(rows) if heads < len(rows) else ()


def _goes_on(pieces: Sequence[Token], before: Mention | None, number: Mention, strength: int) -> bool:
    """Whether a number belongs to the list that a name heads."""
    if before is None:
        return False
    if before.how in _NAMES:
        return _introduces(pieces, before, number)
    return strength == _LISTED and _only_lists(pieces, before, number)


_NAMES = ("exact", "spelling", "typo", "word")


def _introduces(pieces: Sequence[Token], name: Mention, number: Mention) -> bool:
    marks = [piece.text for piece in _between(pieces, name.end, number.start) if piece.kind != "blank"]
    return len(marks) == 1 and marks[0] in ":=-–—"


def _only_lists(pieces: Sequence[Token], one: Mention, other: Mention) -> bool:
    marks = [piece.text for piece in _between(pieces, one.end, other.start) if piece.kind != "blank"]
    return len(marks) == 1 and (marks[0] in _LIST_MARKS or marks[0].casefold() in _LIST_WORDS)


def _loose(mentions: Sequence[Mention], columns: Sequence[str], required: frozenset[str], found: Found) -> Reading:
    """Rows some of whose values may be missing: parts of the text that are set apart, or the whole of it."""
    parts: list[list[Mention]] = []
    for mention in mentions:
        if parts and _strength(found.tokens, parts[-1][-1], mention) < _APART:
            parts[-1].append(mention)
        else:
            parts.append([mention])
    for part in parts:
        names = [mention.column for mention in part]
        if len(set(names)) < len(names) or not required.issubset(names):
            return Reading(reason=_odd(mentions, columns), found=found)
    return Reading(rows=tuple(map(tuple, parts)), found=found)


def _odd(mentions: Sequence[Mention], columns: Sequence[str]) -> str:
    counts = [f"{sum(mention.column == column for mention in mentions)} × {column}" for column in columns]
    return f"It is not clear what belongs together: {', '.join(counts)}."


def _strength(pieces: Sequence[Token], one: Mention, other: Mention) -> int:
    """How far two neighbours are set apart by what stands between them."""
    strongest, opened = _TOUCHES, 0
    closes = False
    last = ""
    for piece in _between(pieces, one.end, other.start):
        shortened, last = piece.text == "." and last in fillers(), piece.text.casefold()
        if piece.kind == "open":
            opened += 1
        elif piece.kind == "close":
            closes, opened = True, opened - 1
        elif piece.kind == "blank":
            strongest = max(strongest, _APART if "\n" in piece.text else _NEAR)
        elif piece.text in _APART_MARKS and not shortened:
            strongest = max(strongest, _APART)
        elif piece.text in _LIST_MARKS or piece.text.casefold() in _LIST_WORDS:
            strongest = max(strongest, _LISTED)
        else:
            strongest = max(strongest, _NEAR)
    if opened > 0 and not closes and strongest <= _NEAR:
        # "1206923 (S7)": what a bracket says is of what stands before it.
        return _TOUCHES
    return max(strongest, _NEAR) if closes else strongest


def _between(pieces: Sequence[Token], start: int, end: int) -> list[Token]:
    return [piece for piece in pieces if piece.start >= start and piece.end <= end]


def _closes_unopened(pieces: Sequence[Token]) -> bool:
    opened = 0
    for piece in pieces:
        opened += {"open": 1, "close": -1}.get(piece.kind, 0)
        if opened < 0:
            # "1) …" numbers a list, and so does "1> …"; ":)" says nothing.
            if piece.text != ")" or not _smiles(pieces, piece):
                return True
            opened = 0
    return False


def _smiles(pieces: Sequence[Token], closing: Token) -> bool:
    return any(piece.end == closing.start and piece.text in ":;-" for piece in pieces if piece.kind == "mark")

"""Does the file still parse with the suggestion in it, and does what follows still mean what it meant?

The file itself is the measure: as it stands, without the line that is being written, or with the brackets closed
that it lacks at the cursor, whichever has the fewest syntax errors (a half-written line is an error of its own).
A suggestion may not add to them, a MISSING node being an error like an ERROR node; nor may it swallow what stands
behind it, as an opened comment does without any error. One that does is cut to its longest clean part, by lines
and then by words, or dropped. A single line may end where more must follow (an open bracket, the head of a block):
it is then judged with the shortest text that would follow (`following`).

Knows trees, not languages; what follows an opened line is in `completion.syntax.following`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from tree_sitter import Node

from completion.syntax.following import continuations, missing_closers
from completion.syntax.queries import strays
from completion.syntax.tree import Parsed, SlowGrammar
from completion.syntax.window import around

Ending = Literal["open", "whole"]

_TRIED_IN_TURN = 8
_WORD_ENDS = re.compile(r"[\s,;)\]}]")
_SAMPLES = 3
# What these end goes on with the next line, whatever stands there.
_GOES_ON = re.compile(r"(?<![+\-*/\\])(?:[+\-*/%^,=.\\]|&&|\|\|?)$|[=!<>]=$")
_STATEMENT = re.compile(r"statement|declaration|definition|command|instruction")


@dataclass(frozen=True, slots=True)
class Damage:
    """Syntax errors of a tree: how many, and how many bytes of them lie behind a boundary."""

    count: int
    behind: int


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A token behind the cursor: its start, its end, and the type and end of the statement that begins with it."""

    start: int
    end: int
    statement: str
    statement_end: int


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a text goes, and what it is measured by."""

    parsed: Parsed
    start: int
    end: int
    line: str
    errors: int
    allowed: Damage
    leaves: tuple[_Leaf, ...]
    next_is_deeper: bool


def longest_clean(parsed: Parsed, start: int, end: int, text: str, *, ending: Ending = "open") -> str:
    """The longest beginning of `text` that does no harm when it replaces bytes `start`..`end`; "" where none does.

    With `ending` "whole" nothing may have to follow: the file as it then stands has no more errors than before.
    Returns "" too where the grammar is too slow to tell.
    """
    try:
        return _longest_clean(parsed, start, end, text, ending)
    except SlowGrammar:
        return ""


def _longest_clean(parsed: Parsed, start: int, end: int, text: str, ending: Ending) -> str:
    # Several texts are tried at one place.
    place = _place(parsed, start, end)
    parsed, start, end = place.parsed, place.start, place.end

    def clean(candidate: str) -> bool:
        return bool(candidate.strip()) and _is_clean(place, candidate, ending)

    def whole(candidate: str) -> bool:
        return _is_clean(place, candidate, "whole")

    if clean(text):
        return text
    lines = text.split("\n")
    by_line = ["\n".join(lines[:count]).rstrip() for count in range(len(lines) - 1, 0, -1)]
    found = _first_clean(by_line, clean) or _first_clean(_beginnings(lines[0]), whole)
    return "" if _ends_with_keyword(parsed, start, end, found) else found


def errors_added(parsed: Parsed, start: int, end: int, text: str) -> int:
    """How many more syntax errors the file has with `text` in place of bytes `start`..`end`; negative: fewer.

    Raises `SlowGrammar`.
    """
    changed = parsed.with_replaced(start, end, text.encode())
    return damage(changed, len(changed.source)).count - damage(parsed, len(parsed.source)).count


def damage(parsed: Parsed, boundary: int, *, most: int | None = None) -> Damage:
    """The errors of a tree, stray end marks too; `boundary` is a byte offset. Counting ends beyond `most` errors."""
    root = parsed.tree.root_node
    count, behind, stack = len(strays(parsed.language, root)), 0, [root]
    while stack:
        node = stack.pop()
        if not node.has_error:
            continue
        if node.is_error or node.is_missing:
            count += 1
            behind += max(
                node.is_missing and node.start_byte > boundary, node.end_byte - max(node.start_byte, boundary)
            )
            if most is not None and count > most:
                break
        stack.extend(node.children)
    return Damage(count, behind)


def _place(parsed: Parsed, start: int, end: int) -> _Place:
    """Where a text goes; what was found of the place before is used again, with the time that is left now."""
    known = _place_of(parsed, start, end)
    return replace(known, parsed=replace(known.parsed, allowance=parsed.allowance))


@lru_cache(maxsize=4)
def _place_of(parsed: Parsed, start: int, end: int) -> _Place:
    parsed, start, end = around(parsed, start, end)
    source = parsed.source
    line_start = source.rfind(b"\n", 0, start) + 1
    line = source[line_start:start].decode("utf-8", "replace")
    now = damage(parsed, end)
    allowed = Damage(min(now.count, _least_errors(parsed, start, end)), now.behind) if now.count else now
    column = len(line) - len(line.lstrip())
    leaves = _leaves(parsed, end)
    return _Place(parsed, start, end, line, now.count, allowed, leaves, _column_below(source, end) > column)


def _least_errors(parsed: Parsed, start: int, end: int) -> int:
    """Errors without the line at `start`, or with the brackets closed that are open there."""
    source = parsed.source
    line_start, line_end = source.rfind(b"\n", 0, start) + 1, source.find(b"\n", end)
    without = parsed.with_replaced(line_start, len(source) if line_end < 0 else line_end, b"")
    least = damage(without, 0).count
    if least and (closers := missing_closers(parsed, start, end, "")):
        least = min(least, damage(parsed.with_replaced(start, end, closers.encode()), 0).count)
    return least


def _is_clean(place: _Place, candidate: str, ending: Ending) -> bool:
    whole = ("",)
    for following in whole if ending == "whole" else continuations(place.parsed, place.start, place.end, candidate):
        inserted = (candidate + following).encode()
        changed = place.parsed.with_replaced(place.start, place.end, inserted)
        found = damage(changed, place.start + len(inserted), most=place.allowed.count)
        if found.count > place.allowed.count or found.behind > place.allowed.behind:
            continue
        # Where nothing is wrong any more, what follows was waiting for this.
        repaired = place.errors > found.count == 0 and not following
        if repaired or _keeps_what_follows(place, changed, candidate, len(inserted) - (place.end - place.start)):
            return True
    return False


def _keeps_what_follows(place: _Place, changed: Parsed, candidate: str, shift: int) -> bool:
    goes_on = _GOES_ON.search((place.line + candidate.rstrip(" ")).rsplit("\n", 1)[-1]) is not None
    root = changed.tree.root_node
    for number, leaf in enumerate(place.leaves):
        start = leaf.start + shift
        node = root.descendant_for_byte_range(start, start + 1)
        if node is None or (node.start_byte, node.end_byte) != (start, leaf.end + shift):
            return False
        if number == 0 and goes_on and leaf.statement and not place.next_is_deeper:
            found = _statement(node)
            if found is None or (found.type, found.end_byte) != (leaf.statement, leaf.statement_end + shift):
                return False
    return True


def _leaves(parsed: Parsed, offset: int) -> tuple[_Leaf, ...]:
    """The first tokens of what follows `offset`: on its line, on the next lines, and the file's last one."""
    source, root = parsed.source, parsed.tree.root_node
    found, position = list[_Leaf](), offset
    while position < len(source) and len(found) < _SAMPLES:
        end = source.find(b"\n", position)
        end = len(source) if end < 0 else end
        line = source[position:end]
        at = position + len(line) - len(line.lstrip())
        if line.strip():
            leaf = _leaf(root, at)
            if leaf is not None:
                found.append(leaf)
        position = end + 1
    last = len(source.rstrip())
    word = max(source.rfind(b" ", offset, last), source.rfind(b"\n", offset, last)) + 1
    if word > offset and (leaf := _leaf(root, word)) is not None:
        found.append(leaf)
    return tuple(found)


def _leaf(root: Node, offset: int) -> _Leaf | None:
    node = root.descendant_for_byte_range(offset, offset + 1)
    # What began before is a string or a comment that holds the cursor; inside an error nothing means anything.
    if node is None or node.start_byte != offset or node.child_count:
        return None
    if root.has_error:
        above: Node | None = node
        while above is not None:
            if above.is_error:
                return None
            above = above.parent
    statement = _statement(node)
    return _Leaf(
        offset, node.end_byte, statement.type if statement else "", statement.end_byte if statement else offset
    )


def _statement(node: Node) -> Node | None:
    """The largest statement that begins where `node` does."""
    found: Node | None = None
    above: Node | None = node
    while above is not None and above.start_byte == node.start_byte:
        if _STATEMENT.search(above.type):
            found = above
        above = above.parent
    return found


def _column_below(source: bytes, offset: int) -> int:
    """The indentation of the next line below `offset` that is not blank; -1 if there is none."""
    newline = source.find(b"\n", offset)
    if newline < 0:
        return -1
    rest = source[newline + 1 : newline + 4000].lstrip(b"\r\n")
    for line in rest.split(b"\n"):
        if line.strip():
            return len(line) - len(line.lstrip())
    return -1


def _ends_with_keyword(parsed: Parsed, start: int, end: int, text: str) -> bool:
    """Whether a text that was cut ends with a word of the language, of which nobody has any use."""
    if not text[-1:].isalpha():
        return False
    inserted = text.encode()
    root = parsed.with_replaced(start, end, inserted).tree.root_node
    node = root.descendant_for_byte_range(start + len(inserted) - 1, start + len(inserted))
    return node is not None and not node.is_named and node.child_count == 0


def _beginnings(line: str) -> list[str]:
    """Shorter beginnings of a line that end with a word, longest first; of little more than nothing there are none."""
    ends = [match.start() for match in _WORD_ENDS.finditer(line)]
    least = len(line.strip()) / 3
    return [text for text in dict.fromkeys(line[:end].rstrip() for end in reversed(ends)) if len(text.strip()) >= least]


def _first_clean(candidates: Sequence[str], clean: Callable[[str], bool]) -> str:
    """The first clean one of `candidates`, which stand longest first.

    Some are tried in turn; of many more the rest is halved, as though what is clean stayed clean when it is cut.
    """
    for candidate in candidates[:_TRIED_IN_TURN]:
        if clean(candidate):
            return candidate
    rest = candidates[_TRIED_IN_TURN:]
    low, high, found = 0, len(rest), ""
    while low < high:
        middle = (low + high) // 2
        if clean(rest[middle]):
            found, high = rest[middle], middle
        else:
            low = middle + 1
    return found

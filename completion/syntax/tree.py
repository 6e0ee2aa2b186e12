"""Syntax trees, kept and edited incrementally.

A `TreeStore` keeps the newest tree of each file. It is given whole snapshots and finds the edit by
itself, so callers never describe edits; comparing two texts costs microseconds, parsing anew
milliseconds.

Some texts make a grammar slow (one thing repeated for 20 kB can take minutes and gigabytes, as can NUL bytes in a
shell script) or have it write behind its memory. So the time of a parse is bounded, and such texts are not given to
a grammar at all. The file then has no tree, and `TreeStore.refusal` says why.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from tree_sitter import Node, Point, Tree

from completion.syntax.languages import Language, parser
from completion.types import Document

MAX_BYTES = 1_000_000
"""Larger files are not parsed: a first parse would stall typing."""

FIRST_SECONDS = 0.6
"""Processor time that the first parse of a file may take; the worst ordinary file of `MAX_BYTES` takes half of it."""

LATER_SECONDS = 0.5
"""Processor time for all the parses that one request then needs: the edit since the last, and the checks."""

TOO_SLOW = "its grammar is too slow for it"

_KEPT_TREES = 16
_SMALL = 4096
_BLOCK = 1024
_LONGEST_PERIOD = 16
_REST_FACTOR = 100
"""A file that was too slow is tried again after so many times the time it took, and then after twice as long."""

# The grammar of YAML writes behind its memory from 254 levels on (its scanner's `serialize` checks too late). A level
# takes a column, or two share one, so a line that begins with so many blanks and marks is the sign of it.
_TOO_DEEP: Mapping[str, re.Pattern[bytes]] = {
    "tree_sitter_yaml": re.compile(rb"(?:\A|[\r\n])(?:[ \t]|[?:-](?=[ \t])|[&!]\S*(?=[ \t])){100}")
}


class SlowGrammar(Exception):
    """Parsing has taken longer than typing can wait."""


@dataclass(slots=True)
class Allowance:
    """Seconds of processor time that are left."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Parsed:
    """A tree and the exact bytes it was made of."""

    language: Language
    source: bytes
    tree: Tree
    allowance: Allowance = field(default_factory=lambda: Allowance(LATER_SECONDS), compare=False, repr=False)
    """What this tree and those made of it may still take."""

    def with_replaced(self, start: int, end: int, text: bytes) -> Parsed:
        """The tree after replacing bytes `start`..`end` by `text`, parsed incrementally. Raises `SlowGrammar`."""
        if self.allowance.seconds <= 0:
            raise SlowGrammar
        source = self.source[:start] + text + self.source[end:]
        line = source.rfind(b"\n", 0, start) + 1
        if _strangeness(self.language, source[line : start + len(text) + _BLOCK]):
            raise SlowGrammar
        tree = self.tree.copy()
        _edit(tree, self.source, source, start, end, start + len(text))
        return Parsed(
            self.language, source, _parse(self.language, source, self.allowance, tree, len(text)), self.allowance
        )

    def error_count(self) -> int:
        """How many ERROR and MISSING nodes the tree has (visits only broken branches)."""
        return _count_errors(self.tree.root_node)


@dataclass(frozen=True, slots=True)
class _Rest:
    """A file that was too slow: when it may be tried again (seconds of the monotonic clock), after what a rest."""

    until: float
    seconds: float


class TreeStore:
    """The newest tree of each recently used file."""

    def __init__(self) -> None:
        self._trees: OrderedDict[tuple[str, str], Parsed] = OrderedDict()
        self._resting: OrderedDict[tuple[str, str], _Rest] = OrderedDict()

    def __len__(self) -> int:
        return len(self._trees)

    def parse(self, document: Document, language: Language) -> Parsed | None:
        """The tree of `document`; None where there is a `refusal`, or the last request was too slow for another."""
        key = (document.path, language.id)
        refused = self.refusal(document, language)
        known = self._trees.pop(key, None)
        if refused:
            return None
        if known is not None and known.allowance.seconds <= 0:
            self.give_up(document, language, LATER_SECONDS)
            return None
        started = time.thread_time()
        try:
            parsed = _parsed(document.source, language, known)
        except SlowGrammar:
            self.give_up(document, language, time.thread_time() - started)
            return None
        _keep(self._trees, key, parsed)
        return parsed

    def preview(self, document: Document, language: Language) -> Parsed | None:
        """The tree of what may become of a document; the newest tree stays, since the next key edits that one.

        None where there is no newest one, or it would take too long.
        """
        known = self._trees.get((document.path, language.id))
        if known is None or self.refusal(document, language):
            return None
        try:
            return _parsed(document.source, language, known)
        except SlowGrammar:
            return None

    def refusal(self, document: Document, language: Language) -> str:
        """Why `document` is not parsed now, in a few words; "" where it is."""
        if len(document.source) > MAX_BYTES:
            return f"it is larger than {MAX_BYTES // 1_000_000} MB"
        key = (document.path, language.id)
        # Of a file with a tree the edits are looked at.
        if key not in self._trees and (strangeness := _strangeness(language, document.source)):
            return strangeness
        rest = self._resting.get(key)
        return TOO_SLOW if rest is not None and time.monotonic() < rest.until else ""

    def give_up(self, document: Document, language: Language, seconds: float) -> None:
        """Parse a document no more for a while: it has taken `seconds` and was not done."""
        key = (document.path, language.id)
        before = self._resting.pop(key, None)
        rest = 2 * before.seconds if before is not None else _REST_FACTOR * seconds
        self._trees.pop(key, None)
        _keep(self._resting, key, _Rest(time.monotonic() + rest, rest))

    def forget(self, path: str) -> None:
        """Drop what is known of a closed file."""
        for kept in (self._trees, self._resting):
            for key in [key for key in kept if key[0] == path]:
                del kept[key]


def _keep(kept: OrderedDict[tuple[str, str], Any], key: tuple[str, str], value: object) -> None:
    kept[key] = value
    while len(kept) > _KEPT_TREES:
        kept.popitem(last=False)


def _parsed(source: bytes, language: Language, known: Parsed | None) -> Parsed:
    if known is None:
        return Parsed(language, source, _parse(language, source, Allowance(FIRST_SECONDS), None, len(source)))
    known = replace(known, allowance=Allowance(LATER_SECONDS))
    if known.source == source:
        return known
    start, old_end, new_end = _difference(known.source, source)
    return known.with_replaced(start, old_end, source[start:new_end])


def _parse(language: Language, source: bytes, allowance: Allowance, old: Tree | None, new: int) -> Tree:
    """Parse within `allowance`, which is charged; `new` bytes are not in the `old` tree. Raises `SlowGrammar`."""
    started, own = time.thread_time(), parser(language)
    tree: dict[str, Any] = {} if old is None else {"old_tree": old}
    try:
        if new > _SMALL:
            # Only a parse that reads from a function can be stopped. It keeps what it was given for good (a defect of
            # the library's 0.26.1), so this is left to texts that are new, and given in one piece.
            end = started + allowance.seconds
            tree = {
                "old_tree": own.parse(
                    lambda offset, _point: source[offset:],
                    progress_callback=lambda _offset, _error: time.thread_time() > end,
                    **tree,
                )
            }
            if time.thread_time() - started > allowance.seconds / 4:
                return cast("Tree", tree["old_tree"])
            # Of a tree that was made of bytes the text of a node is found quickly.
        return own.parse(source, **tree)
    except ValueError as error:
        own.reset()
        raise SlowGrammar from error
    finally:
        allowance.seconds -= time.thread_time() - started


def _strangeness(language: Language, source: bytes) -> str:
    """Why a text is not given to the grammar; "" where it is."""
    if b"\0" in source:
        return "it holds NUL bytes"
    pattern = _TOO_DEEP.get(language.module)
    if pattern is not None and pattern.search(source):
        return "it is nested too deeply for its grammar"
    for at in range(0, len(source) - _BLOCK + 1, _BLOCK):
        block = source[at : at + _BLOCK]
        if any(block[period:] == block[:-period] for period in range(1, _LONGEST_PERIOD + 1)) and not block.isspace():
            return "it says the same over and over"
    return ""


def _difference(old: bytes, new: bytes) -> tuple[int, int, int]:
    """The replaced range: (start, end in old, end in new)."""
    start = _common_prefix(old, new)
    limit = min(len(old), len(new)) - start
    tail = _common_suffix(old, new, limit)
    return start, len(old) - tail, len(new) - tail


def _common_prefix(left: bytes, right: bytes) -> int:
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_suffix(left: bytes, right: bytes, limit: int) -> int:
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if left[len(left) - middle : len(left) - low] == right[len(right) - middle : len(right) - low]:
            low = middle
        else:
            high = middle - 1
    return low


def _edit(tree: Tree, old: bytes, new: bytes, start: int, old_end: int, new_end: int) -> None:
    point = _further(Point(0, 0), old, 0, start)
    tree.edit(
        start_byte=start,
        old_end_byte=old_end,
        new_end_byte=new_end,
        start_point=point,
        old_end_point=_further(point, old, start, old_end),
        new_end_point=_further(point, new, start, new_end),
    )


def _further(point: Point, source: bytes, start: int, end: int) -> Point:
    """Where byte `end` is, if byte `start` is at `point`."""
    rows = source.count(b"\n", start, end)
    if not rows:
        return Point(point.row, point.column + end - start)
    return Point(point.row + rows, end - (source.rfind(b"\n", start, end) + 1))


def _count_errors(root: Node) -> int:
    count, stack = 0, [root]
    while stack:
        node = stack.pop()
        if node.is_error or node.is_missing:
            count += 1
        if node.has_error:
            stack.extend(node.children)
    return count

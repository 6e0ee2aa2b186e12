"""Syntax trees, kept and edited incrementally.

A `TreeStore` keeps the newest tree of each file. It is given whole snapshots and finds the edit by
itself, so callers never describe edits; comparing two texts costs microseconds, parsing anew
milliseconds.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from tree_sitter import Node, Point, Tree

from completion.syntax.languages import Language, parser
from completion.types import Document

MAX_BYTES = 1_000_000
"""Larger files are not parsed: a first parse would stall typing."""

_KEPT_TREES = 16


@dataclass(frozen=True, slots=True)
class Parsed:
    """A tree and the exact bytes it was made of."""

    language: Language
    source: bytes
    tree: Tree

    def with_replaced(self, start: int, end: int, text: bytes) -> Parsed:
        """The tree after replacing bytes `start`..`end` by `text`, parsed incrementally."""
        source = self.source[:start] + text + self.source[end:]
        tree = self.tree.copy()
        _edit(tree, self.source, source, start, end, start + len(text))
        return Parsed(self.language, source, parser(self.language).parse(source, tree))

    def error_count(self) -> int:
        """How many ERROR and MISSING nodes the tree has (visits only broken branches)."""
        return _count_errors(self.tree.root_node)


class TreeStore:
    """The newest tree of each recently used file."""

    def __init__(self) -> None:
        self._trees: OrderedDict[tuple[str, str], Parsed] = OrderedDict()

    def parse(self, document: Document, language: Language) -> Parsed | None:
        """The tree of `document`; None for files above `MAX_BYTES`."""
        if len(document.source) > MAX_BYTES:
            return None
        key = (document.path, language.id)
        known = self._trees.pop(key, None)
        if known is None:
            parsed = Parsed(language, document.source, parser(language).parse(document.source))
        elif known.source == document.source:
            parsed = known
        else:
            start, old_end, new_end = _difference(known.source, document.source)
            parsed = known.with_replaced(start, old_end, document.source[start:new_end])
        self._trees[key] = parsed
        while len(self._trees) > _KEPT_TREES:
            self._trees.popitem(last=False)
        return parsed

    def forget(self, path: str) -> None:
        """Drop the trees of a closed file."""
        for key in [key for key in self._trees if key[0] == path]:
            del self._trees[key]


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
    tree.edit(
        start_byte=start,
        old_end_byte=old_end,
        new_end_byte=new_end,
        start_point=_point(old, start),
        old_end_point=_point(old, old_end),
        new_end_point=_point(new, new_end),
    )


def _point(source: bytes, offset: int) -> Point:
    row = source.count(b"\n", 0, offset)
    return Point(row, offset - (source.rfind(b"\n", 0, offset) + 1))


def _count_errors(root: Node) -> int:
    count, stack = 0, [root]
    while stack:
        node = stack.pop()
        if node.is_error or node.is_missing:
            count += 1
        if node.has_error:
            stack.extend(node.children)
    return count

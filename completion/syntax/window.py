"""A piece of a long file that is verified in place of the whole: the top-level statements around a place.

What a text does to its surroundings it does to the nearest statements first: an unclosed bracket, string or comment
is an error at the end of the piece as it would be at the end of the file. A parse of the piece costs the same in a
file of any length, and errors far away count for nothing.
"""

from __future__ import annotations

from dataclasses import replace

from tree_sitter import Node

from completion.syntax.languages import parser
from completion.syntax.tree import Parsed

LONG = 8_000
"""Bytes from which on a piece is looked for."""

_MOST = 16_000
_NEIGHBOURS = 1
# A file of these begins with something that a piece lacks, or its indentation means something to the whole.
_WHOLE = frozenset({"php", "html", "yaml", "json", "css"})


def around(parsed: Parsed, start: int, end: int) -> tuple[Parsed, int, int]:
    """The piece of `parsed` around bytes `start`..`end`, and where these are in it; all of it where there is none."""
    source = parsed.source
    if len(source) < LONG or parsed.language.id in _WHOLE:
        return parsed, start, end
    children = parsed.tree.root_node.children
    inside = _index(children, start)
    first, last = _boundary(children, inside - _NEIGHBOURS, -1), _boundary(children, _index(children, end) + 1, 1)
    if first is None or last is None:
        return parsed, start, end
    begin = children[first].start_byte if first >= 0 else 0
    stop = children[last].start_byte if last < len(children) else len(source)
    if not begin <= start <= end <= stop or stop - begin > _MOST:
        return parsed, start, end
    piece = source[begin:stop]
    return replace(parsed, source=piece, tree=parser(parsed.language).parse(piece)), start - begin, end - begin


def _index(children: list[Node], offset: int) -> int:
    """The last child that begins at or before `offset`; -1 where none does."""
    low, high = 0, len(children)
    while low < high:
        middle = (low + high) // 2
        if children[middle].start_byte <= offset:
            low = middle + 1
        else:
            high = middle
    return low - 1


def _boundary(children: list[Node], index: int, step: int) -> int | None:
    """A sound child that begins a line, from `index` on, some behind it; -1 or the number of children at an end."""
    seen = 0
    while 0 <= index < len(children):
        node = children[index]
        if node.start_point.column == 0 and not node.has_error:
            seen += 1
            if step < 0 or seen > _NEIGHBOURS:
                return index
        index += step
    return -1 if step < 0 else len(children)

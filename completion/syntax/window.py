"""A piece of a long file that is verified in place of the whole: the statements around a place, nothing far away.

What a text does to its surroundings it does to the nearest statements first: an unclosed bracket, string or comment
is an error at the end of the piece as it would be at the end of the file. A parse of the piece costs the same in a
file of any length, and errors far away count for nothing. Inside a long class the piece is its header, the members
around the place, and its end.
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
_DEEPEST = 16
_LONGEST_HEAD = 1_000
# A file of these begins with something that a piece lacks, or its indentation means something to the whole.
_WHOLE = frozenset({"php", "html", "yaml", "json", "css"})

_Span = tuple[int, int]


def around(parsed: Parsed, start: int, end: int) -> tuple[Parsed, int, int]:
    """The piece of `parsed` around bytes `start`..`end`, and where these are in it; all of it where there is none."""
    source = parsed.source
    if len(source) < LONG or parsed.language.id in _WHOLE:
        return parsed, start, end
    spans = _spans(source, parsed.tree.root_node, start, end)
    at = 0
    for begin, stop in spans:
        if begin <= start and end <= stop:
            break
        at += stop - begin
    else:
        return parsed, start, end
    piece = b"".join(source[begin:stop] for begin, stop in spans)
    at -= begin
    return replace(parsed, source=piece, tree=parser(parsed.language).parse(piece)), start + at, end + at


def _spans(source: bytes, root: Node, start: int, end: int) -> list[_Span]:
    """The parts of the file that make the piece, in order; none where there is no small enough one."""
    heads, tails = list[_Span](), list[_Span]()
    node = root
    for depth in range(_DEEPEST):
        first, stop = (0, len(source)) if depth == 0 else (node.start_byte, node.end_byte)
        members = _members(source, node, depth)
        if members and (near := _near(source, members, start, end, (first, stop) if depth == 0 else None)) is not None:
            if depth:
                heads.append((first, _line_start(source, members[0].start_byte)))
                tails.insert(0, (members[-1].end_byte, stop))
            if any(last - begin > _LONGEST_HEAD for begin, last in (*heads, *tails)):
                return []
            return [span for span in (*heads, near, *tails) if span[0] < span[1]]
        below = _child_around(node, start, end)
        if below is None:
            return []
        if depth:
            heads.append((first, below.start_byte))
            tails.insert(0, (below.end_byte, stop))
        node = below
    return []


def _members(source: bytes, node: Node, depth: int) -> list[Node]:
    """Children that stand in lines of their own, brackets around them left out; of the root all."""
    children = node.children
    if depth == 0 or len(children) < 2:
        return children if depth == 0 else []
    found = [child for child in children if child.is_named and _begins_line(source, child)]
    return [child for child in found if child.start_point.column == found[0].start_point.column]


def _near(source: bytes, members: list[Node], start: int, end: int, whole: _Span | None) -> _Span | None:
    """From a sound member before the place to one behind it; None where that is too long, or too little of a list.

    `whole` is what the members of the root fill.
    """
    inside = _index(members, start)
    if whole is None and (inside < 0 or len(members) < 2 or end > members[-1].end_byte):
        return None
    column = 0 if whole is not None else members[0].start_point.column
    first = _boundary(members, column, inside - _NEIGHBOURS, -1)
    last = _boundary(members, column, _index(members, end) + 1, 1)
    begin = members[max(first, 0)].start_byte
    stop = members[last].start_byte if last < len(members) else members[-1].end_byte if members else 0
    if whole is None:
        begin = _line_start(source, begin)
        stop = _line_start(source, stop) if last < len(members) else stop
    else:
        begin = begin if first >= 0 else whole[0]
        stop = stop if last < len(members) else whole[1]
    return (begin, stop) if begin <= start <= end <= stop and stop - begin <= _MOST else None


def _child_around(node: Node, start: int, end: int) -> Node | None:
    children = node.children
    at = _index(children, start)
    found = children[at] if at >= 0 else None
    return found if found is not None and end <= found.end_byte and found.child_count else None


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


def _boundary(children: list[Node], column: int, index: int, step: int) -> int:
    """A sound child at `column`, from `index` on, some behind it; -1 or the number of children at an end."""
    seen = 0
    while 0 <= index < len(children):
        node = children[index]
        if node.start_point.column == column and not node.has_error:
            seen += 1
            if step < 0 or seen > _NEIGHBOURS:
                return index
        index += step
    return -1 if step < 0 else len(children)


def _begins_line(source: bytes, node: Node) -> bool:
    return not source[_line_start(source, node.start_byte) : node.start_byte].strip()


def _line_start(source: bytes, offset: int) -> int:
    return source.rfind(b"\n", 0, offset) + 1

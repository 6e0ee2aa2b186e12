"""Holes in real files: what an editor would ask, with the answer known.

A hole is a cursor in a held-out file, everything before and after it, and what stood there: the rest
of a line, or the block under a header line. Pure; knows no model.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from training.shards import Source
from training.spans import BOUNDARY, indentation, line_end, line_start

Kind = Literal["line start", "separator", "inside", "block"]

LINE_KINDS: tuple[Kind, ...] = ("line start", "separator", "inside")
COMMENT = ("#", "//", "*", "/*", '"""', "--", "<!--")
LONGEST_LINE = 140
SHORTEST_LINE = 8
BLOCK_LINES = range(2, 9)
BLOCK_OPENERS = {
    "python": (":",),
    "typescript": ("{",),
    "javascript": ("{",),
    "go": ("{",),
    "shell": ("then", "do", "{", "else"),
}
"""How the line above a block ends, by language of the corpus."""

LARGEST_FILE = 200_000
TRIES = 400


@dataclass(frozen=True, slots=True)
class Hole:
    """A cursor between `prefix` and `suffix` (the whole file); `answer` is what stood there."""

    path: str
    language: str
    kind: Kind
    prefix: str
    answer: str
    suffix: str


def lines(sources: Sequence[Source], count: int, rng: random.Random) -> list[Hole]:
    """`count` rests of lines, an equal share of each kind of cursor; lines of comment are left out.

    Raises `ValueError` for no sources. Fewer than `count` where the files have no more.
    """
    return _gather(sources, count, rng, LINE_KINDS, _line)


def blocks(sources: Sequence[Source], count: int, rng: random.Random) -> list[Hole]:
    """`count` bodies of 2 to 8 lines under a header line; none in a language without known headers."""
    if not any(source.language in BLOCK_OPENERS for source in sources):
        return []
    return _gather(sources, count, rng, ("block",), _block)


def _gather(
    sources: Sequence[Source],
    count: int,
    rng: random.Random,
    kinds: Sequence[Kind],
    make: Callable[[Source, Kind, random.Random], Hole | None],
) -> list[Hole]:
    files = [source for source in sources if 0 < len(source.text) <= LARGEST_FILE]
    if not files:
        raise ValueError("no held-out files of this language")
    found: list[Hole] = []
    seen: set[tuple[str, str, int]] = set()
    left = list(kinds)
    while left and len(found) < count:
        for kind in tuple(left):
            hole = _fresh(files, kind, rng, make, seen) if len(found) < count else None
            if hole is not None:
                found.append(hole)
            elif len(found) < count:
                left.remove(kind)
    return found


def _fresh(
    files: Sequence[Source],
    kind: Kind,
    rng: random.Random,
    make: Callable[[Source, Kind, random.Random], Hole | None],
    seen: set[tuple[str, str, int]],
) -> Hole | None:
    """A hole of this kind at a place that is not in `seen` yet; None where `TRIES` tries find none."""
    for _ in range(TRIES):
        source = rng.choice(files)
        hole = make(source, kind, rng)
        if hole is None:
            continue
        place = (source.package, source.path, len(hole.prefix))
        if place not in seen:
            seen.add(place)
            return hole
    return None


def _line(source: Source, kind: Kind, rng: random.Random) -> Hole | None:
    text = source.text
    at = rng.randrange(len(text))
    start, end = line_start(text, at), line_end(text, at)
    line = text[start:end]
    stripped = line.strip()
    if len(stripped) < SHORTEST_LINE or len(line) > LONGEST_LINE or stripped.startswith(COMMENT):
        return None
    indent = indentation(line)
    if kind == "line start":
        column = indent
    elif kind == "separator":
        places = [match.end() for match in BOUNDARY.finditer(line) if indent < match.end() < len(line)]
        if not places:
            return None
        column = rng.choice(places)
    else:
        column = rng.randrange(indent + 1, len(line))
    if not line[column:].strip():
        return None
    return Hole(source.path, source.language, kind, text[: start + column], line[column:], text[end:])


def _block(source: Source, kind: Kind, rng: random.Random) -> Hole | None:
    text = source.text
    at = rng.randrange(len(text))
    head = text[line_start(text, at) : line_end(text, at)]
    if not head.strip() or not head.rstrip().endswith(BLOCK_OPENERS.get(source.language, ())):
        return None
    depth, first = indentation(head), line_end(text, at) + 1
    last = first - 1
    count = 0
    while last < len(text):
        end = line_end(text, min(len(text), last + 1))
        line = text[last + 1 : end]
        if (line.strip() and indentation(line) <= depth) or end == last:
            break
        last, count = end, count + bool(line.strip())
    body = text[first : max(first, last)].rstrip()
    if count not in BLOCK_LINES or body.lstrip().startswith(COMMENT):
        return None
    cursor = first + len(body) - len(body.lstrip())
    return Hole(source.path, source.language, kind, text[:cursor], body.lstrip(), text[first + len(body) :])

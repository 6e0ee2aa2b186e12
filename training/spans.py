"""Where a cursor may stand, and what should then be written: spans of a text to leave out.

Five kinds, in the shares of how editors ask: the rest of a line, whole lines, the block under a
header line, the inside of brackets or quotes, and anything at all. Pure, driven by the given
random generator.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["tail", "lines", "block", "bracket", "characters"]

BOUNDARY = re.compile(r"[\s.(=\[{,:'\"/$-]+")
OPENING = re.compile(r"[(\[{\"']")
CLOSING = {"(": ")", "[": "]", "{": "}"}
TRIES = 8
BLOCK_LINES = 14
BRACKET_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Span:
    """The part `start`..`end` (characters) of a text to be written by the model."""

    start: int
    end: int
    kind: Kind


def line_start(text: str, at: int) -> int:
    """Start of the line that `at` is in."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """End of the line that `at` is in, before its newline."""
    found = text.find("\n", at)
    return len(text) if found < 0 else found


def indentation(line: str) -> int:
    """Number of leading blanks."""
    return len(line) - len(line.lstrip())


def pick(text: str, rng: random.Random) -> Span:
    """A random span of a non-empty text."""
    share = rng.random()
    choose = next(function for limit, function in _KINDS if share < limit)
    for _ in range(TRIES):
        found = choose(text, rng)
        if found is not None:
            return found
    return _characters(text, rng)


def _tail(text: str, rng: random.Random) -> Span | None:
    at = rng.randrange(len(text))
    start, end = line_start(text, at), line_end(text, at)
    line = text[start:end]
    if len(line.strip()) < 3:
        return None
    indent = indentation(line)
    draw = rng.random()
    if draw < 0.4:
        cursor = indent
    elif draw < 0.76:
        natural = [match.end() for match in BOUNDARY.finditer(line) if indent <= match.end() < len(line)]
        cursor = rng.choice(natural) if natural else indent
    else:
        cursor = rng.randrange(indent, len(line))
    return Span(start + cursor, end, "tail")


def _lines(text: str, rng: random.Random) -> Span | None:
    start = line_start(text, rng.randrange(len(text)))
    end = line_end(text, start)
    for _ in range(min(5, int(rng.expovariate(0.6)))):
        end = line_end(text, min(len(text), end + 1))
    body = text[start:end]
    if not body.strip():
        return None
    if rng.random() < 0.6:
        start += len(body) - len(body.lstrip(" \t"))
    return Span(start, end, "lines")


def _block(text: str, rng: random.Random) -> Span | None:
    at = rng.randrange(len(text))
    head_end = line_end(text, at)
    head = text[line_start(text, at) : head_end]
    if not head.strip():
        return None
    end = head_end
    for _ in range(BLOCK_LINES):
        if end >= len(text):
            break
        next_end = line_end(text, end + 1)
        line = text[end + 1 : next_end]
        if line.strip() and indentation(line) <= indentation(head):
            break
        end = next_end
    if end == head_end:
        return None
    if rng.random() < 0.5:
        return Span(head_end, end, "block")
    body = text[head_end + 1 : end]
    return Span(min(end, head_end + 1 + len(body) - len(body.lstrip(" \t"))), end, "block")


def _bracket(text: str, rng: random.Random) -> Span | None:
    match = OPENING.search(text, rng.randrange(len(text)))
    if match is None:
        return None
    opening, first = match.group(), match.end()
    last = _closed_at(text, opening, first)
    if last is None or last == first:
        return None
    return Span(first if rng.random() < 0.7 else rng.randrange(first, last), last, "bracket")


def _closed_at(text: str, opening: str, first: int) -> int | None:
    closing, depth = CLOSING.get(opening, opening), 1
    for index in range(first, min(len(text), first + BRACKET_CHARACTERS)):
        character = text[index]
        if character == closing:
            depth -= 1
            if depth == 0:
                return index
        elif character == opening:
            depth += 1
        elif character == "\n" and opening in "\"'":
            return None
    return None


def _characters(text: str, rng: random.Random) -> Span:
    start = rng.randrange(len(text))
    return Span(start, min(len(text), start + int(2 ** rng.uniform(0, 9))), "characters")


_KINDS: tuple[tuple[float, Callable[[str, random.Random], Span | None]], ...] = (
    (0.40, _tail),
    (0.58, _lines),
    (0.72, _block),
    (0.85, _bracket),
    (1.01, _characters),
)

"""Holes in files: the rest of a line is taken out, and it is known what stood there. Pure; knows no model.

A third of the cursors each stand at the start of a line, behind a separator, and anywhere inside.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from completion.evaluate.repository import Source
from completion.syntax import languages
from completion.types import CompletionRequest, Document, Trigger

Kind = Literal["line start", "separator", "inside"]

KINDS: tuple[Kind, ...] = ("line start", "separator", "inside")
LONGEST_LINE = 140
SHORTEST_LINE = 8
_SEPARATOR = re.compile(r"[\s.(=\[{,:'\"/$-]+")
_TRIES = 400
_MARKS = ("#", "//", "*", "/*", '"""', "'''", "--", "<!--")


@dataclass(frozen=True, slots=True)
class Hole:
    """A cursor between `prefix` and `suffix`, which are the whole file but for `answer`: the rest of its line."""

    path: str
    language: str
    kind: Kind
    prefix: str
    answer: str
    suffix: str

    @property
    def line(self) -> int:
        """Number of its line, from 1."""
        return self.prefix.count("\n") + 1

    def request(self) -> CompletionRequest:
        """What an editor would ask here; nothing of the answer is in it."""
        before = self.prefix.encode()
        document = Document(self.path, self.language, before + self.suffix.encode())
        return CompletionRequest(document, len(before), Trigger.INVOKED)


def punch(sources: Sequence[Source], count: int, seed: int) -> tuple[Hole, ...]:
    """`count` holes, no two in one line; fewer where the files have no more. Comments are left out.

    Each file is as likely as any other, whatever its length.
    """
    chance = random.Random(seed)  # noqa: S311  (the same holes again, no secret)
    found: dict[tuple[str, int], Hole] = {}
    left = list(KINDS)
    while sources and left and len(found) < count:
        for kind in tuple(left):
            hole = _fresh(sources, kind, chance, found) if len(found) < count else None
            if hole is not None:
                found[hole.path, hole.line] = hole
            elif len(found) < count:
                left.remove(kind)
    return tuple(found.values())


def _fresh(
    sources: Sequence[Source], kind: Kind, chance: random.Random, taken: dict[tuple[str, int], Hole]
) -> Hole | None:
    for _ in range(_TRIES):
        hole = _try(chance.choice(sources), kind, chance)
        if hole is not None and (hole.path, hole.line) not in taken:
            return hole
    return None


def _try(source: Source, kind: Kind, chance: random.Random) -> Hole | None:
    text = source.text
    at = chance.randrange(len(text))
    start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
    end = len(text) if end < 0 else end
    line = text[start:end]
    written = line.strip()
    row = languages.find(source.language)
    marks = (*_MARKS, row.comment) if row is not None else _MARKS
    if len(written) < SHORTEST_LINE or len(line) > LONGEST_LINE or written.startswith(marks):
        return None
    column = _column(line, kind, chance)
    if column is None or not line[column:].strip():
        return None
    return Hole(source.path, source.language, kind, text[: start + column], line[column:], text[end:])


def _column(line: str, kind: Kind, chance: random.Random) -> int | None:
    indentation = len(line) - len(line.lstrip())
    if kind == "line start":
        return indentation
    if kind == "separator":
        places = [match.end() for match in _SEPARATOR.finditer(line) if indentation < match.end() < len(line)]
        return chance.choice(places) if places else None
    return chance.randrange(indentation + 1, len(line))

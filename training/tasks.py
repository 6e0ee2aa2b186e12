"""Single-line infilling tasks from held-out files, and the copy baseline that a model has to beat.

A task is what an editor would ask: a cursor in a real line, everything before and after it, and the
rest of the line as the answer. Pure; knows no model.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from training.shards import Source
from training.spans import indentation, line_end, line_start

Cursor = Literal["indentation", "boundary", "inside"]

COMMENT = ("#", "//", "*", "/*", '"""', "--")
BOUNDARY = re.compile(r"[\s.(=\[{,:]+")
PREFIX_CHARACTERS = 2400
SUFFIX_CHARACTERS = 800
LONGEST_LINE = 140
COPY_LONGEST = 60
COPY_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Task:
    """A cursor between `prefix` and `suffix`; `answer` is the rest of its line."""

    path: str
    language: str
    cursor: Cursor
    prefix: str
    answer: str
    suffix: str


def make(sources: Sequence[Source], count: int, rng: random.Random) -> list[Task]:
    """`count` tasks at random places; lines of comment are left out. Raises `ValueError` for no sources."""
    if not sources:
        raise ValueError("no held-out files of this language")
    found: list[Task] = []
    for _ in range(count * 200):
        if len(found) == count:
            break
        source = rng.choice(sources)
        cursor: Cursor = rng.choice(("indentation", "boundary", "inside"))
        task = _at(source, cursor, rng)
        if task is not None:
            found.append(task)
    return found


def copied(task: Task) -> str:
    """What stood after the longest earlier occurrence of the text before the cursor, to the end of its line."""
    around = task.prefix[:-1] + "\0" + task.suffix
    for length in range(min(COPY_LONGEST, len(task.prefix)), COPY_SHORTEST - 1, -1):
        at = around.rfind(task.prefix[-length:])
        if at >= 0:
            return re.split("[\n\0]", around[at + length :], maxsplit=1)[0]
    return ""


def exact(answer: str, task: Task) -> bool:
    """Whether `answer` is the rest of the line, blanks at its end aside."""
    return answer.rstrip() == task.answer.rstrip()


def leading(answer: str, task: Task) -> int:
    """How many characters of the answer are right before the first wrong one."""
    count = 0
    for given, wanted in zip(answer, task.answer, strict=False):
        if given != wanted:
            break
        count += 1
    return count


def _at(source: Source, cursor: Cursor, rng: random.Random) -> Task | None:
    text = source.text
    at = rng.randrange(len(text))
    start, end = line_start(text, at), line_end(text, at)
    line = text[start:end]
    if len(line.strip()) < 8 or len(line) > LONGEST_LINE or line.strip().startswith(COMMENT):
        return None
    indent = indentation(line)
    if cursor == "indentation":
        column = indent
    elif cursor == "boundary":
        places = [match.end() for match in BOUNDARY.finditer(line) if indent < match.end() < len(line)]
        if not places:
            return None
        column = rng.choice(places)
    else:
        column = rng.randrange(indent + 1, len(line))
    place = start + column
    answer = text[place:end]
    if not answer.strip():
        return None
    prefix, suffix = text[max(0, place - PREFIX_CHARACTERS) : place], text[end : end + SUFFIX_CHARACTERS]
    return Task(source.path, source.language, cursor, prefix, answer, suffix)

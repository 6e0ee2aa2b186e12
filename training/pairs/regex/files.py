"""Source files with a pattern among others: Python, JavaScript and TypeScript."""

from __future__ import annotations

from training.pairs.grammar import Intent, Pair, render
from training.pairs.items import Item
from training.pairs.layout import Place, item, written
from training.pairs.names import Draw
from training.pairs.regex import captures, codes, inside, whole

NAME = "regex"
INTENTS: tuple[Intent[Draw], ...] = (*whole.INTENTS, *codes.INTENTS, *inside.INTENTS, *captures.INTENTS)
BY_NAME = {intent.name: intent for intent in INTENTS}
HELD_OUT: tuple[str, ...] = (
    "day-first-date",
    "mac-address",
    "git-hash",
    "money",
    "section-header",
    "word-of-length",
    "field-after",
)

STEMS = ("patterns", "validators", "validation", "parsing", "text", "formats", "regexes", "rules", "checks", "util")
TRIES = 12


def compose(draw: Draw, name: str, *, held_out: bool) -> Item | None:
    """A file with a request for one intent; None where it has no held-out wording."""
    pair = render(name, BY_NAME[name].plan(draw), draw.rng, held_out=held_out)
    if pair is None:
        return None
    language = pair.plan.language
    marker = "#" if language == "python" else "//"
    gap = "\n\n" if language == "python" and "def " in pair.code else "\n"
    above = _head(draw, language)
    for other in _neighbours(draw, language, draw.one((0, 0, 1, 1, 2))):
        above += written(draw, other, marker) + gap
    below = "\n"
    for other in _neighbours(draw, language, draw.one((0, 0, 0, 1))):
        below += gap + written(draw, other, marker)
    folder = draw.one(("", "", "src/", "lib/", "app/", f"{draw.noun()}/"))
    ending = {"python": "py", "typescript": "ts", "javascript": draw.one(("js", "mjs"))}[language]
    path = f"{folder}{draw.one((*STEMS, draw.noun()))}.{ending}"
    return item(draw, Place(NAME, language, path, above, below, marker=marker), pair, held_out=held_out)


def _head(draw: Draw, language: str) -> str:
    if language == "python":
        return draw.one(
            (
                "import re\n\n",
                "import re\n\n",
                "from __future__ import annotations\n\nimport re\n\n",
                '"""Patterns."""\n\nimport re\n\n',
            )
        )
    return draw.one(("", "", "'use strict';\n\n" if language == "javascript" else "", "// Patterns for input.\n\n"))


def _neighbours(draw: Draw, language: str, count: int) -> list[Pair]:
    found: list[Pair] = []
    for _ in range(TRIES if count else 0):
        intent = draw.one(INTENTS)
        if intent.name in HELD_OUT:
            continue
        pair = render(intent.name, intent.plan(draw), draw.rng)
        if pair is not None and pair.plan.language == language:
            found.append(pair)
        if len(found) == count:
            break
    return found

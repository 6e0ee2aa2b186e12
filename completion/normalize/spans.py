"""Where values stand in a text: names of the reference tables, numbers with their separators, dates, patterns.

Each mention has what may be meant; a doubt is said with it. Which name belongs to which number is `reading`'s.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from completion.normalize import dates, names, numbers
from completion.normalize.sought import Sought, says_nothing
from completion.normalize.tokens import Token, tokens
from completion.normalize.types import Mention, Rule

_DECIMAL = re.compile(
    r"(?<![\w.,])[-+]?\d{1,3}(?:[ \u00a0\u202f']\d{3})+(?:[.,]\d+)?(?![\w])"
    r"|(?<![\w.,])[-+]?\d+(?:[.,]\d+)?(?!\w)"
)


@dataclass(slots=True)
class Found:
    """What stands in a text: mentions in their order, words that nobody could account for, and all its pieces."""

    mentions: list[Mention]
    unknown: list[Token] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)


def find(text: str, sought: Sought) -> Found:
    """All mentions; no two overlap."""
    pieces = tokens(text)
    taken = [False] * len(text)
    mentions: list[Mention] = []
    for column in sought.columns():
        rule = sought.rules[column]
        if rule.kind == "reference":
            found = names.find(column, text, pieces, sought.references[column], sought, taken)
        elif rule.kind == "digits":
            found = numbers.find(column, text, pieces, sought, taken)
        else:
            found = _patterns(column, text, rule, taken)
        for mention in found:
            mentions.append(mention)
            taken[mention.start : mention.end] = [True] * (mention.end - mention.start)
    mentions.sort(key=lambda mention: mention.start)
    unknown = [
        piece
        for piece in pieces
        if piece.kind in ("word", "digits", "mixed")
        and not all(taken[piece.start : piece.end])
        and not says_nothing(piece, sought)
    ]
    return Found(mentions, unknown, pieces)


def _patterns(column: str, text: str, rule: Rule, taken: Sequence[bool]) -> list[Mention]:
    found = []
    if rule.kind == "date":
        spans = [(start, end, value) for start, end, value in dates.find(text)]
        for start, end, value in spans:
            doubt = "" if value else f"{text[start:end]!r} may be two dates"
            found.append(Mention(column, start, end, (value,) if value else (), "pattern", doubt))
    else:
        pattern = _DECIMAL if rule.kind == "decimal" else _compiled(rule.argument)
        for match in pattern.finditer(text):
            value = _decimal(match.group()) if rule.kind == "decimal" else match.group()
            if match.group():
                found.append(Mention(column, match.start(), match.end(), (value,), "pattern"))
    return [mention for mention in found if not any(taken[mention.start : mention.end])]


def _decimal(written: str) -> str:
    return re.sub(r"[ \u00a0\u202f']", "", written).replace(",", ".").removeprefix("+")


@lru_cache(maxsize=16)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)

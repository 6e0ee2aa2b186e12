"""A text as words, groups of digits and what stands between them. Knows nothing of tables."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from completion.normalize import fold

TokenKind = Literal["word", "digits", "mixed", "open", "close", "mark", "blank"]

_TOKEN = re.compile(
    r"(?P<blank>\s+)|(?P<word>[^\W_]+(?:['’][^\W\d_]+)*)|(?P<open>[(\[{<«])|(?P<close>[)\]}>»])|(?P<mark>.)", re.S
)
_DIGITS = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a text; a `mixed` one has letters and digits."""

    kind: TokenKind
    start: int
    end: int
    text: str


def tokens(text: str) -> list[Token]:
    """All of the text, in pieces."""
    found = []
    for match in _TOKEN.finditer(text):
        kind, piece = str(match.lastgroup), match.group()
        if kind == "word":
            if _DIGITS.fullmatch(piece):
                kind = "digits"
            elif any(character.isnumeric() for character in piece):
                kind = "mixed"
        found.append(Token(kind, match.start(), match.end(), piece))  # type: ignore[arg-type]
    return found


@cache
def fillers() -> frozenset[str]:
    """The words that say nothing, folded."""
    text = resources.files("completion.normalize").joinpath("fillers.txt").read_text("utf-8")
    return folded(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


def folded(words: Iterable[str]) -> frozenset[str]:
    """The same words as they are compared."""
    return frozenset(fold.key(word) for word in words)

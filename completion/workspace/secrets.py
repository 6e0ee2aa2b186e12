"""Secrets in text: found by rules, and masked character by character, so that every offset stays what it was.

The masked text parses as the original did: quotes, line breaks and escapes stay, everything else of a secret becomes
`x`. Mask a document before a window of it is cut out: a value without the line that names it cannot be told from any
other. No text is kept on disk and none is logged; a finding names the rule, never the secret.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from completion.workspace import secret_blocks, secret_lines, secret_rules
from completion.workspace.secret_rules import BASE64_LINE

_KEPT = re.compile(r"""\\.|[\s"'`]""", re.DOTALL)
_MASKABLE = re.compile(r"""\\.|[^\s"'`\\]""", re.DOTALL)
# Stand-ins of 1, 2, 3 and 4 bytes in UTF-8, so that byte offsets stay valid too. All are letters.
_STAND_INS = ("x", "\u03c7", "\uff58", "\U0001d4cd")
_ROUNDS = 8
_REMEMBERED_LENGTH = 200_000


@dataclass(frozen=True, slots=True)
class Found:
    """A secret: the characters `start`..`end` of the text, and the rule that told it."""

    start: int
    end: int
    rule: str


@dataclass(frozen=True, slots=True)
class Masked:
    """A text of the same length, in characters and in UTF-8 bytes, without its secrets; and where they were."""

    text: str
    found: tuple[Found, ...] = ()


def find(text: str) -> tuple[Found, ...]:
    """The secrets of a text, by position, without overlaps. What is masked already is no secret any more."""
    lines = secret_lines.hits(text)
    blocks = secret_blocks.hits(text, lines) if lines or "PRIVATE KEY" in text or "Secret" in text else []
    found: list[Found] = []
    single = (hit for hit in lines if hit[2] != BASE64_LINE)
    # Of two rules with the same finding the one that knows more is named: it stands first in the file.
    rank = secret_rules.ranks()
    for start, end, rule in sorted([*single, *blocks], key=lambda hit: (hit[0], -hit[1], rank.get(hit[2], 0))):
        if found and start < found[-1].end:
            found[-1] = Found(found[-1].start, max(end, found[-1].end), found[-1].rule)
        else:
            found.append(Found(start, end, rule))
    return tuple(hit for hit in found if not _is_mask(text[hit.start : hit.end]))


def masked(text: str) -> Masked:
    """The text with its secrets masked. Masking it again changes nothing."""
    return _recently_masked(text) if len(text) <= _REMEMBERED_LENGTH else _masked(text)


def find_written(before: str, text: str) -> tuple[Found, ...]:
    """The secrets that `text`, written behind `before`, brings with it; offsets count from the start of `text`.

    The last line of `before` counts, because `password = "` makes a secret of what follows; one that stood there
    before is not the text's fault.
    """
    tail = before[before.rfind("\n", 0, max(0, before.rfind("\n"))) + 1 :]
    return tuple(
        Found(max(hit.start - len(tail), 0), hit.end - len(tail), hit.rule)
        for hit in find(tail + text)
        if hit.end > len(tail)
    )


def _masked(text: str) -> Masked:
    every: list[Found] = []
    # A mask can only make a new finding where it changes what stands around a second secret; a few rounds settle it.
    for _ in range(_ROUNDS):
        found = find(text)
        if not found:
            break
        every += found
        text = _apply(text, found)
    return Masked(text, tuple(sorted(every, key=lambda hit: (hit.start, hit.end))))


@lru_cache(maxsize=16)
def _recently_masked(text: str) -> Masked:
    return _masked(text)


def _apply(text: str, found: tuple[Found, ...]) -> str:
    pieces: list[str] = []
    done = 0
    for hit in found:
        pieces += text[done : hit.start], _mask(text[hit.start : hit.end])
        done = hit.end
    return "".join((*pieces, text[done:]))


def _mask(secret: str) -> str:
    return _MASKABLE.sub(lambda part: part[0] if len(part[0]) > 1 else _stand_in(part[0]), secret)


def _stand_in(char: str) -> str:
    if "\udc80" <= char <= "\udcff":  # One byte that is not UTF-8, as Python writes it.
        return _STAND_INS[0]
    return _STAND_INS[len(char.encode("utf-8", "surrogatepass")) - 1]


def _is_mask(secret: str) -> bool:
    return all(char in _STAND_INS for char in _KEPT.sub("", secret))

"""How much text goes into a prompt, and where its windows begin.

Budgets are in estimated tokens; the engine host owns the tokenizer and refuses what is really too
long. A window begins at a line start and moves only in large steps, so that the engine's prefix
cache survives typing.
"""

from __future__ import annotations

from dataclasses import dataclass

ASCII_PER_TOKEN = 2.6
"""Characters per token, on the safe side (measured on held-out code: 2.9 for shell to 4.0 for Python)."""

SUFFIX_SHARE = 0.25
"""Share of the budget for text after the cursor: what the models were trained with."""


@dataclass(frozen=True, slots=True)
class Windows:
    """The text around the cursor that fits."""

    prefix: str
    suffix: str


def windows(prefix: str, suffix: str, tokens: int) -> Windows:
    """Cut `prefix` and `suffix` to about `tokens` tokens together.

    A prefix that is too long begins at an anchor: a line start that stays where it is until half of
    the prefix's share has been typed.
    """
    suffix_room = int(tokens * SUFFIX_SHARE)
    kept_suffix = _head(suffix, suffix_room)
    prefix_room = tokens - min(suffix_room, estimate(kept_suffix))
    return Windows(_anchored_tail(prefix, prefix_room), kept_suffix)


def estimate(text: str) -> int:
    """Estimated tokens of `text`; characters outside ASCII may cost one token per byte."""
    if text.isascii():
        return int(len(text) / ASCII_PER_TOKEN) + 1
    plain = sum(character.isascii() for character in text)
    return int(plain / ASCII_PER_TOKEN) + (len(text.encode("utf-8", "replace")) - plain) + 1


def _head(text: str, tokens: int) -> str:
    """The longest run of whole lines from the start of `text` that fits (at least a part of the first)."""
    limit = int(tokens * ASCII_PER_TOKEN)
    if estimate(text[: limit + 1]) <= tokens and len(text) <= limit:
        return text
    head = text[:limit]
    while head and estimate(head) > tokens:
        head = head[: len(head) * 3 // 4]
    cut = head.rfind("\n")
    return head[: cut + 1] if cut > 0 else head


def _anchored_tail(text: str, tokens: int) -> str:
    limit = int(tokens * ASCII_PER_TOKEN)
    if len(text) > limit:
        step = max(1, limit // 2)
        start = -(-(len(text) - limit) // step) * step
        text = _from_line_start(text, start)
    while text and estimate(text) > tokens:
        text = _from_line_start(text, max(1, len(text) // 4))
    return text


def _from_line_start(text: str, start: int) -> str:
    line_start = text.find("\n", start) + 1
    # A single line longer than the window has no line start to begin at.
    return text[line_start:] if 0 < line_start < len(text) else text[start:]

"""Making an engine spell a given text first: the grammar, and what the probabilities of its tokens then mean.

For engines with GBNF grammars (llama.cpp and its server). Pure functions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, AnyStr

from completion.errors import EngineUnavailable

ALTERNATIVES = 10
"""Tokens whose probabilities are asked for while a text is being spelled."""


def rule(start: str) -> str:
    """A grammar (GBNF) for `start` and anything behind it."""
    return f'root ::= "{_escaped(start)}" [^\\x00]*'


def agree(first: AnyStr, second: AnyStr) -> bool:
    """Whether one of the two begins with the other."""
    return first.startswith(second) or second.startswith(first)


def log_probability(token: Mapping[str, Any], start: str) -> float:
    """Natural log probability of a generated token among those that agree with the `start` still to be spelled.

    `token` is llama.cpp's report: `id`, `logprob`, and `top_logprobs` with `id`, `bytes`, `logprob`. What the
    model thinks of tokens that it may not choose says nothing about the answer. Raises `EngineUnavailable` where
    the report has no number.
    """
    if token["logprob"] is None:
        raise EngineUnavailable(
            "the model calculates with values that are no numbers.", advice="Its file is damaged: copy it again."
        )
    chosen = float(token["logprob"])
    if not start:
        return chosen
    total = math.exp(chosen)
    for other in token.get("top_logprobs") or ():
        if other["id"] != token["id"] and other["bytes"] and agree(bytes(other["bytes"]), start.encode()):
            total += math.exp(float(other["logprob"]))
    return min(0.0, chosen - math.log(total)) if total > 0 else chosen


def _escaped(text: str) -> str:
    """`text` inside a GBNF string literal."""
    special = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return "".join(
        special.get(character) or (f"\\x{ord(character):02X}" if ord(character) < 32 else character)
        for character in text
    )

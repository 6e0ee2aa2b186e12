"""How fast an engine reads and writes, as a client of its host sees it: rates, and the wait for the first token.

Knows the waist and no engine. Plain text without a layout, so that models can be compared.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from completion.errors import EngineRejected
from completion.types import Backend, Prompt, Text, Usage

MOST_PROMPT_TOKENS = 512
WRITTEN_TOKENS = 64
APPENDED_TOKENS = 3
_CHARACTERS_PER_TOKEN = 3
_LONGEST_APPENDED = 60
_FEWEST_WRITTEN = 8
# It allows everything but the end, so that each round writes as much.
_ENDLESS = "root ::= [^\\x00] root"

Tokenize = Callable[[str], Awaitable[Sequence[int]]]


@dataclass(frozen=True, slots=True)
class Speed:
    """Medians over the rounds. Rates in tokens a second as the engine counts them; 0 where it did not say.

    `cold_ms` is the time to the first token of a prompt of `prompt_tokens` that is all new, `warm_ms` of the same
    one with about three tokens more at its end, of which `appended_tokens` were evaluated.
    """

    prompt_rate: float
    write_rate: float
    cold_ms: float
    warm_ms: float
    prompt_tokens: int
    appended_tokens: int
    rounds: int


@dataclass(frozen=True, slots=True)
class _Round:
    prompt_rate: float
    write_rate: float
    cold_ms: float
    warm_ms: float
    prompt_tokens: int
    appended_tokens: int


async def measure(
    backend: Backend, tokenize: Tokenize, prompt_tokens: int, text: str, rounds: int, on_round: Callable[[int], None]
) -> Speed:
    """Read and write pieces of `text`, each time another one; a first round warms up and does not count.

    `prompt_tokens` is what the model is asked with in daily use. Raises `EngineError`.
    """
    length = min(MOST_PROMPT_TOKENS, prompt_tokens * 3 // 4) * _CHARACTERS_PER_TOKEN
    step = max(1, (len(text) - length - _LONGEST_APPENDED) // (rounds + 1))
    found: list[_Round] = []
    for number in range(rounds + 1):
        # A new line in front, with its number: nothing of it is in a cache, not even of an earlier run's.
        begin = f"# {time.time_ns()}\n"
        start = number * step
        try:
            taken = await _round(backend, tokenize, begin, text[start:], length)
        except EngineRejected:
            # This vocabulary needs more tokens for the text than expected.
            length //= 2
            taken = await _round(backend, tokenize, begin, text[start:], length)
        if number:
            found.append(taken)
        on_round(number)
    return Speed(
        prompt_rate=statistics.median(one.prompt_rate for one in found),
        write_rate=statistics.median(one.write_rate for one in found),
        cold_ms=statistics.median(one.cold_ms for one in found),
        warm_ms=statistics.median(one.warm_ms for one in found),
        prompt_tokens=round(statistics.median(one.prompt_tokens for one in found)),
        appended_tokens=round(statistics.median(one.appended_tokens for one in found)),
        rounds=rounds,
    )


async def _round(backend: Backend, tokenize: Tokenize, begin: str, text: str, length: int) -> _Round:
    grammar = _ENDLESS if backend.capabilities.grammar else ""
    cold_ms, cold = await _generate(backend, begin + text[:length], WRITTEN_TOKENS, grammar)
    more = await _appended(tokenize, text, length)
    warm_ms, warm = await _generate(backend, begin + text[: length + more], 1, "")
    written = cold.completion_tokens - 1 if cold.completion_tokens >= _FEWEST_WRITTEN else 0
    return _Round(
        prompt_rate=_rate(cold.prompt_tokens, cold.prompt_ms),
        write_rate=_rate(written, cold.completion_ms),
        cold_ms=cold_ms,
        warm_ms=warm_ms,
        prompt_tokens=cold.prompt_tokens + cold.cached_tokens,
        appended_tokens=warm.prompt_tokens,
    )


async def _generate(backend: Backend, text: str, tokens: int, grammar: str) -> tuple[float, Usage]:
    """Milliseconds to the first chunk, and what the engine says."""
    prompt = Prompt((Text(text),), tokens, slot="bench", grammar=grammar)
    begun, first_ms, usage = time.perf_counter(), 0.0, Usage()
    async with aclosing(backend.stream(prompt)) as chunks:
        async for chunk in chunks:
            first_ms = first_ms or (time.perf_counter() - begun) * 1000
            usage = chunk.usage or usage
    return first_ms, usage


async def _appended(tokenize: Tokenize, text: str, at: int) -> int:
    """How many characters behind `at` are three tokens more."""
    start = text.rfind("\n", 0, at) + 1
    before = len(await tokenize(text[start:at]))
    for count in range(1, _LONGEST_APPENDED):
        if len(await tokenize(text[start : at + count])) >= before + APPENDED_TOKENS:
            return count
    return _LONGEST_APPENDED


def _rate(tokens: int, milliseconds: float) -> float:
    return tokens / milliseconds * 1000 if milliseconds > 0 else 0.0

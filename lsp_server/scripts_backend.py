"""A backend that gives way: whoever types is answered first, and the script goes on afterwards.

A script may take minutes, and the engine generates one answer at a time. So scripts are asked for as what nobody waits
for (`purpose` "ahead"), which an answer stops at the engine's next event; here the prompt is asked again then, with
what has been said as its end, in the same slot, so that only the last word is evaluated twice. Under a grammar an
answer cannot go on in the middle: it is made again, unseen as far as it says the same.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from completion.errors import EngineUnavailable
from completion.types import Backend, Capabilities, Chunk, Prompt, Text, Usage

SLOT = "script"
MOST_REPEATS = 3
"""How often an answer under a grammar is made again before it goes on without one; the checks judge it anyway."""


@dataclass(slots=True)
class _Said:
    """What has reached the caller, and what it cost."""

    text: str = ""
    tokens: int = 0
    usage: Usage = field(default_factory=Usage)
    repeats: int = 0


class Yielding:
    """The `Backend` below, with every generation giving way to answers for editors."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    @property
    def capabilities(self) -> Capabilities:
        """What the backend below can do."""
        return self._backend.capabilities

    @property
    def model(self) -> str:
        """The catalogue name of the model."""
        return self._backend.model

    async def aclose(self) -> None:
        """Nothing: the backend belongs to whoever opened it."""

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """Generate; what is stopped for an answer goes on by itself. Closing it stops the engine."""
        prompt = replace(prompt, purpose="ahead", slot=prompt.slot or SLOT)
        said, again = _Said(), True
        while again:
            asked, unseen = _rest(prompt, said)
            if asked.max_tokens < 1:
                yield Chunk("", finish_reason="length", usage=said.usage)
                return
            again = False
            async with aclosing(self._backend.stream(asked)) as chunks:
                async for chunk in chunks:
                    usage = said.usage = _sum(said.usage, chunk.usage)
                    if chunk.finish_reason == "cancelled":
                        # Its text was held back because it may begin a stop string: it is made again.
                        again = True
                        break
                    seen = min(len(chunk.text), len(unseen))
                    if chunk.text[:seen] != unseen[:seen]:
                        said.repeats, again = MOST_REPEATS, True
                        break
                    text, unseen = chunk.text[seen:], unseen[seen:]
                    said.text += text
                    said.tokens += len(chunk.logprobs) or bool(chunk.text)
                    if text or chunk.finish_reason:
                        yield replace(chunk, text=text, usage=usage if chunk.finish_reason else None)


class Nobody:
    """A `Backend` without an engine, where no model is asked."""

    @property
    def capabilities(self) -> Capabilities:
        """Nothing."""
        return Capabilities()

    @property
    def model(self) -> str:
        """No model's name."""
        return ""

    async def aclose(self) -> None:
        """There is nothing to release."""

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """Raises `EngineUnavailable`."""
        none: tuple[Chunk, ...] = ()
        for chunk in none:
            yield chunk
        raise EngineUnavailable("No engine was opened.", advice="Run: lsp-copilot doctor")


def _rest(prompt: Prompt, said: _Said) -> tuple[Prompt, str]:
    """What is still to be asked, and the text that comes again and was seen already."""
    if not said.text:
        return prompt, ""
    if prompt.grammar and said.repeats < MOST_REPEATS:
        said.repeats += 1
        said.tokens = 0
        return prompt, said.text
    segments = tuple(replace(part, heal=False) if isinstance(part, Text) else part for part in prompt.segments)
    return replace(
        prompt,
        segments=(*segments, Text(said.text, heal=True)),
        required_start=prompt.required_start[len(said.text) :],
        grammar="",
        max_tokens=prompt.max_tokens - said.tokens,
    ), ""


def _sum(one: Usage, other: Usage | None) -> Usage:
    if other is None:
        return one
    return Usage(
        one.prompt_tokens + other.prompt_tokens,
        one.cached_tokens + other.cached_tokens,
        one.completion_tokens + other.completion_tokens,
        one.prompt_ms + other.prompt_ms,
        one.completion_ms + other.completion_ms,
    )

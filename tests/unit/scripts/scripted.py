"""A backend that says what a test has written down, and remembers what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

from completion.types import Capabilities, Chunk, Prompt

HANG = "\x00hang"
"""A part at which the engine says no more."""


class ScriptedBackend:
    """Each answer is a list of parts, or the error to raise; behind the last one "stop", unless `ends` says another."""

    def __init__(self, *answers: Sequence[str] | Exception, grammar: bool = False, ends: Sequence[str] = ()) -> None:
        self._answers = list(answers)
        self._ends = list(ends)
        self.prompts: list[Prompt] = []
        self.open = 0
        self.waits = asyncio.Event()
        self.capabilities = Capabilities(segments=True, grammar=grammar)
        self.model = "scripted"

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        number = len(self.prompts)
        self.prompts.append(prompt)
        answer = self._answers[min(number, len(self._answers) - 1)]
        self.open += 1
        try:
            if isinstance(answer, Exception):
                raise answer
            for part in answer:
                if part == HANG:
                    self.waits.set()
                    await asyncio.Event().wait()
                yield Chunk(part)
            yield Chunk("", finish_reason=self._ends[number] if number < len(self._ends) else "stop")
        finally:
            self.open -= 1

    async def aclose(self) -> None:
        """There is nothing to close."""

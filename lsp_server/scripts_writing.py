"""One script at a time for one editor: the engine for scripts, opened when first asked for, and whose turn it is.

Who asks while another script is being written waits for it, as a person would expect of two requests; asking again for
the same place stops the older one (`places`). The engine shares the host with completion where both have one model;
it is given back after the idle time of the settings, like any lease.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

from completion.errors import EngineUnavailable
from completion.settings import Settings
from completion.types import EngineState, EngineStatus
from lsp_server.engines import EngineSlot
from lsp_server.rpc import MessageId

if TYPE_CHECKING:
    from completion.scripts.types import Event, ScriptRequest
    from lsp_server.compose import Engine

MOST_WAITING = 4
"""Scripts that wait or are being written; more are refused rather than forgotten in a queue."""


class Writing:
    """The engine for scripts and the line in front of it. `say` shows a sentence to the user."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._engines = EngineSlot(self._hear, say, "script")
        self._status = EngineStatus(EngineState.ABSENT)
        self._turn = asyncio.Lock()
        self._asked = 0
        self.places: dict[tuple[str, int], MessageId] = {}
        """The request that writes at a line of a document."""
        self.converses: bool | None = None
        """Whether the model follows instructions; None until one was opened."""

    async def events(self, request: ScriptRequest, settings: Settings) -> AsyncGenerator[Event, None]:
        """The events of the script, when its turn has come. Raises `CopilotError`; closing it stops the engine."""
        from lsp_server import scripts

        if self._asked >= MOST_WAITING:
            raise EngineUnavailable(f"{self._asked} scripts are being written already.", advice="Wait for one of them.")
        self._asked += 1
        try:
            async with self._turn:
                engine = await self._engine(settings) if scripts.needs_model(request) else None
                async with aclosing(scripts.written(request, engine)) as events:
                    async for event in events:
                        yield event
        finally:
            self._asked -= 1

    async def aclose(self) -> None:
        """Give the engine back."""
        await self._engines.aclose()

    async def _engine(self, settings: Settings) -> Engine:
        self._engines.use(settings)
        self._engines.retry(settings)
        engine = await self._engines.current()
        if engine is None:
            reason = self._status.reason or "No model for scripts could be opened."
            raise EngineUnavailable(reason, advice=self._status.advice or "Run: lsp-copilot doctor")
        self.converses = engine.model.chat is not None
        return engine

    def _hear(self, status: EngineStatus) -> None:
        # Kept for whoever asks: the status line is about suggestions.
        self._status = status

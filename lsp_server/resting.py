"""The time between two keys: once the fingers rest, what comes next is prepared; the next key ends that."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from completion.memory import Memory
    from completion.settings import Settings
    from completion.types import CompletionRequest, Suggestion
    from lsp_server.compose import Engine

log = logging.getLogger(__name__)

REST_SECONDS = 0.12
"""Shorter than most gaps between keys while somebody types on, there is nothing to prepare."""


class Resting:
    """At most one preparation at a time."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Somebody asks: stop preparing."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def rest(
        self, engine: Engine, request: CompletionRequest, suggestion: Suggestion | None, settings: Settings
    ) -> None:
        """`request` was answered with `suggestion`; nobody may ask for a while."""
        self.wake()
        self._task = asyncio.get_running_loop().create_task(self._prepare(engine, request, suggestion, settings))

    async def _prepare(
        self, engine: Engine, request: CompletionRequest, suggestion: Suggestion | None, settings: Settings
    ) -> None:
        from completion import idle

        await asyncio.sleep(REST_SECONDS)
        try:
            await idle.prepare(
                request,
                suggestion,
                backend=engine.backend,
                model=engine.model,
                memory=self._memory,
                settings=settings,
            )
        except Exception as error:
            # Nobody waits for it, so nobody would hear of it.
            log.warning("preparing what comes next failed: %s", type(error).__name__)
            log.debug("preparing", exc_info=True)

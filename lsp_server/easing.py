"""Watches whether the chosen model is still right for this machine: late answers and short memory.

Says it to the `EngineSlot`, which knows whether there is a smaller model to give way to. Only a model that was
chosen by measurement is watched; one that the user has named stays.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from completion.models.pressure import LatencyWatch, memory_is_short

if TYPE_CHECKING:
    from lsp_server.compose import Engine
    from lsp_server.engines import EngineSlot

MEMORY_SECONDS = 30.0


def read_memory() -> tuple[int, int]:
    """Free and total memory in bytes."""
    import psutil

    memory = psutil.virtual_memory()
    return memory.available, memory.total


class Easing:
    """What was noticed of the engine that answers now."""

    def __init__(self, slot: EngineSlot) -> None:
        self._slot = slot
        self._watched: Engine | None = None
        self._latency: LatencyWatch | None = None

    def answered(self, engine: Engine, line_ms: float) -> None:
        """`engine`, which was loaded when it was asked, has given a first line after so many milliseconds."""
        if engine is not self._watched:
            self._watched = engine
            self._latency = LatencyWatch(engine.settings.latency_ms) if engine.choice is not None else None
        if self._latency is not None and (reason := self._latency.add(line_ms)):
            self._slot.give_way(reason)

    async def watch_memory(
        self, read: Callable[[], tuple[int, int]] = read_memory, seconds: float = MEMORY_SECONDS
    ) -> None:
        """Look at the memory again and again, for as long as the server lives."""
        while True:
            await asyncio.sleep(seconds)
            if reason := memory_is_short(*read()):
                self._slot.give_way(reason)

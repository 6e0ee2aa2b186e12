"""The engine that the settings ask for: opened in the background, replaced when they change, closed at the end.

Knows when to open and close, not what an engine is; `compose` does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from completion.errors import CopilotError
from completion.settings import Settings
from completion.types import EngineState, EngineStatus

if TYPE_CHECKING:
    from lsp_server.compose import Engine

log = logging.getLogger(__name__)

_ENGINE_KEYS = (
    "model",
    "model_path",
    "endpoint",
    "endpoint_model",
    "endpoint_key",
    "engine_python",
    "threads",
    "idle_seconds",
)
_CLOSING_SECONDS = 2.0


class EngineSlot:
    """At most one engine. `on_status` hears of its state, in the event loop."""

    def __init__(self, on_status: Callable[[EngineStatus], None]) -> None:
        self._on_status = on_status
        self._wanted: tuple[object, ...] | None = None
        self._opening: asyncio.Task[Engine | None] | None = None

    def use(self, settings: Settings) -> None:
        """Have the engine for `settings`, or none where they are switched off. Returns at once."""
        wanted = tuple(getattr(settings, key) for key in _ENGINE_KEYS) if settings.enabled else None
        if wanted == self._wanted:
            return
        self._wanted = wanted
        self._opening = asyncio.get_running_loop().create_task(self._replace(self._opening, settings))

    def retry(self, settings: Settings) -> None:
        """Open again where opening has failed: the missing file may be there by now."""
        if self._opening is not None and self._opening.done() and self._opening.result() is None:
            self._wanted = None
            self.use(settings)

    async def current(self) -> Engine | None:
        """The engine, once it is open; None where there is none. It may still be loading."""
        return await asyncio.shield(self._opening) if self._opening is not None else None

    async def aclose(self) -> None:
        """Give the lease back; never raises, and returns after two seconds at the latest."""
        opening, self._opening, self._wanted = self._opening, None, None
        try:
            await asyncio.wait_for(_close(opening), _CLOSING_SECONDS)
        except TimeoutError:
            log.warning("the engine did not close in time")

    async def _replace(self, previous: asyncio.Task[Engine | None] | None, settings: Settings) -> Engine | None:
        await _close(previous)
        if not settings.enabled:
            self._on_status(EngineStatus(EngineState.ABSENT, settings.model))
            return None
        me = asyncio.current_task()
        loop = asyncio.get_running_loop()

        def hear(status: EngineStatus) -> None:
            # What an engine says while it is being replaced is of no interest any more.
            if self._opening is me:
                self._on_status(status)

        def hear_anywhere(status: EngineStatus) -> None:
            loop.call_soon_threadsafe(hear, status)

        try:
            # Importing what an engine needs takes a good part of a second: not in the event loop.
            engine = await asyncio.to_thread(_open, settings, hear_anywhere)
            engine.start()
        except CopilotError as error:
            hear(EngineStatus(EngineState.FAILED, settings.model, reason=error.message, advice=error.advice))
            return None
        except Exception as error:
            log.error("opening the engine failed: %s", type(error).__name__)
            log.debug("opening the engine", exc_info=True)
            reason = f"The engine could not be opened ({type(error).__name__})."
            hear(EngineStatus(EngineState.FAILED, settings.model, reason=reason, advice="Run: lsp-copilot doctor"))
            return None
        return engine


def _open(settings: Settings, on_status: Callable[[EngineStatus], None]) -> Engine:
    from completion import inline  # noqa: F401  (with the engine, so that the first request does not wait for it)
    from lsp_server.compose import open_engine

    return open_engine(settings, on_status)


async def _close(opening: asyncio.Task[Engine | None] | None) -> None:
    if opening is None:
        return
    try:
        engine = await asyncio.shield(opening)
        if engine is not None:
            await engine.aclose()
    except Exception as error:
        log.warning("closing the engine failed: %s", type(error).__name__)

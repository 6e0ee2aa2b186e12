"""The engine that the settings ask for: opened in the background, replaced when they change, closed at the end.

A replacement is loaded while the old engine still answers, if memory holds both; the old one then ends
what it is saying. A model that was chosen by measurement gives way to the next smaller one when it cannot
be loaded, is too slow, or memory runs out. Knows when to open and close, not what an engine is; `compose` does.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from completion.errors import CopilotError, EngineError
from completion.settings import Settings
from completion.types import EngineState, EngineStatus

if TYPE_CHECKING:
    from completion.models.select import Choice
    from completion.models.spec import Role
    from lsp_server.compose import Engine

log = logging.getLogger(__name__)

_ENGINE_KEYS = (
    "engine",
    "model",
    "script_model",
    "latency_ms",
    "model_path",
    "endpoint",
    "endpoint_model",
    "endpoint_key",
    "engine_python",
    "threads",
    "idle_seconds",
    "unload_minutes",
)
_CLOSING_SECONDS = 2.0
_DRAINING_SECONDS = 10.0
_UNUSABLE = (EngineState.FAILED, EngineState.DEGRADED)


class EngineSlot:
    """At most one engine that answers. `on_status` hears of its state, `say` a sentence for the user."""

    def __init__(
        self, on_status: Callable[[EngineStatus], None], say: Callable[[str], None], role: Role = "completion"
    ) -> None:
        self._on_status = on_status
        self._say = say
        self._role = role
        self._wanted: tuple[object, ...] | None = None
        self._answering: Engine | None = None
        self._opening: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: Callable[[EngineStatus], None] | None = None

    def use(self, settings: Settings) -> None:
        """Have the engine for `settings`, or none where they are switched off. Returns at once."""
        wanted = tuple(getattr(settings, key) for key in _ENGINE_KEYS) if settings.enabled else None
        if wanted == self._wanted:
            return
        self._wanted = wanted
        self._opening = self._run(self._replace(settings, wanted))

    def retry(self, settings: Settings) -> None:
        """Open again where opening has failed: the missing file may be there by now."""
        if self._opening is not None and self._opening.done() and self._answering is None:
            self._wanted = None
            self.use(settings)

    async def current(self) -> Engine | None:
        """The engine that answers, once there is one; None where there is none. It may still be loading."""
        if self._answering is None and self._opening is not None:
            await asyncio.shield(self._opening)
        return self._answering

    def give_way(self, reason: str) -> None:
        """Take the next smaller choice, if this one was chosen by measurement; `reason` is a sentence."""
        if (engine := self._replaceable()) is not None:
            self._opening = self._run(self._step_down(engine, engine.smaller, reason))

    def _give_up(self, status: EngineStatus) -> None:
        """What does not load is left for another file, or for the same with less context if memory was short."""
        if (engine := self._replaceable()) is not None:
            below = engine.smaller if status.out_of_memory else engine.other
            self._opening = self._run(self._step_down(engine, below, status.reason))

    def _replaceable(self) -> Engine | None:
        engine = self._answering
        busy = self._opening is not None and not self._opening.done()
        return None if engine is None or engine.choice is None or busy else engine

    async def aclose(self) -> None:
        """Give the leases back; never raises, and returns after two seconds at the latest."""
        tasks, engine = list(self._tasks), self._answering
        self._wanted, self._answering, self._opening = None, None, None
        for task in tasks:
            task.cancel()
        try:
            async with asyncio.timeout(_CLOSING_SECONDS):
                await asyncio.gather(*tasks, return_exceptions=True)
                await _close(engine)
        except TimeoutError:
            log.warning("the engine did not close in time")

    # --- changes -----------------------------------------------------------------------------

    async def _replace(self, settings: Settings, wanted: tuple[object, ...] | None) -> None:
        async with self._turn:
            if wanted != self._wanted:
                return
            if settings.enabled:
                await self._switch(settings, None)
                return
            old, self._answering = self._answering, None
            self._listener = None
            self._retire(old)
            self._on_status(EngineStatus(EngineState.ABSENT, settings.model))

    async def _step_down(self, engine: Engine, below: Callable[[], Choice | None], reason: str) -> None:
        async with self._turn:
            smaller = below() if engine is self._answering else None
            if smaller is None:
                return
            if smaller.model.name == engine.model.name:
                self._say(f"{engine.model.title} goes on with less memory: {reason}")
            else:
                self._say(f"{engine.model.title} gives way to {smaller.model.title}: {reason}")
            log.info("%s gives way to %s", engine.model.name, smaller.model.name)
            # What has run short is freed first.
            self._answering = None
            await _close(engine)
            await self._switch(engine.settings, smaller)

    async def _switch(self, settings: Settings, choice: Choice | None) -> None:
        """Open the engine for `settings` and let it answer, once it is loaded if another one answers now."""
        loop = asyncio.get_running_loop()

        def hear(status: EngineStatus) -> None:
            # What an engine says that has been replaced is of no interest any more.
            if self._listener is not hear:
                return
            self._on_status(status)
            if status.state in _UNUSABLE:
                self._give_up(status)

        def hear_anywhere(status: EngineStatus) -> None:
            loop.call_soon_threadsafe(hear, status)

        self._listener = hear
        old = self._answering
        engine = await self._opened(settings, hear, hear_anywhere, choice)
        if engine is None or old is None:
            self._retire(old)
        elif engine.fits_beside():
            engine.start()
            try:
                # The old one answers meanwhile. If the new one fails, its status says so.
                with contextlib.suppress(EngineError):
                    await engine.ready()
            except asyncio.CancelledError:
                await asyncio.shield(_close(engine))
                raise
            self._retire(old)
        else:
            self._answering = None
            await _close(old)
        self._answering = engine
        if engine is None:
            return
        engine.start()
        if engine.status.state in _UNUSABLE:
            # It failed while this task, which counts as opening, still ran.
            loop.call_soon(self._give_up, engine.status)

    async def _opened(
        self,
        settings: Settings,
        hear: Callable[[EngineStatus], None],
        hear_anywhere: Callable[[EngineStatus], None],
        choice: Choice | None,
    ) -> Engine | None:
        """The engine, not started yet; None where it could not be opened, which `hear` is told."""
        try:
            # Importing what an engine needs takes a good part of a second: not in the event loop.
            opening = asyncio.ensure_future(asyncio.to_thread(_open, settings, hear_anywhere, self._role, choice))
            try:
                return await asyncio.shield(opening)
            except asyncio.CancelledError:
                # The thread cannot be stopped; what it opens is given back.
                with contextlib.suppress(Exception):
                    await asyncio.shield(_close(await opening))
                raise
        except CopilotError as error:
            hear(EngineStatus(EngineState.FAILED, settings.model, reason=error.message, advice=error.advice))
        except Exception as error:
            log.error("opening the engine failed: %s", type(error).__name__)
            log.debug("opening the engine", exc_info=True)
            reason = f"The engine could not be opened ({type(error).__name__})."
            hear(EngineStatus(EngineState.FAILED, settings.model, reason=reason, advice="Run: lsp-copilot doctor"))
        return None

    def _retire(self, engine: Engine | None) -> None:
        """Let an engine finish what it is saying and give it back."""

        async def finish(engine: Engine) -> None:
            await engine.drained(_DRAINING_SECONDS)
            await _close(engine)

        if engine is not None:
            self._run(finish(engine))

    def _run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _open(settings: Settings, on_status: Callable[[EngineStatus], None], role: Role, choice: Choice | None) -> Engine:
    from completion import inline  # noqa: F401  (with the engine, so that the first request does not wait for it)
    from lsp_server.compose import open_engine

    return open_engine(settings, on_status, role=role, choice=choice)


async def _close(engine: Engine | None) -> None:
    try:
        if engine is not None:
            await engine.aclose()
    except Exception as error:
        log.warning("closing the engine failed: %s", type(error).__name__)

"""What the editor is told of the engine: `$/lspCopilot/status`, work-done progress, sentences for the user.

Tells changes only. Knows what an `EngineStatus` is, not what an engine is.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from completion.types import EngineState, EngineStatus

if TYPE_CHECKING:
    from lsp_server.protocol import CopilotProtocol

log = logging.getLogger(__name__)

METHOD = "$/lspCopilot/status"

_BUSY_AFTER = 0.2
_CLIENT_PATIENCE = 10.0
_KINDS = {
    EngineState.ABSENT: ("normal", "The engine is not running yet."),
    EngineState.LOADING: ("loading", "Loading the model."),
    EngineState.READY: ("normal", "Ready."),
    EngineState.DEGRADED: ("warning", "The engine works with restrictions."),
    EngineState.FAILED: ("error", "The engine does not work."),
}


@dataclass(frozen=True, slots=True)
class View:
    """The parameters of the notification. `kind`: normal, busy, loading, warning, error or off.

    `progress` is 0..1 while loading, else null.
    """

    kind: str
    message: str
    model: str
    progress: float | None = None


def view(engine: EngineStatus, *, enabled: bool, busy: bool, problem: str) -> View:
    """What to show. `problem` is what went wrong with the last request, in a sentence."""
    if not enabled:
        return View("off", "Suggestions are switched off.", engine.model)
    kind, message = _KINDS[engine.state]
    if engine.reason:
        message = f"{engine.reason} {engine.advice}".strip()
    if kind == "normal" and problem:
        return View("warning", problem, engine.model)
    if kind == "normal" and busy:
        return View("busy", "Thinking.", engine.model)
    return View(kind, message, engine.model, engine.progress if kind == "loading" else None)


class StatusLine:
    """The newest facts, and what the client was last told of them."""

    def __init__(self, protocol: CopilotProtocol) -> None:
        self._protocol = protocol
        self._engine = EngineStatus(EngineState.ABSENT)
        self._enabled = True
        self._problem = ""
        self._limit = ""
        self._busy = 0
        self._shown: View | None = None
        self._said: set[str] = set()
        self._progress: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._tokens = itertools.count(1)
        self._closed = False

    @property
    def state(self) -> EngineState:
        """The engine's state as last heard."""
        return self._engine.state

    def engine(self, status: EngineStatus) -> None:
        """The engine's state has changed (or only its progress)."""
        self._engine = status
        self._changed.set()
        self._publish()
        if status.state is EngineState.LOADING and self._progress is None and self._can_show_progress():
            self._progress = asyncio.get_running_loop().create_task(self._show_progress(status.model))
            self._progress.add_done_callback(self._progress_done)

    def switched(self, *, on: bool, model: str) -> None:
        """Suggestions were switched on or off; `model` is the one to name until the engine does."""
        self._enabled = on
        if self._engine.state is EngineState.ABSENT:
            self._engine = EngineStatus(EngineState.ABSENT, model)
        self._publish()

    def problem(self, sentence: str) -> None:
        """The last request failed for this reason; "" when it did not."""
        self._problem = sentence
        self._publish()

    def limited(self, sentence: str) -> None:
        """The document asked about is too large for suggestions, as `sentence` says; "" when it is not."""
        self._limit = sentence
        self._publish()

    @contextmanager
    def request(self) -> Iterator[None]:
        """A request runs inside; one that takes long is shown as "busy"."""
        counted = False

        def count() -> None:
            nonlocal counted
            counted = True
            self._busy += 1
            self._publish()

        timer = asyncio.get_running_loop().call_later(_BUSY_AFTER, count)
        try:
            yield
        finally:
            timer.cancel()
            if counted:
                self._busy -= 1
                self._publish()

    def say_once(self, sentence: str, kind: types.MessageType = types.MessageType.Warning) -> None:
        """Show a sentence to the user, unless it was shown before."""
        if sentence not in self._said:
            self._said.add(sentence)
            self._protocol.notify(types.WINDOW_SHOW_MESSAGE, types.ShowMessageParams(kind, f"lsp-copilot: {sentence}"))

    def close(self) -> None:
        """Say nothing more."""
        self._closed = True
        if self._progress is not None:
            self._progress.cancel()

    def _publish(self) -> None:
        new = view(self._engine, enabled=self._enabled, busy=self._busy > 0, problem=self._limit or self._problem)
        if new != self._shown and not self._closed:
            self._shown = new
            self._protocol.notify(METHOD, asdict(new))

    def _can_show_progress(self) -> bool:
        window = self._protocol.client_capabilities.window
        return window is not None and bool(window.work_done_progress) and not self._closed

    async def _show_progress(self, model: str) -> None:
        token = f"lsp-copilot/loading/{next(self._tokens)}"
        try:
            created = self._protocol.send_request_async(
                types.WINDOW_WORK_DONE_PROGRESS_CREATE, types.WorkDoneProgressCreateParams(token)
            )
            await asyncio.wait_for(created, _CLIENT_PATIENCE)
        except (JsonRpcException, TimeoutError):
            return
        self._tell(token, types.WorkDoneProgressBegin(title="lsp-copilot", message=f"Loading {model}", percentage=0))
        shown = 0
        while self._engine.state is EngineState.LOADING:
            percentage = int(100 * self._engine.progress)
            if percentage > shown:
                shown = percentage
                self._tell(token, types.WorkDoneProgressReport(message=f"Loading {model}", percentage=percentage))
            self._changed.clear()
            await self._changed.wait()
        ready = self._engine.state is EngineState.READY
        self._tell(token, types.WorkDoneProgressEnd(message="Ready" if ready else _KINDS[self._engine.state][1]))

    def _tell(self, token: str, value: object) -> None:
        self._protocol.notify(types.PROGRESS, types.ProgressParams(token=token, value=value))

    def _progress_done(self, task: asyncio.Task[None]) -> None:
        self._progress = None
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("progress was not shown: %s", type(error).__name__)

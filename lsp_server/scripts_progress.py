"""Progress of one script in the editor, where it shows progress: what is being done, and a button that cancels it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Coroutine
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcException

if TYPE_CHECKING:
    from lsp_server.protocol import CopilotProtocol

T = TypeVar("T")

_CLIENT_PATIENCE = 10.0
_numbers = itertools.count(1)
_running: dict[str | int, asyncio.Task[Any]] = {}


def cancel(token: str | int) -> None:
    """The user has pressed the button of this token's progress."""
    if (task := _running.get(token)) is not None:
        task.cancel()


class Progress:
    """Shown while the context lasts. `tell` takes the partial values of a script."""

    def __init__(self, protocol: CopilotProtocol, title: str) -> None:
        self._protocol = protocol
        self._title = title
        self._token = f"lsp-copilot/script/{next(_numbers)}"
        self._shown = False
        self._lines = 0

    async def __aenter__(self) -> Self:
        window = self._protocol.client_capabilities.window
        if window is None or not window.work_done_progress:
            return self
        try:
            params = types.WorkDoneProgressCreateParams(self._token)
            asked = self._protocol.send_request_async(types.WINDOW_WORK_DONE_PROGRESS_CREATE, params)
            await asyncio.wait_for(asked, _CLIENT_PATIENCE)
        except (JsonRpcException, TimeoutError):
            return self
        self._shown = True
        self._tell(types.WorkDoneProgressBegin(title="lsp-copilot", message=self._title, cancellable=True))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _running.pop(self._token, None)
        if self._shown:
            self._tell(types.WorkDoneProgressEnd(message="Done" if error is None else "Stopped"))

    async def cancellable(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, which the button cancels as cancelling the request does."""
        task = asyncio.ensure_future(work)
        _running[self._token] = task
        try:
            return await task
        finally:
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    def tell(self, value: dict[str, object]) -> None:
        """Say how many lines there are, or that another round begins."""
        if not self._shown:
            return
        if "round" in value:
            self._lines = 0
            self._tell(
                types.WorkDoneProgressReport(message=f"{self._title}: round {value['round']}, {value['reason']}")
            )
            return
        more = str(value.get("text", "")).count("\n")
        if more:
            self._lines += more
            self._tell(types.WorkDoneProgressReport(message=f"{self._title}: {self._lines} lines"))

    def _tell(self, value: object) -> None:
        self._protocol.notify(types.PROGRESS, types.ProgressParams(token=self._token, value=value))

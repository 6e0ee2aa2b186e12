"""JSON-RPC and the LSP life cycle, on pygls but stricter than it: every request is answered exactly once.

What pygls 2.1.1 does otherwise, and why this class takes over the dispatch: requests with invalid
parameters and requests after `shutdown` get no answer; requests before `initialize` and failing
handlers answer with tracebacks; failures pop up in the editor; one message that is not UTF-8 silences
the reader for good; a batch, a wrong version or an odd id is dropped or ends in the log; `exit` always
returns 0; and `partialResultToken` of inline completions is lost on the way.

A handler is a plain function: it runs at once, in the order of the messages, and may return an
awaitable for the rest, which then runs as a task. So whatever it reads of a document before it
returns is what the editor had when it asked.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from enum import Enum
from typing import TYPE_CHECKING, Any

import cattrs
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol

from lsp_server import capabilities, rpc
from lsp_server.questions import Questions
from lsp_server.rpc import MessageId, Refusal, Running, is_id, is_notification, log_failure, shown
from lsp_server.wire import Fault, frame

if TYPE_CHECKING:
    from lsp_server.server import CopilotServer

log = logging.getLogger(__name__)


class Phase(Enum):
    """Where the connection stands."""

    NEW = "new"
    RUNNING = "running"
    SHUT_DOWN = "shut down"


class CopilotProtocol(LanguageServerProtocol):
    """One client's connection."""

    _server: CopilotServer

    def __init__(self, server: CopilotServer, converter: cattrs.Converter) -> None:
        self.phase = Phase.NEW
        self.client_capabilities = types.ClientCapabilities()
        self._running: dict[MessageId, Running] = {}
        self._questions = Questions()
        self._background: set[asyncio.Future[Any]] = set()
        self._partial_token: contextvars.ContextVar[MessageId | None] = contextvars.ContextVar("token", default=None)
        super().__init__(server, converter)

    def _register_builtin_features(self) -> None:
        # The ones of pygls keep a second copy of every document; ours are in `handlers`.
        for method, handler in (
            (types.INITIALIZE, self._initialize),
            (types.WORKSPACE_EXECUTE_COMMAND, self._execute_command),
        ):
            self.fm.add_builtin_feature(method, handler)

    # --- for handlers ------------------------------------------------------------------------

    @property
    def partial_result_token(self) -> MessageId | None:
        """The `partialResultToken` of the request being handled (lsprotocol has no field for it)."""
        return self._partial_token.get()

    def annotate(self, msg_id: MessageId | None, note: str) -> None:
        """Add words to the one log line of a request. Never document text."""
        if msg_id is not None and (running := self._running.get(msg_id)) is not None:
            running.note = note

    def supersede(self, msg_id: MessageId | None, result: object) -> None:
        """Stop a request that is still running, if it is, and answer it with `result`."""
        if msg_id is None:
            return
        running = self._running.get(msg_id)
        if running is not None and running.task is not None and not running.task.done():
            running.superseded, running.replacement = True, result
            running.task.cancel()

    def cancel_running(self) -> None:
        """Cancel every request but the one being handled; each is answered as cancelled."""
        for msg_id, running in list(self._running.items()):
            if msg_id != self.msg_id and running.task is not None:
                running.task.cancel()

    async def settled(self, seconds: float) -> None:
        """Wait until every running request has been answered, at most so long."""
        tasks = [running.task for running in self._running.values() if running.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)

    def in_background(self, work: Awaitable[Any]) -> None:
        """Run something that nobody waits for; its failure is logged."""
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background_done)

    def _background_done(self, task: asyncio.Future[Any]) -> None:
        self._background.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log_failure("background work", error)

    # --- messages that come in ---------------------------------------------------------------

    def receive(self, message: object) -> None:
        """Deal with one JSON value, or with what could not be read as one. Never raises."""
        if isinstance(message, Fault):
            log.warning("unreadable message: %s", message.reason)
            self._refuse(None, rpc.PARSE_ERROR, f"Cannot read this: {message.reason}.")
            return
        if not isinstance(message, dict):
            self._refuse(None, rpc.INVALID_REQUEST, "A message must be one JSON object (batches are not part of LSP).")
            return
        method: Any = message.get("method")
        msg_id: Any = message.get("id")
        if "method" not in message and ("result" in message or "error" in message):
            self._questions.answered(message)
            return
        if "id" in message and not is_id(msg_id):
            self._refuse(None, rpc.INVALID_REQUEST, "A request's id must be an integer or a string.")
        elif message.get("jsonrpc") != self.VERSION:
            self._refuse(msg_id, rpc.INVALID_REQUEST, 'Expected "jsonrpc": "2.0".')
        elif not isinstance(method, str):
            self._refuse(msg_id, rpc.INVALID_REQUEST, "Expected a method name.")
        elif "id" in message:
            contextvars.copy_context().run(self._request, msg_id, method, message.get("params"))
        else:
            contextvars.copy_context().run(self._notification, method, message.get("params"))

    def _request(self, msg_id: MessageId, method: str, raw: object) -> None:
        if msg_id in self._running:
            self._refuse(msg_id, rpc.INVALID_REQUEST, "A request with this id is still running.")
            return
        refusal = self._phase_refusal(method)
        if refusal is not None:
            self._refuse(msg_id, *refusal)
            return
        handler = self._handler(method)
        if handler is None:
            self._refuse(msg_id, rpc.METHOD_NOT_FOUND, f"Unknown method: {shown(method)}.")
            return
        if is_notification(method):
            self._refuse(msg_id, rpc.INVALID_REQUEST, f"{method} is a notification.")
            return
        self._running[msg_id] = running = Running(method, time.perf_counter())
        self._ctx_msg_id.set(msg_id)
        if isinstance(raw, dict) and is_id(token := raw.get("partialResultToken")):
            self._partial_token.set(token)
        try:
            result = handler(rpc.params(self._converter, method, raw))
        except Exception as error:
            self._failed(msg_id, error)
            return
        if inspect.isawaitable(result):
            running.task = asyncio.ensure_future(result)
            running.task.add_done_callback(lambda task: self._finished(msg_id, task))
        else:
            self._answer(msg_id, result, "done")

    def _phase_refusal(self, method: str) -> tuple[int, str] | None:
        if self.phase is Phase.SHUT_DOWN:
            return rpc.INVALID_REQUEST, "The server has been shut down."
        if self.phase is Phase.NEW and method != types.INITIALIZE:
            return rpc.NOT_INITIALIZED, "The server has not been initialized."
        if self.phase is Phase.RUNNING and method == types.INITIALIZE:
            return rpc.INVALID_REQUEST, "The server has been initialized already."
        return None

    def _notification(self, method: str, raw: object) -> None:
        if method == types.EXIT:
            self._server.leave(0 if self.phase is Phase.SHUT_DOWN else 1)
            return
        handler = self._handler(method)
        if self.phase is not Phase.RUNNING or handler is None or not is_notification(method):
            log.debug("notification %s ignored", shown(method))
            return
        try:
            result = handler(rpc.params(self._converter, method, raw))
        except Exception as error:
            log_failure(f"notification {method}", error)
            self._server.distrust(raw)
            return
        if inspect.isawaitable(result):
            self.in_background(result)

    def _handler(self, method: str) -> Callable[[Any], Any] | None:
        if method == types.CANCEL_REQUEST:
            return self._cancel
        return self.fm.builtin_features.get(method) or self.fm.features.get(method)

    # --- answers -----------------------------------------------------------------------------

    def _finished(self, msg_id: MessageId, task: asyncio.Future[Any]) -> None:
        running = self._running[msg_id]
        if task.cancelled():
            if running.superseded:
                self._answer(msg_id, running.replacement, "superseded")
            else:
                self._conclude(msg_id, "cancelled")
                self._refuse(msg_id, rpc.REQUEST_CANCELLED, "The request was cancelled.")
        elif (error := task.exception()) is not None:
            self._failed(msg_id, error)
        else:
            self._answer(msg_id, task.result(), "done")

    def _answer(self, msg_id: MessageId, result: object, outcome: str) -> None:
        try:
            plain = self._converter.unstructure(result)
            data = frame({"jsonrpc": self.VERSION, "id": msg_id, "result": plain})
        except Exception as error:
            self._failed(msg_id, error)
            return
        self._conclude(msg_id, outcome)
        self._write(data)

    def _failed(self, msg_id: MessageId, error: BaseException) -> None:
        method = self._running[msg_id].method
        if isinstance(error, JsonRpcException):
            self._conclude(msg_id, f"refused ({error.code})")
            self._refuse(msg_id, error.code, error.message)
            return
        self._conclude(msg_id, "failed")
        log_failure(f"request {method}", error)
        self._refuse(msg_id, rpc.INTERNAL_ERROR, f"{method} failed inside lsp-copilot; its log says where.")

    def _conclude(self, msg_id: MessageId, outcome: str) -> None:
        running = self._running.pop(msg_id)
        words = " ".join(filter(None, (running.method, running.note)))
        elapsed = (time.perf_counter() - running.started) * 1000
        log.info("request %s %s %.1f ms %s", shown(str(msg_id)), words, elapsed, outcome)

    def _refuse(self, msg_id: object, code: int, sentence: str) -> None:
        self._write(frame({"jsonrpc": self.VERSION, "id": msg_id, "error": {"code": code, "message": sentence}}))

    def _write(self, data: bytes) -> None:
        if self.writer is not None:
            self.writer.write(data)

    # --- messages that go out ----------------------------------------------------------------

    def notify(self, method: str, params: Any | None = None) -> None:
        """Send a notification; `params` may be plain or of lsprotocol's types."""
        self._write(frame({"jsonrpc": self.VERSION, "method": method, "params": self._converter.unstructure(params)}))

    def send_request(
        self,
        method: str,
        params: Any | None = None,
        callback: Callable[[Any], None] | None = None,
        msg_id: MessageId | None = None,
    ) -> Future[Any]:
        """Ask the client; the future holds the plain JSON result, or raises `Refusal`."""
        own_id, future = self._questions.ask(method, msg_id)
        if callback is not None:
            future.add_done_callback(lambda done: None if done.exception() else callback(done.result()))
        plain = self._converter.unstructure(params)
        self._write(frame({"jsonrpc": self.VERSION, "id": own_id, "method": method, "params": plain}))
        return future

    # --- built-in methods --------------------------------------------------------------------

    def _initialize(self, params: types.InitializeParams) -> types.InitializeResult:
        self.client_capabilities = params.capabilities
        self._server.process_id = params.process_id
        self._server.begin(params)
        self.phase = Phase.RUNNING
        self.server_capabilities = capabilities.offered(self.fm, params.capabilities, self._server.session.encoding)
        return types.InitializeResult(capabilities=self.server_capabilities, server_info=self.server_info)

    def _execute_command(self, params: types.ExecuteCommandParams) -> object:
        command = self.fm.commands.get(params.command)
        if command is None:
            raise Refusal(rpc.INVALID_PARAMS, f"Unknown command: {shown(params.command)}.")
        return command(list(params.arguments or ()))

    def _cancel(self, params: types.CancelParams) -> None:
        running = self._running.get(params.id)
        if running is not None and running.task is not None:
            running.task.cancel()

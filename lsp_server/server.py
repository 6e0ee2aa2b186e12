"""The language server: one client, its documents, its settings and one engine. `serve` runs it.

The wire is in `wire`, JSON-RPC in `protocol`, the answers in `handlers`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from completion import __version__
from completion.memory import Memory
from completion.settings import Settings
from completion.types import EngineState, EngineStatus
from lsp_server import capabilities, handlers, logs, watch, wire
from lsp_server.easing import Easing
from lsp_server.engines import EngineSlot
from lsp_server.notebooks import Notebooks
from lsp_server.options import Resolved
from lsp_server.power import Power
from lsp_server.protocol import CopilotProtocol
from lsp_server.resting import Resting
from lsp_server.rpc import strict_converter
from lsp_server.scripts_findings import Findings
from lsp_server.scripts_writing import Writing
from lsp_server.session import Session
from lsp_server.status import StatusLine
from lsp_server.why import Why
from lsp_server.why_file import WhyFile
from lsp_server.workspace import Indexing

log = logging.getLogger(__name__)

_LEAVING_SECONDS = 4.0
_ANSWERING_SECONDS = 1.0


def serve(resolved: Resolved) -> int:
    """Serve one client on standard input and output until it leaves; returns the exit code.

    0 after `shutdown` or at the end of the input, 1 for `exit` without `shutdown` or a lost client,
    130 when interrupted.
    """
    logs.start(resolved.settings)
    incoming, outgoing = wire.take_stdio()
    try:
        return asyncio.run(CopilotServer(resolved).run(incoming, outgoing))
    except KeyboardInterrupt:
        return 130


class CopilotServer(LanguageServer):
    """The server's state; handlers get it as their first argument."""

    protocol: CopilotProtocol

    def __init__(self, resolved: Resolved) -> None:
        super().__init__(
            "lsp-copilot",
            __version__,
            types.TextDocumentSyncKind.Incremental,
            protocol_cls=CopilotProtocol,
            converter_factory=strict_converter,
        )
        self.resolved = resolved
        self.session = Session()
        self.notebooks = Notebooks(self.session, partial(handlers.documents.close, self))
        self.memory = Memory()
        self.indexing = Indexing(self.memory)
        self.resting = Resting(self.memory)
        self.status = StatusLine(self.protocol)
        self.power = Power()
        self.engines = EngineSlot(self._engine_status, self.status.say_once)
        self.easing = Easing(self.engines)
        self.writing = Writing(self.status.say_once)
        self.findings = Findings(partial(handlers.code_actions.publish, self))
        self.why = Why()
        self._why_file = WhyFile(self.why.newest, lambda: str(self.session.root or ""))
        self.why.on_new = self._why_file.changed
        self.accepted = 0
        """Suggestions that the user has accepted. Counted here and told nobody."""
        self._base = resolved
        self._initial: Mapping[str, object] = {}
        self._folders: tuple[Path, ...] = ()
        self._outgoing = -1
        self._releasing: asyncio.Task[None] | None = None
        self._left: asyncio.Future[int] | None = None
        handlers.register(self)

    @property
    def settings(self) -> Settings:
        """The settings that hold now."""
        return self.resolved.settings

    async def run(self, incoming: int, outgoing: int) -> int:
        """Serve on two file descriptors; returns the exit code."""
        loop = asyncio.get_running_loop()
        self._left = loop.create_future()
        self._outgoing = outgoing

        def in_loop(work: Callable[..., None], *arguments: object) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(work, *arguments)

        def deliver(message: object) -> None:
            in_loop(self._deliver, inbox, message)

        outbox = wire.Outbox(outgoing, lambda: in_loop(self.leave, 1))
        inbox = wire.Inbox(incoming, deliver)
        self.protocol.set_writer(outbox)
        outbox.start()
        inbox.start()
        self.protocol.in_background(self._watch(watch.until_reader_leaves(outgoing), "the client does not read"))
        self.protocol.in_background(self.easing.watch_memory())
        try:
            return await self._left
        finally:
            _leave_for_sure(self._left.result() if self._left.done() else 1)
            await self.release()
            # `exit` may come while `shutdown` is being answered.
            await self.protocol.settled(_ANSWERING_SECONDS)
            await self.indexing.aclose()
            await self._why_file.aclose()
            outbox.close()

    def leave(self, code: int) -> None:
        """End the program with this exit code; the first call counts."""
        if self._left is not None and not self._left.done():
            self._left.set_result(code)

    async def release(self) -> None:
        """Stop everything that runs and give the engine back; the second call waits for the first."""
        if self._releasing is None:
            self.status.close()
            self.resting.wake()
            self.protocol.cancel_running()
            self._releasing = asyncio.get_running_loop().create_task(self._give_back())
        await asyncio.shield(self._releasing)

    async def _give_back(self) -> None:
        await asyncio.gather(self.engines.aclose(), self.writing.aclose())

    def begin(self, params: types.InitializeParams) -> None:
        """Take over what the client says of itself in `initialize`."""
        self.session.encoding = capabilities.choose_encoding(params.capabilities)
        self.session.root = root = capabilities.root_of(params)
        self._folders = capabilities.folders_of(params) if root is not None else ()
        self._initial = _section(params.initialization_options)
        self._base = self._base.with_project(root) if root is not None else self._base
        self.resolved = self._base.with_editor(dict(self._initial))
        logs.set_level(self.settings)
        if params.process_id is not None:
            work = watch.until_process_ends(params.process_id)
            self.protocol.in_background(self._watch(work, "the client's process is gone"))
        client = params.client_info
        name = f"{client.name} {client.version or ''}".strip() if client is not None else "an unnamed client"
        log.info("initialized by %.80s, positions in %s", name, self.session.encoding.value)

    def configure(self, values: object) -> None:
        """Take over what the editor's settings say now (on top of its initialization options)."""
        before = self.settings.model_dump()
        self.resolved = self._base.with_editor({**self._initial, **_section(values)})
        changed = [key for key, value in self.settings.model_dump().items() if value != before[key]]
        if changed:
            log.info("settings have changed: %s", ", ".join(changed))
        self.apply_settings()

    def apply_settings(self) -> None:
        """Let the settings take effect, and tell once what was left out of them."""
        logs.set_level(self.settings)
        for notice in self.resolved.notices:
            self.status.say_once(notice)
        self.status.switched(on=self.settings.enabled, model=self.settings.model)
        if self.settings.enabled:
            self.indexing.start(self._folders)
        self.engines.use(self.settings)

    def distrust(self, raw: object) -> None:
        """A notification could not be understood. If it was an edit, we no longer know the text."""
        document = raw.get("textDocument") if isinstance(raw, dict) else None
        uri = document.get("uri") if isinstance(document, dict) else None
        if isinstance(uri, str):
            self.session.close(uri)
        notebook = raw.get("notebookDocument") if isinstance(raw, dict) else None
        uri = notebook.get("uri") if isinstance(notebook, dict) else None
        if isinstance(uri, str):
            self.notebooks.close(uri)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Log only: pygls would open a popup in the editor."""
        log.error("%s: %s", getattr(source, "__name__", "error"), type(error).__name__)

    def _deliver(self, inbox: wire.Inbox, message: object) -> None:
        try:
            if message is wire.END:
                self.leave(0)
            else:
                self.protocol.receive(message)
        finally:
            inbox.done()

    def _engine_status(self, status: EngineStatus) -> None:
        if status.state is EngineState.FAILED and status.reason:
            self.status.say_once(f"{status.reason} {status.advice}".strip(), types.MessageType.Error)
        self.status.engine(status)

    async def _watch(self, ended: Any, reason: str) -> None:
        await ended
        log.warning("leaving: %s", reason)
        self.leave(1)


def _leave_for_sure(code: int) -> None:
    """End the process soon, even where a thread that starts an engine cannot be interrupted."""
    deadline = threading.Timer(_LEAVING_SECONDS, os._exit, (code,))
    deadline.daemon = True
    deadline.start()


def _section(values: object) -> dict[str, object]:
    """Our part of what an editor sent: it may be wrapped in a section named after us."""
    if not isinstance(values, Mapping):
        return {}
    for name in handlers.configuration.SECTIONS:
        inner = values.get(name)
        if isinstance(inner, Mapping):
            return dict(inner)
    return dict(values)

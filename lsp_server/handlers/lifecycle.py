"""`initialized` starts the engine, `shutdown` gives it back. (`initialize` and `exit` are the protocol's.)"""

from __future__ import annotations

from collections.abc import Awaitable
from functools import partial
from typing import TYPE_CHECKING

from lsprotocol import types

from lsp_server.handlers import configuration, files
from lsp_server.protocol import Phase

if TYPE_CHECKING:
    from lsp_server.server import CopilotServer


def register(server: CopilotServer) -> None:
    """Register the handlers."""
    server.feature(types.INITIALIZED)(partial(_initialized, server))
    server.feature(types.SHUTDOWN)(partial(_shutdown, server))
    server.feature(types.SET_TRACE)(partial(_set_trace, server))


def _initialized(server: CopilotServer, _params: types.InitializedParams) -> Awaitable[None]:
    server.apply_settings()
    server.protocol.in_background(files.watch(server))
    return configuration.pull(server)


def _shutdown(server: CopilotServer, _params: None) -> Awaitable[None]:
    server.protocol.phase = Phase.SHUT_DOWN
    return server.release()


def _set_trace(server: CopilotServer, params: types.SetTraceParams) -> None:
    # Taken note of, because clients send it; what we have to say is in the log.
    server.protocol.trace = types.TraceValue(params.value)

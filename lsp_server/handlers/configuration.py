"""The editor's settings: pushed with `didChangeConfiguration` or pulled with `workspace/configuration`.

They may set harmless keys only; `options` sees to that.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from functools import partial
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

if TYPE_CHECKING:
    from lsp_server.server import CopilotServer

log = logging.getLogger(__name__)

SECTIONS = ("lsp-copilot", "lspCopilot", "lsp_copilot")
"""Names under which an editor may keep our settings; the first is what we ask for."""

_CLIENT_PATIENCE = 10.0


def register(server: CopilotServer) -> None:
    """Register the handler."""
    server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)(partial(_did_change, server))


async def pull(server: CopilotServer) -> None:
    """Ask the client for its settings, if it can be asked, and apply them."""
    if not _can_be_asked(server):
        return
    items = [types.ConfigurationItem(section=name) for name in SECTIONS[:2]]
    asked = server.protocol.send_request_async(types.WORKSPACE_CONFIGURATION, types.ConfigurationParams(items))
    try:
        answer = await asyncio.wait_for(asked, _CLIENT_PATIENCE)
    except (JsonRpcException, TimeoutError) as error:
        log.warning("the client did not tell its configuration: %s", type(error).__name__)
        return
    for section in answer if isinstance(answer, list) else ():
        if section:
            server.configure(section)
            return


def _did_change(server: CopilotServer, params: types.DidChangeConfigurationParams) -> Awaitable[None] | None:
    if params.settings:
        server.configure(params.settings)
        return None
    # Clients that are to be asked send this without settings.
    return pull(server)


def _can_be_asked(server: CopilotServer) -> bool:
    workspace = server.protocol.client_capabilities.workspace
    return workspace is not None and bool(workspace.configuration)

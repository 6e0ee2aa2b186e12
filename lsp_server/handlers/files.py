"""Files that have changed on the disk: saved by the editor, or watched by it for us."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lsp_server.convert import display_path

if TYPE_CHECKING:
    from lsp_server.server import CopilotServer

log = logging.getLogger(__name__)

_IGNORE_FILES = (".gitignore", ".copilotignore")
_CLIENT_PATIENCE = 10.0


def register(server: CopilotServer) -> None:
    """Register the handlers."""
    server.feature(types.TEXT_DOCUMENT_DID_SAVE)(partial(_did_save, server))
    server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)(partial(_did_change, server))


async def watch(server: CopilotServer) -> None:
    """Ask the client to watch source files and ignore files, if it can and there is a folder."""
    workspace = server.protocol.client_capabilities.workspace
    watched = workspace.did_change_watched_files if workspace is not None else None
    if server.session.root is None or watched is None or not watched.dynamic_registration:
        return
    # With the workspace, what is known of languages has been imported.
    await server.indexing.ready()
    options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(glob) for glob in patterns()])
    method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
    registration = types.Registration("lsp-copilot-files", method, options)
    asked = server.protocol.send_request_async(
        types.CLIENT_REGISTER_CAPABILITY, types.RegistrationParams([registration])
    )
    try:
        await asyncio.wait_for(asked, _CLIENT_PATIENCE)
    except (JsonRpcException, TimeoutError) as error:
        log.warning("the client does not watch files: %s", type(error).__name__)


def patterns() -> tuple[str, ...]:
    """Globs of the files that we read, as LSP writes them."""
    from completion.syntax.languages import LANGUAGES

    suffixes = sorted({suffix.removeprefix(".") for row in LANGUAGES for suffix in row.suffixes})
    names = sorted({name for row in LANGUAGES for name in row.names} | set(_IGNORE_FILES))
    return f"**/*.{{{','.join(suffixes)}}}", f"**/{{{','.join(names)}}}"


def _did_save(server: CopilotServer, params: types.DidSaveTextDocumentParams) -> None:
    server.indexing.changed([display_path(params.text_document.uri, server.session.root)])


def _did_change(server: CopilotServer, params: types.DidChangeWatchedFilesParams) -> None:
    server.indexing.changed(display_path(change.uri, server.session.root) for change in params.changes)

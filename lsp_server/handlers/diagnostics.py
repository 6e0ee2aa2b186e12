"""What other tools say of a document: from our own notification, and from the context of `textDocument/codeAction`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from lsprotocol import types

from completion.types import Diagnostic
from lsp_server import diagnostics, rpc
from lsp_server.rpc import Refusal

if TYPE_CHECKING:
    from lsp_server.server import CopilotServer

METHOD = "$/lspCopilot/diagnostics"
OWN_SOURCE = "lsp-copilot script"
"""The source of our own diagnostics."""


def register(server: CopilotServer) -> None:
    """Register the handler."""
    server.feature(METHOD)(partial(_diagnostics, server))


def keep_context(server: CopilotServer, params: types.CodeActionParams) -> None:
    """Keep what came with a question for code actions, except what we have said ourselves."""
    rows = [row for row in params.context.diagnostics if row.source != OWN_SOURCE]
    found = diagnostics.bounded((row.range.start.line, _message(row)) for row in rows)
    # Only those at the cursor come: they say nothing of the others.
    if found:
        entry = server.session.find(params.text_document.uri)
        lines = {each.line for each in found}
        others = [each for each in entry.diagnostics if each.line not in lines] if entry is not None else []
        merged = diagnostics.bounded((each.line, each.message) for each in (*found, *others))
        _keep(server, params.text_document.uri, merged)


def _diagnostics(server: CopilotServer, raw: object) -> None:
    try:
        uri, found = diagnostics.read(raw)
    except ValueError as error:
        raise Refusal(rpc.INVALID_PARAMS, f"{METHOD}: {error}.") from None
    _keep(server, uri, found)


def _message(row: types.Diagnostic) -> str:
    # Newer clients may send marked-up text here, which lsprotocol does not know yet.
    return row.message if isinstance(row.message, str) else ""


def _keep(server: CopilotServer, uri: str, found: tuple[Diagnostic, ...]) -> None:
    """For as long as the document is open."""
    entry = server.session.find(uri)
    if entry is not None:
        entry.diagnostics = found

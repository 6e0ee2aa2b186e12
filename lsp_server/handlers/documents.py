"""`didOpen`, `didChange`, `didClose`: the session follows the editor, synchronously and in order."""

from __future__ import annotations

import logging
import sys
from functools import partial
from typing import TYPE_CHECKING

from lsprotocol import types

from lsp_server.handlers.inline_completion import NOTHING
from lsp_server.session import Change

if TYPE_CHECKING:
    from lsp_server.server import CopilotServer

log = logging.getLogger(__name__)


def register(server: CopilotServer) -> None:
    """Register the handlers."""
    server.feature(types.TEXT_DOCUMENT_DID_OPEN)(partial(_did_open, server))
    server.feature(types.TEXT_DOCUMENT_DID_CHANGE)(partial(_did_change, server))
    server.feature(types.TEXT_DOCUMENT_DID_CLOSE)(partial(_did_close, server))


def close(server: CopilotServer, uri: str) -> None:
    """Forget a document, open or not; its request, if one runs, is answered with nothing."""
    entry = server.session.find(uri)
    if entry is not None:
        server.protocol.supersede(entry.latest_request, NOTHING)
        # Imported with the engine; before that there are no trees.
        if (inline := sys.modules.get("completion.inline")) is not None:
            inline.forget(entry.path_below(server.session.root))
    server.session.close(uri)
    server.findings.close(uri)


def change_of(event: types.TextDocumentContentChangeEvent) -> Change:
    """One content change, as the session takes it."""
    if isinstance(event, types.TextDocumentContentChangeWholeDocument):
        return Change(event.text)
    start, end = event.range.start, event.range.end
    return Change(event.text, (start.line, start.character), (end.line, end.character))


def _did_open(server: CopilotServer, params: types.DidOpenTextDocumentParams) -> None:
    document = params.text_document
    server.session.open(document.uri, document.language_id, document.version, document.text)


def _did_change(server: CopilotServer, params: types.DidChangeTextDocumentParams) -> None:
    document = params.text_document
    server.indexing.give_way()
    changes = [change_of(event) for event in params.content_changes]
    known = server.session.change(document.uri, document.version, changes)
    server.findings.edited(document.uri, changes)
    if not known:
        log.debug("an edit of a document that is not open")


def _did_close(server: CopilotServer, params: types.DidCloseTextDocumentParams) -> None:
    close(server, params.text_document.uri)

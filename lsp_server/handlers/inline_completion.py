"""`textDocument/inlineCompletion`: the grey text.

Neovim neither cancels older requests nor checks that an answer still fits, so both are done here: a
newer request supersedes the older one of its document, and an answer for a text that has changed
meanwhile is empty.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from lsprotocol import types

from completion.types import CompletionRequest, Document, Suggestion, Trigger
from lsp_server.convert import display_path, to_utf8
from lsp_server.diagnostics import near
from lsp_server.handlers import accepted
from lsp_server.session import Snapshot
from lsp_server.suggest import Question, suggest
from lsp_server.why import Course

if TYPE_CHECKING:
    from lsp_server.server import CopilotServer

METHOD = types.TEXT_DOCUMENT_INLINE_COMPLETION
NOTHING = types.InlineCompletionList(items=[])


def register(server: CopilotServer) -> None:
    """Register the handler."""
    # Without options pygls would not advertise it.
    options = types.InlineCompletionOptions()
    server.feature(METHOD, options)(partial(_inline_completion, server))


def snapshot_for(server: CopilotServer, method: str, uri: str, line: int, nothing: object) -> Snapshot | None:
    """The document for the request being handled, which supersedes the older one (answered with `nothing`)."""
    entry = server.session.find(uri)
    if entry is not None:
        server.protocol.supersede(entry.latest_request, nothing)
        entry.latest_request = server.protocol.msg_id
        server.session.looked_at(uri, max(0, line))
    limit = server.session.limit(uri, line)
    server.status.limited(limit.sentence if limit is not None else "")
    snapshot = server.notebooks.snapshot(uri) if limit is None else None
    if snapshot is None:
        note = limit.note if limit is not None else "not open"
        server.protocol.annotate(server.protocol.msg_id, note)
        path = display_path(uri, server.session.root)
        asked = CompletionRequest(Document(path, entry.language if entry is not None else "", b""), 0)
        server.why.add(Course(method, path, line + 1, asked, note=note).recorded())
        return None
    neighbours = server.session.neighbours(uri, server.indexing.may_show)
    said = near(entry.diagnostics, line) if entry is not None else ()
    return replace(snapshot, neighbours=neighbours, diagnostics=said)


def range_of(server: CopilotServer, snapshot: Snapshot, start: int, end: int) -> types.Range:
    """The range between two byte offsets of the snapshot."""
    encoding = server.session.encoding
    return types.Range(*(types.Position(*snapshot.text.position(offset, encoding)) for offset in (start, end)))


def _inline_completion(
    server: CopilotServer, params: types.InlineCompletionParams
) -> Awaitable[types.InlineCompletionList] | types.InlineCompletionList:
    uri = params.text_document.uri
    snapshot = snapshot_for(server, METHOD, uri, params.position.line, NOTHING)
    return _answer(server, uri, snapshot, params) if snapshot is not None else NOTHING


async def _answer(
    server: CopilotServer, uri: str, snapshot: Snapshot, params: types.InlineCompletionParams
) -> types.InlineCompletionList:
    encoding, position, context = server.session.encoding, params.position, params.context
    invoked = context.trigger_kind == types.InlineCompletionTriggerKind.Invoked
    trigger = Trigger.INVOKED if invoked else Trigger.AUTOMATIC
    offset = snapshot.text.offset(position.line, position.character, encoding)
    selected = context.selected_completion_info
    if selected is None:
        question = Question(METHOD, uri, position.line, snapshot, snapshot.request(offset, trigger))
        found = await suggest(server, question)
        items = [_item(each, each.text, range_of(server, snapshot, each.start, each.end)) for each in found]
        return types.InlineCompletionList(items=items)
    # The popup has an entry selected: complete what the text would be with it, and replace what it would.
    where = selected.range
    start, end = ((at.line, at.character) for at in (where.start, where.end))
    with_entry = snapshot.text.replaced(start, end, selected.text, encoding)
    offset = snapshot.text.offset(*min(start, end), encoding) + len(to_utf8(selected.text))
    request = snapshot.with_replaced(with_entry).request(offset, trigger)
    found = await suggest(server, Question(METHOD, uri, position.line, snapshot, request))
    # What would replace more than the entry cannot be said in its range.
    plain = [each for each in found if (each.start, each.end) == (offset, offset)]
    return types.InlineCompletionList(items=[_item(each, selected.text + each.text, where) for each in plain])


def _item(suggestion: Suggestion, text: str, where: types.Range) -> types.InlineCompletionItem:
    return types.InlineCompletionItem(insert_text=text, range=where, command=accepted.command(suggestion.id))

"""`textDocument/completion`: the same suggestion in the popup, for editors without inline completions."""

from __future__ import annotations

import re
from collections.abc import Awaitable
from functools import partial
from typing import TYPE_CHECKING

from lsprotocol import types

from completion.types import Trigger
from lsp_server.capabilities import has_inline_completions
from lsp_server.handlers import accepted
from lsp_server.handlers.inline_completion import range_of, snapshot_for
from lsp_server.session import Snapshot
from lsp_server.suggest import Question, suggest

if TYPE_CHECKING:
    from lsp_server.server import CopilotServer

METHOD = types.TEXT_DOCUMENT_COMPLETION
NOTHING = types.CompletionList(is_incomplete=True, items=[])

TRIGGER_CHARACTERS = (".", "(", "[", "{", "=", ":", ",", " ")
_WORD = re.compile(r"\w*\Z")
_LONGEST_WORD = 200
_BREAK = re.compile(r"\r\n|\n|\r")


def register(server: CopilotServer) -> None:
    """Register the handler."""
    options = types.CompletionOptions(trigger_characters=list(TRIGGER_CHARACTERS), resolve_provider=False)
    server.feature(METHOD, options)(partial(_completion, server))


def _completion(
    server: CopilotServer, params: types.CompletionParams
) -> Awaitable[types.CompletionList] | types.CompletionList:
    if has_inline_completions(server.protocol.client_capabilities):
        return types.CompletionList(is_incomplete=False, items=[])
    uri = params.text_document.uri
    snapshot = snapshot_for(server, METHOD, uri, params.position.line, NOTHING)
    return _answer(server, uri, snapshot, params.position) if snapshot is not None else NOTHING


async def _answer(
    server: CopilotServer, uri: str, snapshot: Snapshot, position: types.Position
) -> types.CompletionList:
    offset = snapshot.text.offset(position.line, position.character, server.session.encoding)
    request = snapshot.request(offset, Trigger.AUTOMATIC)
    found = await suggest(server, Question(METHOD, uri, position.line, snapshot, request))
    if not found:
        return NOTHING
    suggestion = found[0]
    # Editors match the word before the cursor with the entry, so the entry starts with that word.
    word = _word_before(snapshot.text.source, suggestion.start) if suggestion.start <= offset else ""
    text = word + suggestion.text
    first, *more = _BREAK.split(text.strip())
    where = range_of(server, snapshot, suggestion.start - len(word.encode()), suggestion.end)
    item = types.CompletionItem(
        label=first.rstrip() + (" …" if more else ""),
        kind=types.CompletionItemKind.Text,
        detail="lsp-copilot",
        sort_text="~",
        filter_text=first,
        preselect=False,
        insert_text_format=types.InsertTextFormat.PlainText,
        insert_text_mode=types.InsertTextMode.AsIs,
        text_edit=types.TextEdit(range=where, new_text=text),
        command=accepted.command(suggestion.id),
    )
    return types.CompletionList(is_incomplete=True, items=[item])


def _word_before(source: bytes, offset: int) -> str:
    before = source[max(0, offset - _LONGEST_WORD) : offset].decode("utf-8", "ignore")
    found = _WORD.search(before)
    return found.group() if found else ""

"""The command `lspCopilot.script`: a script with its evidence, streamed as partial results.

A partial value is `{"text": …}`, more of the attempt that is being written, or `{"round": n, "how": …, "reason": …}`:
what came before is void, and attempt n begins. The answer is the best attempt with its evidence.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from completion.errors import CopilotError, InputError
from completion.scripts.types import Event, Outcome, Piece, ScriptRequest
from lsp_server import rpc, scripts_arguments
from lsp_server.convert import display_path, folder_of
from lsp_server.rpc import MessageId, Refusal
from lsp_server.scripts_arguments import Asked

if TYPE_CHECKING:
    from lsp_server.server import CopilotServer

COMMAND = "lspCopilot.script"
REQUEST_FAILED = -32803


def register(server: CopilotServer) -> None:
    """Register the command."""
    server.command(COMMAND)(partial(_script, server))


async def written(server: CopilotServer, request: ScriptRequest, tell: Callable[[dict[str, object]], None]) -> Outcome:
    """The script, with `tell` hearing the partial values. Raises `Refusal` with a sentence for the user."""
    outcome: Outcome | None = None
    number = 1
    try:
        events: AsyncGenerator[Event, None] = server.writing.events(request, server.settings)
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Piece):
                    tell({"text": event.text})
                elif isinstance(event, Outcome):
                    outcome = event
                else:
                    number += 1
                    tell({"round": number, "how": event.how, "reason": event.reason})
    except InputError as error:
        raise Refusal(rpc.INVALID_PARAMS, f"lsp-copilot: {error}") from None
    except CopilotError as error:
        raise Refusal(REQUEST_FAILED, f"lsp-copilot: {error}") from None
    if outcome is None:
        raise Refusal(REQUEST_FAILED, "lsp-copilot: the model said nothing.")
    state = outcome.best.state.replace(" ", "-")
    note = f"kind={request.kind} task={request.task} state={state} attempts={len(outcome.attempts)}"
    server.protocol.annotate(server.protocol.msg_id, note)
    return outcome


async def demand_admitted(server: CopilotServer, uri: str, what: str) -> None:
    """Raises `Refusal` where the document must be shown to no model; `what` names it in the sentence."""
    await server.indexing.ready()
    if reason := refusal(server, uri):
        raise Refusal(rpc.INVALID_PARAMS, f"{what}: its text is shown to no model: {rpc.shown(reason)}.")


def refusal(server: CopilotServer, uri: str) -> str:
    """Why a document must be shown to no model; "" where it may."""
    path = display_path(uri, server.session.root)
    workspace = server.memory.workspace
    found = server.indexing.refusal(path) or (workspace.refusal(path) if workspace is not None else None)
    return found.reason if found is not None else ""


def _script(server: CopilotServer, arguments: list[object]) -> Any:
    if len(arguments) != 1:
        raise Refusal(rpc.INVALID_PARAMS, f"{COMMAND}: expected one argument, an object.")
    try:
        asked = scripts_arguments.read(arguments[0])
    except ValueError as error:
        raise Refusal(rpc.INVALID_PARAMS, f"{COMMAND}: {rpc.shown(str(error))}.") from None
    if not server.settings.enabled:
        raise Refusal(REQUEST_FAILED, "lsp-copilot is switched off.")
    documents = tuple(_open_text(server, uri) for uri in asked.context_uris)
    entry = server.session.find(asked.schema_uri) if asked.schema_uri else None
    schema = entry.text.source.decode("utf-8", "replace") if entry is not None else ""
    return _answer(server, asked, documents, schema, server.protocol.partial_result_token)


async def _answer(
    server: CopilotServer,
    asked: Asked,
    documents: tuple[tuple[str, str], ...],
    schema: str,
    token: MessageId | None,
) -> dict[str, Any]:
    from lsp_server import scripts_text

    for uri in asked.context_uris:
        await demand_admitted(server, uri, "context")
    request = replace(asked.request, context=(*asked.request.context, *documents))
    if asked.schema_uri:
        await demand_admitted(server, asked.schema_uri, "schemaUri")
        request = await _with_schema(request, asked.schema_uri, schema)

    def tell(value: dict[str, object]) -> None:
        if token is not None:
            server.protocol.notify(types.PROGRESS, types.ProgressParams(token=token, value=value))

    return scripts_text.table(await written(server, request, tell))


async def _with_schema(request: ScriptRequest, uri: str, text: str) -> ScriptRequest:
    """The schema of an open document as the editor sees it, or else of a file."""
    from lsp_server import scripts_schema

    database = ""
    if not text:
        path = folder_of(uri)
        if path is None:
            raise Refusal(rpc.INVALID_PARAMS, f"{COMMAND}: schemaUri: expected a file: URI or an open document.")
        try:
            found = await asyncio.to_thread(scripts_schema.of_file, path)
        except InputError as error:
            raise Refusal(rpc.INVALID_PARAMS, f"{COMMAND}: schemaUri: {error}") from None
        text, database = found.text, found.database
    dialect = request.material.dialect or scripts_schema.dialect(text)
    return replace(request, material=replace(request.material, schema=text, database=database, dialect=dialect))


def _open_text(server: CopilotServer, uri: str) -> tuple[str, str]:
    entry = server.session.find(uri)
    if entry is None:
        raise Refusal(rpc.INVALID_PARAMS, f"{COMMAND}: context: {rpc.shown(uri)} is not open.")
    return entry.path_below(server.session.root), entry.text.source.decode("utf-8", "replace")

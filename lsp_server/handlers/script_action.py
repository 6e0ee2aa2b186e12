"""The command `lspCopilot.scriptAction`, which our code actions carry: writes, translates, fixes, checks or explains.

What is written goes through `workspace/applyEdit` as one edit; what the checks say of it becomes diagnostics. An
explanation is the result of the command, and its beginning a message, for editors that drop results. Work that takes
long is shown as progress, which can be cancelled there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, cast, get_args

from lsprotocol import types

from completion.scripts.types import Attempt, Finding, Material, Outcome, ScriptRequest, Task
from lsp_server import rpc, scripts, scripts_edits
from lsp_server.handlers import code_actions, script
from lsp_server.rpc import Refusal
from lsp_server.scripts_edits import Lines, Written
from lsp_server.scripts_findings import Part, placed
from lsp_server.scripts_progress import Progress, cancel

if TYPE_CHECKING:
    from lsp_server.server import CopilotServer

COMMAND = code_actions.COMMAND
ACTIONS = (*get_args(Task), "check")
_SUPERSEDED = {"applied": False, "reason": "It was asked for again."}
_CUT_OFF = "The model was cut off at its limit of tokens: the end is missing."
_LONGEST_MESSAGE = 400


@dataclass(frozen=True, slots=True)
class _Asked:
    action: str
    kind: str
    lines: Lines
    whole: str
    path: str
    words: str = ""
    target: str = ""
    finding: Finding | None = None
    material: Material | None = None


def register(server: CopilotServer) -> None:
    """Register the command, and the button of its progress."""
    server.command(COMMAND)(partial(_action, server))
    server.feature(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)(_cancel)


def _action(server: CopilotServer, arguments: list[object]) -> Any:
    raw = arguments[0] if len(arguments) == 1 else None
    if not isinstance(raw, Mapping):
        raise Refusal(rpc.INVALID_PARAMS, f"{COMMAND}: expected one argument, an object.")
    if not server.settings.enabled:
        raise Refusal(script.REQUEST_FAILED, "lsp-copilot is switched off.")
    asked = _read(server, raw)
    place = (asked.lines.uri, asked.lines.first)
    server.protocol.supersede(server.writing.places.get(place), _SUPERSEDED)
    own = server.protocol.msg_id
    if own is not None:
        server.writing.places[place] = own

    async def run() -> dict[str, Any]:
        try:
            await script.demand_admitted(server, asked.lines.uri, "uri")
            return await _done(server, asked)
        finally:
            if server.writing.places.get(place) == own:
                server.writing.places.pop(place, None)

    return run()


def _cancel(params: types.WorkDoneProgressCancelParams) -> None:
    cancel(params.token)


def _read(server: CopilotServer, raw: Mapping[str, Any]) -> _Asked:
    action, uri = raw.get("action"), raw.get("uri")
    if action not in ACTIONS:
        raise Refusal(rpc.INVALID_PARAMS, f"{COMMAND}: action: expected one of {', '.join(ACTIONS)}.")
    entry = server.session.find(uri) if isinstance(uri, str) else None
    if entry is None or not isinstance(uri, str) or server.notebooks.is_cell(uri):
        raise Refusal(rpc.INVALID_PARAMS, f"{COMMAND}: uri: expected an open document that is no cell.")
    for key in ("first", "last"):
        if not isinstance(raw.get(key), int) or isinstance(raw.get(key), bool) or raw[key] < 0:
            raise Refusal(rpc.INVALID_PARAMS, f"{COMMAND}: {key}: expected a line, from 0.")
    kind = raw.get("kind") or code_actions.kind_of(server, entry)
    if kind not in scripts.KINDS:
        raise Refusal(rpc.INVALID_PARAMS, f"{COMMAND}: kind: expected one of {', '.join(scripts.KINDS)}.")
    lines = scripts_edits.lines_of(uri, entry.text, raw["first"], raw["last"])
    whole = entry.text.source.decode("utf-8", "replace")
    asked = _Asked(str(action), str(kind), lines, whole, entry.path_below(server.session.root))
    if not any(row.strip() for row in lines.rows):
        raise Refusal(rpc.INVALID_PARAMS, f"{COMMAND}: first: there is no text in these lines.")
    if action == "write":
        comment = code_actions.comment_of(entry, lines.first, str(kind))
        if comment is None:
            raise Refusal(rpc.INVALID_PARAMS, f"{COMMAND}: first: expected the line of a comment.")
        whole_comment = scripts_edits.lines_of(uri, entry.text, comment.first, comment.last)
        return replace(asked, words=comment.words, lines=replace(whole_comment, indent=comment.indent))
    if action == "translate":
        if not isinstance(raw.get("target"), str) or not raw["target"].strip():
            raise Refusal(rpc.INVALID_PARAMS, f"{COMMAND}: target: expected a dialect or a language.")
        return replace(asked, target=raw["target"])
    if action == "fix":
        return _to_fix(server, asked, raw)
    return asked


def _to_fix(server: CopilotServer, asked: _Asked, raw: Mapping[str, Any]) -> _Asked:
    """The finding as we know it: its place in the script, and what the script was checked against."""
    for part in server.findings.parts(asked.lines.uri):
        for each in part.placed:
            if each.line == raw.get("line") and code_actions.message_of(each.finding) == raw.get("message"):
                found = replace(each.finding, line=each.line - asked.lines.first + 1)
                return replace(asked, finding=found, material=part.material)
    raise Refusal(rpc.INVALID_PARAMS, f"{COMMAND}: message: expected one of our findings in that line.")


async def _done(server: CopilotServer, asked: _Asked) -> dict[str, Any]:
    from lsp_server import scripts_text

    material = asked.material or await _material(server, asked)
    if asked.action == "check":
        attempt = await _examined(asked.kind, asked.lines.text, material)
        if not scripts_edits.still_there(server, asked.lines):
            reason = "The text has changed meanwhile."
            _message(server, f"{reason} Check it again.", types.MessageType.Warning)
            return {"applied": False, "reason": reason, **scripts_text.attempt_table(attempt)}
        _found(server, asked, attempt, asked.lines.first, material)
        _say(server, f"{scripts_text.headline(attempt)}.", attempt)
        return {"applied": False, **scripts_text.attempt_table(attempt)}
    outcome = await _asked_of_model(server, asked, material)
    best = outcome.best
    table = scripts_text.table(outcome)
    if asked.action == "explain":
        _message(server, scripts_text.first_sentence(best.text, _LONGEST_MESSAGE), types.MessageType.Info)
        return {"applied": False, **table}
    if asked.action == "fix":
        before = await _examined(asked.kind, asked.lines.text, material)
        if best.state == "invalid" and len(best.errors) >= len(before.errors):
            _message(server, "No fix was found that the checks like better.", types.MessageType.Warning)
            return {"applied": False, "reason": "The checks like no fix better.", **table}
    if asked.action != "write" and not best.finished:
        _message(server, f"Nothing was written. {_CUT_OFF}", types.MessageType.Warning)
        return {"applied": False, "reason": _CUT_OFF, **table}
    written, dropped = _placed(server, asked, best.text)
    label = {"write": "Write a script", "translate": "Translate a script", "fix": "Fix a script"}[asked.action]
    reason = await scripts_edits.apply(server, asked.lines, written, label)
    if reason == scripts_edits.CHANGED_SINCE:
        _message(server, reason, types.MessageType.Warning)
        return {"applied": True, "reason": reason, **table}
    if reason:
        _message(server, f"Nothing was written. {reason}", types.MessageType.Warning)
        return {"applied": False, "reason": reason, **table}
    _found(server, asked, best, written.first, material, dropped, len(written.rows))
    if best.state == "invalid" or best.risks or not best.finished:
        cut = "" if best.finished else f" {_CUT_OFF}"
        _say(server, f"Written, and {scripts_text.headline(best)}.{cut}", best)
    return {"applied": True, **table}


async def _asked_of_model(server: CopilotServer, asked: _Asked, material: Material) -> Outcome:
    above = ""
    if asked.action == "write" and asked.kind != "sql":
        above = "\n".join(asked.whole.split("\n")[: asked.lines.first])
    request = ScriptRequest(
        kind=asked.kind,
        request=asked.words,
        task=cast("Task", asked.action),
        source="" if asked.action == "write" else asked.lines.text,
        target=asked.target,
        finding=asked.finding,
        material=material,
        context=((asked.path, above),) if above.strip() else (),
    )
    verb = {"write": "Writing", "translate": "Translating", "fix": "Fixing", "explain": "Explaining"}[asked.action]
    async with Progress(server.protocol, f"{verb} a script") as progress:
        work: Coroutine[Any, Any, Outcome] = script.written(server, request, progress.tell)
        return await progress.cancellable(work)


async def _material(server: CopilotServer, asked: _Asked) -> Material:
    """For SQL the schema of the workspace, or else the tables that the document makes; for a shell which one it is."""
    if asked.kind == "shell" and asked.whole.startswith(("#!/bin/sh", "#!/usr/bin/env sh")):
        return Material(dialect="sh")
    if asked.kind != "sql":
        return Material()
    from lsp_server import scripts_schema

    root, workspace = server.session.root, server.memory.workspace
    schema = ""
    if root is not None and workspace is not None:
        found = await asyncio.to_thread(scripts_schema.of_project, root, workspace.may_show)
        schema = found.text if found is not None else ""
    if not schema and asked.action == "write" and "create table" in asked.whole.lower():
        schema = asked.whole
    return Material(dialect=scripts_schema.dialect(schema + "\n" + asked.whole), schema=schema)


async def _examined(kind: str, text: str, material: Material) -> Attempt:
    from completion.scripts.checks import tools

    # Being cancelled kills the checks that run.
    with tools.Leash():
        return await asyncio.to_thread(scripts.examined, kind, text, material)


def _placed(server: CopilotServer, asked: _Asked, text: str) -> tuple[Written, int]:
    entry = server.session.find(asked.lines.uri)
    if asked.action != "write" or entry is None:
        return scripts_edits.instead(asked.lines, text), 0
    dropped = 0
    if asked.kind == "shell" and asked.whole.startswith("#!"):
        text, dropped = scripts_edits.headless(text)
    return scripts_edits.below(asked.lines, entry.text, text), dropped


def _found(
    server: CopilotServer,
    asked: _Asked,
    attempt: Attempt,
    first: int,
    material: Material,
    dropped: int = 0,
    rows: int = 0,
) -> None:
    """What was found becomes diagnostics of these lines, which stay until they are edited."""
    indent = len(asked.lines.indent)
    last = first + max(1, rows or len(asked.lines.rows)) - 1
    part = Part(first, last, asked.kind, material, placed(attempt, first, indent, dropped))
    server.findings.put(asked.lines.uri, part)


def _say(server: CopilotServer, sentence: str, attempt: Attempt) -> None:
    from lsp_server import scripts_text

    risks = f" {_capital(scripts_text.risk(attempt.risks[0]))}." if attempt.risks else ""
    left = len(attempt.risks) - 1
    more = f" And {left} more {'risk' if left == 1 else 'risks'}." if left > 0 else ""
    bad = attempt.state == "invalid" or attempt.risks or not attempt.finished
    _message(server, f"{_capital(sentence)}{risks}{more}", types.MessageType.Warning if bad else types.MessageType.Info)


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _message(server: CopilotServer, sentence: str, kind: types.MessageType) -> None:
    server.protocol.notify(types.WINDOW_SHOW_MESSAGE, types.ShowMessageParams(kind, f"lsp-copilot: {sentence}"))

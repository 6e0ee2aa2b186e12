"""`textDocument/codeAction`: what can be done with scripts here. Looks at the text only, so that the answer is quick.

A comment that reads like a request offers to write it; a selection to be checked, explained or translated; one of our
own findings to be fixed; a whole script, as a source action, to be checked. Each action carries the command
`lspCopilot.scriptAction`, whose one argument says all.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from lsprotocol import types

from completion.scripts.types import Finding
from lsp_server import scripts_places
from lsp_server.handlers import diagnostics, script
from lsp_server.scripts_edits import rows_of
from lsp_server.scripts_findings import Placed
from lsp_server.scripts_places import Comment, whole_lines

if TYPE_CHECKING:
    from lsp_server.server import CopilotServer
    from lsp_server.session import Entry

COMMAND = "lspCopilot.scriptAction"
SOURCE = diagnostics.OWN_SOURCE
CHECK = "source.lspCopilot.check"
KINDS = (types.CodeActionKind.QuickFix, types.CodeActionKind.RefactorRewrite, CHECK)
TARGETS = {"sqlite": "SQLite", "postgres": "PostgreSQL", "mysql": "MySQL"}
"""Dialects that a selection can be translated to from the menu; the command takes more."""

_LONGEST_TITLE = 60
_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "note": types.DiagnosticSeverity.Information,
}


def register(server: CopilotServer) -> None:
    """Register the handler."""
    options = types.CodeActionOptions(code_action_kinds=list(KINDS))
    server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)(partial(_code_action, server))


def message_of(finding: Finding) -> str:
    """A finding as the editor shows it."""
    if finding.check != "risk":
        return f"{finding.message} ({finding.check})"
    return f"this {finding.message}" if finding.severity == "warning" else finding.message


def comment_of(entry: Entry, line: int, kind: str) -> Comment | None:
    """The comment of whole lines at a line (from 0) of a document."""
    first = max(0, line - scripts_places.MOST_LINES - 1)
    rows = rows_of(entry.text, first, line + scripts_places.MOST_LINES + 1)
    found = scripts_places.comment_at(rows, line - first, scripts_places.marker_of(kind))
    if found is None:
        return None
    return Comment(found.first + first, found.last + first, found.words, found.indent, found.followed)


def kind_of(server: CopilotServer, entry: Entry) -> str:
    """The kind of script that a document is, "" where it is none."""
    return scripts_places.kind_of(entry.language, entry.path_below(server.session.root), entry.text.source)


def publish(server: CopilotServer, uri: str) -> None:
    """Tell the editor what was found in a document, all of it, as it stands there now."""
    entry = server.session.find(uri)
    rows = [each for part in server.findings.parts(uri) for each in part.placed] if entry is not None else []
    found = [_diagnostic(server, entry, each) for each in rows] if entry is not None else []
    version = entry.version if entry is not None else None
    params = types.PublishDiagnosticsParams(uri=uri, diagnostics=found, version=version)
    server.protocol.notify(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, params)


def _diagnostic(server: CopilotServer, entry: Entry, each: Placed) -> types.Diagnostic:
    encoding, text = server.session.encoding, entry.text
    row = "".join(rows_of(text, each.line, each.line))
    start = text.lines.start(min(each.line, len(text.lines) - 1))
    ends = (start + len(row[:at].encode()) for at in (each.start, each.end))
    where = types.Range(*(types.Position(*text.position(at, encoding)) for at in ends))
    finding = each.finding
    return types.Diagnostic(
        range=where,
        message=message_of(finding),
        severity=_SEVERITIES[finding.severity],
        code=finding.rule or None,
        source=SOURCE,
    )


def _code_action(
    server: CopilotServer, params: types.CodeActionParams
) -> list[types.CodeAction | types.Command] | None:
    diagnostics.keep_context(server, params)
    uri = params.text_document.uri
    entry = server.session.find(uri)
    if entry is None or not server.settings.enabled or server.notebooks.is_cell(uri):
        return None
    kind = kind_of(server, entry)
    if not kind or script.refusal(server, uri):
        return None
    only = params.context.only
    actions = [
        action for action in _offers(server, entry, kind, params) if only is None or _is_wanted(action.kind, only)
    ]
    if not actions:
        return None
    document = server.protocol.client_capabilities.text_document
    literal = (
        document is not None and document.code_action is not None and document.code_action.code_action_literal_support
    )
    return list(actions) if literal else [action.command for action in actions if action.command is not None]


def _offers(
    server: CopilotServer, entry: Entry, kind: str, params: types.CodeActionParams
) -> Iterable[types.CodeAction]:
    start, end = ((at.line, at.character) for at in (params.range.start, params.range.end))
    for diagnostic in params.context.diagnostics:
        part = next(
            (
                part
                for part in server.findings.parts(entry.uri)
                if part.first <= diagnostic.range.start.line <= part.last
            ),
            None,
        )
        if diagnostic.source == SOURCE and part is not None and isinstance(diagnostic.message, str):
            title = f"Fix: {diagnostic.message}"
            title = title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1] + "…"
            at = {"line": diagnostic.range.start.line, "message": diagnostic.message}
            fix = _action("fix", title, types.CodeActionKind.QuickFix, entry.uri, part.first, part.last, **at)
            fix.diagnostics = [diagnostic]
            yield fix
    if start == end:
        comment = comment_of(entry, start[0], kind)
        automatic = params.context.trigger_kind == types.CodeActionTriggerKind.Automatic
        if (
            comment is not None
            and scripts_places.reads_like_request(comment.words)
            and not (automatic and comment.followed)
        ):
            rewrite = types.CodeActionKind.RefactorRewrite
            yield _action("write", "Write this script", rewrite, entry.uri, comment.first, comment.last)
        # A module of a program is no script; one that is selected may be.
        if kind != "python":
            yield _action("check", "Check this script", CHECK, entry.uri, 0, len(entry.text.lines) - 1)
        return
    first, last = whole_lines(start, end)
    if not any(row.strip() for row in rows_of(entry.text, first, min(last, first + 200))):
        return
    yield _action("check", "Check this script", CHECK, entry.uri, first, last)
    if server.writing.converses is not False:
        yield _action("explain", "Explain this script", types.CodeActionKind.RefactorRewrite, entry.uri, first, last)
    for name, title in TARGETS.items() if kind == "sql" else ():
        rewrite = types.CodeActionKind.RefactorRewrite
        yield _action("translate", f"Translate to {title}", rewrite, entry.uri, first, last, target=name)


def _action(action: str, title: str, kind: str, uri: str, first: int, last: int, **more: object) -> types.CodeAction:
    arguments = {"action": action, "uri": uri, "first": first, "last": last, **more}
    return types.CodeAction(title=title, kind=kind, command=types.Command(title, COMMAND, arguments=[arguments]))


def _is_wanted(kind: object, only: Iterable[object]) -> bool:
    """A kind is wanted by its own name, and by one that it is below."""
    own = str(getattr(kind, "value", kind))
    names = [str(getattr(name, "value", name)) for name in only]
    return any(not name or own == name or own.startswith(name + ".") for name in names)

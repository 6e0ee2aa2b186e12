"""Text for an editor: where a script goes in a document, how it is indented there, and what `workspace/applyEdit` gets.

Every change is one edit, so that undoing takes one step. A document that has changed meanwhile is written to only where
the lines that were asked about still stand in their place.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lsp_server.convert import Text

if TYPE_CHECKING:
    from lsp_server.server import CopilotServer

_CLIENT_PATIENCE = 60.0
_ARRIVING_SECONDS = 5.0
CHANGED_SINCE = "The text was written, but has been changed since: its findings are not shown."
_SHELL_HEAD = re.compile(r"(?:#!.*\n|[ \t]*\n|set -[\w \t-]+\n)*")


@dataclass(frozen=True, slots=True)
class Lines:
    """Whole lines of a document, `first`..`last` from 0, as they were when somebody asked; `indent` is common."""

    uri: str
    first: int
    last: int
    rows: tuple[str, ...]
    indent: str

    @property
    def text(self) -> str:
        """The lines without their common indentation."""
        return "".join(row[len(self.indent) :] + "\n" if row.strip() else "\n" for row in self.rows)


@dataclass(frozen=True, slots=True)
class Written:
    """A change: the lines `first`.. will be `rows`; `before` and `behind` are line breaks around them in the edit."""

    first: int
    rows: tuple[str, ...]
    start: tuple[int, int]
    end: tuple[int, int]
    before: str = ""
    behind: str = ""


def rows_of(text: Text, first: int, last: int) -> list[str]:
    """The lines `first`..`last` without their breaks, as far as there are such lines."""
    table = text.lines
    numbers = range(max(0, first), min(last + 1, len(table)))
    return [text.source[table.start(n) : table.end(n)].decode("utf-8", "replace").rstrip("\r\n") for n in numbers]


def lines_of(uri: str, text: Text, first: int, last: int) -> Lines:
    """The lines of a document, without blank ones at their end."""
    rows = rows_of(text, first, last)
    while len(rows) > 1 and not rows[-1].strip():
        rows.pop()
    blanks = [row[: len(row) - len(row.lstrip(" \t"))] for row in rows if row.strip()]
    indent = min(blanks, key=len, default="")
    indent = indent if all(blank.startswith(indent) for blank in blanks) else ""
    return Lines(uri, first, first + len(rows) - 1, tuple(rows), indent)


def headless(script: str) -> tuple[str, int]:
    """A shell script without the first lines that a file has once, and how many lines those were."""
    head = _SHELL_HEAD.match(script)
    cut = head.end() if head is not None and head.end() < len(script) else 0
    return script[cut:], script.count("\n", 0, cut)


def below(lines: Lines, text: Text, script: str) -> Written:
    """The script below the lines, with a blank line between it and code that stands there."""
    rows = _indented(script, lines.indent)
    following = rows_of(text, lines.last + 1, lines.last + 1)
    if lines.last + 1 < len(text.lines):
        at = (lines.last + 1, 0)
        code = bool(following and following[0].strip())
        return Written(lines.last + 1, rows, at, at, behind="\n\n" if code else "\n")
    end = (lines.last, 1 << 30)
    return Written(lines.last + 1, rows, end, end, before="\n", behind="\n")


def instead(lines: Lines, script: str) -> Written:
    """The script in the place of the lines."""
    return Written(lines.first, _indented(script, lines.indent), (lines.first, 0), (lines.last, 1 << 30))


def still_there(server: CopilotServer, lines: Lines) -> bool:
    """Whether the lines stand in their document as they were."""
    entry = server.session.find(lines.uri)
    return entry is not None and rows_of(entry.text, lines.first, lines.last) == list(lines.rows)


async def apply(server: CopilotServer, lines: Lines, written: Written, label: str) -> str:
    """Have the editor write; returns why it did not, as a sentence, or "" once the text stands in the document.

    `CHANGED_SINCE` where it has written, and something else stands there already.
    """
    entry = server.session.find(lines.uri)
    if entry is None:
        return "The document was closed meanwhile."
    if not still_there(server, lines):
        return "The text has changed meanwhile."
    params = types.ApplyWorkspaceEditParams(_edit(server, lines.uri, entry.version, entry.text, written), label)
    try:
        asked = server.protocol.send_request_async(types.WORKSPACE_APPLY_EDIT, params)
        answer = await asyncio.wait_for(asked, _CLIENT_PATIENCE)
    except (JsonRpcException, TimeoutError):
        return "The editor does not take edits of a server."
    if not isinstance(answer, dict) or answer.get("applied") is not True:
        return "The editor did not apply the edit."
    last = written.first + len(written.rows) - 1

    def arrived() -> bool:
        now = server.session.find(lines.uri)
        return now is None or rows_of(now.text, written.first, last) == list(written.rows)

    # Editors may tell of the change after they have answered.
    return "" if await server.findings.until(arrived, _ARRIVING_SECONDS) else CHANGED_SINCE


def _edit(server: CopilotServer, uri: str, version: int, text: Text, written: Written) -> types.WorkspaceEdit:
    encoding = server.session.encoding
    start, end = (text.position(text.offset(*at, encoding), encoding) for at in (written.start, written.end))
    body = written.before + "\n".join(written.rows) + written.behind
    if b"\r\n" in text.source[: text.lines.end(0)]:
        body = body.replace("\n", "\r\n")
    edit = types.TextEdit(types.Range(types.Position(*start), types.Position(*end)), body)
    workspace = server.protocol.client_capabilities.workspace
    can = workspace.workspace_edit if workspace is not None else None
    if can is None or not can.document_changes:
        return types.WorkspaceEdit(changes={uri: [edit]})
    document = types.OptionalVersionedTextDocumentIdentifier(uri=uri, version=version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, [edit])])


def _indented(script: str, indent: str) -> tuple[str, ...]:
    rows = script.rstrip("\n").split("\n")
    return tuple(indent + row if row.strip() else "" for row in rows)

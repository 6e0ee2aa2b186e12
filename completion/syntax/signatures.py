"""The header of a definition on one line, as a model is shown it. Knows no queries."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tree_sitter import Node

from completion.syntax.tree import Parsed

SIGNATURE_CHARACTERS = 200
_TABLE_CHARACTERS = 400
_DOC_CHARACTERS = 80
_DOC_LINES = 20


@dataclass(frozen=True, slots=True)
class Captured:
    """One definition as a query found it, by the pattern with number `pattern`.

    `extent` is "line" where the header is the first line, else it ends at the body; `separator` stands between
    lines that are joined; `holder` is what a method belongs to, where that does not surround it.
    """

    pattern: int
    kind: str
    node: Node
    name: Node
    body: Node | None
    holder: str = ""
    extent: str = ""
    separator: str = " "


def signature_of(parsed: Parsed, definition: Captured) -> str:
    """The header of a definition on one line, and the first line of its documentation as a comment."""
    source, node = parsed.source, definition.node
    end = definition.body.start_byte if definition.body is not None else node.end_byte
    if definition.extent == "line":
        line_end = source.find(b"\n", node.start_byte, end)
        end = line_end if line_end >= 0 else end
    most = _TABLE_CHARACTERS if definition.kind == "table" else SIGNATURE_CHARACTERS
    text = source[node.start_byte : min(end, node.start_byte + 4 * most)].decode("utf-8", "ignore")
    header = _joined(text, definition.separator, parsed.language.comment)
    if len(header) > most:
        header = header[:most].rsplit(" ", 1)[0] + " …"
    doc = _doc(parsed, definition)
    return f"{header}  {parsed.language.comment} {doc}" if doc else header


def _joined(text: str, separator: str, comment: str) -> str:
    joined = ""
    for line in (" ".join(line.split()) for line in text.split("\n")):
        if not line or (joined and line.startswith(comment)):
            continue
        inside = joined and joined[-1] not in "{([,;" and line[0] not in "})],;"
        joined += (separator if inside else " " if joined else "") + line
    return joined.strip()


def _doc(parsed: Parsed, definition: Captured) -> str:
    """The first line of the docstring or of the comment above a definition."""
    source, node, body = parsed.source, definition.node, definition.body
    if parsed.language.by_indentation and body is not None:
        first = body.named_children[0] if body.named_child_count else None
        string = first.named_child(0) if first is not None and first.type == "expression_statement" else None
        if string is None or string.type != "string":
            return ""
        return _first_sentence(
            parsed.source[string.start_byte : string.end_byte].decode("utf-8", "ignore").lstrip("rRbBuU")
        )
    if parsed.language.comment not in ("//", "#", "--") or definition.kind in ("field", "key"):
        return ""
    comment: list[str] = []
    line_start, in_block = source.rfind(b"\n", 0, node.start_byte) + 1, False
    while line_start > 0 and len(comment) < _DOC_LINES:
        above = source.rfind(b"\n", 0, line_start - 1) + 1
        line = source[above : line_start - 1].decode("utf-8", "ignore").strip()
        line_start = above
        if not in_block and "/*" in line[1:]:
            break  # a comment behind code
        in_block = (in_block or line.endswith("*/")) and not line.startswith("/*")
        if line.startswith("#!"):
            break
        if in_block or line.startswith((parsed.language.comment, "/*")):
            comment.append(line)
        elif not line.startswith(("@", "#[", "template", "export default")):
            break
    return _first_sentence("\n".join(reversed(comment)))


def _first_sentence(text: str) -> str:
    for line in text.split("\n"):
        plain = re.sub(r"<[^<>]*>", "", line).strip(" \t/*#!-\"'")
        if plain:
            return plain[:_DOC_CHARACTERS]
    return ""

"""Where the cursor is: enclosing scopes, imports, and how much to complete."""

from __future__ import annotations

import re
from collections import deque

from tree_sitter import Node

from completion.syntax import brackets, languages
from completion.syntax.languages import Language
from completion.syntax.tree import Parsed
from completion.types import CompletionRequest, Mode, SyntaxContext, Trigger

MAX_DOCUMENT_BYTES = 4_000_000
_IMPORT_CHILDREN = 200
_IMPORT_BYTES = 400
_CLOSING_TAGS = re.compile(rb"</[\w.:-]*>")
_NO_STATEMENTS = frozenset({"pair", "ternary_expression", "conditional_expression", "slice"})
_COLON_IN_CONDITIONS = frozenset({"javascript", "typescript", "typescriptreact"})
_SCANNED = 50_000


def describe(request: CompletionRequest, parsed: Parsed | None) -> SyntaxContext:
    """The syntax context at the cursor; `parsed` is None where there is no tree."""
    mode, reason = _mode(request, parsed)
    if parsed is None:
        return SyntaxContext(mode, checked=False, reason=reason)
    return SyntaxContext(
        mode,
        scopes=_scopes(parsed, request.offset),
        imports=_imports(parsed),
        reason=reason,
    )


def _mode(request: CompletionRequest, parsed: Parsed | None) -> tuple[Mode, str]:
    source, offset = request.document.source, request.offset
    if len(source) > MAX_DOCUMENT_BYTES:
        return Mode.NONE, "the file is too large"
    before = source[source.rfind(b"\n", 0, offset) + 1 : offset]
    line_end = source.find(b"\n", offset)
    after = source[offset : line_end if line_end >= 0 else len(source)].rstrip(b"\r")
    if after[:1].isalnum() or after[:1] == b"_":
        return Mode.NONE, "inside a word"
    if request.trigger is Trigger.AUTOMATIC and _CLOSING_TAGS.sub(b"", after).strip(b" \t)]}>/\"'`;:,"):
        return Mode.NONE, "code follows on this line"
    if before.strip() or after.strip():
        return Mode.LINE, "in a line"
    if _opens_block(request, parsed):
        return Mode.BLOCK, "below a line that opens a block"
    return Mode.LINE, "on an empty line"


def _opens_block(request: CompletionRequest, parsed: Parsed | None) -> bool:
    language = languages.find(request.document.language)
    if language is None:
        return False
    source, offset = request.document.source, request.offset
    above = source[:offset].rstrip()
    line = above[above.rfind(b"\n") + 1 :].decode("utf-8", "replace")
    if not _opens(language, line):
        # An end comment hides what the line ends with.
        code = line.split(f" {language.comment}", 1)[0].rstrip()
        if not code.strip() or code == line or not _opens(language, code):
            return False
    if line.endswith(":") and (
        (parsed is not None and _is_no_statement(parsed, len(above) - 1)) or _is_inside(language, above, line)
    ):
        return False
    between = source[len(above) : offset]
    column = _indentation(between[between.rfind(b"\n") + 1 :])
    if language.by_indentation and between.count(b"\n") > 1 and column <= _indentation(line.encode()):
        # The cursor has left the block.
        return False
    # A block that is there already is not written again.
    below = _next_line(source, offset)
    is_end = not any(character.isalnum() for character in below.decode("utf-8", "replace"))
    return is_end or _indentation(below) <= _indentation(line.encode())


def _is_inside(language: Language, above: bytes, line: str) -> bool:
    """Whether the colon at the end of `above` stands in a text, a bracket or a condition that is being written.

    Unfinished code has no tree that could say it.
    """
    if language.id in _COLON_IN_CONDITIONS:
        return "?" in line and not line.lstrip().startswith(("case ", "default"))
    if language.id != "python" or len(above) > _SCANNED:
        return False
    found = brackets.scan(above.decode("utf-8", "replace"), language.id)
    return bool(found.openers) or found.inside(len(above.decode("utf-8", "replace")) - 1)


def _is_no_statement(parsed: Parsed, at: int) -> bool:
    """Whether the byte belongs to a text, to an entry of a table or to an expression with a colon in it."""
    node: Node | None = parsed.tree.root_node.descendant_for_byte_range(at, at + 1)
    for _ in range(3):
        if node is None:
            return False
        if "string" in node.type or node.type in _NO_STATEMENTS:
            return True
        node = node.parent
    return False


def _next_line(source: bytes, offset: int) -> bytes:
    """The next line below that is not blank; empty where there is none."""
    begin = source.find(b"\n", offset) + 1
    while begin:
        end = source.find(b"\n", begin)
        line = source[begin : end if end >= 0 else len(source)]
        if line.strip():
            return line
        begin = end + 1
    return b""


def _indentation(line: bytes) -> int:
    expanded = line.expandtabs(8)
    return len(expanded) - len(expanded.lstrip())


def _opens(language: Language, line: str) -> bool:
    if line.lstrip().startswith(language.comment):
        return False
    if language.block_openers and line.endswith(language.block_openers):
        return True
    return bool(language.block_line) and re.search(language.block_line, line) is not None


def _scopes(parsed: Parsed, offset: int) -> tuple[str, ...]:
    source = parsed.source
    line_start = source.rfind(b"\n", 0, offset) + 1
    column, probe = offset - line_start, offset
    before = source[line_start:offset]
    if parsed.language.by_indentation:
        column = len(before) - len(before.lstrip())
        # Blanks below a block belong to no node; the block's last code does.
        probe = offset if before.strip() else len(source[:offset].rstrip())
    node: Node | None = parsed.tree.root_node.descendant_for_byte_range(max(0, probe - 1), probe)
    headers: list[str] = []
    while node is not None:
        if node.type in parsed.language.scopes:
            header = _header(node)
            outside = parsed.language.by_indentation and node.start_point.column >= column
            # What stands on the cursor's own line is being written and surrounds nothing yet.
            line = _line_of(source, header.start_byte)
            if header.start_byte < line_start and not outside and not _has_no_content(parsed.language, line):
                headers.append(line)
        node = node.parent
    return tuple(dict.fromkeys(reversed(headers)))


def _header(node: Node) -> Node:
    """The node whose line names the scope: annotations and modifiers may stand on lines above it."""
    named = node.child_by_field_name("name") or node.child_by_field_name("declarator")
    return node if named is None or node.type == "block_mapping_pair" else named


def _has_no_content(language: Language, header: str) -> bool:
    """An HTML element that never ends (`<br>`) is said to reach to the next one."""
    return bool(language.block_line) and not language.block_openers and not _opens(language, header)


def _imports(parsed: Parsed) -> tuple[str, ...]:
    language = parsed.language
    if not language.imports:
        return ()
    found: list[str] = []
    # Imports stand at the top: looking at the first children is enough and bounded.
    queue = deque(parsed.tree.root_node.children[:_IMPORT_CHILDREN])
    while queue:
        node = queue.popleft()
        if node.type in language.import_blocks:
            queue.extendleft(reversed(node.children[:_IMPORT_CHILDREN]))
        elif node.type in language.imports:
            text = _one_line(parsed.source[node.start_byte : node.end_byte])
            if not language.import_line or re.search(language.import_line, text):
                found.append(text)
    return tuple(found)


def _one_line(text: bytes) -> str:
    return " ".join(text[:_IMPORT_BYTES].decode("utf-8", "ignore").split())


def _line_of(source: bytes, offset: int) -> str:
    start, end = source.rfind(b"\n", 0, offset) + 1, source.find(b"\n", offset)
    return source[start : end if end >= 0 else len(source)].decode("utf-8", "replace").strip()

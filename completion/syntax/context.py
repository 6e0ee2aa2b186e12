"""Where the cursor is: enclosing scopes, imports, and how much to complete."""

from __future__ import annotations

from tree_sitter import Node

from completion.syntax import languages
from completion.syntax.tree import Parsed
from completion.types import CompletionRequest, Mode, SyntaxContext, Trigger

MAX_DOCUMENT_BYTES = 4_000_000
_SECRET_NAMES = (".env", ".netrc", ".npmrc", ".pypirc", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "credentials")
_SECRET_SUFFIXES = (".pem", ".key", ".p12", ".pfx", ".keystore", ".kdbx")


def describe(request: CompletionRequest, parsed: Parsed | None) -> SyntaxContext:
    """The syntax context at the cursor; `parsed` is None where there is no tree."""
    mode, reason = _mode(request)
    if parsed is None:
        return SyntaxContext(mode, checked=False, reason=reason)
    return SyntaxContext(
        mode,
        scopes=_scopes(parsed, request.offset),
        imports=_imports(parsed),
        reason=reason,
    )


def is_secret(path: str) -> bool:
    """Whether a file's name says that it holds secrets; such files are never sent to a model."""
    name = path.replace("\\", "/").rsplit("/", 1)[-1].lower()
    return name.startswith(_SECRET_NAMES) or name.endswith(_SECRET_SUFFIXES)


def _mode(request: CompletionRequest) -> tuple[Mode, str]:
    source, offset = request.document.source, request.offset
    if is_secret(request.document.path):
        return Mode.NONE, "a file that may hold secrets"
    if len(source) > MAX_DOCUMENT_BYTES:
        return Mode.NONE, "the file is too large"
    before = source[source.rfind(b"\n", 0, offset) + 1 : offset]
    line_end = source.find(b"\n", offset)
    after = source[offset : line_end if line_end >= 0 else len(source)].rstrip(b"\r")
    if after[:1].isalnum() or after[:1] == b"_":
        return Mode.NONE, "inside a word"
    if request.trigger is Trigger.AUTOMATIC and after.strip() and after.strip(b" \t)]}>\"'`;:,"):
        return Mode.NONE, "code follows on this line"
    if before.strip() or after.strip():
        return Mode.LINE, "in a line"
    if _opens_block(request):
        return Mode.BLOCK, "below a line that opens a block"
    return Mode.LINE, "on an empty line"


def _opens_block(request: CompletionRequest) -> bool:
    language = languages.find(request.document.language)
    if language is None or not language.block_openers:
        return False
    above = request.document.source[: request.offset].rstrip()
    last_line = above[above.rfind(b"\n") + 1 :].decode("utf-8", "replace")
    return last_line.endswith(language.block_openers)


def _scopes(parsed: Parsed, offset: int) -> tuple[str, ...]:
    node: Node | None = parsed.tree.root_node.descendant_for_byte_range(max(0, offset - 1), offset)
    headers: list[str] = []
    while node is not None:
        if node.type in parsed.language.scopes:
            headers.append(_first_line(parsed.source, node))
        node = node.parent
    return tuple(reversed(headers))


def _imports(parsed: Parsed) -> tuple[str, ...]:
    kinds = parsed.language.imports
    if not kinds:
        return ()
    # Imports stand at the top: looking at the first children is enough and bounded.
    children = parsed.tree.root_node.children[:200]
    return tuple(_first_line(parsed.source, node) for node in children if node.type in kinds)


def _first_line(source: bytes, node: Node) -> str:
    end = source.find(b"\n", node.start_byte, node.end_byte)
    return source[node.start_byte : end if end >= 0 else node.end_byte].decode("utf-8", "replace")

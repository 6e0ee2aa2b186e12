"""Names in a suggestion that are found nowhere: not in the file, not in an import, not built in, not in an index.

Such a name is no error of syntax, but the best sign that a model has made something up. A name counts as known
wherever the file says it, in any scope. Attributes, keys of arguments and what the suggestion binds itself are not
looked up. Knows the queries' `@used` and `@local`, and of the languages which can bring in names without naming them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tree_sitter import Node, QueryCursor

from completion.syntax.queries import query_of
from completion.syntax.tree import Parsed

FILE = Path(__file__).with_name("builtins.toml")

# What they say is data: its names need no definition, or it stands where no query looks.
_DATA = frozenset({"json", "yaml", "toml", "html", "css", "sql", "dockerfile"})
# What brings in names without naming them, and which names those may be: then the file does not say what is known.
_TYPE = r"[A-Z]"
_ANY = r""
_OPEN: dict[str, tuple[bytes, str]] = {
    "python": (rb"(?m)^[ \t]*from\s+\S+\s+import\s+\*", _ANY),
    "java": (rb"(?m)^import\s+(?:static\s+)?[\w.]+\.\*\s*;", _TYPE),
    "kotlin": (rb"(?m)^import\s+[\w.]+\.\*", _ANY),
    "rust": (rb"(?m)^[ \t]*(?:pub\s+)?use\s+[^;]*\*", _ANY),
    "go": (rb'(?m)^\s*(?:import\s+)?\.\s+"', _ANY),
    "csharp": (rb"(?m)^[ \t]*(?:global\s+)?using\s", _TYPE),
    "php": (rb"(?m)^[ \t]*(?:require|include)(?:_once)?\b", _ANY),
    "shellscript": (rb"(?m)^[ \t]*(?:source|\.)\s", _ANY),
    "ruby": (rb"(?m)^[ \t]*(?:require(?:_relative)?\b|class\b.*<|include\b|extend\b)", _ANY),
    "c": (rb"(?m)^[ \t]*#\s*include\b", r"[A-Z]|\w+(?:_t\b|\()|\w*_"),
    "cpp": (rb"(?m)^[ \t]*#\s*include\b", r"[A-Z]|\w+(?:_t\b|\()|\w*_"),
}
_BEHIND = re.compile(rb"(?:(?<!\.)\.|\?\.|::|&\.)\s*$")
_BEHIND_ARROW = re.compile(rb"(?:(?<!\.)\.|->|::)\s*$")
_ARROWS = frozenset({"c", "cpp", "php"})
_LITERAL = re.compile(r"comment|string|heredoc|template_chars|char|content|text")
_MOST_HITS = 50


def unknown(parsed: Parsed, start: int, end: int, known: Callable[[str], bool]) -> tuple[str, ...]:
    """The names used in bytes `start`..`end` of `parsed` (a tree with the suggestion in it) that are found nowhere.

    `known` is asked for names that neither the rest of the file nor the language knows. Each name once, in order.
    """
    language = parsed.language
    query = query_of(language, "names")
    if query is None or language.id in _DATA:
        return ()
    cursor = QueryCursor(query)
    cursor.set_byte_range(start, end)
    captures = cursor.captures(parsed.tree.root_node)
    local = {_text(node) for node in captures.get("local", ()) if node.end_byte > start and node.start_byte < end}
    local |= {_text(node) for node in captures.get("used", ()) if _is_bound(node)}
    used = sorted(captures.get("used", ()), key=lambda node: node.start_byte)
    found = dict[str, None]()
    for node in used:
        name = _text(node)
        if node.end_byte <= start or node.start_byte >= end or name in local or name in found:
            continue
        if _is_free(parsed, node) and not _is_known(parsed, node, name, start, end) and not known(name):
            found[name] = None
    return tuple(found)


@cache
def built_in(language_id: str) -> frozenset[str]:
    """Names that need no definition in a language (LSP id); empty where nobody has listed them."""
    tables = tomllib.loads(FILE.read_text("utf-8"))
    names = tables.get({"typescriptreact": "typescript"}.get(language_id, language_id), {"names": ""})["names"]
    return frozenset(names.split())


def _is_free(parsed: Parsed, node: Node) -> bool:
    """Whether a name stands for itself: no attribute or path's end, no field of a literal, no path of a command."""
    source = parsed.source
    line_start = source.rfind(b"\n", 0, node.start_byte) + 1
    before = source[line_start : node.start_byte]
    if not before.strip() and line_start:
        before = source[source.rfind(b"\n", 0, line_start - 1) + 1 : node.start_byte]
    if (_BEHIND_ARROW if parsed.language.id in _ARROWS else _BEHIND).search(before):
        return False
    if node.type in ("property_identifier", "field_identifier", "instance_variable"):
        return False
    name = source[node.start_byte : node.end_byte]
    if parsed.language.id == "shellscript":
        # A command by its path, or a name that is only known when it runs; variables in capitals are the environment's.
        return re.fullmatch(rb"[\w.+-]+", name) is not None and not name.isupper()
    if parsed.language.id == "php" and source[node.start_byte - 1 : node.start_byte] == b"$":
        return True
    parent = node.parent
    if parent is None:
        return True
    if parent.type.startswith("jsx_"):
        # Elements in small letters are the browser's.
        return not name[:1].islower() or parent.type == "jsx_expression"
    above = parent.parent
    # The key of a literal is a field.
    return above is None or above.type != "keyed_element" or above.start_byte != node.start_byte


def _is_bound(node: Node) -> bool:
    """Whether a name is a parameter, or bound by taking an object apart."""
    parent = node.parent
    if parent is None:
        return False
    if "parameter" in parent.type:
        return parent.child_by_field_name("name") == node
    return parent.type == "pair_pattern" and parent.child_by_field_name("value") == node


def _is_known(parsed: Parsed, node: Node, name: str, start: int, end: int) -> bool:
    language = parsed.language.id
    if name.startswith("__") or name in built_in(language) or not name.strip("_"):
        return True
    if _stands_in_file(parsed, name.encode(), start, end):
        return True
    brought = _OPEN.get(language)
    if brought is None:
        return False
    pattern, names = brought
    follows = parsed.source[node.end_byte : node.end_byte + 1].decode("ascii", "replace")
    return re.match(names, name + follows) is not None and re.search(pattern, parsed.source) is not None


def _stands_in_file(parsed: Parsed, name: bytes, start: int, end: int) -> bool:
    """Whether the file says a name outside bytes `start`..`end`, and not only in a comment or a string."""
    root, position = parsed.tree.root_node, -1
    for _ in range(_MOST_HITS):
        position = parsed.source.find(name, position + 1)
        if position < 0:
            return _is_go_package(parsed, name)
        if start - len(name) < position < end:
            continue
        node = root.descendant_for_byte_range(position, position + len(name))
        if node is None or (node.start_byte, node.end_byte) != (position, position + len(name)):
            continue
        if not _LITERAL.search(node.type):
            return True
    # A name of one or two letters stands in many words, so that the hits may have run out.
    return re.search(rb"(?<![\w$])" + re.escape(name) + rb"(?![\w$])", parsed.source[:start]) is not None


def _is_go_package(parsed: Parsed, name: bytes) -> bool:
    """Whether an import of Go binds the name: it is the last part of a path."""
    path = rb'"(?:[^"\n]*/)?' + re.escape(name) + rb'(?:[./]v\d+)?"'
    return parsed.language.id == "go" and re.search(path, parsed.source) is not None


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")

"""What a file defines, imports and uses, by the queries in `queries/`.

Captures of a definition: `@name`, `@body` (its header ends there), `@scope` (what a method belongs to, where that
does not surround it), and one that is the kind. Captures of an import: `@name` (what it binds), `@module`,
`@original` (the name before an alias), `@qualified` (module and name in one). Captures of names: `@used`, `@local`.
Settings: `signature` "line" (the header is the first line), `separator` (between lines that are joined). Knows no
other file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node, Query, QueryCursor

from completion.syntax.queries import query_of
from completion.syntax.signatures import Captured, signature_of
from completion.syntax.tree import Parsed

MOST_SYMBOLS = 4000
"""Of one file; generated files have more."""

_SCOPES_ONLY = {"impl"}
_FUNCTIONS = {"function", "method"}
_HOLDERS = {"class", "struct", "interface", "trait", "impl", "enum"}
_LEAVES = {"field", "variable", "constant", "key", "selector"}
_NOT_KINDS = {"name", "body", "scope"}
_NO_NAMES = {"self", "cls", "this", "super", "_"}


@dataclass(frozen=True, slots=True)
class Symbol:
    """One definition; lines count from 0.

    `signature` is the header without the body on one line, with the first line of the documentation as a comment;
    what has no body (a type, a table, a variable) is there as a whole, at most 200 characters of it.
    `scope` are the names around it ("Store.Item"); what is `local` stands in a function and is not seen from
    other files.
    """

    name: str
    kind: str
    line: int
    end_line: int
    signature: str
    scope: str = ""
    local: bool = False


@dataclass(frozen=True, slots=True)
class Import:
    """One name that an import binds ("" where it binds none), the module it is from, its name there."""

    name: str
    module: str = ""
    original: str = ""


def definitions(parsed: Parsed) -> tuple[Symbol, ...]:
    """What the file defines, in its order; empty where there is no query for the language."""
    query = query_of(parsed.language, "definitions")
    if query is None:
        return ()
    found: dict[int, Captured] = {}
    for pattern, captures in QueryCursor(query).matches(parsed.tree.root_node):
        definition = _definition(parsed, query, pattern, captures)
        # A node may match twice (an arrow function is a variable too): the earlier pattern says more.
        known = found.get(definition.name.start_byte)
        if known is None or pattern < known.pattern:
            found[definition.name.start_byte] = definition
    ordered = sorted(found.values(), key=lambda each: (each.node.start_byte, -each.node.end_byte))
    return tuple(_symbols(parsed, ordered[:MOST_SYMBOLS]))


def imported(parsed: Parsed) -> tuple[Import, ...]:
    """What the file's imports bind and the modules they name, in its order, each once."""
    query = query_of(parsed.language, "imports")
    if query is None:
        return ()
    found: list[tuple[int, Import]] = []
    for _, captures in QueryCursor(query).matches(parsed.tree.root_node):
        texts = {name: _text(parsed, nodes[0]) for name, nodes in captures.items() if not name.startswith("_")}
        if "qualified" in captures:
            node = captures["qualified"][0]
            everything = parsed.source[node.end_byte : node.end_byte + 2] == b".*"
            module, _, last = (texts["qualified"], "", "") if everything else texts["qualified"].rpartition(".")
            texts = {"module": module, "original": last, "name": texts.get("name", last)}
        elif "name" in captures and captures["name"] == captures.get("module"):
            texts["name"] = _package(texts["module"])
        name, module = texts.get("name", ""), texts.get("module", "").strip("\"'")
        node = min((nodes[0] for nodes in captures.values()), key=lambda each: each.start_byte)
        found.append((node.start_byte, Import(name, module, texts.get("original") or name)))
    ordered = dict.fromkeys(each for _, each in sorted(found, key=lambda pair: pair[0]))
    placed = {each.name for each in ordered if each.module}
    return tuple(each for each in ordered if each.module or each.name not in placed)


def identifiers_near(parsed: Parsed, offset: int, lines: int = 40) -> tuple[str, ...]:
    """Names used from `lines` lines above the byte `offset` to half as many below, nearest first.

    Without names that are bound there or in the function around (parameters, variables, definitions), without
    keywords, and without the word that is being written at `offset`.
    """
    query = query_of(parsed.language, "names")
    if query is None:
        return ()
    start, end = _span(parsed.source, offset, lines)
    cursor = QueryCursor(query)
    cursor.set_byte_range(min(start, _function_start(parsed, offset, start)), end)
    captures = cursor.captures(parsed.tree.root_node)
    bound = {_text(parsed, node) for node in captures.get("local", ())} | _NO_NAMES
    nearest: dict[str, tuple[int, int]] = {}
    for node in captures.get("used", ()):
        touched = node.start_byte <= offset <= node.end_byte
        if node.start_byte < start or node.end_byte > end or touched or node.is_missing:
            continue
        name = _text(parsed, node)
        distance = max(offset - node.end_byte, node.start_byte - offset)
        if name not in bound:
            nearest[name] = min(nearest.get(name, (distance, node.start_byte)), (distance, node.start_byte))
    return tuple(sorted(nearest, key=lambda name: nearest[name]))


def _definition(parsed: Parsed, query: Query, pattern: int, captures: dict[str, list[Node]]) -> Captured:
    kind = next(key for key in captures if key not in _NOT_KINDS and not key.startswith("_"))
    settings = query.pattern_settings(pattern)
    return Captured(
        pattern,
        kind,
        captures[kind][0],
        captures["name"][0],
        captures["body"][0] if "body" in captures else None,
        _text(parsed, captures["scope"][0]) if "scope" in captures else "",
        settings.get("signature") or "",
        settings.get("separator") or " ",
    )


def _symbols(parsed: Parsed, ordered: list[Captured]) -> Iterator[Symbol]:
    around: list[tuple[int, str, str]] = []  # where it ends, its kind, its name
    seen: set[tuple[str, str]] = set()
    for each in ordered:
        while around and around[-1][0] <= each.node.start_byte:
            around.pop()
        *outer, name = _text(parsed, each.name).strip("\"':").split("::")
        local = any(kind in _FUNCTIONS for _, kind, _ in around)
        kind = each.kind
        holders = around
        if kind == "field":
            # A field that a constructor sets belongs to the class.
            holders, local = [entry for entry in around if entry[1] not in _FUNCTIONS], False
        elif kind == "function" and (outer or (around and around[-1][1] in _HOLDERS)):
            kind = "method"
        # `typedef struct name {…} other;` holds its fields once, as `name` if it has one.
        holders = [entry for entry in holders if entry[1] != "type" or (kind == "field" and entry is holders[-1])]
        scope = ".".join([*(entry[2] for entry in holders), *outer, *filter(None, [each.holder])])
        if kind not in _LEAVES:
            around.append((each.node.end_byte, kind, ".".join([*outer, name])))
        if kind in _SCOPES_ONLY or (kind == "field" and (scope, name) in seen):
            continue
        seen.add((scope, name))
        start, end = each.node.start_point, each.node.end_point
        last_line = end.row if end.column or end.row == start.row else end.row - 1
        yield Symbol(name, kind, start.row, last_line, signature_of(parsed, each), scope, local)


def _package(path: str) -> str:
    """What a Go import path binds: its last part, without a version."""
    parts = [part for part in path.split("/") if not re.fullmatch(r"v\d+", part)] or [path]
    return re.sub(r"\.v\d+$", "", parts[-1])


def _span(source: bytes, offset: int, lines: int) -> tuple[int, int]:
    start = offset
    for _ in range(lines + 1):
        start = source.rfind(b"\n", 0, start)
        if start < 0:
            break
    end = offset
    for _ in range(lines // 2 + 1):
        end = source.find(b"\n", end + 1)
        if end < 0:
            break
    return max(start, 0), end if end >= 0 else len(source)


def _function_start(parsed: Parsed, offset: int, start: int) -> int:
    """Where the outermost function around `offset` begins, if not too far above `start`."""
    node = parsed.tree.root_node.descendant_for_byte_range(max(0, offset - 1), offset)
    found = start
    while node is not None:
        if ("function" in node.type or "method" in node.type) and start - node.start_byte < 20_000:
            found = min(found, node.start_byte)
        node = node.parent
    return found


def _text(parsed: Parsed, node: Node) -> str:
    return parsed.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

"""The shell tree by shfmt: its syntax tree as JSON, turned into the neutral one.

The program reads the text on its standard input in an empty folder, for at most `SECONDS`; it runs nothing. The shape
of its JSON is that of the Go package mvdan.cc/sh/v3/syntax.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from completion.scripts.checks import tools
from completion.scripts.checks.verdicts import Unchecked
from completion.scripts.risk.shell_tree import (
    Assignment,
    Block,
    Command,
    Node,
    Piece,
    Pipeline,
    Redirection,
    Substitution,
    Text,
    Unparsable,
    Variable,
    Word,
    unescaped,
    unescaped_as_in_c,
    unescaped_in_quotes,
)

SECONDS = 2.0

Json = dict[str, Any]

_PIPES = ("|", "|&")


def parse(text: str) -> Block:
    """The tree of `text`; raises `Unparsable` where shfmt is not installed, refuses the text or takes too long."""
    try:
        done = tools.run("shfmt", ("--to-json",), text, seconds=SECONDS)
    except Unchecked as error:
        raise Unparsable(str(error)) from error
    if done.status:
        raise Unparsable("shfmt cannot read it")
    try:
        return Block(_statements(json.loads(done.stdout).get("Stmts")))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Unparsable("shfmt's tree is not as expected") from error


def _statements(items: list[Json] | None) -> tuple[Node, ...]:
    return tuple(_statement(item) for item in items or ())


def _statement(item: Json) -> Node:
    redirections = tuple(_redirection(each) for each in item.get("Redirs", ()))
    command = item.get("Cmd")
    node: Node = _command(command, redirections) if command else Command((), (), redirections, *_place(item))
    return Block((node,), "background") if item.get("Background") else node


def _command(item: Json, redirections: tuple[Redirection, ...]) -> Node:
    line, column = _place(item)
    match item["Type"]:
        case "CallExpr":
            words = tuple(map(_word, item.get("Args", ())))
            return Command(words, _assignments(item.get("Assigns")), redirections, line, column)
        case "DeclClause":
            return Command((), _assignments(item.get("Args")), redirections, line, column)
        case "BinaryCmd" if item["Op"] in _PIPES:
            sides = (_statement(item["X"]), _statement(item["Y"]))
            return Pipeline(tuple(stage for side in sides for stage in _stages(side)))
        case "FuncDecl":
            return Block((_statement(item["Body"]),), "function", item["Name"]["Value"], (), None, line, column)
        case "ForClause":
            loop = item.get("Loop", {})
            words = tuple(map(_word, loop.get("Items", ())))
            variable = Assignment(loop["Name"]["Value"], words) if loop.get("Name") else None
            return Block(_statements(item.get("Do")), "list", "", redirections, variable, line, column)
        case "Subshell":
            return Block(_statements(item.get("Stmts")), "subshell", "", redirections, None, line, column)
        case "TimeClause":
            return Block(tuple(_inner(item)), "list", "", redirections, None, line, column)
        case _:
            return Block(tuple(_inner(item)), "list", "", redirections, None, line, column)


def _stages(node: Node) -> tuple[Node, ...]:
    return node.stages if isinstance(node, Pipeline) else (node,)


def _inner(item: Any) -> Iterator[Node]:
    """All statements and words below a node whose shape does not matter, in their order."""
    if isinstance(item, list):
        for each in item:
            yield from _inner(each)
    elif isinstance(item, dict):
        if "Cmd" in item or "Redirs" in item:
            yield _statement(item)
        elif "Parts" in item and "Type" not in item:
            # A word outside a command runs only what is substituted in it.
            yield Block(tuple(_substituted(_word(item))))
        else:
            for value in item.values():
                if isinstance(value, list | dict):
                    yield from _inner(value)


def _substituted(word: Word) -> Iterator[Node]:
    for piece in word.pieces:
        if isinstance(piece, Substitution):
            yield from piece.nodes


def _assignments(items: list[Json] | None) -> tuple[Assignment, ...]:
    found = []
    for item in items or ():
        name = item.get("Name", {}).get("Value", "")
        if "Value" in item:
            values: tuple[Word, ...] = (_word(item["Value"]),)
        else:
            elements = item.get("Array", {}).get("Elems", ())
            values = tuple(_word(each["Value"]) for each in elements if "Value" in each)
        if name and (values or not item.get("Naked")):
            found.append(Assignment(name, values))
    return tuple(found)


def _redirection(item: Json) -> Redirection:
    word = _word(item["Hdoc"] if "Hdoc" in item else item.get("Word", {}))
    return Redirection(item["Op"], word)


def _word(item: Json) -> Word:
    return Word(tuple(piece for part in item.get("Parts", ()) for piece in _pieces(part, quoted=False)), *_place(item))


def _pieces(part: Json, *, quoted: bool) -> Iterator[Piece]:
    match part["Type"]:
        case "Lit":
            value = part.get("Value", "")
            yield Text(unescaped_in_quotes(value) if quoted else unescaped(value), quoted)
        case "SglQuoted":
            value = part.get("Value", "")
            yield Text(unescaped_as_in_c(value) if part.get("Dollar") else value, quoted=True)
        case "DblQuoted":
            yield Text("", quoted=True)
            for each in part.get("Parts", ()):
                yield from _pieces(each, quoted=True)
        case "ParamExp":
            expansion = part.get("Exp") or {}
            default = _word(expansion["Word"]) if expansion.get("Word") else None
            operator = "#" if part.get("Length") else expansion.get("Op", "")
            if not operator and any(key in part for key in ("Slice", "Repl")):
                operator = "/"
            yield Variable(part["Param"]["Value"], operator, default)
        case "CmdSubst" | "ProcSubst":
            yield Substitution(_statements(part.get("Stmts")))
        case "ArithmExp":
            yield Text("0")
        case _:
            yield Variable("?")


def _place(item: Json) -> tuple[int, int]:
    position = item.get("Pos", {})
    return position.get("Line", 1), position.get("Col", 1)

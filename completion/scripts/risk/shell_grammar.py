"""The shell tree by the grammar of the syntax room, for where shfmt is not installed or refuses a text.

The grammar repairs what it cannot read, so a tree may be a guess: `parse` says whether it is whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from completion.scripts.risk.shell_tree import (
    MAX_LEVELS,
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
from completion.syntax import languages
from completion.syntax.tree import TreeStore
from completion.types import Document

# A node of the syntax tree; its library is the syntax room's own.
Grammatical = Any

_WORDS = frozenset(
    [
        "word",
        "string",
        "raw_string",
        "ansi_c_string",
        "concatenation",
        "simple_expansion",
        "expansion",
        "command_substitution",
        "process_substitution",
        "number",
        "arithmetic_expansion",
        "brace_expression",
        "translated_string",
    ]
)


def parse(text: str) -> tuple[Block, bool]:
    """The tree of `text` and whether the grammar could read all of it; raises `Unparsable` where there is no tree."""
    language = languages.find("shellscript")
    parsed = (
        TreeStore().parse(Document("risk.sh", "shellscript", text.encode(errors="replace")), language)
        if language
        else None
    )
    if parsed is None:
        raise Unparsable("the grammar of shell scripts is too slow for it")
    try:
        return Block(tuple(_nodes(parsed.tree.root_node, 0))), parsed.error_count() == 0
    except RecursionError as error:
        raise Unparsable("it is nested too deeply") from error


def _nodes(parent: Grammatical, level: int) -> Iterator[Node]:
    if level > MAX_LEVELS:
        raise RecursionError
    children = parent.children
    for index, child in enumerate(children):
        node = _node(child, level + 1)
        if node is not None:
            behind = index + 1 < len(children) and children[index + 1].type == "&"
            yield Block((node,), "background") if behind else node


def _node(item: Grammatical, level: int) -> Node | None:
    line, column = _place(item)
    match item.type:
        case "command":
            return _command(item)
        case "variable_assignment" | "variable_assignments" | "declaration_command":
            return Command((), tuple(_assignments(item)), (), line, column)
        case "unset_command":
            return Command(
                tuple(Word((Text(_source(each)),), line, column) for each in item.children), (), (), line, column
            )
        case "redirected_statement":
            return _redirected(item, level)
        case "pipeline":
            return Pipeline(tuple(_nodes(item, level)))
        case "subshell":
            return Block(tuple(_nodes(item, level)), "subshell", "", (), None, line, column)
        case "function_definition":
            name = item.child_by_field_name("name")
            return Block(tuple(_nodes(item, level)), "function", _source(name) if name else "", (), None, line, column)
        case "for_statement":
            name = item.child_by_field_name("variable")
            values = tuple(_word(each) for each in item.children_by_field_name("value"))
            loop = Assignment(_source(name), values) if name else None
            return Block(tuple(_nodes(item, level)), "list", "", (), loop, line, column)
        case kind if kind in _WORDS:
            substituted = [each for each in _word(item).pieces if isinstance(each, Substitution)]
            nodes = tuple(node for each in substituted for node in each.nodes)
            return Block(nodes) if nodes else None
        case _:
            nodes = tuple(_nodes(item, level))
            return Block(nodes, "list", "", (), None, line, column) if nodes else None


def _command(item: Grammatical) -> Command:
    words = [
        _word(each.children[0] if each.type == "command_name" else each)
        for each in item.children
        if each.type in _WORDS or each.type == "command_name"
    ]
    assignments = tuple(each for child in item.children if child.type == "variable_assignment" for each in _one(child))
    redirections = tuple(each for child in item.children for each in _redirections(child))
    return Command(tuple(words), assignments, redirections, *_place(item))


def _redirected(item: Grammatical, level: int) -> Node:
    body = item.child_by_field_name("body")
    redirections = tuple(each for child in item.children for each in _redirections(child))
    # A pipe behind a here-document hangs below it in this grammar.
    stages = [_node(each, level + 1) for child in item.children for each in child.children if each.type == "pipeline"]
    node = _node(body, level + 1) if body is not None else None
    if isinstance(node, Command):
        node = Command(node.words, node.assignments, (*node.redirections, *redirections), node.line, node.column)
    elif isinstance(node, Pipeline) and isinstance(node.stages[-1], Command):
        last = node.stages[-1]
        last = Command(last.words, last.assignments, (*last.redirections, *redirections), last.line, last.column)
        node = Pipeline((*node.stages[:-1], last))
    else:
        node = Block((node,) if node else (), "list", "", redirections, None, *_place(item))
    behind = [each for each in stages if each is not None]
    return Pipeline((node, *behind)) if behind else node


def _redirections(item: Grammatical) -> Iterator[Redirection]:
    if item.type == "file_redirect":
        operator = next((each.type for each in item.children if not each.is_named), ">")
        target = item.child_by_field_name("destination")
        if target is not None:
            yield Redirection(operator, _word(target))
    elif item.type == "herestring_redirect":
        yield Redirection("<<<", _word(item.named_children[-1]))
    elif item.type == "heredoc_redirect":
        body = next((each for each in item.children if each.type == "heredoc_body"), None)
        if body is not None:
            yield Redirection("<<", Word((Text(_source(body), quoted=True),), *_place(body)))
        for child in item.children:
            yield from _redirections(child)


def _assignments(item: Grammatical) -> Iterator[Assignment]:
    for each in (item, *item.children):
        if each.type == "variable_assignment":
            yield from _one(each)


def _one(item: Grammatical) -> Iterator[Assignment]:
    name, value = item.child_by_field_name("name"), item.child_by_field_name("value")
    if name is not None:
        elements = value.named_children if value is not None and value.type == "array" else [value] if value else []
        yield Assignment(_source(name), tuple(map(_word, elements)))


def _word(item: Grammatical) -> Word:
    return Word(tuple(_pieces(item, quoted=False)), *_place(item))


def _pieces(item: Grammatical, *, quoted: bool) -> Iterator[Piece]:
    match item.type:
        case "word" | "number" | "brace_expression":
            yield Text(unescaped(_source(item)))
        case "string_content":
            yield Text(unescaped_in_quotes(_source(item)), quoted=True)
        case "raw_string":
            yield Text(_source(item)[1:-1], quoted=True)
        case "ansi_c_string":
            yield Text(unescaped_as_in_c(_source(item)[2:-1]), quoted=True)
        case "string" | "translated_string":
            yield Text("", quoted=True)
            for each in item.named_children:
                yield from _pieces(each, quoted=True)
        case "concatenation":
            for each in item.children:
                yield from _pieces(each, quoted=quoted)
        case "simple_expansion":
            yield Variable(_source(item)[1:])
        case "expansion":
            yield _expansion(item)
        case "command_substitution" | "process_substitution":
            yield Substitution(tuple(_nodes(item, 0)))
        case "arithmetic_expansion":
            yield Text("0")
        case _ if not item.is_named:
            yield Text(_source(item), quoted)
        case _:
            yield Variable("?")


def _expansion(item: Grammatical) -> Variable:
    name = next((each for each in item.children if each.type in ("variable_name", "special_variable_name")), None)
    if name is None:
        return Variable("?", "/")
    behind = [each for each in item.children if each.start_byte >= name.end_byte]
    operator = behind[0].type if behind and behind[0].type != "}" else ""
    default = behind[1] if len(behind) > 2 else None
    return Variable(_source(name), operator, _word(default) if default is not None else None)


def _source(item: Grammatical) -> str:
    return bytes(item.text or b"").decode(errors="replace")


def _place(item: Grammatical) -> tuple[int, int]:
    return item.start_point.row + 1, item.start_point.column + 1

"""The risks of SQL statements, by sqlglot's syntax tree; where it has none for a statement, by its words in order.

The words are those of the tokenizer, so texts and comments are no words. Positions are those of a statement's first
word, or of the table where a statement stands within another.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from completion.scripts.risk import sql_words
from completion.scripts.risk.findings import finding, unjudged
from completion.scripts.risk.sql_truth import always
from completion.scripts.types import Finding

Rule = Callable[[exp.Expr], str]

SECONDS = 2.0
"""Processor time that the statements of one script may take."""

_BY_WORDS = frozenset(["PRAGMA", "SET", "SHOW", "USE", "EXEC", "EXECUTE", "CALL"])
"""Statements that are judged by their words alone."""

_LOST = frozenset(["TABLE", "DATABASE", "SCHEMA", "COLUMN", "USER", "ROLE", "PARTITION", "CATALOG"])


def deleted_rows(node: exp.Expr) -> str:
    """DELETE of every row of a table."""
    if isinstance(node, exp.Delete) and _everywhere(node):
        return f"deletes every row{_of(node)}{_because(node)}"
    return ""


def updated_rows(node: exp.Expr) -> str:
    """UPDATE of every row of a table."""
    if isinstance(node, exp.Update) and _everywhere(node):
        return f"changes every row{_of(node)}{_because(node)}"
    return ""


def dropped(node: exp.Expr) -> str:
    """DROP of what holds data; an index or a view can be made again."""
    if isinstance(node, exp.Drop):
        kind = str(node.args.get("kind") or "").upper()
        if kind in _LOST or (kind == "VIEW" and node.args.get("materialized")):
            inside = isinstance(node.parent, exp.Alter)
            return f"deletes a {kind.lower()} with all that is in it" + (", in every row" if inside else "")
    if isinstance(node, exp.DropPartition):
        return "deletes a partition with all its rows"
    return ""


def emptied(node: exp.Expr) -> str:
    """TRUNCATE."""
    return "empties a table; no row is left" if isinstance(node, exp.TruncateTable) else ""


RULES: tuple[tuple[str, Rule], ...] = (
    ("delete-all", deleted_rows),
    ("update-all", updated_rows),
    ("drop", dropped),
    ("truncate", emptied),
)
"""Each rule's name and the function that says why a node of the tree is risky; "" where it is not."""


def find(text: str, dialect: str = "") -> tuple[Finding, ...]:
    """The risks of the statements in `text`."""
    try:
        language = Dialect.get_or_raise(dialect or None)
        tokens = language.tokenize(text)
    except (SqlglotError, ValueError) as error:
        return (unjudged(f"it cannot be read as SQL ({str(error).splitlines()[0]})"),)
    found: list[Finding] = []
    until = time.thread_time() + SECONDS
    for statement in _statements(tokens):
        try:
            found.extend(_judged(statement, text, language))
        except RecursionError:
            found.append(unjudged("a statement is nested too deeply", statement[0].line))
        if time.thread_time() > until:
            found.append(unjudged("what follows would take too long", statement[0].line))
            break
    return tuple(found)


def _judged(statement: Sequence[Token], text: str, language: Dialect) -> Iterator[Finding]:
    first = statement[0]
    rules = {}
    for name, message in sql_words.judged(statement, of_any_kind=True):
        rules[name] = finding(name, message, first.line, _column(first))
    tree = _tree(statement, text, language)
    if tree is None or isinstance(tree, exp.Command):
        for name, message in sql_words.judged(statement, of_any_kind=False):
            rules.setdefault(name, finding(name, message, first.line, _column(first)))
        if tree is None and not rules and first.text.upper() not in _BY_WORDS:
            yield unjudged("a statement cannot be read as SQL", first.line)
    else:
        for node in tree.walk():
            for name, rule in RULES:
                message = rule(node)
                if message:
                    line, column = (first.line, _column(first)) if node is tree else _place(node, first)
                    rules.setdefault(f"{name} {line}", finding(name, message, line, column))
    yield from rules.values()


def _statements(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """The tokens between semicolons. The body of a trigger ends with END, not with the first semicolon in it."""
    statement: list[Token] = []
    body = 0
    for token in tokens:
        word = token.text.upper()
        if statement and statement[0].text.upper() == "CREATE" and token.token_type is not TokenType.STRING:
            body += (word in ("BEGIN", "CASE")) - (word == "END" and body > 0)
        if token.token_type is TokenType.SEMICOLON and not body:
            if statement:
                yield statement
            statement = []
        else:
            statement.append(token)
    if statement:
        yield statement


def _tree(statement: Sequence[Token], text: str, language: Dialect) -> exp.Expr | None:
    logger = logging.getLogger("sqlglot")
    quiet, logger.disabled = logger.disabled, True  # it would quote the script in its warnings
    try:
        trees = language.parser().parse(list(statement), text)
    except (SqlglotError, RecursionError, ValueError, AttributeError, TypeError, KeyError, IndexError):
        return None
    finally:
        logger.disabled = quiet
    found = trees[0] if trees else None
    return found if isinstance(found, exp.Expr) else None


def _everywhere(node: exp.Expr) -> bool:
    where = node.args.get("where")
    if node.args.get("limit") or (where is None and node.args.get("using")):
        return False
    return where is None or always(where.this) is True


def _because(node: exp.Expr) -> str:
    return ": its condition always holds" if node.args.get("where") else ": it has no WHERE"


def _of(node: exp.Expr) -> str:
    table = node.find(exp.Table)
    return f" of {table.name}" if table is not None and table.name else ""


def _place(node: exp.Expr, first: Token) -> tuple[int, int]:
    """sqlglot keeps the place of names only."""
    for each in node.walk():
        if isinstance(each, exp.Identifier) and "line" in each.meta:
            return int(each.meta["line"]), int(each.meta.get("col", 0))
    return first.line, _column(first)


def _column(token: Token) -> int:
    """sqlglot counts to the last character of a word."""
    return max(1, token.col - len(token.text) + 1)

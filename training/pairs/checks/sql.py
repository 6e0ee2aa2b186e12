"""SQL: run in an in-memory SQLite that can reach nothing else, or parsed as PostgreSQL by sqlglot."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from training.pairs.checks import package
from training.pairs.items import Item

STEPS = 20_000
LONGEST = 100
"""A statement may take STEPS * LONGEST steps of SQLite's machine: a recursion that never ends is cut."""

STATEMENTS = (
    "Query", "Insert", "Update", "Delete", "Merge", "Create", "Alter", "Drop", "Grant", "TruncateTable", "Comment",
    "Transaction", "Commit", "Rollback",
)  # fmt: skip
FORBIDDEN = (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH, sqlite3.SQLITE_PRAGMA)


def cheap(items: Sequence[Item]) -> list[str]:
    """SQLite statements run; PostgreSQL statements have balanced brackets and quotes, and end."""
    return [_shape(item) if item.dialect == "postgres" else _run(item) for item in items]


def deep(items: Sequence[Item]) -> list[str]:
    """As `cheap`, and PostgreSQL is parsed. Raises `NotInstalled` without sqlglot."""
    return [parse(item.answer) or _shape(item) if item.dialect == "postgres" else _run(item) for item in items]


@contextmanager
def database() -> Iterator[sqlite3.Connection]:
    """A database in memory that may not attach files, and whose statements end."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    rounds = 0

    def over() -> int:
        nonlocal rounds
        rounds += 1
        return int(rounds > LONGEST)

    connection.create_function("random", 0, lambda: 4)  # so that two answers can be compared
    connection.set_progress_handler(over, STEPS)
    connection.set_authorizer(_authorize)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def trusted(connection: sqlite3.Connection) -> Iterator[None]:
    """For our own questions about a schema, which are pragmas."""
    connection.set_authorizer(None)
    try:
        yield
    finally:
        connection.set_authorizer(_authorize)


def statements(text: str) -> list[str]:
    """The statements of a script; a trigger with its body is one."""
    found: list[str] = []
    rest = ""
    for part in text.split(";"):
        rest += part + ";"
        if sqlite3.complete_statement(rest):
            found.append(rest.strip())
            rest = ""
    if rest.strip(" \n;"):
        found.append(rest.strip().removesuffix(";"))
    return [one for one in found if one.strip(" \n;")]


def parse(text: str) -> str:
    """The complaint of sqlglot about PostgreSQL text, '' for none. Raises `NotInstalled`."""
    sqlglot = package("sqlglot", "sqlglot")
    try:
        trees = sqlglot.parse(text, read="postgres")
    except sqlglot.errors.SqlglotError as error:
        return f"sqlglot: {str(error).splitlines()[0]}"
    known = tuple(getattr(sqlglot.exp, name) for name in STATEMENTS)
    kept = [tree for tree in trees if tree is not None]
    if not kept:
        return "sqlglot: no statement"
    if not all(isinstance(tree, known) for tree in kept):  # it takes what it does not know for a command or an alias
        return "sqlglot: not understood"
    return ""


def _authorize(action: int, *_: object) -> int:
    return sqlite3.SQLITE_DENY if action in FORBIDDEN else sqlite3.SQLITE_OK


def _run(item: Item) -> str:
    with database() as connection:
        try:
            connection.executescript(item.setup + item.text)
        except sqlite3.Error as error:
            return f"sqlite: {error}"
    return ""


def _shape(item: Item) -> str:
    answer = item.answer.rstrip()
    if answer.count("(") != answer.count(")") or answer.count("'") % 2:
        return "shape: brackets or quotes are not balanced"
    if not answer.endswith(";") or answer.count(";\n\n;"):
        return "shape: the statement does not end"
    return ""

"""Names in SQL: functions that its dialect may lack, extensions, addresses, and tables where there is no schema."""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Iterator
from functools import cache

from completion.scripts.checks.sql_statements import Statement, statements
from completion.scripts.checks.sql_steps import dialect_of
from completion.scripts.checks.verdicts import Unchecked, place
from completion.scripts.grounding.names import Named, urls
from completion.scripts.types import Material

_EXTENSION = re.compile(r"CREATE EXTENSION (?:IF NOT EXISTS )?(\S+)|(?:INSTALL|LOAD) (?!(?:DATA|XML) )(\S+)")


def named(text: str, material: Material) -> Iterator[Named]:
    """All names; nothing of what cannot be read."""
    dialect = dialect_of(material)
    try:
        found, _ = statements(text, dialect)
    except Unchecked:
        return
    made: set[str] = set()
    for statement in found:
        words = " ".join(token.upper for token in statement.tokens)
        if extension := _EXTENSION.match(words):
            yield _at(text, statement, "extension", extension[1] or extension[2])
        for token in statement.tokens:
            for url, at in urls(token.text) if token.text[:1] in "'\"" else ():
                yield Named("url", url, *place(text, token.offset + at))
        yield from _of_tree(text, statement, dialect, made, schema=bool(material.schema or material.database))


def _of_tree(text: str, statement: Statement, dialect: str, made: set[str], *, schema: bool) -> Iterator[Named]:
    import sqlglot
    from sqlglot import errors, exp

    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    try:
        tree = sqlglot.parse_one(statement.text, read=dialect)
    except (errors.SqlglotError, ValueError, RecursionError):
        return
    for function in tree.find_all(exp.Anonymous):
        name = str(function.this)
        if not (dialect == "sqlite" and name.lower() in _functions()):
            yield _at(text, statement, "function", name)
    if isinstance(tree, exp.Create) and tree.kind in ("TABLE", "VIEW") and tree.this.find(exp.Table):
        made.add(tree.this.find(exp.Table).name.lower())
    if schema:
        return
    inner = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if table.name and table.name.lower() not in made | inner and not table.find_ancestor(exp.Command):
            yield _at(text, statement, "schema", table.name)


def _at(text: str, statement: Statement, rule: str, name: str) -> Named:
    for token in statement.tokens:
        if token.text.strip("\"`[]'").lower() == name.strip("\"`[]'").lower():
            return Named(rule, token.text.strip("\"`[]'"), *place(text, token.offset))
    return Named(rule, name, *place(text, statement.offset))


@cache
def _functions() -> frozenset[str]:
    """What this SQLite knows."""
    connection = sqlite3.connect(":memory:")
    try:
        return frozenset(str(row[0]).lower() for row in connection.execute("SELECT name FROM pragma_function_list"))
    finally:
        connection.close()

"""SQL: what a database says of a name that is not there, said again with the names that are.

Knows the words of SQLite's messages. The names are asked of the private database that the schema was made in.
"""

from __future__ import annotations

import difflib
import re
import sqlite3
from collections.abc import Iterable, Sequence

from completion.scripts.checks.sql_shape import quoted
from completion.scripts.checks.sql_statements import Statement

_TABLE = re.compile(r"no such table: (?:\w+\.)?(.+)$")
_COLUMN = re.compile(r"no such column: \"*(?:([^.\s\"]+)\.)?([^\"]+)\"*$")
_LACKING = re.compile(r"table (\S+) has no column named (.+)$")
MOST_LISTED = 12


def said(connection: sqlite3.Connection, error: str, statement: Statement) -> str:
    """The message with what is there instead; the error itself where nothing better can be said."""
    if found := _TABLE.match(error):
        return f"no table '{found[1]}'{_instead(found[1], _tables(connection), 'there is')}"
    if found := _LACKING.match(error):
        return _no_column(found[2], [found[1]], _columns(connection, found[1]))
    if found := _COLUMN.match(error):
        return _of_column(connection, found[1] or "", found[2], statement) or error
    return error


def _of_column(connection: sqlite3.Connection, owner: str, name: str, statement: Statement) -> str:
    words = [token.text.strip('"`[]').lower() for token in statement.tokens]
    known = {table.lower(): table for table in _tables(connection)}
    named = list(dict.fromkeys(known[word] for word in words if word in known))
    # What a subquery or a WITH gives out is not among the tables.
    inner = words.count("select") > 1
    if owner:
        table = _owner(owner.lower(), words, known)
        if table:
            return _no_column(name, [table], _columns(connection, table))
        if not inner and owner.lower() not in known:
            return f"nothing is called '{owner}' in this statement"
        return ""
    columns = dict.fromkeys(column for table in named for column in _columns(connection, table))
    if not named:
        return ""
    return _no_column(name, [] if inner else named, columns)


def _owner(owner: str, words: Sequence[str], known: dict[str, str]) -> str:
    """The table that an alias stands for, "" where nothing says it."""
    for index, word in enumerate(words):
        before = words[max(0, index - 2) : index]
        if word == owner and before:
            table = known.get(before[-1]) or (known.get(before[0]) if before[-1] == "as" else None)
            if table:
                return table
    return known.get(owner, "")


def _no_column(name: str, tables: Sequence[str], columns: Iterable[str]) -> str:
    where = f" in {' or '.join(tables)}" if tables else ""
    return f"no column '{name}'{where}{_instead(name, columns, 'it has' if len(tables) == 1 else 'there is')}"


def _instead(name: str, names: Iterable[str], listed: str) -> str:
    there = list(names)
    lower = {each.lower(): each for each in there}
    close = difflib.get_close_matches(name.lower(), lower, n=2, cutoff=0.6)
    if close:
        return f"; did you mean {' or '.join(repr(lower[each]) for each in close)}?"
    if not there:
        return ""
    more = ", …" if len(there) > MOST_LISTED else ""
    return f"; {listed} {', '.join(there[:MOST_LISTED])}{more}"


def _tables(connection: sqlite3.Connection) -> list[str]:
    try:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')").fetchall()
    except sqlite3.Error:
        return []
    return [str(row[0]) for row in rows if not str(row[0]).startswith("sqlite_")]


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    try:
        described = connection.execute(f"SELECT * FROM {quoted(table)} LIMIT 0").description  # noqa: S608
    except sqlite3.Error:
        return []
    return [str(column[0]) for column in described]

"""The tables and columns of a schema, from DDL or a database file, as far as they can be read without a server.

Reading is that of the checks (`sql_steps.schema_of`), so a name that is known here is known to them. The schema is made
in a private SQLite database in memory; nothing of it is run but what makes tables, views and indexes.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from completion.scripts.checks.sql_shape import quoted
from completion.scripts.checks.sql_sqlite import private
from completion.scripts.checks.sql_steps import schema_of
from completion.scripts.checks.verdicts import Unchecked
from completion.scripts.types import Material

MOST_TABLES = 400


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its type as it is written, in capitals, "" where there is none.

    `key` says that it is of the primary key, `bound` that an index or a foreign key needs it.
    """

    name: str
    type: str = ""
    key: bool = False
    bound: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table or a view, with its columns in their order."""

    name: str
    columns: tuple[Column, ...]
    view: bool = False


def tables(material: Material) -> tuple[Table, ...]:
    """All tables and views in the order of the schema; none where no schema is given or it cannot be read."""
    try:
        changes = schema_of(material, "sqlite")
    except Unchecked:
        return ()
    connection = private()
    try:
        for change in changes:
            try:
                connection.execute(change)
            except sqlite3.Error:
                continue
        # What is asked from here on is our own text.
        connection.set_authorizer(None)
        return _tables(connection)
    except sqlite3.Error:
        return ()
    finally:
        connection.close()


def _tables(connection: sqlite3.Connection) -> tuple[Table, ...]:
    asked = "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
    found = []
    for name, kind in connection.execute(asked).fetchmany(MOST_TABLES):
        try:
            rows = connection.execute(f"PRAGMA table_info({quoted(name)})").fetchall()
            bound = _bound(connection, quoted(name))
        except sqlite3.Error:
            continue  # A view of a table that is not there.
        columns = tuple(Column(str(row[1]), str(row[2]).upper(), bool(row[5]), row[1] in bound) for row in rows)
        if columns:
            found.append(Table(str(name), columns, kind == "view"))
    return tuple(found)


def _bound(connection: sqlite3.Connection, table: str) -> set[str]:
    names = {str(row[3]) for row in connection.execute(f"PRAGMA foreign_key_list({table})")}
    for index in connection.execute(f"PRAGMA index_list({table})").fetchall():
        names |= {str(row[2]) for row in connection.execute(f"PRAGMA index_info({quoted(str(index[1]))})")}
    return names

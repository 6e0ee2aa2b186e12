"""Judges SQL by what it does to a private SQLite database in memory that cannot reach a file and not run for long."""

from __future__ import annotations

import itertools
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence

from benchmarks.scripts_files import Judged
from benchmarks.scripts_tasks import SqlTask
from completion.scripts.checks.sql_sqlite import private

MOST_ROWS = 1000
MOST_COLUMNS = 12
Row = tuple[str, ...]


def judge(task: SqlTask, text: str) -> Judged:
    """Whether the rows, or the tables afterwards, are those of the task."""
    connection = private()
    try:
        connection.executescript(f"{task.given.tables}\n{task.given.rows}")
        found: list[Row] = []
        try:
            for statement in statements(text):
                found = rows(connection, statement) or found
        except (sqlite3.Error, sqlite3.Warning) as error:
            return Judged(right=False, reason=f"SQLite: {error}")
        # What was not committed has not happened.
        if connection.in_transaction:
            connection.rollback()
        connection.set_authorizer(None)
        try:
            if task.after:
                found = rows(connection, task.after)
        except sqlite3.Error as error:
            return Judged(right=False, reason=f"afterwards: {error}")
        for statement in task.refuses:
            try:
                connection.execute(statement)
            except sqlite3.Error:
                continue
            return Judged(right=False, reason=f"afterwards it accepts {statement}")
    finally:
        connection.close()
    if same(found, task.rows, ordered=task.ordered):
        return Judged(right=True)
    shown = "; ".join("|".join(row) for row in found[:4])
    return Judged(right=False, reason=f"{len(found)} rows instead of {len(task.rows)}: {shown}"[:300])


def statements(text: str) -> Iterator[str]:
    """The statements of a script, cut where SQLite says that one is complete."""
    begin = 0
    for at, letter in enumerate(text):
        if letter == ";" and sqlite3.complete_statement(text[begin : at + 1]):
            yield text[begin : at + 1]
            begin = at + 1
    if text[begin:].strip():
        yield text[begin:]


def rows(connection: sqlite3.Connection, statement: str) -> list[Row]:
    """The rows of a statement as texts. Raises `sqlite3.Error`."""
    return [tuple(cell(value) for value in row) for row in connection.execute(statement).fetchmany(MOST_ROWS)]


def cell(value: object) -> str:
    """A value as the tasks write it: 2.0 is 2, and numbers have four decimals at most."""
    if value is None:
        return "NULL"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return str(value)


def same(found: Sequence[Row], wanted: Sequence[str], *, ordered: bool) -> bool:
    """Whether some choice of the columns found is the table that is wanted."""
    table = [tuple(row.split("|")) for row in wanted]
    if len(found) != len(table):
        return False
    if not table:
        return True
    columns, given = list(zip(*table, strict=True)), list(zip(*found, strict=True))
    if len(given) < len(columns) or len(given) > MOST_COLUMNS:
        return False
    # Columns that could be each one, by their values; then all ways to choose, which are few.
    fits = [[at for at, own in enumerate(given) if Counter(own) == Counter(column)] for column in columns]
    for choice in itertools.islice(itertools.product(*fits), 5000):
        if len(set(choice)) < len(choice):
            continue
        shown = [tuple(row[at] for at in choice) for row in found]
        if shown == table if ordered else Counter(shown) == Counter(table):
            return True
    return False

"""The rows in a real SQLite: types, NOT NULL, CHECK, UNIQUE and foreign keys are the database's word, not ours.

A private database in a temporary file, which holds the target and what it refers to; nothing runs in it but what makes
these and inserts.
"""

from __future__ import annotations

import re
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from completion.errors import InputError
from completion.normalize.target import Target
from completion.normalize.types import Column, Row

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,18})")
_DECIMAL = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?")
_ZERO_LED = re.compile(r"-?0[0-9]")
_SIZES = re.compile(r"\((\d+)(?:\s*,\s*(\d+))?\)")
_EXACT_DIGITS = 15
_WHOLE = ("INT", "SERIAL")
_BROKEN = ("DECIMAL", "NUMERIC", "REAL", "FLOAT", "DOUBLE")
_LARGEST = (1 << 63) - 1
_REMEMBERED = 1 << 14
_COMMIT = 2000
_ALLOWED = frozenset(
    {
        sqlite3.SQLITE_CREATE_TABLE, sqlite3.SQLITE_CREATE_INDEX, sqlite3.SQLITE_INSERT, sqlite3.SQLITE_READ,
        sqlite3.SQLITE_SELECT, sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_SAVEPOINT, sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_REINDEX, sqlite3.SQLITE_RECURSIVE,
    }
)  # fmt: skip


class Load:
    """The database. Use it as a context manager; its file goes with it."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._pending = 0
        self._folder = tempfile.TemporaryDirectory(prefix="lsp-copilot-load-")
        self._connection = sqlite3.connect(Path(self._folder.name) / "load.db", isolation_level=None)
        try:
            self._prepare()
        except sqlite3.Error as error:
            self._close()
            raise InputError(
                f"SQLite refuses the DDL: {error}.", advice="Correct it, or name its dialect with --dialect."
            ) from None

    def insert(self, rows: Sequence[Row]) -> str:
        """Insert all rows or none; a sentence where one is refused, else "". Raises `InputError` where SQLite cannot
        tell, for example because a CHECK calls a function that it does not have.
        """
        for row in rows:
            for cell in row:
                column = self._target.column(cell.column)
                if column is not None and (wrong := _mistyped(cell.value, column)):
                    return wrong
        self._connection.execute("SAVEPOINT record")
        try:
            for row in rows:
                names = ", ".join(_quoted(cell.column) for cell in row)
                marks = ", ".join("?" * len(row))
                values = [_bound(cell.value, self._target.column(cell.column)) for cell in row]
                self._connection.execute(f"INSERT INTO {self._target.sqlite_table} ({names}) VALUES ({marks})", values)  # noqa: S608
        except sqlite3.IntegrityError as error:
            self._connection.execute("ROLLBACK TO record")
            return f"The table refuses it: {error}."
        except sqlite3.Error as error:
            raise InputError(
                f"SQLite cannot check the rows: {error}.", advice="Give a DDL whose checks SQLite can evaluate."
            ) from None
        finally:
            with suppress(sqlite3.Error):
                self._connection.execute("RELEASE record")
        self._pending += 1
        if self._pending == _COMMIT:
            # What could be rolled back is held in memory.
            self._connection.execute("COMMIT")
            self._connection.execute("BEGIN")
            self._pending = 0
        return ""

    def _prepare(self) -> None:
        for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -8192", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {setting}")
        if self._target.unchecked:
            self._connection.execute("PRAGMA foreign_keys = OFF")
        # Without a rollback journal nothing could be taken back.
        self._connection.execute("PRAGMA journal_mode = MEMORY")
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        self._connection.set_authorizer(_allows)
        for statement in self._target.load:
            self._connection.execute(statement)
        self._connection.execute("BEGIN")

    def _close(self) -> None:
        self._connection.close()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()


class Holds:
    """Whether a single value could stand in a column, by its type and by the checks of it alone."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        self._connection.set_authorizer(_allows)
        self._known: dict[tuple[str, str], bool] = {}

    def __call__(self, column: str, value: str) -> bool:
        if (column, value) not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[column, value] = self._holds(column, value)
        return self._known[column, value]

    def _holds(self, name: str, value: str) -> bool:
        column = self._target.column(name)
        if column is None or _mistyped(value, column):
            return False
        for check in column.checks:
            try:
                asked = f"SELECT ({check}) FROM (SELECT ? AS {_quoted(column.name)})"  # noqa: S608
                (held,) = self._connection.execute(asked, [_bound(value, column)]).fetchone()
            except sqlite3.Error:
                continue  # The load says what SQLite cannot tell.
            if held == 0:
                return False
        return True


def is_number(column: Column) -> bool:
    """Whether the values of the column are written without quotes."""
    return column.type.startswith(_BROKEN) or any(word in column.type.split("(")[0] for word in _WHOLE)


def _allows(action: int, first: str | None, second: str | None, database: str | None, trigger: str | None) -> int:
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in ("load_extension", "readfile", "writefile"):
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _mistyped(value: str, column: Column) -> str:
    """What is wrong with a value by the column's type; SQLite itself would take nearly anything."""
    kind = column.type.split("(")[0]
    if any(word in kind for word in _WHOLE):
        if value.isdecimal() and len(value) > 1 and value.startswith("0"):
            return f"{column.name} is {column.type}: the leading zeros of {value!r} would be lost."
        if not _INTEGER.fullmatch(value) or abs(int(value)) > _LARGEST:
            return f"{column.name} is {column.type}, and {value!r} is none."
    elif column.type.startswith(_BROKEN):
        if _ZERO_LED.match(value):
            return f"{column.name} is {column.type}: the leading zeros of {value!r} would be lost."
        if not _DECIMAL.fullmatch(value):
            return f"{column.name} is {column.type}, and {value!r} is none."
        if not _fits(value, column.type):
            return f"{column.name} is {column.type}, which {value!r} does not fit into."
    if column.longest and len(value) > column.longest:
        return f"{column.name} holds {column.longest} characters, and {value!r} has {len(value)}."
    return ""


def _fits(value: str, kind: str) -> bool:
    """Whether a number keeps all its digits in DECIMAL(precision, scale), or in 53 bits."""
    whole, _, broken = value.lstrip("-").partition(".")
    if (sizes := _SIZES.search(kind)) is not None:
        precision, scale = int(sizes[1]), int(sizes[2] or 0)
        return len(broken) <= scale and len(whole.lstrip("0")) <= precision - scale
    if kind.startswith(("REAL", "FLOAT", "DOUBLE")):
        return len((whole + broken).lstrip("0")) <= _EXACT_DIGITS
    return True


def _bound(value: str, column: Column | None) -> str | int | float:
    if column is None or not is_number(column):
        return value
    return int(value) if _INTEGER.fullmatch(value) else float(value)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

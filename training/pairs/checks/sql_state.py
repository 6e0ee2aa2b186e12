"""What SQL does to a small database: rows that it returns, tables that it leaves, and the schema afterwards.

Two answers are equal where they leave the same state from the same data. The data is made from the numbers, words
and dates that the right answer mentions, so that conditions divide it. Names of indexes do not count.
"""

from __future__ import annotations

import random
import re
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from training.pairs.checks.sql import database, statements, trusted
from training.pairs.items import Item

ROWS = 24
SEEDS = (1, 2)
STRING = re.compile(r"'((?:[^']|'')*)'")
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
CHECK = re.compile(r"check\s*\((.*?)\)\s*(?:,|\n|$)", re.IGNORECASE | re.DOTALL)
ORDERED = re.compile(r"\border\s+by\b(?![^()]*\))", re.IGNORECASE)

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class State:
    """What is left after an answer. `results` are the rows of each statement that has some."""

    results: tuple[tuple[Row, ...], ...]
    tables: tuple[tuple[str, tuple[Row, ...]], ...]
    schema: tuple[str, ...]


def same(item: Item, answer: str) -> bool:
    """Whether an answer does what the right one does, on two sets of data."""
    ordered = bool(ORDERED.search(item.answer))
    return all(_equal(item, answer, seed, ordered=ordered) for seed in SEEDS)


def _equal(item: Item, answer: str, seed: int, *, ordered: bool) -> bool:
    for _ in range(2):  # a second try, since both may read the clock
        rows = ROWS
        right = _state(item, item.answer, seed, rows, ordered=ordered)
        if right is None:  # a unique index does not fit data with duplicates: compare what it makes of empty tables
            rows = 0
            right = _state(item, item.answer, seed, rows, ordered=ordered)
        other = _state(item, answer, seed, rows, ordered=ordered)
        if right is None or other is None:
            return False
        if right == other:
            return True
    return False


def _state(item: Item, answer: str, seed: int, rows: int, *, ordered: bool) -> State | None:
    with database() as connection:
        try:
            connection.executescript(item.setup + item.before)
            with trusted(connection):
                _fill(connection, item, random.Random(f"{seed}/{item.answer}"), rows)
            results = []
            for statement in statements(answer):
                found = [_plain(row) for row in connection.execute(statement)]
                results.append(tuple(found if ordered else sorted(found, key=repr)))
            with trusted(connection):
                return State(tuple(one for one in results if one), _contents(connection), _schema(connection))
        except (sqlite3.Error, sqlite3.Warning, OverflowError):
            return None


def _fill(connection: sqlite3.Connection, item: Item, rng: random.Random, rows: int) -> None:
    strings = [
        word.strip("%")
        for word in STRING.findall(item.answer)
        if not DATE.match(word) and not word.startswith(("-", "+"))
    ]
    numbers = [float(number) for number in NUMBER.findall(re.sub(STRING, "", item.answer))]
    dates = DATE.findall(item.answer)
    days = [int(number) for number in re.findall(r"'-(\d+) days?'", item.answer)] or [30]
    for name in _names(connection, "table"):
        columns = connection.execute('SELECT name, type, "notnull", pk FROM pragma_table_info(?)', (name,)).fetchall()
        keys = [*range(1, rows + 1), *(int(number) for number in numbers if rows and number == int(number))]
        for key in dict.fromkeys(keys):
            row = [
                key if pk else _value(rng, column, kind, strings, numbers, dates, days, required=bool(required))
                for column, kind, required, pk in columns
            ]
            marks = ", ".join("?" * len(row))
            connection.execute(f'INSERT OR IGNORE INTO "{name}" VALUES ({marks})', row)


def _value(
    rng: random.Random,
    column: str,
    kind: str,
    strings: list[str],
    numbers: list[float],
    dates: list[str],
    days: list[int],
    *,
    required: bool,
) -> object:
    if not required and rng.random() < 0.12:
        return None
    if column.endswith("_id"):
        return rng.randint(1, ROWS // 3)
    if column.endswith(("_at", "_on")):
        if dates and rng.random() < 0.7:
            around = datetime.fromisoformat(rng.choice(dates)).replace(tzinfo=UTC) + timedelta(
                days=rng.randint(-40, 40)
            )
        else:
            around = datetime.now(UTC) - timedelta(days=rng.randint(0, 2 * rng.choice(days)), minutes=7)
        return around.strftime("%Y-%m-%d %H:%M:%S")
    if column.startswith("is_") or column == "enabled":
        return rng.randint(0, 1)
    if kind.upper().startswith(("INT", "REAL", "NUM")):
        return (
            rng.choice(numbers) + rng.choice((-1, 0, 1, 3)) if numbers and rng.random() < 0.6 else rng.randint(1, 100)
        )
    word = rng.choice(strings) if strings and rng.random() < 0.65 else rng.choice(("alpha", "beta", "gamma", "delta"))
    return rng.choice(("", "", "", "x")) + word + rng.choice(("", "", "", "y"))


def _contents(connection: sqlite3.Connection) -> tuple[tuple[str, tuple[Row, ...]], ...]:
    found = []
    for name in (*_names(connection, "table"), *_names(connection, "view")):
        rows = [_plain(row) for row in connection.execute(f'SELECT * FROM "{name}"')]
        found.append((name.lower(), tuple(sorted(rows, key=repr))))
    return tuple(sorted(found))


def _schema(connection: sqlite3.Connection) -> tuple[str, ...]:
    found: list[str] = []
    for name in _names(connection, "table"):
        columns = connection.execute(
            'SELECT lower(name), upper(type), "notnull", dflt_value, pk FROM pragma_table_info(?)', (name,)
        ).fetchall()
        links = sorted(
            map(
                repr,
                connection.execute(
                    'SELECT "table", "from", "to", on_delete FROM pragma_foreign_key_list(?)', (name,)
                ).fetchall(),
            )
        )
        text = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()[0]
        checks = sorted(_squeezed(one) for one in CHECK.findall(text))
        found.append(f"{name.lower()} {columns} {links} {checks}")
        for index, unique, partial in connection.execute(
            'SELECT name, "unique", partial FROM pragma_index_list(?)', (name,)
        ).fetchall():
            parts = connection.execute("SELECT name FROM pragma_index_info(?)", (index,)).fetchall()
            row = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (index,)).fetchone()
            where = _squeezed(re.split(r"\bwhere\b", row[0], flags=re.IGNORECASE)[-1]) if partial and row else ""
            found.append(f"{name.lower()} index {unique} {parts} {where}")
    for name in _names(connection, "trigger"):
        text = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()[0]
        found.append("trigger " + _squeezed(re.sub(r"(?i)(trigger\s+)(if not exists\s+)?\S+", r"\1", text, count=1)))
    return tuple(sorted(found))


def _names(connection: sqlite3.Connection, kind: str) -> list[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = ? AND name NOT LIKE 'sqlite_%'", (kind,))
    return [str(name) for (name,) in rows.fetchall()]


def _plain(row: Row) -> Row:
    return tuple(round(value, 6) if isinstance(value, float) else value for value in row)


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text).lower()

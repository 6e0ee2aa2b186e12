"""The part of a schema that a model is shown: the tables that the request is about first, as far as they fit."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from completion.prompt.budget import estimate
from completion.scripts.checks.sql_statements import statements
from completion.scripts.checks.verdicts import Unchecked
from completion.scripts.types import Material

_NAME = re.compile(
    r"\s*create\s+(?:temp(?:orary)?\s+|unlogged\s+)?(?:table|view)\s+(?:if\s+not\s+exists\s+)?([\w.\"`\[\]]+)", re.I
)
_WORD = re.compile(r"[a-z0-9]+")
_SQLITE = b"SQLite format 3\x00"


@dataclass(frozen=True, slots=True)
class Table:
    """A statement that makes a table or view, and its name in lower case."""

    name: str
    text: str


def of(material: Material, request: str, tokens: int) -> str:
    """DDL of about so many tokens at most: whole statements, in the order of the schema."""
    tables = [_readable(table) for table in _tables(_ddl(material), material.dialect or "sqlite")]
    chosen: set[int] = set()
    for number in _by_interest(tables, request):
        if estimate(tables[number].text) + 2 <= tokens:
            chosen.add(number)
            tokens -= estimate(tables[number].text) + 2
    return "\n\n".join(tables[number].text for number in sorted(chosen))


def _ddl(material: Material) -> str:
    return material.schema + "\n" + (_from_file(Path(material.database)) if material.database else "")


def _from_file(path: Path) -> str:
    """The statements that made a SQLite file; "" for any other, which only the checks can read."""
    try:
        with path.open("rb") as file:
            if file.read(len(_SQLITE)) != _SQLITE:
                return ""
        database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            rows = database.execute(
                "SELECT sql FROM sqlite_master WHERE type IN ('table', 'view') AND sql IS NOT NULL"
            ).fetchall()
        finally:
            database.close()
    except (OSError, sqlite3.Error):
        return ""
    return "".join(f"{row[0]};\n\n" for row in rows)


def _tables(ddl: str, dialect: str) -> list[Table]:
    """What makes tables and views; of a dump, nothing of its data."""
    try:
        found, _ = statements(ddl, dialect)
    except Unchecked:
        return []
    tables = []
    for statement in found:
        text = ddl[statement.tokens[0].offset : statement.offset + len(statement.text)] if statement.tokens else ""
        match = _NAME.match(text)
        if match is not None:
            tables.append(Table(match.group(1).split(".")[-1].strip('"`[]').lower(), text))
    return tables


def _readable(table: Table) -> Table:
    text = "\n".join(line.rstrip() for line in table.text.strip().split("\n") if line.strip())
    return Table(table.name, text + ";")


def _by_interest(tables: Sequence[Table], request: str) -> list[int]:
    """Numbers of tables, those that the request names before those whose columns it names, then all others."""
    asked = _words(request)
    scores = []
    for table in tables:
        name = _words(table.name)
        named = 4 if name and name <= asked else 0
        scores.append(named + min(3, len(asked & _words(table.text))))
    order = sorted(range(len(tables)), key=lambda number: (-scores[number], number))
    # A table that is asked for is joined over those that it refers to.
    first = [number for number in order if scores[number] >= 4]
    needed = [
        number
        for number in order
        if number not in first and any(_mentions(tables[one].text, tables[number].name) for one in first)
    ]
    return [*first, *needed, *(number for number in order if number not in first and number not in needed)]


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE) is not None


def _words(text: str) -> set[str]:
    """Words in lower case and without a plural ending, so that `order_items` and "order item" agree."""
    found = set()
    for word in _WORD.findall(text.lower().replace("_", " ")):
        stem = word[:-3] + "y" if word.endswith("ies") and len(word) > 4 else word.removesuffix("s")
        found.add(stem.removesuffix("e"))
    return found

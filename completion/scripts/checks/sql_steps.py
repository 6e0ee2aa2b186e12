"""A script and a schema as steps for a database: what it is told beforehand and what it shall explain.

Knows the dialects of the script and of the database that explains it; opens nothing but the user's own SQLite file, to
read its schema.
"""

from __future__ import annotations

import logging
import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from completion.scripts.checks.sql_shape import shape
from completion.scripts.checks.sql_statements import Statement, statements
from completion.scripts.checks.verdicts import Unchecked
from completion.scripts.types import Finding, Material

LONGEST_SCHEMA = 1 << 20
QUERIES = frozenset({"SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "REPLACE", "VALUES", "("})
# What may follow the columns of a table in SQLite and is not in sqlglot's grammar.
_OPTIONS = re.compile(r"\)\s*(?:(?:WITHOUT\s+ROWID|STRICT)\s*,?\s*)+$", re.I)
_NULLS = re.compile(r" NULLS (?:FIRST|LAST)\b")
_CHANGES = frozenset({"CREATE", "ALTER", "DROP"})


@dataclass(frozen=True, slots=True)
class Step:
    """One statement: as the database shall explain it ("" where it shall not), and what it changes afterwards.

    `reason` says why the change cannot be followed; what comes after it is explained no more.
    """

    statement: Statement
    explained: str
    changes: tuple[str, ...] = ()
    reason: str = ""


def schema_of(material: Material, target: str) -> list[str]:
    """Statements for the private database, in the dialect `target`. Raises Unchecked where it cannot be read."""
    text, dialect = material.schema, material.dialect or "sqlite"
    if material.database:
        text += "\n" + _from_file(Path(material.database))
        dialect = "sqlite" if not material.schema else dialect
    if len(text) > LONGEST_SCHEMA:
        raise Unchecked(f"the schema has {len(text):,} characters, more than the {LONGEST_SCHEMA:,} that are read")
    if not text.strip():
        return []
    found, findings = statements(text, dialect)
    if findings:
        raise Unchecked(f"the schema cannot be read: line {findings[0].line}: {findings[0].message}")
    changes = [statement for statement in found if statement.first() in _CHANGES]
    if dialect == target:
        return [statement.text for statement in changes]
    return [change for statement in changes for change in _changes(statement, dialect, target)]


def steps(text: str, dialect: str, target: str) -> tuple[list[Step], list[Finding]]:
    """The script as steps, or what keeps it from being cut into statements."""
    found, findings = statements(text, dialect)
    return [_step(statement, dialect, target) for statement in found], findings


def translated(statement: Statement, dialect: str, target: str) -> str:
    """A query in another dialect, without the names of schemas; "" where sqlglot cannot say it."""
    import sqlglot
    from sqlglot import errors, exp

    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    try:
        tree = sqlglot.parse_one(statement.text, read=dialect)
        for table in tree.find_all(exp.Table):
            if table.db.lower() in ("information_schema", "pg_catalog", "sys", "mysql"):
                return ""
            table.set("db", None)
            table.set("catalog", None)
        # sqlglot writes down where another database would put nulls; not every clause takes that.
        return _NULLS.sub("", tree.sql(target))
    except (errors.SqlglotError, ValueError, TypeError, AttributeError, KeyError):
        return ""


def _step(statement: Statement, dialect: str, target: str) -> Step:
    explained = ""
    if dialect == target and statement.first() in QUERIES | _CHANGES:
        explained = statement.text
    elif statement.first() in QUERIES:
        explained = translated(statement, dialect, target)
    if statement.first() not in _CHANGES:
        return Step(statement, explained)
    try:
        return Step(statement, explained, tuple(_changes(statement, dialect, target)))
    except Unchecked as unchecked:
        return Step(statement, explained, (), str(unchecked))


def _changes(statement: Statement, dialect: str, target: str) -> list[str]:
    import sqlglot
    from sqlglot import errors

    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    try:
        trees = sqlglot.parse(_OPTIONS.sub(")", statement.text), read=dialect)
        return [change for tree in trees if tree is not None for change in shape(tree, target)]
    except errors.SqlglotError:
        return []


def _from_file(path: Path) -> str:
    with path.open("rb") as stream:
        if not stream.read(16).startswith(b"SQLite format 3"):
            raise Unchecked(f"{path.name} is no SQLite file")
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=1.0)
    try:
        rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
        return ";\n".join(str(row[0]) for row in rows.fetchmany(5000)) + ";"
    except sqlite3.Error as error:
        raise Unchecked(f"{path.name} cannot be read ({error})") from None
    finally:
        connection.close()

"""A script and a schema as steps for a database: what it is told beforehand and what it shall explain.

Knows the dialects of the script and of the database that explains it; opens nothing but the user's own SQLite or
DuckDB file, to read its schema.
"""

from __future__ import annotations

import json
import logging
import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from completion.scripts.checks import tools
from completion.scripts.checks.sql_shape import shape
from completion.scripts.checks.sql_statements import Statement, statements
from completion.scripts.checks.verdicts import Unchecked
from completion.scripts.types import Finding, Material

if TYPE_CHECKING:
    from sqlglot import exp

LONGEST_SCHEMA = 1 << 20
_PROGRAM = Path(__file__).with_name("programs") / "duckdb_schema.py"
_SECONDS = 4.0  # Importing DuckDB takes a third of a second on a quiet machine.
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


def dialect_of(material: Material) -> str:
    """The dialect of a script: the one that is named, else that of the database file, else SQLite's."""
    if material.dialect or not material.database:
        return material.dialect or "sqlite"
    try:
        return _kind_of(Path(material.database)) or "sqlite"
    except Unchecked:
        return "sqlite"


def schema_of(material: Material, target: str) -> list[str]:
    """Statements for the private database, in the dialect `target`. Raises Unchecked where it cannot be read."""
    sources = [(material.schema, dialect_of(material))]
    if material.database:
        sources.append(_from_file(Path(material.database)))
    size = sum(len(text) for text, _ in sources)
    if size > LONGEST_SCHEMA:
        raise Unchecked(f"the schema has {size:,} characters, more than the {LONGEST_SCHEMA:,} that are read")
    return [change for text, dialect in sources for change in _told(text, dialect, target)]


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
        if target == "sqlite":
            tree = _plainer(tree)
        # sqlglot writes down where another database would put nulls; not every clause takes that.
        return _NULLS.sub("", tree.sql(target))
    except (errors.SqlglotError, ValueError, TypeError, AttributeError, KeyError):
        return ""


def _plainer(tree: exp.Expr) -> exp.Expr:
    """The query without what SQLite cannot read and what says nothing of tables and columns."""
    from sqlglot import exp

    def plain(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Interval):
            return exp.Literal.string("1 day")
        if isinstance(node, exp.Var) and isinstance(node.parent, exp.Func):
            return exp.Literal.string(node.name)  # The unit of a date; SQLite would take it for a column.
        if isinstance(node, exp.Extract):
            return exp.Anonymous(this="date_part", expressions=[node.expression])
        if isinstance(node, exp.ArrayContainsAll | exp.ArrayContainedBy | exp.ArrayOverlaps | exp.JSONBContains):
            return exp.EQ(this=node.this, expression=node.expression)
        return node

    return tree.transform(plain)


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


def _told(text: str, dialect: str, target: str) -> list[str]:
    if not text.strip():
        return []
    found, findings = statements(text, dialect)
    if findings:
        raise Unchecked(f"the schema cannot be read: line {findings[0].line}: {findings[0].message}")
    changes = [statement for statement in found if statement.first() in _CHANGES]
    if dialect == target:
        return [statement.text for statement in changes]
    return [change for statement in changes for change in _changes(statement, dialect, target)]


def _kind_of(path: Path) -> str:
    """The dialect of a database file, "" where it is none that can be read."""
    try:
        with path.open("rb") as stream:
            begin = stream.read(16)
    except OSError as error:
        raise Unchecked(f"{path.name} cannot be opened ({error.strerror or type(error).__name__})") from None
    if begin.startswith(b"SQLite format 3"):
        return "sqlite"
    return "duckdb" if begin[8:12] == b"DUCK" else ""


def _from_file(path: Path) -> tuple[str, str]:
    kind = _kind_of(path)
    if not kind:
        raise Unchecked(f"{path.name} is neither a SQLite nor a DuckDB file")
    return (_from_duckdb(path) if kind == "duckdb" else _from_sqlite(path)), kind


def _from_sqlite(path: Path) -> str:
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=1.0)
    try:
        rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
        return ";\n".join(str(row[0]) for row in rows.fetchmany(5000)) + ";"
    except sqlite3.Error as error:
        raise Unchecked(f"{path.name} cannot be read ({error})") from None
    finally:
        connection.close()


def _from_duckdb(path: Path) -> str:
    """In a process of its own: a damaged file must not end ours."""
    output = tools.run_python(_PROGRAM, json.dumps({"path": str(path.resolve())}), seconds=_SECONDS)
    try:
        told = json.loads(output.stdout)
    except ValueError:
        raise Unchecked(f"{path.name} cannot be read (DuckDB gave no answer)") from None
    if told.get("missing"):
        raise Unchecked(f"duckdb is not installed, and {path.name} is a DuckDB file")
    if told.get("refused"):
        raise Unchecked(f"{path.name} cannot be read ({told['refused']})")
    return ";\n".join(str(statement) for statement in told["statements"]) + ";"

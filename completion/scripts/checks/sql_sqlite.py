"""SQL: EXPLAIN in a private SQLite database in memory that holds the schema and nothing else.

Statements are compiled, never run. For other dialects the schema and the queries are translated, and only what does
not depend on the translation counts: tables and columns that are not there, and numbers of values.
"""

from __future__ import annotations

import itertools
import re
import sqlite3
import time
from collections.abc import Sequence

from completion.scripts.checks.sql_names import said
from completion.scripts.checks.sql_statements import Statement
from completion.scripts.checks.sql_steps import Step, dialect_of, schema_of, steps
from completion.scripts.checks.verdicts import Unchecked, place, verdict
from completion.scripts.types import Finding, Material

_NAMED = re.compile(
    r"no such table: (?P<table>\S+)|no such column: (?P<column>\S+)|ambiguous column name: (?P<ambiguous>\S+)"
    r"|duplicate column name: (?P<twice>\S+)|table (?P<of>\S+) has no column named (?P<lacking>\S+)"
)
_NAMES = ("table", "column", "ambiguous", "lacking", "twice")
_COUNTED = re.compile(r"has \d+ columns? but \d+ values|\d+ values for \d+ columns")
_NEAR = re.compile(r'near "(.+?)": syntax error', re.S)
_FUNCTION = re.compile(r"no such function: (\w+)$")
_MODULES = frozenset({"fts3", "fts4", "fts5", "rtree"})
_REACHING = frozenset({"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer", "lsmode"})
_STEPS = 1000
_SECONDS = 2.0


@verdict("sqlite")
def check(text: str, material: Material) -> Sequence[Finding]:
    """Errors of SQLite's compiler with line and column. Without a schema a missing table is no finding."""
    dialect = dialect_of(material)
    plan, findings = steps(text, dialect, "sqlite")
    if findings:
        return findings
    connection = private()
    try:
        known = _tell(connection, schema_of(material, "sqlite"))
        return _explained(connection, text, plan, dialect, known=known)
    finally:
        connection.close()


def private() -> sqlite3.Connection:
    """An empty database in memory that cannot reach a file, load anything or run for long."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    end = time.monotonic() + _SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    connection.set_authorizer(_allows)
    for kind, bound in ((sqlite3.SQLITE_LIMIT_ATTACHED, 0), (sqlite3.SQLITE_LIMIT_LENGTH, 1 << 20)):
        connection.setlimit(kind, bound)
    return connection


def _allows(action: int, first: str | None, second: str | None, database: str | None, trigger: str | None) -> int:
    if action in (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH, sqlite3.SQLITE_PRAGMA):
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _REACHING:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_CREATE_VTABLE and (second or "").lower() not in _MODULES:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def _tell(connection: sqlite3.Connection, changes: Sequence[str]) -> bool:
    """Make the schema; whether there is one."""
    for change in changes:
        try:
            connection.execute(change)
        except sqlite3.Error as error:
            # What SQLite cannot hold (a trigger of another database, a function) must not hide the rest.
            if change.upper().startswith(("CREATE TABLE", "ALTER")):
                raise Unchecked(f"SQLite refuses the schema: {error}") from None
    return bool(changes)


def _explained(
    connection: sqlite3.Connection, text: str, plan: Sequence[Step], dialect: str, *, known: bool
) -> list[Finding]:
    findings: list[Finding] = []
    doubts: list[str] = []
    explained = 0
    stubs: set[str] = set()
    for step in plan:
        error = _error(connection, step.explained) if step.explained else ""
        function = ""
        while dialect != "sqlite" and (missing := _FUNCTION.match(error)) and missing[1] not in stubs:
            # A function of the other database must not hide the columns in it; it is compiled and never called.
            function = error
            stubs.add(missing[1])
            connection.create_function(missing[1], -1, lambda *values: None)
            error = _error(connection, step.explained)
        if error and _counts(error, step.statement, dialect, known=known):
            message = said(connection, error, step.statement)
            findings.append(Finding("sqlite", message, *_place(connection, text, step.statement, error, dialect)))
        elif (
            error
            or function
            or (not step.explained and step.statement.first() not in ("BEGIN", "COMMIT", "END", "ROLLBACK"))
        ):
            doubts.append(error or function or f"{step.statement.first()} is not explained")
        else:
            explained += 1
        if step.reason:
            doubts.append(step.reason)
            break
        for change in step.changes:
            error = _error(connection, change, explain=False)
            if error and not step.explained and _counts(error, step.statement, dialect, known=known):
                message = said(connection, error, step.statement)
                findings.append(Finding("sqlite", message, *_place(connection, text, step.statement, error, dialect)))
    if not findings and (doubts or not explained):
        line = f" ({doubts[0]})" if doubts else ""
        raise Unchecked(f"{'a statement was not explained' if known else 'the schema is not known'}{line}")
    return findings


def _error(connection: sqlite3.Connection, statement: str, *, explain: bool = True) -> str:
    """What SQLite says against a statement; nothing of it is run when `explain`."""
    try:
        connection.execute(f"EXPLAIN {statement}" if explain else statement)
    except sqlite3.ProgrammingError as error:
        # Parameters without values: the statement has been compiled by then.
        return "" if "binding" in str(error).lower() or "You did not supply" in str(error) else str(error)
    except (sqlite3.Error, sqlite3.Warning) as error:
        return str(error)
    return ""


def _counts(error: str, statement: Statement, dialect: str, *, known: bool) -> bool:
    named = _NAMED.search(error)
    if error.startswith(("not authorized", "no such index", "no such module", "interrupted", "no such trigger")):
        return False
    if not known and (error.startswith(("no such table", "no such view"))):
        return False
    if dialect == "sqlite":
        return True
    if _COUNTED.search(error):
        return True
    if named is None:
        return False
    # Functions in FROM and whole rows are tables and columns to SQLite alone.
    name = _name(named).rpartition(".")[2]
    words = [token.upper.strip('"`') for token in statement.tokens]
    if named.group("twice") and "EXISTS" in words:
        return False  # Of what it adds only where it is not there.
    called = any(word == name and after == "(" for word, after in itertools.pairwise(words))
    return name in words and name != "DUAL" and not called and named.group("column") != _row(name, words)


def _name(named: re.Match[str]) -> str:
    """The name that an error is about, in capitals."""
    return str(next(filter(None, named.group(*_NAMES)))).strip('"').upper()


def _row(name: str, words: Sequence[str]) -> str:
    """The name, in small letters, where it is a table's: Postgres gives the whole row then."""
    for index, word in enumerate(words):
        before = words[max(0, index - 2) : index]
        if words[max(0, index - 4) : index - 2] == ["EXTRACT", "("]:
            continue
        if word == name and (before[-1:] in (["FROM"], ["JOIN"], ["AS"]) or before[:1] in (["FROM"], ["JOIN"])):
            return name.lower()
    return ""


def _place(
    connection: sqlite3.Connection, text: str, statement: Statement, error: str, dialect: str
) -> tuple[int, int]:
    near, named = _NEAR.search(error), _NAMED.search(error)
    if near and dialect == "sqlite":
        # The parser stops at the first token it cannot take: the shortest beginning that says the same ends with it.
        for token in statement.tokens:
            end = token.offset + len(token.text)
            if token.text == near.group(1) and _NEAR.search(_error(connection, text[statement.offset : end])):
                return place(text, token.offset)
    if error == "incomplete input":
        return place(text, statement.tokens[-1].offset)
    if named:
        *owner, name = _name(named).split(".")
        words = [token.upper.strip('"`[]') for token in statement.tokens]
        for index, word in enumerate(words):
            if word == name and (not owner or words[max(0, index - 2) : index] == [owner[-1], "."]):
                return place(text, statement.tokens[index].offset)
    counted = "VALUES" in (words := [token.upper for token in statement.tokens]) and _COUNTED.search(error)
    return place(text, statement.tokens[words.index("VALUES") if counted else 0].offset)

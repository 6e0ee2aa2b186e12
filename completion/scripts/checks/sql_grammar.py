"""SQL: sqlglot's grammar of the dialect, and our own rules for what it lets pass."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

from completion.scripts.checks.sql_rules import RULES
from completion.scripts.checks.sql_statements import Statement, statements, unbalanced
from completion.scripts.checks.sql_steps import dialect_of
from completion.scripts.checks.verdicts import Unchecked, place, verdict
from completion.scripts.types import Finding, Material

# Statements that sqlglot takes as text in every dialect and that have no grammar worth a doubt.
_PLAIN = frozenset({"BEGIN", "COMMIT", "ROLLBACK", "VACUUM", "ANALYZE", "START", "SAVEPOINT", "RELEASE", "PRAGMA"})
_CLASS = re.compile(r"Required keyword: '(\w+)' missing for <class '[\w.]*?(\w+)'>")


@verdict("sqlglot")
def check(text: str, material: Material) -> Sequence[Finding]:
    """Syntax errors with line and column; statements that sqlglot does not know leave the text unchecked."""
    dialect = dialect_of(material)
    found, findings = statements(text, dialect)
    if findings:
        return findings
    if not found:
        raise Unchecked("there is no statement in it")
    unknown: list[int] = []
    for statement in found:
        said = [
            Finding("sqlglot", message, *place(text, token.offset), rule=rule.__name__.replace("_", "-"))
            for rule in RULES
            for message, token in rule(statement, dialect)
        ]
        findings += said or [*unbalanced(text, statement), *_parsed(text, statement, dialect, unknown)]
    if unknown and not findings:
        raise Unchecked(f"sqlglot does not know the statement in line {unknown[0]}")
    return findings


def _parsed(text: str, statement: Statement, dialect: str, unknown: list[int]) -> list[Finding]:
    import sqlglot
    from sqlglot import errors, exp

    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    try:
        trees = sqlglot.parse(statement.text, read=dialect)
    except errors.ParseError as error:
        first = error.errors[0] if error.errors else {}
        message = str(first.get("description") or error).split("\n")[0].split(" but got <Token")[0]
        message = _CLASS.sub(r"the \1 of \2 is missing", message)
        near = str(first.get("highlight") or "")
        # `col` counts to the last character of the highlighted token.
        offset = _offset(statement.text, int(first.get("line") or 1), int(first.get("col") or 1)) - max(
            0, len(near) - 1
        )
        return [
            Finding("sqlglot", f"{message} near {near}" if near else message, *place(text, statement.offset + offset))
        ]
    except errors.TokenError as error:
        return [Finding("sqlglot", str(error).split("\n")[0], *place(text, statement.offset))]
    except ValueError as error:
        raise Unchecked(f"sqlglot does not know the dialect {dialect}") from error
    command = any(isinstance(node, exp.Command) for tree in trees if tree for node in tree.walk())
    if command and statement.first() not in _PLAIN:
        unknown.append(place(text, statement.offset)[0])
    return []


def _offset(text: str, line: int, column: int) -> int:
    begin = 0
    for _ in range(line - 1):
        begin = text.find("\n", begin) + 1
    return begin + column - 1

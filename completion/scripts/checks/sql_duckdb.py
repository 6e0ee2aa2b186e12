"""SQL: EXPLAIN in a private DuckDB, where it is installed: its binder is strict about groups, as PostgreSQL's is."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from completion.scripts.checks import tools
from completion.scripts.checks.sql_statements import Statement
from completion.scripts.checks.sql_steps import QUERIES, dialect_of, schema_of, steps
from completion.scripts.checks.verdicts import Unchecked, place, verdict
from completion.scripts.types import Finding, Material

_PROGRAM = Path(__file__).with_name("programs") / "duckdb_explain.py"
_SECONDS = 4.0  # Importing it takes a third of a second on a quiet machine.
# What DuckDB says of names and groups holds for PostgreSQL too; of functions and types it may not.
_SHARED = re.compile(
    r"must appear in the GROUP BY|Referenced column|Table with name|Ambiguous reference|does not have a column"
)
_QUOTED = re.compile(r'"([^"]+)"|name (\w+) ')


@verdict("duckdb")
def check(text: str, material: Material) -> Sequence[Finding]:
    """Errors of DuckDB's binder for its own dialect, and for PostgreSQL those that both have."""
    dialect = dialect_of(material)
    if dialect not in ("duckdb", "postgres"):
        raise Unchecked(f"DuckDB does not stand for {dialect}")
    plan, findings = steps(text, dialect, "duckdb")
    if findings:
        return findings
    schema = schema_of(material, "duckdb")
    asked = [
        {
            "explain": step.explained if dialect == "duckdb" or step.statement.first() in QUERIES else "",
            "changes": step.changes,
        }
        for step in plan
    ]
    output = tools.run_python(_PROGRAM, json.dumps({"schema": schema, "steps": asked}), seconds=_SECONDS)
    try:
        told = json.loads(output.stdout)
    except ValueError:
        raise Unchecked("DuckDB gave no answer") from None
    if told.get("missing"):
        raise Unchecked("duckdb is not installed")
    if told["refused"]:
        raise Unchecked(f"DuckDB refuses the schema: {told['refused']}".split("\n")[0])
    doubts = [step.reason for step in plan if step.reason]
    for step, said in zip(plan, told["said"], strict=True):
        message = str(said["message"]).split("\n")[0]
        if not message:
            continue
        missing = not schema and "Table with name" in message
        if missing or said["kind"] == "Permission" or (dialect != "duckdb" and not _SHARED.search(message)):
            doubts.append(message)
            continue
        position = int(said["position"]) - len("EXPLAIN ") if dialect == "duckdb" else -1
        findings.append(Finding("duckdb", message, *_place(text, step.statement, message, position)))
    if not findings and (doubts or not any(part["explain"] for part in asked)):
        raise Unchecked(f"a statement was not explained ({doubts[0] if doubts else 'there is no query in it'})")
    return findings


def _place(text: str, statement: Statement, message: str, position: int) -> tuple[int, int]:
    if position >= 0:
        return place(text, statement.offset + position)
    named = _QUOTED.search(message)
    name = (named.group(1) or named.group(2)).upper() if named else ""
    for token in statement.tokens:
        if token.upper.strip('"') == name:
            return place(text, token.offset)
    return place(text, statement.offset)

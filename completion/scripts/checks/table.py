"""Which checks belong to which kind of script, and all of them at once."""

from __future__ import annotations

from completion.scripts.checks import (
    compose_schema,
    dockerfile_hadolint,
    dockerfile_own,
    kubernetes_schema,
    python_ruff,
    python_syntax,
    regex_examples,
    shell_bash,
    shell_shellcheck,
    shell_shfmt,
    sql_duckdb,
    sql_grammar,
    sql_postgres,
    sql_sqlite,
)
from completion.scripts.checks.verdicts import Check
from completion.scripts.types import Material, Verdict

# The fast ones first; a new validator is a file and its name here.
CHECKS: dict[str, tuple[Check, ...]] = {
    "sql": (sql_grammar.check, sql_sqlite.check, sql_postgres.check, sql_duckdb.check),
    "shell": (shell_shfmt.check, shell_bash.check, shell_shellcheck.check),
    "dockerfile": (dockerfile_own.check, dockerfile_hadolint.check),
    "compose": (compose_schema.check,),
    "kubernetes": (kubernetes_schema.check,),
    "regex": (regex_examples.check,),
    "python": (python_syntax.check, python_ruff.check),
}


def examine(kind: str, text: str, material: Material) -> tuple[Verdict, ...]:
    """What every check of the kind comes to, in the order of the table. Raises KeyError for an unknown kind."""
    return tuple(check(text, material) for check in CHECKS[kind])

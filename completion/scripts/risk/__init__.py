"""Names what is destructive or dangerous in a script, with the reason, by its syntax tree. Runs nothing.

A risk is no error: a script with risks may be just what was asked for. So all findings are warnings, or notes where
risks could not be judged. Whether a script is valid, the checks say.
"""

from __future__ import annotations

from completion.scripts.risk.findings import unjudged
from completion.scripts.types import Finding

KINDS = ("compose", "dockerfile", "kubernetes", "python", "regex", "shell", "sql")

MAX_CHARACTERS = 300_000
"""Longer scripts are not judged: it would take longer than anybody waits."""


def find(kind: str, text: str, dialect: str = "") -> tuple[Finding, ...]:
    """The risks of `text`, in the order of their lines, each rule once per line.

    `kind` is one of `KINDS` ("regex" has no risks); `dialect` a sqlglot name. Raises `ValueError` for another kind.
    """
    if kind != "regex" and len(text) > MAX_CHARACTERS:
        return (unjudged(f"the script is longer than {MAX_CHARACTERS} characters"),)
    found = _found(kind, text, dialect)
    once = {(each.line, each.rule): each for each in reversed(found)}
    return tuple(sorted(once.values(), key=lambda each: (each.line, each.column, each.rule)))


def _found(kind: str, text: str, dialect: str) -> tuple[Finding, ...]:
    """The libraries behind the kinds take a third of a second to load, so only those of this kind are."""
    match kind:
        case "sql":
            from completion.scripts.risk.sql import find as in_sql

            return in_sql(text, dialect)
        case "shell":
            from completion.scripts.risk.shell import find as in_shell

            return in_shell(text)
        case "dockerfile":
            from completion.scripts.risk.dockerfile import find as in_dockerfile

            return in_dockerfile(text)
        case "compose":
            from completion.scripts.risk.compose import find as in_compose

            return in_compose(text)
        case "kubernetes":
            from completion.scripts.risk.kubernetes import find as in_kubernetes

            return in_kubernetes(text)
        case "python":
            from completion.scripts.risk.python import find as in_python

            return in_python(text)
        case "regex":
            return ()
    raise ValueError(f"risks are known of {', '.join(KINDS)}, not of {kind!r}")

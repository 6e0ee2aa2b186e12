"""The nouns of scripts: what is asked for, what was found wrong, and how far it was checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]
State = Literal["valid", "invalid", "not checked"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check or the risk rules say of a script.

    `line` and `column` count from 1; 0 where the tool gives none. `rule` is the tool's own name of it (an error code, a
    rule's name), `check` who says so ("sqlite", "shellcheck", "risk", …).
    """

    check: str
    message: str
    line: int = 0
    column: int = 0
    severity: Severity = "error"
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one check came to: valid, invalid with findings, or not checked because of `reason`."""

    check: str
    state: State
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    milliseconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Material:
    """What a script is checked against, as far as the user has given it.

    `schema` is DDL; `database` the path of a SQLite or DuckDB file, which is only read; `dialect` a sqlglot name;
    `version` the Kubernetes version, as in "1.34"; `matching` and `other` are texts that a regular expression must and
    must not match.
    """

    dialect: str = ""
    schema: str = ""
    database: str = ""
    version: str = ""
    matching: tuple[str, ...] = ()
    other: tuple[str, ...] = ()

"""The nouns of scripts: what is asked for, what was found wrong, and how far it was checked."""

from __future__ import annotations

from dataclasses import dataclass, field
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


Task = Literal["write", "translate", "fix", "explain"]
"""`write` from a request; the others are about a script that there is (`ScriptRequest.source`)."""

How = Literal["first", "constrained", "repaired", "translated"]
"""What made an attempt: the model alone, under a grammar, after its findings, or a library without any model."""


@dataclass(frozen=True, slots=True)
class ScriptRequest:
    """What is asked for. `kind` is a name of `KINDS`, `request` a person's words.

    `source` is the script to translate, to fix or to explain; `target` the dialect or language to translate to;
    `finding` what a validator said of it. `context` are texts to look at, as (display path, text). The dials:
    `temperature` (0 is greedy) and `seed`, which differs for another try. `repairs` are the rounds at most.
    """

    kind: str
    request: str
    task: Task = "write"
    source: str = ""
    target: str = ""
    finding: Finding | None = None
    material: Material = field(default_factory=Material)
    context: tuple[tuple[str, str], ...] = ()
    temperature: float = 0.0
    seed: int = 0
    repairs: int = 2


@dataclass(frozen=True, slots=True)
class Attempt:
    """A script with its evidence: what the checks and the risk rules say, and names that nobody can check offline.

    `finished` is False where the model was cut off by its token limit.
    """

    text: str
    how: How
    verdicts: tuple[Verdict, ...] = ()
    risks: tuple[Finding, ...] = ()
    unverified: tuple[Finding, ...] = ()
    finished: bool = True

    @property
    def state(self) -> State:
        """Invalid where one check says so; valid where at least one does and none objects."""
        states = {verdict.state for verdict in self.verdicts}
        if "invalid" in states:
            return "invalid"
        return "valid" if "valid" in states else "not checked"

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What makes it invalid, in the order of the checks."""
        return tuple(
            finding for verdict in self.verdicts for finding in verdict.findings if finding.severity == "error"
        )


@dataclass(frozen=True, slots=True)
class Piece:
    """More text of the attempt that is being written."""

    text: str


@dataclass(frozen=True, slots=True)
class Round:
    """A further attempt begins: what was streamed before it is void. `number` is 1 for the first one that follows."""

    number: int
    how: How
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end: the best attempt, and all of them in their order (for figures and for `--json`)."""

    best: Attempt
    attempts: tuple[Attempt, ...] = ()


Event = Piece | Round | Outcome
"""What generating a script yields; the last event is the `Outcome`."""

"""What happened on the way to a suggestion, or to none."""

from __future__ import annotations

from dataclasses import dataclass, field

from completion import copy
from completion.types import Usage


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible answer before it is checked; `probability` is that of its first line being exactly right."""

    source: str
    text: str
    probability: float


@dataclass(slots=True)
class Trace:
    """What happened on the way, for logs, `--json` and benchmarks; milliseconds where named `_ms`.

    `candidates` stand in the order in which they were tried; `logprob` is the sum of the generated first
    line's natural-log token probabilities; `finish` is the engine's reason ("stop", "length", "cancelled"),
    or ours ("block end", "deadline"). `first_ms` and `line_ms` are the times from the question to the first
    token and to the end of the first line.
    """

    mode: str = ""
    reason: str = ""
    source: str = ""
    rules: tuple[str, ...] = ()
    generated: str = ""
    finish: str = ""
    logprob: float = 0.0
    guess: copy.Guess | None = None
    candidates: tuple[Candidate, ...] = ()
    context: tuple[str, ...] = ()
    unknown_names: tuple[str, ...] = ()
    usage: Usage = field(default_factory=Usage)
    before_ms: float = 0.0
    first_ms: float = 0.0
    line_ms: float = 0.0
    engine_ms: float = 0.0
    after_ms: float = 0.0

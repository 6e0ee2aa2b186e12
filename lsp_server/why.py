"""What became of the newest requests: a record of each suggestion and each silence, without any document text.

The server keeps the newest `KEPT`. `why_text` says them in words, `why_file` keeps them where the command line finds
them. Knows no LSP.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from completion.types import CompletionRequest, Suggestion

if TYPE_CHECKING:
    from completion.inline import Trace

KEPT = 50

Outcome = Literal["shown", "silent", "withdrawn", "failed"]
"""Withdrawn: the editor did not wait for the answer, or the text has changed meanwhile."""


@dataclass(frozen=True, slots=True)
class Tried:
    """An answer that was considered; `probability` (0..1) is that of its first line being exactly right."""

    source: str
    probability: float


@dataclass(frozen=True, slots=True)
class Record:
    """One request and what became of it.

    `at` is in seconds since 1970, `line` counts from 1, what ends in `_ms` are milliseconds. `characters` and `lines`
    are the size of what was shown. `reason` says why the mode is what it is, or why nothing was shown. `rules` are the
    filters that have changed the last answer tried, `context` the places that the model was shown beside the file, each
    as "path:lines (reason, tokens)". `unknown` is how many names of the suggestion stand nowhere, `unknown_names`
    which; the names are text of a document, and are never written to a file.
    """

    at: float
    method: str
    trigger: str
    path: str
    line: int
    language: str
    outcome: Outcome
    reason: str = ""
    mode: str = ""
    source: str = ""
    characters: int = 0
    lines: int = 0
    confidence: float | None = None
    checked: bool = False
    candidates: tuple[Tried, ...] = ()
    rules: tuple[str, ...] = ()
    before_ms: float = 0.0
    first_ms: float = 0.0
    line_ms: float = 0.0
    engine_ms: float = 0.0
    after_ms: float = 0.0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    finish: str = ""
    model: str = ""
    engine: str = ""
    context: tuple[str, ...] = ()
    unknown: int = 0
    unknown_names: tuple[str, ...] = ()


@dataclass(slots=True)
class Course:
    """A request on its way: filled in until it is `recorded`. `note` overrides the core's reason."""

    method: str
    path: str
    line: int
    request: CompletionRequest
    at: float = field(default_factory=time.time)
    outcome: Outcome = "silent"
    note: str = ""
    suggestion: Suggestion | None = None
    trace: Trace | None = None
    model: str = ""
    engine: str = ""

    def recorded(self) -> Record:
        """What is to be remembered of it."""
        asked, trace, found = self.request, self.trace, self.suggestion
        record = Record(
            self.at,
            self.method,
            asked.trigger.value,
            self.path,
            self.line,
            asked.document.language,
            self.outcome,
            self.note,
            model=self.model,
            engine=self.engine,
        )
        if trace is not None:
            usage, unknown = trace.usage, trace.unknown_names
            record = replace(
                record,
                mode=trace.mode,
                reason=self.note or trace.reason,
                source=trace.source,
                candidates=tuple(Tried(one.source, one.probability) for one in trace.candidates),
                rules=trace.rules,
                before_ms=trace.before_ms,
                first_ms=trace.first_ms,
                line_ms=trace.line_ms,
                engine_ms=trace.engine_ms,
                after_ms=trace.after_ms,
                prompt_tokens=usage.prompt_tokens,
                cached_tokens=usage.cached_tokens,
                completion_tokens=usage.completion_tokens,
                finish=trace.finish,
                context=tuple(map(str, trace.context)),
                unknown=len(unknown),
                unknown_names=unknown,
            )
        if found is not None and self.outcome == "shown":
            record = replace(
                record,
                characters=len(found.text),
                lines=found.text.count("\n") + 1,
                confidence=found.confidence,
                checked=found.checked,
            )
        return record


class Why:
    """The newest records of one server. `on_new` hears that there is one more."""

    def __init__(self, on_new: Callable[[], None] = lambda: None) -> None:
        self.on_new = on_new
        self._records: deque[Record] = deque(maxlen=KEPT)

    def add(self, record: Record) -> None:
        """Remember a record."""
        self._records.append(record)
        self.on_new()

    def newest(self) -> tuple[Record, ...]:
        """All that are remembered, the newest first."""
        return tuple(reversed(self._records))

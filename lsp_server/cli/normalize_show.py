"""What a person sees of `normalize`: the rules, how far it is and how long it takes, and what stood in the way."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TextIO

from lsp_server.cli.progress import duration
from lsp_server.cli.script_show import say

if TYPE_CHECKING:
    from completion.normalize.run import Counts, Job
    from completion.normalize.types import Record, Result

__all__ = ["Progress", "bindings", "in_the_way", "say", "table"]

_REDRAW_SECONDS = 0.2
_LINE_SECONDS = 5.0
_RATE_SECONDS = 30.0
_LONG = 2000
_MOST_WORDS = 8


def bindings(job: Job) -> list[str]:
    """The rules of all columns, with where they come from."""
    from completion.normalize.binding import described
    from completion.normalize.reference import ambiguous

    lines = [f"{name}: {described(job.binding, name)} ({job.binding.why[name]})" for name in job.binding.rules]
    lines += [
        f"{found.path}: {twice[0]!r} stands for several codes; records with it need a look"
        for found in job.binding.references.values()
        if (twice := list(ambiguous(found)))
    ]
    if job.model:
        lines.append(f"doubtful records: {job.model} is asked")
    lines += [f"not checked: {what}" for what in job.target.unchecked]
    return lines


def table(job: Job, counts: Counts) -> dict[str, Any]:
    """The counts for programs."""
    return {
        "table": job.target.table,
        "input": {"path": str(job.source.path), "sha256": job.seen.digest},
        "records": counts.records,
        "rows": counts.rows,
        "records_with_rows": counts.written,
        "nothing_found": counts.nothing,
        "need_a_look": counts.look,
        "decided_by_model": counts.by_model,
        "model": job.model,
        "columns": {name: {"rule": rule.kind, "argument": rule.argument} for name, rule in job.binding.rules.items()},
    }


def in_the_way(pairs: Iterable[tuple[Record, Result]]) -> list[str]:
    """The words that kept most records from being understood, with the next step."""
    words: Counter[str] = Counter()
    for _, result in pairs:
        if result.state == "look":
            words.update({word.casefold() for word in result.words if word.isalpha()})
        if len(words) > 1 << 16:
            words = Counter(dict(words.most_common(1 << 12)))
    often = [(word, count) for word, count in words.most_common(_MOST_WORDS) if count > 1]
    if not often:
        return []
    said = ", ".join(f"{word} ({count})" for word, count in often)
    return [f"words that nothing is known of: {said}. Add names to the reference table, the rest with --ignore"]


class Progress:
    """How far a run is, on standard error: a line that is drawn anew on a terminal, one now and then elsewhere."""

    def __init__(
        self,
        total: int,
        kept: int,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._total, self._kept = total, kept
        self._stream = stream if stream is not None else sys.stderr
        self._live = self._stream.isatty()
        self._clock = clock
        begun = clock()
        self._mark = (begun, kept)
        # Of long work the first line says that it has begun.
        self._drawn = begun if total < _LONG else begun - _LINE_SECONDS
        self._open = False

    def take(self, counts: Counts) -> None:
        """The counts with one more record."""
        if counts.records <= self._kept:
            return
        now = self._clock()
        if now - self._drawn < (_REDRAW_SECONDS if self._live else _LINE_SECONDS):
            return
        self._drawn = now
        line = self.described(counts, now)
        if self._live:
            self._stream.write("\r" + line.ljust(78)[:110])
            self._open = True
        else:
            self._stream.write(line + "\n")
        self._stream.flush()

    def described(self, counts: Counts, now: float) -> str:
        """One line: records, rows, what needs a look, and the time that is left at the speed of the last seconds."""
        since, done = self._mark
        rate = (counts.records - done) / (now - since) if now > since else 0.0
        if now - since > _RATE_SECONDS:
            self._mark = (now, counts.records)
        left = f", {duration((self._total - counts.records) / rate)} left" if rate > 0 else ""
        share = counts.records * 100 // max(1, self._total)
        look = f"{counts.look:,} {'needs' if counts.look == 1 else 'need'} a look"
        return f"{counts.records:,} of {self._total:,} records ({share} %), {counts.rows:,} rows, {look}{left}"

    def end(self) -> None:
        """End the line that is drawn anew."""
        if self._open:
            self._stream.write("\n")
            self._stream.flush()
        self._open = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

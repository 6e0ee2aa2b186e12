"""The story of one run: records are read in their order, decided, proved and written to the journal.

What the text alone does not decide a model is asked about, several records at once; results reach the journal in the
records' order, so that a run which was killed and goes on comes to the same end.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from completion import __version__
from completion.normalize import journal, reading, records
from completion.normalize.ask import Decision, Example
from completion.normalize.binding import Binding
from completion.normalize.load import Holds, Load
from completion.normalize.proof import Proof
from completion.normalize.reading import Reading
from completion.normalize.records import Seen, Source
from completion.normalize.sought import Sought
from completion.normalize.target import Target
from completion.normalize.types import SPAN_KINDS, Cell, Mention, Record, Result, Row

PILOT = 8
"""Doubtful records that a model is asked about at first; one that decides none of them is not asked any more."""

_MOST_MARKS = 64
_MOST_WAITING = 1024
"""Records that are read ahead of the oldest one that a model still thinks about."""


class Decides(Protocol):
    """A model that is asked about doubtful records."""

    parallel: int

    @property
    def name(self) -> str:
        """Its name."""
        ...

    async def decide(self, record: Record, reading: Reading, finding: str = "", slot: int = 0) -> Decision:
        """The rows, or why there are none."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """All that a run depends on. `model` is the name of the model that will be asked, "" for none."""

    source: Source
    seen: Seen
    target: Target
    binding: Binding
    instruction: str = ""
    ignored: frozenset[str] = frozenset()
    model: str = ""
    examples: tuple[Example, ...] = ()

    @property
    def sought(self) -> Sought:
        """What is looked for in the texts."""
        return Sought(self.binding.rules, self.binding.references, self.ignored, Holds(self.target))

    @property
    def required(self) -> frozenset[str]:
        """The columns of texts that no row lacks."""
        needed = {column.name for column in self.target.columns if column.required}
        own = {name for name, rule in self.binding.rules.items() if rule.kind in SPAN_KINDS}
        # Where nothing is required, a row without its values would say nothing.
        return frozenset(own & needed or own)

    @property
    def key(self) -> str:
        """A digest of everything that the results depend on."""
        parts = [
            [__version__, journal.VERSION],
            self.seen.digest,
            self.source.format,
            [self.source.id_column, self.source.text_column],
            [self.target.table, self.target.dialect, list(self.target.load)],
            [[name, rule.kind, rule.argument] for name, rule in self.binding.rules.items()],
            [[name, found.distance, found.spellings] for name, found in self.binding.references.items()],
            self.instruction,
            sorted(self.ignored),
            self.model,
            [[example.text, [dict(row) for row in example.rows]] for example in self.examples],
        ]
        return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "replace")).hexdigest()


Opened = Callable[[], Awaitable[Decides | None]]
"""Opens the model when the first record needs it; None where there is none."""


async def results(job: Job, book: journal.Journal, opened: Opened) -> AsyncGenerator[Result, None]:
    """The results of all records in their order, those of the journal first; new ones are in the journal when they
    come. Closing the generator stops the model. Raises `InputError` and `EngineError`.
    """
    with Load(job.target) as load:
        work = _Work(job, load, opened)
        rest = records.read(job.source)
        for kept in journal.read(book.path) if book.kept else ():
            next(rest)
            work.remember(kept)
            yield kept
        try:
            async for result in work.through(rest):
                book.add(result)
                yield result
        finally:
            book.sync()
            await work.stop()


class _Work:
    """One pass over the records that are left."""

    def __init__(self, job: Job, load: Load, opened: Opened) -> None:
        self._job, self._load, self._opened = job, load, opened
        self._proof = Proof(job.binding)
        self._sought, self._required = job.sought, job.required
        self._model: Decides | None = None
        self._tried = False
        self._asked = 0
        self._decided = 0
        self._running: dict[asyncio.Task[Decision], int] = {}

    def remember(self, result: Result) -> None:
        """A result of an earlier run: its rows are in the table again, and its question counts."""
        if result.state == "rows":
            self._load.insert(result.rows)
        self._count(result)

    async def through(self, rest: Iterator[Record]) -> AsyncGenerator[Result, None]:
        """The results of the records in their order."""
        waiting: deque[tuple[Record, Reading, asyncio.Task[Decision] | None]] = deque()
        for record in rest:
            found = reading.read(record.text, self._sought, self._required)
            if "\0" in record.id:
                found = Reading(reason="Its id has a NUL character, which no table holds.")
            task = None
            if found.reason and not found.empty and self._job.model:
                while waiting and (self._busy() or self._pilot_runs()):
                    yield await self._finished(*waiting.popleft())
                task = await self._question(record, found)
            waiting.append((record, found, task))
            while waiting and (len(waiting) > _MOST_WAITING or waiting[0][2] is None or waiting[0][2].done()):
                yield await self._finished(*waiting.popleft())
        while waiting:
            yield await self._finished(*waiting.popleft())

    async def stop(self) -> None:
        """Stop what the model still thinks about."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _busy(self) -> bool:
        return self._model is not None and len(self._running) >= self._model.parallel

    def _pilot_runs(self) -> bool:
        """Whether it is not known yet if the model is worth asking."""
        return bool(self._running) and self._asked < PILOT <= self._asked + len(self._running)

    def _gives_up(self) -> bool:
        return self._asked >= PILOT and self._decided == 0

    async def _question(self, record: Record, found: Reading, finding: str = "") -> asyncio.Task[Decision] | None:
        if self._gives_up():
            return None
        if not self._tried:
            self._tried, self._model = True, await self._opened()
        if self._model is None:
            return None
        while self._busy():
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
        # A slot holds one question: a newer one in it would stop the older one.
        slot = min(set(range(self._model.parallel)) - set(self._running.values()))
        task = asyncio.create_task(self._model.decide(record, found, finding, slot))
        self._running[task] = slot
        task.add_done_callback(self._running.pop)
        return task

    async def _finished(self, record: Record, found: Reading, task: asyncio.Task[Decision] | None) -> Result:
        """The result of a record, proved and loaded; one that fails is tried once more with the finding."""
        result, finding = self._settled(record, found, await task if task is not None else None)
        if finding and self._job.model and (again := await self._question(record, found, finding)) is not None:
            result, _ = self._settled(record, found, await again, finding)
        self._count(result)
        return result

    def _settled(
        self, record: Record, found: Reading, decision: Decision | None, failed: str = ""
    ) -> tuple[Result, str]:
        """The result, and what the proof found against it."""
        if decision is not None and not decision.asked:
            decision = None
        asked = self._model.name if decision is not None and self._model is not None else ""
        mentions, reason = (found.rows, found.reason) if not failed else ((), failed)
        if decision is not None:
            mentions, reason = decision.rows, f"{reason} {decision.reason}".strip() if decision.reason else ""
        if found.empty:
            return Result(record.line, record.id, "nothing", reason=found.reason), ""
        if not reason:
            rows, note = _rows(record, mentions, self._job.binding)
            finding = self._proof.wrong(record, rows) or self._load.insert(rows)
            if not finding:
                return Result(record.line, record.id, "rows", rows, note, model=asked), ""
            reason = finding
            return self._doubtful(record, found, reason, asked), finding
        return self._doubtful(record, found, reason, asked), ""

    def _doubtful(self, record: Record, found: Reading, reason: str, asked: str) -> Result:
        known = found.found
        candidates = _candidates(known.mentions, self._sought) if known is not None else ()
        words = tuple(piece.text for piece in known.unknown[:8]) if known is not None else ()
        mentions = known.mentions[:_MOST_MARKS] if known is not None else ()
        marks = tuple((mention.start, mention.end, mention.column) for mention in mentions)
        return Result(record.line, record.id, "look", (), reason, candidates, words, asked, marks)

    def _count(self, result: Result) -> None:
        self._asked += bool(result.model)
        self._decided += bool(result.model) and result.state == "rows"


def _rows(record: Record, mentions: tuple[tuple[Mention, ...], ...], binding: Binding) -> tuple[tuple[Row, ...], str]:
    """Rows with the cells of all columns; a row that is there already is left out, with a note."""
    rows: dict[tuple[str, ...], Row] = {}
    for group in mentions:
        said = {mention.column: mention for mention in group}
        cells = []
        for column, rule in binding.rules.items():
            mention = said.get(column)
            if mention is not None:
                cells.append(Cell(column, mention.values[0], mention.start, mention.end, mention.how))
            elif rule.kind == "id":
                cells.append(Cell(column, record.id, how="id"))
            elif rule.kind == "text":
                cells.append(Cell(column, record.text.strip(), how="text"))
            elif rule.kind == "constant":
                cells.append(Cell(column, rule.argument))
        rows.setdefault(tuple(cell.value for cell in cells), tuple(cells))
    note = "" if len(rows) == len(mentions) else "It says a row twice; it is written once."
    return tuple(rows.values()), note


def _candidates(mentions: list[Mention], sought: Sought) -> tuple[str, ...]:
    found = []
    for column in sought.columns():
        values = dict.fromkeys(value for mention in mentions if mention.column == column for value in mention.values)
        if values:
            found.append(f"{column}: {', '.join(list(values)[:12])}")
    return tuple(found)


def counted(counts: Counts, result: Result) -> Counts:
    """The counts with one more result."""
    return Counts(
        counts.records + 1,
        counts.rows + len(result.rows),
        counts.written + (result.state == "rows"),
        counts.nothing + (result.state == "nothing"),
        counts.look + (result.state == "look"),
        counts.by_model + (result.state == "rows" and bool(result.model)),
    )


@dataclass(frozen=True, slots=True)
class Counts:
    """Records by what became of them, and rows."""

    records: int = 0
    rows: int = 0
    written: int = 0
    nothing: int = 0
    look: int = 0
    by_model: int = 0


def pairs(job: Job, path: Path) -> Iterator[tuple[Record, Result]]:
    """Each record with its result, from the input and the journal."""
    return zip(records.read(job.source), journal.read(path), strict=True)


def renamed(job: Job, model: str) -> Job:
    """The same job with another model, "" for none."""
    return replace(job, model=model)

"""The output: INSERTs that a person can read, in the records' order, and the list of records that need a look.

The same journal gives the same bytes: no times and no paths are in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from completion.normalize import load
from completion.normalize.binding import described
from completion.normalize.run import Counts, Job
from completion.normalize.types import Record, Result, Row

BATCH = 100
"""Rows of one INSERT."""

_PLAIN = re.compile(r"[^'\\\x00-\x1f\x7f]*")


def header(job: Job, counts: Counts) -> str:
    """What the file is, as comments: the table, the rules, the counts, the digest of the input."""
    rules = [f"{name}: {described(job.binding, name)}" for name in job.binding.rules]
    lines = [
        f"Rows for {job.target.table}, from {_plain(job.source.path.name)} (SHA-256 {job.seen.digest[:16]}…)",
        *rules,
        summary(counts),
    ]
    if counts.by_model:
        lines.append(f"{counts.by_model:,} records were decided by {job.model}; each of their values was proved.")
    lines += [f"Not checked: {what}." for what in job.target.unchecked]
    return "".join(f"-- {_plain(line)}\n" for line in lines) + "\n"


def summary(counts: Counts) -> str:
    """The counts in one line."""
    return (
        f"{_count(counts.records, 'record')}: {_count(counts.rows, 'row')} from {counts.written:,}, "
        f"nothing in {counts.nothing:,}, {counts.look:,} {'needs' if counts.look == 1 else 'need'} a look"
    )


def statements(job: Job, pairs: Callable[[], Iterable[tuple[Record, Result]]]) -> Iterator[str]:
    """The file below its header, piece by piece; `pairs` begins anew at each call."""
    names = [name for name, rule in job.binding.rules.items() if rule.kind != "omitted"]
    numbers = {column.name for column in job.target.columns if load.is_number(column)}
    columns: tuple[str, ...] = ()
    held: list[str] = []
    for _, result in pairs():
        for row in result.rows:
            own = tuple(cell.column for cell in row)
            if held and (own != columns or len(held) == BATCH):
                yield _insert(job, columns, held)
                held = []
            columns = own
            held.append(_values(row, numbers, job.target.dialect))
    if held:
        yield _insert(job, columns or tuple(names), held)
    heading = "\n-- These records need a look; nothing was written for them:\n"
    for record, result in pairs():
        if result.state == "look":
            yield heading + looked(record, result)
            heading = ""


def looked(record: Record, result: Result) -> str:
    """A record that needs a look, as comments."""
    text = record.text if len(record.text) <= 200 else record.text[:200] + "…"
    return f"-- line {result.line}, {_plain(result.id)}: {_plain(result.reason)}\n--     {_plain(text)}\n"


def literal(value: str, dialect: str) -> str:
    """A text as a literal of the dialect."""
    if _PLAIN.fullmatch(value):
        return f"'{value}'"
    return _escaped(value, dialect)


def _insert(job: Job, columns: tuple[str, ...], rows: list[str]) -> str:
    names = ", ".join(job.target.quoted[name] for name in columns)
    return f"INSERT INTO {job.target.table} ({names}) VALUES\n  " + ",\n  ".join(rows) + ";\n"


def _values(row: Row, numbers: set[str], dialect: str) -> str:
    return "(" + ", ".join(c.value if c.column in numbers else literal(c.value, dialect) for c in row) + ")"


@lru_cache(maxsize=1024)
def _escaped(value: str, dialect: str) -> str:
    from sqlglot import exp

    return str(exp.Literal.string(value).sql(dialect))


def _plain(text: str) -> str:
    """A text as part of a comment: on one line, and nothing that would end it."""
    return "".join(character if character.isprintable() else " " for character in text)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(pairs: Iterable[tuple[Record, Result]]) -> Iterator[str]:
    """The records that need a look as lines with TABs: line, id, reason, what was found, text."""
    yield "line\tid\treason\tfound\ttext\n"
    for record, result in pairs:
        if result.state == "look":
            found = "; ".join(result.candidates)
            yield (
                "\t".join(_plain(part) for part in (str(result.line), result.id, result.reason, found, record.text))
                + "\n"
            )

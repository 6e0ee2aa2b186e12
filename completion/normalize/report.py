"""The report: one page that opens without a network, doubtful records on top, and in each text what came from where.

It is written from the journal, piece by piece; it knows nothing of how rows are found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from html import escape
from importlib import resources
from itertools import islice

from completion.normalize.binding import described
from completion.normalize.run import Counts, Job
from completion.normalize.sql import summary
from completion.normalize.types import SPAN_KINDS, How, Record, Result, Row

MOST_DOUBTFUL = 5000
MOST_WRITTEN = 2000
"""Records of a section that are shown; the SQL has all rows, and the list all that need a look."""

_LONGEST = 2000
_COLOURS = 6
_UNSURE: tuple[How, ...] = ("typo", "word", "grouped")
_WORDS: dict[How, str] = {
    "exact": "as in the table",
    "spelling": "another spelling",
    "typo": "with slips",
    "word": "by one word of the name",
    "digits": "digits",
    "grouped": "uneven groups taken together",
    "pattern": "as it stands",
    "id": "the record's id",
    "text": "the text",
    "constant": "constant",
}

Pairs = Iterable[tuple[Record, Result]]


def page(job: Job, counts: Counts, pairs: Callable[[], Pairs]) -> Iterator[str]:
    """The page piece by piece; `pairs` begins anew at each call."""
    columns = [name for name, rule in job.binding.rules.items() if rule.kind in SPAN_KINDS]
    style = resources.files("completion.normalize").joinpath("report.css").read_text("utf-8")
    title = escape(f"{job.target.table}: rows and where they come from")
    yield (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{style}</style></head><body>\n"
    )
    yield f"<h1>{title}</h1>\n"
    what = f"{job.source.path.name}, SHA-256 {job.seen.digest[:16]}…; {summary(counts)}."
    yield f'<p class="grey">{escape(what)}</p>\n'
    yield from _counts(counts)
    yield "<dl>" + "".join(_rule(job, columns, name) for name in job.binding.rules) + "</dl>\n"
    if job.instruction:
        yield f'<p class="grey">Instruction: {escape(job.instruction)}</p>\n'
    for what in job.target.unchecked:
        yield f'<p class="reason">Not checked: {escape(what)}.</p>\n'
    sections: tuple[tuple[str, Callable[[Result], bool], int], ...] = (
        ("Needs a look: nothing was written for these", lambda result: result.state == "look", MOST_DOUBTFUL),
        (
            "Written, but worth a glance: slips, single words of names, uneven groups of digits, decided by the model",
            _glance,
            MOST_WRITTEN,
        ),
        ("Written", lambda result: result.state == "rows" and not _glance(result), MOST_WRITTEN),
        ("Nothing found", lambda result: result.state == "nothing", MOST_WRITTEN),
    )
    for title, belongs, most in sections:
        yield from _section(title, ((r, s) for r, s in pairs() if belongs(s)), most, columns)
    yield "</body></html>\n"


def _counts(counts: Counts) -> Iterator[str]:
    told = (
        ("records", counts.records, ""),
        ("rows written", counts.rows, ""),
        ("with rows", counts.written, ""),
        ("nothing found", counts.nothing, ""),
        ("need a look", counts.look, "warn" if counts.look else ""),
        ("decided by a model", counts.by_model, ""),
    )
    yield '<div class="counts">'
    for name, number, shade in told:
        yield f'<div class="{shade}"><b>{number:,}</b>{name}</div>'
    yield "</div>\n"


def _rule(job: Job, columns: list[str], name: str) -> str:
    shade = f' class="c{columns.index(name) % _COLOURS}"' if name in columns else ""
    said = escape(described(job.binding, name))
    return f"<dt><mark{shade or ' style=background:none'}>{escape(name)}</mark></dt><dd>{said}</dd>"


def _section(title: str, pairs: Iterator[tuple[Record, Result]], most: int, columns: list[str]) -> Iterator[str]:
    first = next(pairs, None)
    if first is None:
        return
    yield f"<h2>{escape(title)}</h2>\n<table><thead><tr><th class=id>Record</th><th class=text>Text</th>"
    yield "<th>Result</th></tr></thead>\n"
    yield _record(*first, columns)
    for record, result in islice(pairs, most - 1):
        yield _record(record, result, columns)
    yield "</table>\n"
    if more := sum(1 for _ in pairs):
        yield f'<p class="grey">… and {more:,} more.</p>\n'


def _record(record: Record, result: Result, columns: list[str]) -> str:
    if result.state == "rows":
        said = "".join(
            "<div>" + (f"<sup>{number}</sup> " if len(result.rows) > 1 else "") + _row(row, columns) + "</div>"
            for number, row in enumerate(result.rows, 1)
        )
    else:
        said = "".join(f'<div class="grey"><code>{escape(line)}</code></div>' for line in result.candidates)
    notes = f'<div class="reason">{escape(result.reason)}</div>' if result.reason else ""
    if result.model and result.state == "rows":
        notes += f'<div class="reason">decided by {escape(result.model)}</div>'
    where = f'<div class="grey">line {result.line}</div>'
    return (
        f"<tr><td><code>{escape(_visible(record.id))}</code>{where}</td>"
        f"<td>{_text(record, result, columns)}</td><td>{notes}{said}</td></tr>\n"
    )


def _row(row: Row, columns: list[str]) -> str:
    parts = []
    for cell in row:
        if cell.column in columns:
            shade = f"c{columns.index(cell.column) % _COLOURS}"
            parts.append(f'<mark class="{shade}" title="{_WORDS[cell.how]}"><code>{escape(cell.value)}</code></mark>')
            if cell.how in _UNSURE:
                parts.append(f'<span class="grey">{_WORDS[cell.how]}</span>')
    return " ".join(parts)


def _text(record: Record, result: Result, columns: list[str]) -> str:
    """The text with the places that values come from; the number is that of the row."""
    places = [
        (cell.start, cell.end, cell.column, str(number) if len(result.rows) > 1 else "")
        for number, row in enumerate(result.rows, 1)
        for cell in row
        if cell.end > cell.start
    ]
    places += [(start, end, column, "") for start, end, column in result.marks]
    pieces: list[str] = []
    at = 0
    for start, end, column, number in sorted(places):
        if start < at or end > _LONGEST:
            continue  # A name that several rows share is marked once.
        shade = f"c{columns.index(column) % _COLOURS}" if column in columns else ""
        mark = f"<sup>{number}</sup>" if number else ""
        pieces += [escape(_visible(record.text[at:start])), f'<mark class="{shade}">']
        pieces += [escape(_visible(record.text[start:end])), f"{mark}</mark>"]
        at = end
    rest = record.text[at:_LONGEST]
    pieces.append(escape(_visible(rest)) + ("…" if len(record.text) > max(at, _LONGEST) else ""))
    return "".join(pieces)


def _glance(result: Result) -> bool:
    if result.state != "rows":
        return False
    return bool(result.model or result.reason) or any(cell.how in _UNSURE for row in result.rows for cell in row)


def _visible(text: str) -> str:
    """Control characters and those that turn the direction of reading, as what they are."""
    return "".join(
        character if character.isprintable() or character in "\u00a0\u2009\u202f" else f"\\x{ord(character):02x}"
        for character in text
    )

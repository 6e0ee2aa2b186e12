"""`lsp-copilot normalize FILE --table DDL.sql`: messy records into rows of a table, with the proof of each."""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from completion.errors import CopilotError
from lsp_server.options import Resolved

if TYPE_CHECKING:
    from completion.normalize.journal import Journal
    from completion.normalize.run import Counts, Decides, Job
    from lsp_server.cli.normalize_show import Progress
    from lsp_server.compose import Engine

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

NEEDS_A_LOOK = 3
_EPILOG = """\
examples:
  lsp-copilot normalize cards.txt --table table.sql --reference airlines.csv -o cards.sql --report cards.html
  lsp-copilot normalize orders.csv --table orders.sql --id-column OrderNo --text-column Remark -o orders.sql
  lsp-copilot normalize notes.jsonl --table t.sql --column "Ref=match:[A-Z]{2}[0-9]{6}" --column Source=constant:web

A line is an id, a blank or a TAB, and free text; CSV and JSONL are known by the file's name.
Rules of --column: id, text, digits, digits:solid, decimal, date, match:REGEX, constant:VALUE, omitted, reference.
Every value that is written occurs in its record after the rule that is shown at the start, or stands in the reference
table beside a spelling that occurs there. What is doubtful is listed, not guessed. A run that was stopped goes on with
the same command.
exit codes: 0 nothing needs a look; 1 an error; 2 wrong usage; 3 some records need a look; 130 interrupted
"""


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "normalize",
        help="turn messy records into SQL rows; nothing is invented, what is doubtful is listed",
        description="Turn messy records into SQL rows, and prove every one of them.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="the records: lines, CSV or JSONL, in UTF-8")
    table = parser.add_argument_group("the table")
    table.add_argument("--table", metavar="DDL.sql", type=Path, required=True, help="CREATE TABLE of the target")
    table.add_argument("--into", metavar="TABLE", default="", help="which of its tables, where it makes several")
    table.add_argument("--dialect", metavar="D", default="sqlite", help="dialect of DDL and output (default: sqlite)")
    meaning = parser.add_argument_group("what is meant")
    meaning.add_argument(
        "--instruction", metavar="TEXT", default="", help="what the records are, in words; @FILE reads it from a file"
    )
    meaning.add_argument(
        "--reference", metavar="NAMES.csv", type=Path, action="append", default=[], help="names and their codes"
    )
    meaning.add_argument(
        "--examples",
        metavar="FILE.jsonl",
        type=Path,
        help='texts with their rows, shown to the model: {"text", "rows"}',
    )
    meaning.add_argument(
        "--column", metavar="NAME=RULE", action="append", default=[], help="where a column's values come from"
    )
    meaning.add_argument(
        "--ignore",
        metavar="WORDS",
        action="append",
        default=[],
        help="words that say nothing, with commas between them",
    )
    meaning.add_argument(
        "--distance", type=int, choices=range(4), default=2, help="slips forgiven in a long name (default: 2)"
    )
    reading = parser.add_argument_group("the file")
    reading.add_argument("--format", choices=("lines", "csv", "jsonl"), default="", help="default: by the file's name")
    reading.add_argument("--id-column", metavar="NAME", default="", help="of CSV or JSONL (default: id)")
    reading.add_argument("--text-column", metavar="NAME", default="", help="of CSV or JSONL (default: text)")
    written = parser.add_argument_group("what is written")
    written.add_argument("-o", "--output", metavar="OUT.sql", type=Path, help="default: standard output")
    written.add_argument("--report", metavar="FILE.html", type=Path, help="what came from where, the doubtful on top")
    written.add_argument("--look", metavar="FILE.tsv", type=Path, help="the records that need a look, as a table")
    written.add_argument("--json", action="store_true", help="the counts as one JSON object on standard output")
    written.add_argument(
        "--force", action="store_const", const="force", default="", help="replace files that are there"
    )
    parser.add_argument("--restart", action="store_true", help="do not go on with an earlier run that was stopped")
    parser.add_argument("--without-model", action="store_true", help="list what the text alone does not decide")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, resolved: Resolved) -> int:
    """Exit code 0, or 3 where a record needs a look. Raises `CopilotError`."""
    from completion.normalize import journal
    from lsp_server.cli import normalize_files, normalize_job, normalize_show

    normalize_files.prepare(arguments)
    job = normalize_job.of(arguments)
    engine = None if arguments.without_model else _engine(resolved)
    if engine is not None:
        job = normalize_job.with_model(job, engine)
    for line in normalize_show.bindings(job):
        normalize_show.say(line)
    with tempfile.TemporaryDirectory(prefix="lsp-copilot-") as folder:
        path = normalize_files.journal_path(arguments.output, Path(folder))
        if arguments.restart:
            path.unlink(missing_ok=True)
        with journal.Journal(path, job.key) as book:
            if book.kept:
                normalize_show.say(f"goes on after {book.kept:,} records of an earlier run")
            counts = _counted(job, book, engine, kept_at="" if arguments.output is None else str(path))
        normalize_files.write(arguments, job, counts, path)
        if arguments.output is not None:
            path.unlink()
        if arguments.json:
            print(json.dumps(normalize_show.table(job, counts), ensure_ascii=False))
    return NEEDS_A_LOOK if counts.look else 0


def _engine(resolved: Resolved) -> Engine | None:
    """The engine, not started; None where no model can be used here, which is told."""
    from lsp_server.cli import normalize_show
    from lsp_server.compose import open_engine

    try:
        return open_engine(resolved.settings, lambda _status: None, role="script", patience=300.0)
    except CopilotError as error:
        normalize_show.say(f"no model is asked: {error}")
        return None


def _counted(job: Job, book: Journal, engine: Engine | None, *, kept_at: str) -> Counts:
    from lsp_server.cli import normalize_show

    with normalize_show.Progress(job.seen.records, book.kept) as progress:
        try:
            return asyncio.run(_gone_through(job, book, engine, progress))
        except (KeyboardInterrupt, CopilotError):
            progress.end()
            if kept_at:
                normalize_show.say(f"what is known is kept in {kept_at}; the same command goes on.")
            raise


async def _gone_through(job: Job, book: Journal, engine: Engine | None, progress: Progress) -> Counts:
    from completion.normalize import run as runs
    from completion.normalize.ask import Asker
    from lsp_server.scripts_backend import Yielding

    counts = runs.Counts()
    async with AsyncExitStack() as stack:

        async def opened() -> Decides | None:
            if engine is None:
                return None
            engine.start()
            stack.push_async_callback(engine.aclose)
            await engine.ready()
            return Asker(Yielding(engine.backend), engine.model, job.sought, job.instruction, job.examples)

        results = await stack.enter_async_context(aclosing(runs.results(job, book, opened)))
        async for result in results:
            counts = runs.counted(counts, result)
            progress.take(counts)
            if counts.records % _BREATH == 0:
                # What the text decides never waits; Ctrl+C and the model's answers want a turn.
                await asyncio.sleep(0)
    return counts


_BREATH = 64

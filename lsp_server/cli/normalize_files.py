"""What `normalize` writes: the SQL, the report, the list. Each appears whole or not at all."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from completion.errors import InputError
from lsp_server.cli import normalize_show, script_file

if TYPE_CHECKING:
    from completion.normalize.run import Counts, Job
    from completion.normalize.types import Record, Result


def prepare(arguments: argparse.Namespace) -> None:
    """Look whether all can be written later, before anybody has waited. Raises `InputError`."""
    paths = [path for path in (arguments.output, arguments.report, arguments.look) if path is not None]
    if len({path.absolute() for path in paths}) < len(paths):
        raise InputError("-o, --report and --look name one file twice.", advice="Give each its own.")
    output = arguments.output
    # A run that was killed at its very end has written some of them already.
    goes_on = output is not None and not arguments.restart and journal_path(output, output.parent).exists()
    for path in paths:
        script_file.prepare(path, "force" if goes_on else arguments.force)


def journal_path(output: Path | None, folder: Path) -> Path:
    """Where the journal stands: beside the output, or in a folder that goes where there is none."""
    return output.with_name(output.name + ".journal") if output is not None else folder / "journal"


def write(arguments: argparse.Namespace, job: Job, counts: Counts, journal: Path) -> None:
    """Write all that was asked for from a journal that is whole. Raises `InputError`."""
    from completion.normalize import report, run, sql

    def pairs() -> Iterable[tuple[Record, Result]]:
        return run.pairs(job, journal)

    pieces = [sql.header(job, counts)]
    if arguments.output is None and not arguments.json:
        for piece in (*pieces, *sql.statements(job, pairs)):
            sys.stdout.write(piece)
        sys.stdout.flush()
    for path, text in (
        (arguments.report, report.page(job, counts, pairs) if arguments.report else ()),
        (arguments.look, sql.listed(pairs()) if arguments.look else ()),
        (arguments.output, _joined(pieces, sql.statements(job, pairs) if arguments.output else ())),
    ):
        if path is not None:
            _place(path, text)
            normalize_show.say(f"written to {path}")
    normalize_show.say(sql.summary(counts))
    for line in normalize_show.in_the_way(pairs()):
        normalize_show.say(line)


def _joined(first: Iterable[str], rest: Iterable[str]) -> Iterable[str]:
    yield from first
    yield from rest


def _place(path: Path, pieces: Iterable[str]) -> None:
    """Write beside the place first, then move there in one step."""
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="\n", errors="replace") as stream:
            stream.writelines(pieces)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o600 if not path.exists() else path.stat().st_mode & 0o666)
        Path(name).replace(path)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}.", advice="Choose another place.") from None
    finally:
        with contextlib.suppress(OSError):
            Path(name).unlink()

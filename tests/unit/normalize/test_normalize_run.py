"""A run: every record is accounted for once, a stopped run goes on to the same end, a model never writes unproved."""

from __future__ import annotations

import asyncio
import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.normalize_records import made
from completion.errors import InputError
from completion.normalize import run, sql
from completion.normalize.journal import Journal
from completion.normalize.run import Counts, Decides, Job
from completion.normalize.types import Result
from tests.unit.normalize.conftest import Make

RECORDS = "".join(f"{one.id}\t{one.text}\n" for one in made(120, 3))


def through(job: Job, path: Path, model: Decides | None = None, stop_after: int = 1 << 30) -> list[Result]:
    """All results of a run, or the first ones of a run that is stopped."""

    async def opened() -> Decides | None:
        return model

    async def went() -> list[Result]:
        found = []
        with Journal(path, job.key) as book:
            results = run.results(job, book, opened)
            async for result in results:
                found.append(result)
                if len(found) == stop_after:
                    break
            await results.aclose()
        return found

    return asyncio.run(went())


def output(job: Job, path: Path) -> str:
    """The SQL of a journal."""
    counts = Counts()
    for _, result in run.pairs(job, path):
        counts = run.counted(counts, result)
    return sql.header(job, counts) + "".join(sql.statements(job, lambda: run.pairs(job, path)))


def test_every_record_is_accounted_for_once(job: Make, tmp_path: Path) -> None:
    found = through(job(RECORDS), tmp_path / "journal")
    assert [result.line for result in found] == list(range(1, 121))
    assert {result.state for result in found} == {"rows", "nothing", "look"}
    assert all(result.reason for result in found if result.state == "look")


@pytest.mark.parametrize("stop_after", [1, 2, 57, 119, 120])
def test_a_stopped_run_goes_on_to_the_same_end(job: Make, tmp_path: Path, stop_after: int) -> None:
    whole, parted = tmp_path / "whole", tmp_path / "parted"
    work = job(RECORDS)
    through(work, whole)
    assert len(through(work, parted, stop_after=stop_after)) == stop_after
    with parted.open("ab") as stream:
        stream.write(b'{"line":99,"id":"cut o')
    assert len(through(work, parted)) == 120
    assert parted.read_bytes() == whole.read_bytes()
    assert output(work, parted) == output(work, whole)


_KILLED = """
import os, signal, sys
sys.path.insert(0, {root!r})
from pathlib import Path
from completion.normalize import journal
left = [{writes}]
def counted(add):
    def fatal(self, result):
        add(self, result)
        left[0] -= 1
        if left[0] == 0:
            if {flushed}:
                self._stream.flush()
            os.kill(os.getpid(), signal.SIGKILL)
    return fatal
journal.Journal.add = counted(journal.Journal.add)
from lsp_server.__main__ import main
main({arguments!r})
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_killed_at_any_point_the_output_is_the_same(isolated: dict[str, str], tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[3]
    example = root / "examples" / "bonus-cards"
    records = tmp_path / "records.txt"
    records.write_text(RECORDS, "utf-8")

    def arguments(name: str) -> list[str]:
        output = ["-o", str(tmp_path / f"{name}.sql"), "--report", str(tmp_path / f"{name}.html")]
        tables = ["--table", str(example / "table.sql"), "--reference", str(example / "airlines.csv")]
        return ["normalize", str(records), *tables, "--without-model", *output]

    chance = random.Random(11)
    points = sorted(chance.sample(range(1, 121), 4))
    for flushed in (True, False):
        program = [sys.executable, "-c"]
        for writes in points:
            code = _KILLED.format(root=str(root), writes=writes, flushed=flushed, arguments=arguments(f"b{flushed}"))
            done = subprocess.run([*program, code], env=isolated, capture_output=True, timeout=60, check=False)
            # Where what is left is less than what it waits for, it has come to its end.
            assert done.returncode in (-signal.SIGKILL, 0), done.stderr.decode()
            if done.returncode == 0:
                break
        for name in ("a", f"b{flushed}"):
            if not (tmp_path / f"{name}.sql").exists():
                command = [sys.executable, "-P", "-m", "lsp_server", *arguments(name)]
                done = subprocess.run(command, env=isolated, cwd=root, capture_output=True, timeout=60, check=False)
                assert done.returncode == 3, done.stderr.decode()
        for suffix in ("sql", "html"):
            assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b{flushed}.{suffix}").read_bytes()
        assert not (tmp_path / f"b{flushed}.sql.journal").exists()


def test_a_journal_of_something_else_is_not_gone_on_with(job: Make, tmp_path: Path) -> None:
    through(job("1 S7 1234567\n"), tmp_path / "journal")
    with pytest.raises(InputError, match="--restart"):
        through(job("1 S7 7654321\n"), tmp_path / "journal")


def test_two_runs_do_not_write_one_journal(job: Make, tmp_path: Path) -> None:
    work = job(RECORDS)
    with Journal(tmp_path / "journal", work.key), pytest.raises(InputError, match="another run"):
        Journal(tmp_path / "journal", work.key)


def test_unique_is_the_databases_word_also_after_going_on(job: Make, tmp_path: Path) -> None:
    ddl = "CREATE TABLE c (UserId INT NOT NULL, Iata TEXT NOT NULL, CardNumber TEXT NOT NULL UNIQUE);"
    work = job("1 S7 1234567\n2 U6 1234567\n1 S7 7654321\n", ddl=ddl)
    through(work, tmp_path / "journal", stop_after=1)
    found = through(work, tmp_path / "journal")
    assert [result.state for result in found] == ["rows", "look", "rows"]
    assert found[1].reason == "The table refuses it: UNIQUE constraint failed: c.CardNumber."


def test_the_output_loads_and_says_the_same(job: Make, tmp_path: Path) -> None:
    work = job(RECORDS + "1'--\tS7 1234567\n")
    found = through(work, tmp_path / "journal")
    assert found[-1].reason == 'UserId is INTEGER, and "1\'--" is none.'
    connection = sqlite3.connect(":memory:")
    connection.executescript(work.target.load[0] + ";" + output(work, tmp_path / "journal"))
    rows = [tuple(map(str, row)) for row in connection.execute("SELECT UserId, Iata, CardNumber FROM BonusCards")]
    connection.close()
    assert rows == [tuple(cell.value for cell in row) for result in found for row in result.rows]

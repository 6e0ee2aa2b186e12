"""Doubtful records are asked about at once, one in a slot, and results keep the records' order."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from completion.errors import EngineUnavailable
from completion.normalize.ask import Decision
from completion.normalize.journal import Journal
from completion.normalize.reading import Reading
from completion.normalize.types import Record
from tests.unit.normalize.conftest import Make
from tests.unit.normalize.test_normalize_run import through


class Slow:
    """A model that decides the later ones sooner."""

    parallel = 3
    name = "slow"

    def __init__(self) -> None:
        self.running: list[int] = []
        self.most = 0

    async def decide(self, record: Record, reading: Reading, finding: str = "", slot: int = 0) -> Decision:
        assert slot not in self.running
        self.running.append(slot)
        self.most = max(self.most, len(self.running))
        for _ in range(30 - record.line):
            await asyncio.sleep(0)
        self.running.remove(slot)
        assert reading.found is not None
        name, number, _ = reading.found.mentions
        return Decision(((name, number),))


def test_questions_run_beside_each_other(job: Make, tmp_path: Path) -> None:
    text = "".join(f"{place} S7 {1000000 + place}, 555{place:05}\n" for place in range(12))
    slow = Slow()
    found = through(job(text + "99 S7 1234567\n", model="slow"), tmp_path / "journal", slow)
    assert [result.line for result in found] == list(range(1, 14))
    assert [result.model for result in found] == ["slow"] * 12 + [""]
    assert all(result.state == "rows" for result in found)
    assert slow.most == 3


def test_an_engine_that_goes_away_loses_nothing(job: Make, tmp_path: Path) -> None:
    work = job("1 S7 1234567\n2 S7 1234567, 5551234\n3 S7 7654321\n", model="gone")

    class Gone:
        parallel = 1
        name = "gone"

        async def decide(self, record: Record, reading: Reading, finding: str = "", slot: int = 0) -> Decision:
            raise EngineUnavailable("Nobody answers.", advice="Start it.")

    with pytest.raises(EngineUnavailable):
        through(work, tmp_path / "journal", Gone())
    with Journal(tmp_path / "journal", work.key) as book:
        assert book.kept == 1

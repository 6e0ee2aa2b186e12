"""A job on the table and the names of the shipped example."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from completion.normalize import binding, records, target
from completion.normalize.run import Job

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "bonus-cards"

Make = Callable[..., Job]


@pytest.fixture
def job(tmp_path: Path) -> Make:
    """Makes a job of a text, which becomes the file of records."""

    def make(text: str, *, ddl: str = "", model: str = "", name: str = "records.txt", **said: str) -> Job:
        path = tmp_path / name
        path.write_text(text, "utf-8")
        into = target.read(ddl or (EXAMPLE / "table.sql").read_text("utf-8"), "table.sql")
        tables = [EXAMPLE / "airlines.csv"] if into.column("Iata") else []
        bound = binding.bind(into, said=said, tables=tables, instruction="", id_name="id", distance=2)
        source = records.open_source(path)
        return Job(source, records.seen(source), into, bound, model=model)

    return make

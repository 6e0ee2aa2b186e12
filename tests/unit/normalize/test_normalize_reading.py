"""What records say: golden cases through reader, proof and load."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completion.normalize import binding, reading, target
from completion.normalize.load import Holds
from completion.normalize.proof import Proof
from completion.normalize.run import Job, _rows
from completion.normalize.sought import Sought
from completion.normalize.types import Record, Result
from tests.unit.normalize.conftest import EXAMPLE, Make
from tests.unit.normalize.test_normalize_run import through

CASES = tomllib.loads(
    (Path(__file__).resolve().parents[2] / "golden/normalize/cards.toml").read_text("utf-8"),
)["case"]


def said(result: Result) -> list[str]:
    """The rows as the golden file writes them."""
    rows = [{cell.column: cell.value for cell in row} for row in result.rows]
    return [f"{row['Iata']} {row['CardNumber']}" for row in rows]


@pytest.mark.parametrize("case", CASES, ids=[case["about"] for case in CASES])
def test_golden(case: dict[str, Any], job: Make, tmp_path: Path) -> None:
    (result,) = through(job(f"17\t{case['text']}\n"), tmp_path / "journal")
    if "rows" in case:
        assert result.state == "rows", result.reason
        assert said(result) == case["rows"]
        assert {cell.value for row in result.rows for cell in row if cell.column == "UserId"} == {"17"}
    elif "look" in case:
        assert (result.state, result.rows) == ("look", ())
        assert case["look"] in result.reason
    else:
        assert (result.state, result.rows) == ("nothing", ())


def test_ambiguous_names_need_a_look(tmp_path: Path) -> None:
    table = tmp_path / "names.csv"
    table.write_text("iata,name\nAA,Northern Air\nBB,Northern Aer\n", "utf-8")
    into = target.read((EXAMPLE / "table.sql").read_text("utf-8"), "table.sql")
    bound = binding.bind(into, said={}, tables=[table], instruction="", id_name="id", distance=2)
    found = reading.read("Northern Ayr 1234567", Sought(bound.rules, bound.references), frozenset(bound.references))
    assert found.reason == "'Northern Ayr' may be AA or BB."


def test_other_columns(job: Make, tmp_path: Path) -> None:
    ddl = "CREATE TABLE visits (id INTEGER PRIMARY KEY, day DATE NOT NULL, mail TEXT NOT NULL, amount DECIMAL(9,2));"
    made = job("5 ann@example.org 24.11.2026 1 204,50\n6 bob@example.org, 2026-01-31\n7 03/04/2026 x@y.org\n", ddl=ddl)
    first, second, third = through(made, tmp_path / "journal")
    assert [(c.column, c.value) for c in first.rows[0]] == [
        ("id", "5"),
        ("day", "2026-11-24"),
        ("mail", "ann@example.org"),
        ("amount", "1204.50"),
    ]
    assert [c.column for c in second.rows[0]] == ["id", "day", "mail"]
    assert third.state == "look"
    assert "two dates" in third.reason


_WORDS = ["S7", "Аэрофлот", "utair", "123456", "0003 0000", "7", "и", "no", "x", "+7"]
_SOUP = st.lists(st.sampled_from([*_WORDS, " ", "-", ";", ",", "(", ")", "/", "\n", "'"]), max_size=14)


@given(_SOUP)
def test_whatever_is_read_is_proved_and_occurs(pieces: list[str]) -> None:
    text = "".join(pieces)
    made = _job()
    found = reading.read(text, made.sought, made.required)
    if found.reason or found.empty:
        return
    record = Record(1, "1", text)
    rows, _ = _rows(record, found.rows, made.binding)
    assert not Proof(made.binding).wrong(record, rows)
    digits = "".join(character for character in text if character.isdigit())
    assert all(cell.value in digits for row in rows for cell in row if cell.column == "CardNumber")


def _job() -> Job:
    from completion.normalize.records import Seen, Source

    into = target.read((EXAMPLE / "table.sql").read_text("utf-8"), "table.sql")
    tables = [EXAMPLE / "airlines.csv"]
    bound = binding.bind(into, said={}, tables=tables, instruction="", id_name="id", distance=2)
    return Job(Source(Path("none")), Seen(0, ""), into, bound)


def test_a_value_alone_is_held_to_its_checks() -> None:
    holds = Holds(_job().target)
    assert holds("CardNumber", "12345")
    assert not holds("CardNumber", "1234")
    assert not holds("CardNumber", "1" * 21)
    assert not holds("UserId", "007")

"""The proof refuses what does not follow from a record, whoever made it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from completion.normalize import binding, reference, target
from completion.normalize.proof import Names, Proof
from completion.normalize.types import Cell, Record, Row
from tests.unit.normalize.conftest import EXAMPLE

TEXT = "Уральские авиалинии/Крылья: 1206 923; S7 - 324788611"
RECORD = Record(3, "1046", TEXT)


def cell(column: str, value: str, place: str) -> Cell:
    start = TEXT.index(place)
    return Cell(column, value, start, start + len(place), "exact")


GOOD: Row = (
    Cell("UserId", "1046"),
    cell("Iata", "U6", "Уральские авиалинии/Крылья"),
    cell("CardNumber", "1206923", "1206 923"),
)
OTHER: Row = (Cell("UserId", "1046"), cell("Iata", "S7", "S7"), cell("CardNumber", "324788611", "324788611"))


@pytest.fixture(scope="module")
def proof() -> Proof:
    into = target.read((EXAMPLE / "table.sql").read_text("utf-8"), "table.sql")
    tables = [EXAMPLE / "airlines.csv"]
    return Proof(binding.bind(into, said={}, tables=tables, instruction="", id_name="id", distance=2))


def test_what_follows_is_proved(proof: Proof) -> None:
    assert proof.wrong(RECORD, (GOOD, OTHER)) == ""


@pytest.mark.parametrize(
    ("place", "forged"),
    [
        (0, Cell("UserId", "1047")),
        (1, cell("Iata", "S7", "Уральские авиалинии/Крылья")),
        (1, cell("Iata", "ZZ", "S7")),
        (1, cell("Iata", "U6", "авиалинии")),
        (1, Cell("Iata", "U6", 0, 0)),
        (1, Cell("Iata", "U6", 0, 4000)),
        (1, cell("Iata", "U6", "1206 923")),
        (2, cell("CardNumber", "1206924", "1206 923")),
        (2, cell("CardNumber", "1206", "1206")),
        (2, cell("CardNumber", "20692", "206 92")),
        (2, cell("CardNumber", "9237324788611", "923; S7 - 324788611")),
        (2, cell("CardNumber", "324", "324")),
        (2, Cell("CardNumber", "1206923")),
        (2, cell("Price", "1206923", "1206 923")),
    ],
)
def test_what_does_not_follow_is_refused(proof: Proof, place: int, forged: Cell) -> None:
    row = (*GOOD[:place], forged, *GOOD[place + 1 :])
    if forged.value == "1206":
        # The rest of a number may be another one: that is for the reader to tell, and for the table.
        assert proof.wrong(RECORD, (row,)) == ""
    else:
        assert proof.wrong(RECORD, (row,))


def test_rows_share_no_digits(proof: Proof) -> None:
    twice = tuple(replace(part, value="S7", start=38, end=40) if part.column == "Iata" else part for part in GOOD)
    assert TEXT[38:40] == "S7"
    assert "was used twice" in proof.wrong(RECORD, (GOOD, twice))
    assert proof.wrong(RECORD, (GOOD, GOOD))


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("Аэрофлот", "SU"),
        ("аэрофлто", "SU"),
        ("AEROFLOT", "SU"),
        ("Aeroflоt", "SU"),
        ("Турецкие авиалини: TK", "TK"),
        ("Czech Airlines", "OK"),
        ("Уральские", "U6"),
        ("С7", "S7"),
    ],
)
def test_spellings(place: str, code: str) -> None:
    names = Names(reference.read(EXAMPLE / "airlines.csv", "iata"))
    assert names.stand_for(place, code)
    assert not names.stand_for(place, "FV")


@pytest.mark.parametrize("place", ["", "Airlines", "авиалинии", "Zambezi", "Zambezi Airlines", "S", "Авиа", "и"])
def test_no_spellings(place: str) -> None:
    names = Names(reference.read(EXAMPLE / "airlines.csv", "iata"))
    assert not any(names.stand_for(place, code) for code in ("S7", "OK", "TK", "U6", "SU"))


def test_as_near_to_another_is_neither(tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_text("code,name\nA,Northern Air\nB,Northern Aer\n", "utf-8")
    names = Names(reference.read(tmp_path / "n.csv", "code"))
    assert not names.stand_for("Northern Ayr", "A")
    assert names.stand_for("Northern Air", "A")


@pytest.mark.parametrize(
    ("text", "place", "value", "proved"),
    [
        ("paid 1204.50 eur", "1204.50", "1204.50", True),
        ("paid 1 204,50 eur", "1 204,50", "1204.50", True),
        ("paid -5 eur", "-5", "-5", True),
        ("paid \u22125 eur", "5", "5", False),
        ("paid (5.00) eur", "5.00", "5.00", False),
        ("paid 1,234 eur", "1,234", "1.234", False),
        ("paid 1.234,56 eur", "1.234", "1.234", False),
        ("paid 5 000 700 1 eur", "5 000 700", "5000700", False),
        ("paid 5 000 700 1 eur", "1", "1", False),
    ],
)
def test_a_decimal_is_proved_as_a_whole(text: str, place: str, value: str, proved: bool) -> None:
    into = target.read("CREATE TABLE t (id TEXT, amount DECIMAL(9,2))", "t.sql")
    decimals = Proof(binding.bind(into, said={}, tables=[], instruction="", id_name="id", distance=2))
    start = text.rindex(place)
    row = (Cell("id", "1"), Cell("amount", value, start, start + len(place), "exact"))
    assert (decimals.wrong(Record(1, "1", text), (row,)) == "") is proved


@pytest.mark.parametrize("unseen", ["\u200b", "\u00ad"])
def test_an_unseen_sign_in_a_number_proves_neither_half(proof: Proof, unseen: str) -> None:
    text = f"S7 4011{unseen}5092"
    for value in ("4011", "5092"):
        start = text.index(value)
        row = (
            Cell("UserId", "1"),
            Cell("Iata", "S7", 0, 2, "exact"),
            Cell("CardNumber", value, start, start + 4, "exact"),
        )
        assert proof.wrong(Record(1, "1", text), (row,))

"""Which tables of a schema a model is shown."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from completion.prompt.budget import estimate
from completion.scripts import schema_text
from completion.scripts.types import Material

DDL = """
-- A dump.
CREATE TABLE log (id INTEGER PRIMARY KEY, line TEXT);
CREATE TABLE IF NOT EXISTS countries (id INTEGER PRIMARY KEY, code TEXT);
CREATE TABLE "customers" (id INTEGER PRIMARY KEY, country_id INTEGER REFERENCES countries(id));
INSERT INTO customers VALUES (1, 1);
CREATE INDEX by_country ON customers (country_id);
CREATE TABLE public.order_items (id INTEGER PRIMARY KEY, price REAL);
"""


def names(material: Material, request: str, tokens: int) -> list[str]:
    """The tables that are shown, in their order."""
    text = schema_text.of(material, request, tokens)
    assert estimate(text) <= tokens
    return [name for name in ("log", "countries", '"customers"', "order_items") if f"{name} (" in text]


def test_all_that_fits_is_shown_in_its_order_without_data() -> None:
    assert names(Material(schema=DDL), "anything", 400) == ["log", "countries", '"customers"', "order_items"]
    text = schema_text.of(Material(schema=DDL), "anything", 400)
    assert "INSERT" not in text
    assert "INDEX" not in text


@pytest.mark.parametrize(
    ("request_text", "want"),
    [
        ("price of every order item", ["order_items"]),
        ("codes of the countries", ["countries"]),
        ("log lines of today", ["log"]),
    ],
)
def test_what_the_request_names_comes_first(request_text: str, want: list[str]) -> None:
    assert names(Material(schema=DDL), request_text, 40) == want


def test_a_table_that_is_referred_to_comes_with_it() -> None:
    assert names(Material(schema=DDL), "all customers", 85) == ["countries", '"customers"']


def test_a_database_file_is_read_and_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "it's 100%.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)")
    database.close()
    before = path.read_bytes()
    assert "CREATE TABLE users" in schema_text.of(Material(database=str(path)), "users", 100)
    assert path.read_bytes() == before
    assert schema_text.of(Material(database=str(tmp_path / "absent.db")), "users", 100) == ""
    assert not (tmp_path / "absent.db").exists()


def test_a_schema_of_megabytes_is_cut() -> None:
    many = "".join(f"CREATE TABLE t{number} (id INTEGER PRIMARY KEY);\n" for number in range(2000))
    assert "t1999 " in schema_text.of(Material(schema=many), "rows of t1999", 60)

"""Schemas: tables and columns from DDL and from database files, and what is said of names that are not in them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from completion.scripts import schema
from completion.scripts.checks import sql_duckdb, sql_sqlite
from completion.scripts.checks.sql_steps import dialect_of
from completion.scripts.types import Material

CUSTOMERS = "CREATE TABLE customers (id INTEGER PRIMARY KEY, email VARCHAR(80) UNIQUE);"
SHOP = f"{CUSTOMERS} CREATE VIEW mails AS SELECT email FROM customers;"


def shown(material: Material) -> dict[str, tuple[str, ...]]:
    return {table.name: tuple(column.name for column in table.columns) for table in schema.tables(material)}


def test_tables_and_views_of_ddl() -> None:
    customers, mails = schema.tables(Material(schema=SHOP))
    assert customers == schema.Table(
        "customers", (schema.Column("id", "INTEGER", key=True), schema.Column("email", "VARCHAR(80)", bound=True))
    )
    assert mails.view
    assert [column.name for column in mails.columns] == ["email"]


@pytest.mark.parametrize(
    ("dialect", "ddl"),
    [
        (
            "postgres",
            "CREATE TABLE s.a (id bigserial PRIMARY KEY, tags text[]); ALTER TABLE s.a ADD COLUMN data jsonb;",
        ),
        (
            "mysql",
            "CREATE TABLE `a` (`id` INT AUTO_INCREMENT, `tags` SET('x'), `data` JSON, PRIMARY KEY (`id`)) ENGINE=X;",
        ),
    ],
)
def test_other_dialects(dialect: str, ddl: str) -> None:
    assert shown(Material(dialect=dialect, schema=ddl)) == {"a": ("id", "tags", "data")}


def test_nothing_is_known_of_what_cannot_be_read(tmp_path: Path) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"SQLite format 3\0" + b"x" * 200)
    for material in (
        Material(), Material(schema="CREATE TABLE 'x"), Material(database=str(tmp_path / "none.db")),
        Material(database=str(broken)),
    ):  # fmt: skip
        assert schema.tables(material) == ()
    said = sql_sqlite.check("SELECT 1", Material(database=str(tmp_path / "none.db")))
    assert (said.state, said.reason) == ("not checked", "none.db cannot be opened (No such file or directory)")


def test_a_sqlite_file(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    connection = sqlite3.connect(file)
    connection.executescript(SHOP)
    connection.close()
    assert shown(Material(database=str(file))) == {"customers": ("id", "email"), "mails": ("email",)}


def test_a_duckdb_file(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    file = tmp_path / "shop.duckdb"
    connection = duckdb.connect(str(file))
    connection.execute(
        "CREATE TABLE customers (id INTEGER PRIMARY KEY, tags VARCHAR[]);"
        "CREATE SCHEMA old; CREATE TABLE old.mails (body TEXT)"
    )
    connection.close()
    material = Material(database=str(file))
    assert dialect_of(material) == "duckdb"
    assert shown(material) == {"customers": ("id", "tags"), "mails": ("body",)}
    assert sql_duckdb.check("SELECT tags[1] FROM customers", material).state == "valid"
    wrong = sql_duckdb.check("SELECT tag FROM customers", material)
    assert [(finding.line, finding.column) for finding in wrong.findings] == [(1, 8)]


@pytest.mark.parametrize("dialect", ["sqlite", "postgres", "mysql"])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT emial FROM customers", "no column 'emial' in customers; did you mean 'email'?"),
        ("SELECT c.town FROM customers c", "no column 'town' in customers; it has id, email"),
        ("SELECT id FROM custmers", "no table 'custmers'; did you mean 'customers'?"),
        ("SELECT x.id FROM customers", "nothing is called 'x' in this statement"),
        ("INSERT INTO customers (emial) VALUES (1)", "no column 'emial' in customers; did you mean 'email'?"),
        ("UPDATE customers SET emial = 1 WHERE id = 1", "no column 'emial' in customers; did you mean 'email'?"),
        ("DELETE FROM customers WHERE emial IS NULL", "no column 'emial' in customers; did you mean 'email'?"),
        ("WITH m AS (SELECT email FROM customers) SELECT emial FROM m", "no column 'emial'; did you mean 'email'?"),
    ],
)
def test_the_message_says_what_there_is(dialect: str, text: str, message: str) -> None:
    said = sql_sqlite.check(text, Material(dialect=dialect, schema=CUSTOMERS))
    assert [finding.message for finding in said.findings] == [message]


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("mysql", "SELECT DATE_FORMAT(emial, '%Y') FROM customers"),
        ("mysql", "SELECT FIELD(emial, 'a') FROM customers"),
        ("postgres", "SELECT EXTRACT(year FROM emial) FROM customers WHERE id > 1"),
        ("postgres", "SELECT id FROM customers WHERE emial > now() - interval '3 days'"),
        ("postgres", "ALTER TABLE customers DROP COLUMN emial"),
        ("mysql", "ALTER TABLE customers RENAME COLUMN emial TO mail"),
    ],
)
def test_what_sqlite_does_not_know_hides_no_column(dialect: str, text: str) -> None:
    said = sql_sqlite.check(text, Material(dialect=dialect, schema=CUSTOMERS))
    assert "emial" in said.findings[0].message


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("postgres", "SELECT date_trunc('year', email) AS year FROM customers GROUP BY year"),
        ("postgres", "ALTER TABLE customers ADD COLUMN IF NOT EXISTS email TEXT"),
        ("postgres", "SELECT id FROM customers WHERE email > current_date - interval '2' day"),
    ],
)
def test_what_is_right_is_not_refused(dialect: str, text: str) -> None:
    assert sql_sqlite.check(text, Material(dialect=dialect, schema=CUSTOMERS)).state != "invalid"

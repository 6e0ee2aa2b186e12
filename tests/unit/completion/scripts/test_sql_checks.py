"""SQL checks: what databases refuse and sqlglot does not, places, schemas, and what stays unchecked."""

from __future__ import annotations

import importlib.util
import sqlite3
from pathlib import Path

import pytest

from completion.scripts.checks import sql_duckdb, sql_grammar, sql_postgres, sql_sqlite
from completion.scripts.types import Material, Verdict

SCHEMA = """
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT UNIQUE);
CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER, total NUMERIC);
"""


def places(verdict: Verdict) -> list[tuple[int, int]]:
    return [(finding.line, finding.column) for finding in verdict.findings]


@pytest.mark.parametrize(
    ("dialect", "text", "line", "column"),
    [
        ("postgres", "SELECT a,\nFROM t", 1, 9),
        ("postgres", "UPDATE t\nSET WHERE a = 1", 2, 1),
        ("postgres", "CREATE TABLE t (\n  a, b int)", 2, 3),
        ("postgres", "SELECT 1;\n  DELETE t WHERE a = 1", 2, 3),
        ("postgres", "SELECT * FROM a\nJOIN b", 2, 1),
        ("postgres", "SELECT * FROM a JOIN (SELECT 1\nFROM c JOIN d) x ON true", 2, 8),
        ("mysql", "SELECT * FROM a LEFT\nJOIN b WHERE 1", 2, 1),
        ("sqlite", "SELECT 'it''s;\n fine', 'not", 2, 9),
    ],
)
def test_what_sqlglot_lets_pass(dialect: str, text: str, line: int, column: int) -> None:
    verdict = sql_grammar.check(text, Material(dialect=dialect))
    assert verdict.state == "invalid"
    assert places(verdict)[0] == (line, column)


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("sqlite", "SELECT * FROM a JOIN b"),
        ("mysql", "SELECT * FROM a JOIN b"),
        ("postgres", "SELECT * FROM a JOIN b JOIN c ON b.x = c.x ON a.x = b.x"),
        ("postgres", "SELECT * FROM a CROSS JOIN b NATURAL JOIN c"),
        ("postgres", "INSERT INTO t (a) SELECT a FROM x JOIN y USING (a) ON CONFLICT (a) DO NOTHING"),
        ("mysql", "DELETE a FROM a JOIN b ON a.x = b.x"),
        ("sqlite", "CREATE TABLE t (a, b)"),
        ("duckdb", "SELECT a, b, FROM t"),
        ("postgres", "CREATE TABLE t (a numeric(10, 2) NOT NULL, PRIMARY KEY (a))"),
    ],
)
def test_what_dialects_allow(dialect: str, text: str) -> None:
    assert sql_grammar.check(text, Material(dialect=dialect)).state == "valid"


@pytest.mark.parametrize("text", ["ALTER TABLE t FOO BAR", "DROP TABEL t", "DELIMITER //\nSELECT 1//"])
def test_what_the_grammar_does_not_know_is_not_checked(text: str) -> None:
    assert sql_grammar.check(text, Material(dialect="mysql")).state == "not checked"


def test_places_of_the_engine() -> None:
    for text, place in (
        ("SELECT id,\n  nme FROM users", (2, 3)),
        ("SELECT u.id FROM users u\nJOIN orders o ON o.usr = u.id", (2, 20)),
        ("SELECT * FROM users WHERE id = 1 AND\nWHERE name = 'WHERE'", (2, 1)),
        ("SELECT 1;\nSELECT * FROM usrs", (2, 15)),
        ("INSERT INTO users\nVALUES (1, 2)", (2, 1)),
    ):
        verdict = sql_sqlite.check(text, Material(schema=SCHEMA))
        assert verdict.state == "invalid"
        assert places(verdict) == [place], text


def test_a_script_is_explained_with_its_own_changes() -> None:
    text = (
        "CREATE TABLE a (b INTEGER PRIMARY KEY, c TEXT UNIQUE);\nALTER TABLE a ADD COLUMN d TEXT;\n"
        "ALTER TABLE a RENAME COLUMN d TO e;\nCREATE VIEW v AS SELECT b AS x, e FROM a;\n"
        "INSERT INTO a (c, e) VALUES (?, :e) ON CONFLICT (c) DO NOTHING;\nSELECT x, e FROM v;\n"
    )
    assert sql_sqlite.check(text, Material()).state == "valid"
    dropped = sql_sqlite.check(text + "DROP TABLE a;\nSELECT e FROM a;", Material(schema=SCHEMA))
    assert places(dropped) == [(8, 15)]


def test_without_a_schema_a_missing_table_is_no_finding() -> None:
    verdict = sql_sqlite.check("SELECT a FROM unknown", Material())
    assert verdict.state == "not checked"
    assert "schema is not known" in verdict.reason


def test_a_database_file_is_read_and_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA)
    connection.close()
    before = path.read_bytes()
    material = Material(database=str(path))
    assert sql_sqlite.check("SELECT name FROM users", material).state == "valid"
    assert sql_sqlite.check("DROP TABLE users; SELECT name FROM users", material).state == "invalid"
    assert path.read_bytes() == before
    other = tmp_path / "no.db"
    other.write_text("text", "utf-8")
    assert sql_sqlite.check("SELECT 1", Material(database=str(other))).state == "not checked"


@pytest.mark.parametrize(
    "text",
    [
        "ATTACH 'x.db' AS x",
        "PRAGMA writable_schema = 1",
        "SELECT load_extension('x')",
        "CREATE VIRTUAL TABLE t USING csv (filename = '/etc/passwd')",
        "VACUUM INTO 'copy.db'",
    ],
)
def test_what_reaches_outside_is_not_explained(text: str) -> None:
    assert sql_sqlite.check(text, Material(schema=SCHEMA)).state == "not checked"


@pytest.mark.parametrize("dialect", ["postgres", "mysql"])
def test_other_dialects_are_translated(dialect: str) -> None:
    schema = {
        "postgres": "CREATE TABLE public.users (id bigserial PRIMARY KEY, name text NOT NULL, tags text[]);",
        "mysql": "CREATE TABLE `users` (`id` INT AUTO_INCREMENT, `name` VARCHAR(9), PRIMARY KEY (`id`)) ENGINE=InnoDB;",
    }[dialect]
    material = Material(dialect=dialect, schema=schema)
    assert sql_sqlite.check("SELECT name FROM users WHERE id = 1", material).state == "valid"
    wrong = sql_sqlite.check("SELECT name\nFROM users\nWHERE idd = 1", material)
    assert places(wrong) == [(3, 7)]
    assert sql_sqlite.check("SELECT no_such_function(name) FROM users", material).state == "not checked"


def test_rows_and_functions_of_postgres_are_no_columns_and_tables() -> None:
    material = Material(dialect="postgres", schema=SCHEMA)
    for text in (
        "SELECT u FROM users u",
        "SELECT d FROM generate_series(1, 3) AS d",
        "SELECT * FROM pg_catalog.pg_class",
    ):
        assert sql_sqlite.check(text, material).state != "invalid", text


@pytest.mark.skipif(importlib.util.find_spec("duckdb") is None, reason="duckdb is an extra")
def test_duckdb_is_strict_about_groups_and_reaches_no_file() -> None:
    material = Material(dialect="postgres", schema=SCHEMA)
    wrong = sql_duckdb.check("SELECT name,\n  count(*)\nFROM users", material)
    assert places(wrong) == [(1, 8)]
    assert sql_duckdb.check("SELECT name, count(*) FROM users GROUP BY name", material).state == "valid"
    reaching = sql_duckdb.check("SELECT * FROM read_csv('/etc/passwd')", Material(dialect="duckdb", schema=SCHEMA))
    assert reaching.state == "not checked"
    assert "disabled" in reaching.reason


def test_the_grammar_of_postgres_is_asked_where_it_is_installed() -> None:
    verdict = sql_postgres.check("SELECT a,\nFROM t", Material(dialect="postgres"))
    assert verdict.state == ("not checked" if "not installed" in verdict.reason else "invalid")
    assert sql_postgres.check("SELECT 1", Material(dialect="mysql")).state == "not checked"

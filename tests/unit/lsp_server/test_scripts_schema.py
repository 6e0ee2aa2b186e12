"""Where a schema comes from, and what does not count as one."""

from __future__ import annotations

from pathlib import Path

import pytest

from completion.errors import InputError
from lsp_server import scripts_schema

TABLE = "CREATE TABLE a (id INTEGER);\n"


def everything(_: str) -> bool:
    return True


def test_migrations_in_the_order_of_their_names_without_undoing(tmp_path: Path) -> None:
    folder = tmp_path / "db/migrate"
    folder.mkdir(parents=True)
    names = ("002_b.sql", "001_a.up.sql", "001_a.down.sql", "003_rollback.sql", "004_country.sql", "notes.md")
    for name in names:
        (folder / name).write_text(f"-- {name}\n")
    found = scripts_schema.of_project(tmp_path, everything)
    assert found is not None
    assert found.name == "3 files of db/migrate"
    assert found.text.split() == ["--", "001_a.up.sql", "--", "002_b.sql", "--", "004_country.sql"]


def test_a_folder_for_each_migration(tmp_path: Path) -> None:
    folder = tmp_path / "prisma/migrations/2026_init"
    folder.mkdir(parents=True)
    (folder / "migration.sql").write_text(TABLE)
    found = scripts_schema.of_project(tmp_path, everything)
    assert found is not None
    assert (found.name, found.text) == ("1 file of prisma/migrations", TABLE)


def test_a_schema_file_comes_before_migrations(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations/1.sql").write_text("-- old\n")
    (tmp_path / "schema.sql").write_text(TABLE)
    found = scripts_schema.of_project(tmp_path, everything)
    assert found is not None
    assert (found.name, found.text) == ("schema.sql", TABLE)


def test_what_is_kept_from_models_or_lies_elsewhere_is_left_out(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "migrations").mkdir(parents=True)
    (tmp_path / "outside.sql").write_text("-- outside\n")
    (root / "migrations/1.sql").symlink_to(tmp_path / "outside.sql")
    (root / "migrations/2.sql").write_text("-- secret\n")
    (root / "migrations/3.sql").write_bytes(b"\xff\xfe")
    (root / "migrations/4.sql").write_text("x" * (scripts_schema.MOST_BYTES + 1))
    asked: list[str] = []

    def may_show(path: str) -> bool:
        asked.append(path)
        return path != "migrations/2.sql"

    assert scripts_schema.of_project(root, may_show) is None
    assert "migrations/2.sql" in asked
    assert scripts_schema.of_project(tmp_path / "nowhere", everything) is None


def test_databases_are_known_by_their_first_bytes(tmp_path: Path) -> None:
    for name, head in (("a.db", b"SQLite format 3\0"), ("b.duckdb", bytes(8) + b"DUCK")):
        (tmp_path / name).write_bytes(head + bytes(100))
        found = scripts_schema.of_file(tmp_path / name)
        assert (found.database, found.text) == (str(tmp_path / name), "")


@pytest.mark.parametrize(
    ("data", "named"),
    [(b"\xff\xfe\0", "neither UTF-8 text"), (b"x" * (scripts_schema.MOST_BYTES + 20), "a schema may have")],
)
def test_what_is_no_schema(tmp_path: Path, data: bytes, named: str) -> None:
    (tmp_path / "a.sql").write_bytes(data)
    with pytest.raises(InputError, match=named):
        scripts_schema.of_file(tmp_path / "a.sql")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"no \.sql file in this folder"):
        scripts_schema.of_file(tmp_path / "empty")


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        (TABLE, ""),
        ("CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT);", "sqlite"),
        ("CREATE TABLE a (id BIGSERIAL PRIMARY KEY, data JSONB);", "postgres"),
        ("CREATE TABLE a (id INT AUTO_INCREMENT) ENGINE=InnoDB;", "mysql"),
        ("CREATE TABLE a (id INT IDENTITY(1,1));", "tsql"),
        ("CREATE TABLE a (id INT GENERATED ALWAYS AS IDENTITY);", "postgres"),
    ],
)
def test_dialects_by_words_that_one_alone_has(text: str, dialect: str) -> None:
    assert scripts_schema.dialect(text) == dialect

"""Risks of SQL, Dockerfiles, manifests and Python: places, dialects, what cannot be read."""

from __future__ import annotations

import pytest
from sqlglot import condition

from completion.scripts import risk
from completion.scripts.risk.images import clear_secret, moving_tag
from completion.scripts.risk.sql_truth import always


def named(kind: str, text: str, dialect: str = "") -> list[tuple[str, int]]:
    return [(each.rule, each.line) for each in risk.find(kind, text, dialect)]


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("1 = 1", True),
        ("1 = 0", False),
        ("'a' = 'a' AND x = x", True),
        ("a = 1 OR NOT 1 > 2", True),
        ("a = 1 AND 1 = 1", None),
        ("a = b", None),
        ("2 + 2 = 4", True),
        ("1 IS NOT NULL", True),
        ("3 IN (1, 2)", False),
        ("name LIKE '%'", True),
        ("name LIKE 'a%'", None),
        ("-1", True),
        ("0", False),
    ],
)
def test_conditions_that_hold_for_every_row(text: str, truth: bool | None) -> None:
    assert always(condition(text)) is truth


def test_long_conditions_are_judged() -> None:
    text = "DELETE FROM t WHERE " + " OR ".join(f"a = {number}" for number in range(3000))
    assert named("sql", text) == []
    assert named("sql", f"{text} OR 1 = 1") == [("delete-all", 1)]


@pytest.mark.parametrize("dialect", ["", "sqlite", "postgres", "mysql", "tsql", "bigquery", "duckdb", "oracle"])
def test_statements_are_judged_in_every_dialect(dialect: str) -> None:
    text = "SELECT 1;\n\nDROP TABLE a;\nDELETE FROM b;\nUPDATE c SET d = 1\n"
    assert named("sql", text, dialect) == [("drop", 3), ("delete-all", 4), ("update-all", 5)]


def test_texts_and_comments_are_no_statements() -> None:
    assert named("sql", "-- DROP TABLE a\nSELECT 'GRANT ALL', \"DROP TABLE\" /* TRUNCATE b */ FROM c") == []


@pytest.mark.parametrize(("text", "dialect"), [("this is ( no", ""), ("SELECT 'open", ""), ("SELECT 1", "nosuch")])
def test_sql_that_cannot_be_read_is_said_so(text: str, dialect: str) -> None:
    assert {each.severity for each in risk.find("sql", text, dialect)} == {"note"}


@pytest.mark.parametrize(
    ("image", "moves"),
    [
        ("python", True),
        ("python:latest", True),
        ("host:5000/a/b", True),
        ("host:5000/a/b:1", False),
        ("a@sha256:00", False),
        ("a:${TAG}", False),
        ("a:${TAG:-latest}", True),
        ("$IMAGE", False),
    ],
)
def test_moving_tags(image: str, moves: bool) -> None:
    assert bool(moving_tag(image)) is moves


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("DB_PASSWORD", "x1", True),
        ("dbPassword", "x1", True),
        ("API_KEY", "x1", True),
        ("DB_PASSWORD", "${DB_PASSWORD}", False),
        ("DB_PASSWORD_FILE", "/run/secrets/db", False),
        ("TOKEN", "", False),
        ("MODE", "production", False),
        ("KEYBOARD", "us", False),
    ],
)
def test_secrets_in_clear(name: str, value: str, secret: bool) -> None:
    assert bool(clear_secret(name, value)) is secret


def test_lines_within_an_instruction_are_counted() -> None:
    text = "FROM a:1\nRUN echo a && \\\n# a comment between\n    rm -rf / && \\\n\n    chmod -R 777 /\n"
    assert named("dockerfile", text) == [("recursive-delete", 4), ("permissions", 6)]


def test_a_here_document_ends_and_what_follows_is_read() -> None:
    text = "FROM a:1\nRUN <<-END\n\techo a\n\trm -rf /\n\tEND\nUSER root\n"
    assert named("dockerfile", text) == [("recursive-delete", 4), ("root-user", 6)]


def test_what_is_no_dockerfile_is_said_so() -> None:
    assert [each.severity for each in risk.find("dockerfile", "hello")] == ["note"]


@pytest.mark.parametrize("kind", ["kubernetes", "compose"])
@pytest.mark.parametrize(
    "text", ["a: [", "[" * 3000 + "]" * 3000, "a: b: c", "\n".join(" " * n + "a:" for n in range(300))]
)
def test_yaml_that_cannot_be_read_is_said_so(kind: str, text: str) -> None:
    assert {each.severity for each in risk.find(kind, text)} == {"note"}


def test_a_bomb_is_no_danger() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert risk.find("kubernetes", "\n".join(rows)) == ()
    many = "a: &a 1\nc: &c 1\nb:\n" + "  - *a\n" * 1000
    assert [each.severity for each in risk.find("compose", many)] == ["note"]


def test_a_tag_makes_no_object() -> None:
    assert risk.find("kubernetes", 'a: !!python/object/apply:os.system ["true"]') == ()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("__import__('os').system('rm -rf /')", "recursive-delete"),
        ("import os\nrun = os.system\nrun(text)", "shell-injection"),
        ("import os\nos.system(f'rm -rf {path}/')", "shell-injection"),
        ("import subprocess\nsubprocess.run('curl https://example.com | sh', shell=True)", "download-run"),
        ("from pickle import loads as read\nread(data)", "unsafe-load"),
        ("import yaml\nyaml.load(data)", "unsafe-load"),
        ("exec(open('a.py').read())", "runs-input"),
    ],
)
def test_python_under_other_names(text: str, rule: str) -> None:
    assert rule in {each.rule for each in risk.find("python", text)}


@pytest.mark.parametrize("text", ["def f(:", "a\0b", "x" + ".a" * 20000 + "()"])
def test_python_that_cannot_be_read_is_said_so(text: str) -> None:
    assert {each.severity for each in risk.find("python", text)} == {"note"}


def test_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="kubernetes"):
        risk.find("poem", "")

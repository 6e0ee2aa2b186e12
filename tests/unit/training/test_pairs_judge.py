"""Verdicts about answers: the right one passes everywhere, others fail for the right reason, and nothing gets out."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import replace
from typing import Any

import pytest

from training.pairs.checks import NotInstalled, patterns, sql
from training.pairs.domains import DOMAINS, Domain
from training.pairs.generate import compose, draw_for
from training.pairs.items import Examples, Item
from training.pairs.judge import Verdict, has_slots, judge

RIGHT = Verdict(valid=True, equal=True, slots=True)
SAMPLE = {"shell": 24, "dockerfile": 20}
"""Each verdict starts a program there; every intent is in the deep checks."""

TABLES = "CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT, total REAL, paid_at TEXT);\n\n"


def verdict(item: Item, answer: str) -> Verdict:
    try:
        return judge(item, answer)
    except NotInstalled as error:
        pytest.skip(str(error))


def item(domain: str, before: str, answer: str, after: str = "\n", **more: Any) -> Item:
    known: dict[str, Any] = {"language": domain, "path": "x", "request": "x", "slots": ()} | more
    return Item(
        domain=domain,
        intent="x",
        family="x/0",
        held=(),
        split="train",
        before=before,
        answer=answer,
        after=after,
        **known,
    )


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)
def test_the_right_answer_is_right(domain: Domain) -> None:
    draw = draw_for(11, domain, "judge")
    wanted = draw.some(domain.intents, len(domain.intents), len(domain.intents))[: SAMPLE.get(domain.name)]
    for name in wanted:
        found = compose(domain, "train", draw, name)
        assert found is not None
        assert verdict(found, found.answer) == RIGHT, (name, found.answer)


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)
def test_no_answer_and_nonsense_are_wrong(domain: Domain) -> None:
    found = compose(domain, "train", draw_for(2, domain, "nonsense"))
    assert found is not None
    for answer in ("", "}} select ( ' nonsense: [", "\n"):
        assert not verdict(found, answer).equal
    assert not verdict(found, "").valid


QUESTION = item(
    "sql",
    TABLES + "-- paid orders over 20\n",
    "SELECT * FROM orders WHERE status = 'paid' AND total > 20;",
    slots=("paid", "20"),
    dialect="sqlite",
)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("select * from orders where total > 20 and status = 'paid';", RIGHT),
        ("SELECT id, status, total, paid_at FROM orders WHERE NOT total <= 20 AND status IN ('paid');", RIGHT),
        ("SELECT * FROM orders WHERE status = 'paid';", Verdict(valid=True, equal=False, slots=False)),
        ("SELECT * FROM orders WHERE status = 'paid' AND total >= 20;", Verdict(valid=True, equal=False, slots=True)),
        ("SELECT * FROM orders WHERE status = 'open' AND total > 20;", Verdict(valid=True, equal=False, slots=False)),
        (
            "SELECT * FROM customers WHERE status = 'paid' AND total > 20;",
            Verdict(valid=False, equal=False, slots=True),
        ),
        ("DELETE FROM orders WHERE status = 'paid' AND total > 20;", Verdict(valid=True, equal=False, slots=True)),
    ],
)
def test_sql_is_compared_by_its_rows(answer: str, expected: Verdict) -> None:
    assert judge(QUESTION, answer) == expected


@pytest.mark.parametrize(
    ("right", "other", "same"),
    [
        ("CREATE INDEX a ON orders (status);", "create index other on orders(status);", True),
        ("CREATE INDEX a ON orders (status);", "CREATE UNIQUE INDEX a ON orders (status);", False),
        ("CREATE INDEX a ON orders (total) WHERE status = 'paid';", "CREATE INDEX a ON orders (total);", False),
        ("UPDATE orders SET total = total + 5;", "UPDATE orders SET total = 5 + total;", True),
        ("UPDATE orders SET total = total + 5;", "UPDATE orders SET total = total + 6;", False),
        ("SELECT id FROM orders ORDER BY id DESC;", "SELECT id FROM orders ORDER BY id;", False),
        ("SELECT id FROM orders;", "SELECT id FROM orders ORDER BY id DESC;", True),
        ("CREATE TABLE a (id INTEGER, n REAL CHECK (n > 0));", "CREATE TABLE a (id INTEGER, n REAL);", False),
        ("CREATE VIEW v AS SELECT id FROM orders;", "CREATE VIEW v AS SELECT total FROM orders;", False),
        ("SELECT * FROM orders ORDER BY RANDOM() LIMIT 3;", "SELECT * FROM orders ORDER BY random() LIMIT 3;", True),
    ],
)
def test_sql_is_compared_by_what_it_leaves(right: str, other: str, same: bool) -> None:
    asked = item("sql", TABLES + "-- x\n", right, dialect="sqlite")
    assert judge(asked, right) == RIGHT
    assert judge(asked, other).equal is same


def test_postgres_is_compared_by_its_tree() -> None:
    asked = item("sql", "-- x\n", "SELECT DISTINCT ON (a) * FROM t WHERE b = 'X';", dialect="postgres")
    assert verdict(asked, "select distinct on (A) *\nfrom T where b = 'X'") == RIGHT
    assert verdict(asked, "select distinct on (a) * from t where b = 'x';").equal is False
    assert verdict(asked, "FROBNICATE everything;").valid is False


def test_sql_cannot_leave_its_database_and_ends() -> None:
    begin = time.monotonic()
    for answer in (
        "ATTACH DATABASE 'stolen.db' AS other;",
        "PRAGMA writable_schema = 1;",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n;",
        "SELECT load_extension('x');",
    ):
        assert not judge(QUESTION, answer).valid
    assert time.monotonic() - begin < 20
    with sql.database() as connection, pytest.raises(sqlite3.DatabaseError):
        connection.execute("ATTACH DATABASE ':memory:' AS other")


def test_statements_keep_a_trigger_in_one_piece() -> None:
    trigger = "CREATE TRIGGER t AFTER UPDATE ON a BEGIN UPDATE a SET b = 1; END;"
    assert sql.statements(f"SELECT ';';\n{trigger}\nSELECT 2") == ["SELECT ';';", trigger, "SELECT 2;"]


PATTERN = item(
    "regex",
    "import re\n\n# 4 digits\n",
    'PIN = re.compile(r"^\\d{4}$")',
    language="python",
    slots=("4",),
    examples=Examples(("1234", "0000"), ("123", "12345", "abcd")),
)


@pytest.mark.parametrize(
    ("answer", "valid", "equal"),
    [
        ('PIN = re.compile(r"^[0-9]{4}$")', True, True),
        ('def is_pin(text: str) -> bool:\n    return re.fullmatch(r"[0-9]{4}", text) is not None', True, True),
        ('PIN = re.compile(r"\\d{4}")', True, False),
        ('PIN = re.compile(r"^(\\d{4}$")', False, False),
        ('PIN = re.compile(r"^([0-9]+)+x$")', True, False),
        ("PIN = open('x')", False, False),
    ],
)
def test_patterns_are_compared_by_their_examples(answer: str, valid: bool, equal: bool) -> None:
    found = judge(PATTERN, answer)
    assert (found.valid, found.equal) == (valid, equal)


def test_a_pattern_that_takes_for_ever_is_given_up() -> None:
    slow = patterns.extract("python", 'P = re.compile(r"^(a+)+$")')
    assert slow is not None
    assert patterns.verdicts(slow, ["a" * 40 + "!"]) is None


@pytest.mark.parametrize(
    ("code", "pattern"),
    [
        ("const A = /^a\\/b$/i;", "^a/b$"),
        ("export const A = /(?<year>\\d{4})[/]/g;", "(?P<year>\\d{4})[/]"),
        ("return /x/.test(value);", None),
        ("const A = 3;", None),
    ],
)
def test_patterns_are_taken_out_of_scripts(code: str, pattern: str | None) -> None:
    found = patterns.extract("javascript", code)
    assert (found.pattern if found else None) == (pattern or ("x" if "/x/" in code else None))


def test_yaml_is_compared_by_its_objects() -> None:
    right = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop"
    asked = item("yaml", "# namespace shop\n", right, slots=("shop",))
    assert verdict(asked, 'kind: Namespace\napiVersion: "v1"\nmetadata: {name: shop}') == RIGHT
    assert verdict(asked, right.replace("shop", "other")) == Verdict(valid=True, equal=False, slots=False)
    assert verdict(asked, right + "\nunknown: 1").valid is False


def test_text_is_compared_without_its_looks() -> None:
    asked = item("shell", "#!/bin/bash\n# x\n", "find . -name '*.log' \\\n    -delete", slots=(".log",))
    assert verdict(asked, 'find .  -name "*.log" -delete;') == RIGHT
    assert verdict(asked, "find . -name '*.txt' -delete") == Verdict(valid=True, equal=False, slots=False)
    built = item("dockerfile", "FROM debian:12\n# x\n", "RUN useradd app \\\n    && id app\nUSER app")
    assert verdict(built, "RUN useradd app && id app\n\n# comment\nUSER  app") == RIGHT
    assert verdict(built, "RUN useradd app\nUSER app").equal is False


def test_numbers_of_a_request_stand_alone() -> None:
    asked = replace(QUESTION, slots=("3",))
    assert has_slots(asked, "LIMIT 3;")
    assert not has_slots(asked, "LIMIT 30;")

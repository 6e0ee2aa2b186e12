"""Grammars: what is drawn from them at random is what they promise, and passes the real checks."""

from __future__ import annotations

import random
import re
import tomllib
from pathlib import Path

import pytest

from completion.scripts import grammar
from completion.scripts.checks import schemas
from completion.scripts.checks.table import examine
from completion.scripts.grammar import kubernetes, mentions, notation, sql_intents
from completion.scripts.types import Attempt, Material, ScriptRequest
from tests.unit.scripts import gbnf

REQUESTS = tomllib.loads(Path(__file__).with_name("requests.toml").read_text("utf-8"))
KINDS = ("sql", "shell", "dockerfile", "compose", "kubernetes", "regex")
DRAWN = 6
DRAWN_SLOWLY = 1  # PostgreSQL's checks start two programs for each text.


def requests(kind: str, dialect: str = "") -> list[ScriptRequest]:
    material = Material(dialect=dialect, schema=REQUESTS["shop"]) if kind == "sql" else Material(dialect=dialect)
    return [ScriptRequest(kind, text, material=material) for text in REQUESTS[kind]]


CASES = [(kind, "") for kind in KINDS] + [("sql", "postgres"), ("sql", "mysql"), ("shell", "posix")]


@pytest.mark.parametrize(("kind", "dialect"), CASES)
def test_whatever_is_drawn_passes_the_checks(kind: str, dialect: str) -> None:
    rng = random.Random(f"{kind} {dialect}")
    checked, drawn = 0, DRAWN_SLOWLY if dialect == "postgres" else DRAWN
    for request in requests(kind, dialect):
        rules = grammar.of(request)
        for _ in range(drawn):
            text = gbnf.sample(rules, rng, patience=rng.choice((40, 120, 300)))
            attempt = Attempt(text, "constrained", examine(kind, text, request.material))
            assert attempt.state != "invalid", (request.request, text, attempt.errors[0])
            checked += attempt.state == "valid"
    assert checked >= 0.8 * drawn * len(requests(kind, dialect))


@pytest.mark.parametrize("version", schemas.versions())
def test_manifests_hold_in_every_version(version: str) -> None:
    rng = random.Random(version)
    for request in requests("kubernetes"):
        text = gbnf.sample(grammar.of(request), rng)
        attempt = Attempt(text, "constrained", examine("kubernetes", text, Material(version=version)))
        assert attempt.state == "valid", (text, attempt.errors[:1])


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_request_that_says_anything(kind: str) -> None:
    rng = random.Random(3)
    request = ScriptRequest(kind, "something")
    text = gbnf.sample(grammar.of(request), rng)
    assert Attempt(text, "constrained", examine(kind, text, Material())).state != "invalid", text


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_repeated_without_end(kind: str) -> None:
    for request in requests(kind):
        assert not re.search(
            r'[\])"a-z0-9][*+](?=\s|$)|\{\d+,\}',
            re.sub(r'"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]', "x", grammar.of(request)),
        )


def test_a_language_of_indentation_has_no_grammar() -> None:
    assert grammar.of(ScriptRequest("python", "count lines")) == ""
    assert grammar.of(ScriptRequest("sql", "grant read access on orders to bob")) == ""
    assert grammar.of(ScriptRequest("kubernetes", "a role that reads pods")) == ""


def test_columns_fit_their_tables() -> None:
    request = ScriptRequest("sql", "orders of customers", material=Material(schema=REQUESTS["shop"]))
    rng = random.Random(9)
    for _ in range(60):
        text = gbnf.sample(grammar.of(request), rng)
        assert not re.search(r"\bcustomers\.(?:status|total|customer_id)\b|\borders\.(?:email|city|name)\b", text), text


def test_values_are_those_of_the_request() -> None:
    request = ScriptRequest("sql", "orders over 250 with status paid", material=Material(schema=REQUESTS["shop"]))
    rng = random.Random(4)
    for _ in range(60):
        numbers = set(re.findall(r"(?<![\w.'-])\d+(?![\w.'-])", gbnf.sample(grammar.of(request), rng)))
        assert numbers <= {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "250"}


def test_a_file_that_has_begun_goes_on() -> None:
    request = ScriptRequest("dockerfile", "copy the binary from the builder stage")
    rules = grammar.of(request, "FROM golang:1.22 AS builder\nRUN go build\n\nFROM alpine:3.20\n")
    texts = [gbnf.sample(rules, random.Random(seed)) for seed in range(30)]
    assert not any(text.startswith("FROM") for text in texts)
    assert any("--from=builder" in text for text in texts)


def test_an_open_quote_is_closed() -> None:
    request = ScriptRequest("regex", "three digits")
    text = gbnf.sample(grammar.of(request, 'PATTERN = re.compile(r"'), random.Random(1)).rstrip("\n)")
    assert text.endswith('"')
    assert text.count('"') == 1 + text.count('\\"')


@pytest.mark.parametrize(
    ("request_", "kinds"),
    [
        ("web with 3 replicas", ("Deployment",)),
        ("service and deployment for web", ("Service", "Deployment")),
        ("run the job every 5 minutes", ("CronJob",)),
        ("an autoscaler for the deployment web", ("HorizontalPodAutoscaler",)),
        ("service account robot", ("ServiceAccount",)),
    ],
)
def test_kinds_that_are_named(request_: str, kinds: tuple[str, ...]) -> None:
    assert kubernetes.named(request_) == kinds


@pytest.mark.parametrize(
    ("request_", "meant"),
    [
        ("show all orders", {"select"}),
        ("size of the set of rentals", {"select"}),
        ("delete old orders", {"delete"}),
        ("mark orders as paid", {"update"}),
        ("put a row into orders", {"insert"}),
        ("create a table of suppliers", {"table"}),
        ("drop the column x of orders", {"alter"}),
        ("a trigger after each insert", set()),
    ],
)
def test_statements_that_are_meant(request_: str, meant: set[str]) -> None:
    assert sql_intents.meant(request_) == meant


def test_mentions() -> None:
    found = mentions.of("run two pods of 'night shift' from registry.example.com/a/b:1.2 on port 8080 for shop-web")
    assert found.numbers == ("1.2", "8080", "2")
    assert found.quoted == ("night shift",)
    assert found.images == ("registry.example.com/a/b:1.2",)
    assert "shop-web" in found.names


def test_notation() -> None:
    rules: notation.Rules = {}
    notation.add(rules, "root", f"SELECT {notation.literal(chr(10) + chr(34))} [A-Z] unused?")
    notation.add(rules, "unused", '"x"')
    notation.add(rules, "nowhere", '"y"')
    assert "nowhere" not in notation.written(rules)
    assert {gbnf.sample(notation.written(rules), random.Random(seed))[:6] for seed in range(20)} == {"SELECT", "select"}
    assert notation.words(["total", "totals", "tax"]) == '"t" ( "otal" ( "" | "s" ) | "ax" )'
    with pytest.raises(ValueError, match="something to choose from"):
        notation.choice([])


@pytest.mark.parametrize("broken", ["root ::= nowhere", 'root ::= ( "a"', "root ::= root", "root ::= []", "no rule"])
def test_the_reader_of_grammars_finds_what_is_wrong(broken: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        gbnf.sample(broken + "\n", random.Random(1))

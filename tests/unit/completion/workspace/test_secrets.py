"""Secrets: golden cases, and what masking promises whatever the text."""

from __future__ import annotations

import ast
import random
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from completion.workspace import secret_lines, secrets
from tests.unit.completion.workspace.secret_text import made, spelled

CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "secret_cases.toml").read_text("utf-8"))["case"]
SEEDS = range(8)

PIECES = st.sampled_from(
    [
        *(
            "\n",
            " ",
            '"',
            "'",
            "=",
            ": ",
            "(",
            ")",
            "\\n",
            "\\",
            "x",
            "é",
            "密",
            "🔑",
            "key",
            "password",
            "token",
            "---",
        ),
        *(
            "-----BEGIN PRIVATE KEY-----",
            "-----END PRIVATE KEY-----",
            "kind: Secret\n",
            "data:\n  a: ",
            "://",
            "@",
            ";",
        ),
        *("api_key = ", "gh" + "p_", "AK" + "IA", "ey" + "J", ".ey" + "J", "EXAMPLE", "sk" + "-", "aws"),
    ]
)
WORDS = st.builds(
    lambda alphabet, length, seed: made(alphabet, length, random.Random(seed)),
    st.sampled_from(("base62", "base64", "hex", "upper32", "digits")),
    st.integers(2, 70),
    st.integers(0, 50),
)
TEXTS = st.lists(st.one_of(PIECES, WORDS), max_size=25).map("".join)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_exactly_the_secrets_are_masked(case: dict[str, Any], seed: int) -> None:
    text, want = spelled(case["text"], seed)
    masked = secrets.masked(text)
    assert masked.text == want
    if "rules" in case:
        assert [found.rule for found in masked.found] == case["rules"]


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_masking_keeps_lengths_and_is_final(text: str) -> None:
    masked = secrets.masked(text)
    assert len(masked.text) == len(text)
    assert len(masked.text.encode()) == len(text.encode())
    assert [len(line) for line in masked.text.split("\n")] == [len(line) for line in text.split("\n")]
    assert secrets.masked(masked.text).text == masked.text
    assert secrets.find(masked.text) == ()


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_findings_lie_in_the_text_in_order(text: str) -> None:
    position = 0
    for found in secrets.find(text):
        assert position <= found.start < found.end <= len(text)
        position = found.end


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS)
def test_what_was_looked_at_before_changes_nothing(first: str, text: str) -> None:
    fresh = secrets.find(text)
    secrets.find(first + "\n" + text)
    secrets.find(text + "\n" + first)
    assert secrets.find(text) == fresh


def test_a_full_memory_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_lines, "_REMEMBERED_LINES", 2)
    for seed in range(5):
        text, want = spelled("a = 1\nb = '«gh|p_|base62:36»'\nc = 3\n" * 3, seed)
        assert secrets.masked(text).text == want


def test_masked_code_parses_like_the_original() -> None:
    text, _ = spelled(
        "KEY = '-----BEGIN PRIVATE KEY-----\\n«base64:64»\\n-----END PRIVATE KEY-----'\n"
        "def f(token: str = \"«gh|p_|base62:36»\") -> dict:\n    return {'password': b'«base62:12»!', 'a': 1}\n"
    )
    masked = secrets.masked(text)
    assert len(masked.found) == 3
    assert [type(node) for node in ast.walk(ast.parse(masked.text))] == [type(n) for n in ast.walk(ast.parse(text))]


def test_a_mask_is_as_long_in_bytes() -> None:
    text = 'password = "pässwörd-密码-🔑1"'
    masked = secrets.masked(text)
    assert masked.text != text
    assert len(masked.text.encode()) == len(text.encode())
    assert not set("äö密码🔑1") & set(masked.text)


def test_bytes_that_are_no_text_keep_their_places() -> None:
    raw = b'password = "\xff\xfe1234567"\n\xff'
    masked = secrets.masked(raw.decode("utf-8", "surrogateescape")).text.encode("utf-8", "surrogateescape")
    assert masked == b'password = "xxxxxxxxx"\n\xff'


@pytest.mark.parametrize("seed", SEEDS)
def test_a_suggestion_that_brings_a_secret(seed: int) -> None:
    chance = random.Random(seed)
    token = made("base62", 36, chance)
    (found,) = secrets.find_written('API_KEY = "', token + '"\nnext = 1\n')
    assert (found.start, found.end) == (0, 36)
    (found,) = secrets.find_written("x = '", "a'  # gh" + "p_" + token)
    assert found.rule == "github-pat"


def test_a_secret_that_stood_there_is_not_the_suggestions_fault() -> None:
    text, _ = spelled("x = '«gh|p_|base62:36»'")
    assert secrets.find(text)
    assert secrets.find_written(text + "\ny = ", "1\n") == ()


def test_a_long_line_hides_nothing() -> None:
    text, want = spelled("var a=" + "f(1,2);" * 3000 + 'k("«gh|p_|base62:36»");' + "g(3,4);" * 3000)
    assert secrets.masked(text).text == want


@pytest.mark.parametrize(
    "line",
    [
        "api_key " * 4000,
        "password=" * 4000,
        "ey" * 30_000,
        "EAAM" * 20_000,
        "a://b:" * 8000,
        "-----BEGIN PRIVATE KEY-----\n" * 2000,
        "-----END PRIVATE KEY-----\n" * 2000,
        "kind: Secret\ndata:\n" * 3000,
        "token" + " " * 50_000 + "=",
        "A" * 100_000,
        "ya29." * 10_000,
        "sk-" * 20_000,
        ".ey" * 20_000,
        "[?&]sig=" * 5000,
        ("a" * 76 + "\n") * 800,
        "discord bot " + "M" * 50_000,
        "Authorization: " * 5000,
    ],
    ids=lambda line: line[:24].strip(),
)
@pytest.mark.timeout(20)
def test_hostile_text_ends(line: str) -> None:
    secrets.masked(line)

"""Runs the golden cases of verification, and those of names that are found nowhere."""

from __future__ import annotations

import builtins
import tomllib
from pathlib import Path
from typing import Any

import pytest

from completion.syntax import languages, names, verify, window
from completion.syntax.tree import Parsed, TreeStore
from completion.types import Document

FOLDER = Path(__file__).parent
CASES: list[dict[str, Any]] = tomllib.loads((FOLDER / "verification" / "cases.toml").read_text("utf-8"))["case"]
NAMES: list[dict[str, Any]] = tomllib.loads((FOLDER / "names" / "unknown.toml").read_text("utf-8"))["case"]


def parsed_of(language: str, source: str) -> Parsed:
    """The tree of a text."""
    row = languages.find(language)
    assert row is not None
    parsed = TreeStore().parse(Document("file", language, source.encode()), row)
    assert parsed is not None
    return parsed


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['language']}: {case['name']}")
def test_longest_clean(case: dict[str, Any]) -> None:
    before, rest = case["text"].split("├")
    text, after = rest.split("┤")
    parsed, offset = parsed_of(case["language"], before + after), len(before.encode())
    assert verify.longest_clean(parsed, offset, offset, text, ending=case.get("ending", "open")) == case["want"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['language']}: {case['name']}")
def test_what_is_whole_adds_no_error(case: dict[str, Any]) -> None:
    before, rest = case["text"].split("├")
    text, after = rest.split("┤")
    parsed, offset = parsed_of(case["language"], before + after), len(before.encode())
    whole = verify.longest_clean(parsed, offset, offset, text, ending="whole")
    assert text.startswith(whole)
    assert not whole or verify.errors_added(parsed, offset, offset, whole) <= 0


def test_a_missing_bracket_is_an_error() -> None:
    parsed = parsed_of("javascript", "f(1;\n")
    assert verify.damage(parsed, 0).count > 0
    assert verify.errors_added(parsed, 3, 3, ")") < 0
    assert verify.errors_added(parsed_of("javascript", "f(1);\n"), 4, 4, " g(") > 0


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case["language"] in ("python", "javascript", "shellscript") and case["want"] != ""],
    ids=lambda case: f"{case['language']}: {case['name']}",
)
@pytest.mark.parametrize("broken", ["", "x = ((((\n"], ids=["sound", "broken"])
def test_a_piece_of_a_long_file_is_as_good(case: dict[str, Any], broken: str) -> None:
    before, rest = case["text"].split("├")
    text, after = rest.split("┤")
    many = "\n".join(f"a_{number}=1" for number in range(2000))
    before, after = f"{many}\n\n{before}", f"{after}\n{many}\n{broken}"
    parsed, offset = parsed_of(case["language"], before + after), len(before.encode())
    piece, start, _ = window.around(parsed, offset, offset)
    assert len(piece.source) < 2000
    assert piece.source[:start] == before.encode()[-start:]
    assert verify.longest_clean(parsed, offset, offset, text, ending=case.get("ending", "open")) == case["want"]


@pytest.mark.parametrize(
    ("language", "head", "member", "foot"),
    [
        ("python", "class Long(Base):\n", "    def f{}(self, x):\n        return [x, {}]\n\n", ""),
        ("javascript", "class Long extends Base {\n", "  f{}(x) {{\n    return [x, {}];\n  }}\n\n", "}\n"),
    ],
)
@pytest.mark.parametrize("far", ["", "x = ((((\n"], ids=["sound", "broken"])
def test_a_long_class_is_cut_to_the_members_around(language: str, head: str, member: str, foot: str, far: str) -> None:
    members = [member.format(number, number) for number in range(1000)]
    before, end = members[500].split("x,")
    text = f"{head}{''.join(members[:500])}{before}"
    parsed = parsed_of(language, f"{text}{end}{''.join(members[501:])}{foot}\n{far}")
    piece, start, _ = window.around(parsed, len(text), len(text))
    assert piece.source.startswith(head.encode())
    assert piece.source[:start].endswith(before.encode())
    assert len(piece.source) < 1000
    for tried, left in (("x,", "x,"), ("x, (", "x,"), ('x, """', "x,"), ("x]", "")):
        assert verify.longest_clean(parsed, len(text), len(text), tried, ending="whole") == left


def test_many_lines_are_halved() -> None:
    text = "\n".join(["a = 1", *["b = 2"] * 40, *["c = ("] * 40])
    parsed = parsed_of("python", "x = 1\n\ny = 2\n")
    assert verify.longest_clean(parsed, 6, 6, text, ending="whole") == "\n".join(["a = 1", *["b = 2"] * 40])


@pytest.mark.parametrize("case", NAMES, ids=lambda case: f"{case['language']}: {case['name']}")
def test_unknown_names(case: dict[str, Any]) -> None:
    before, rest = case["text"].split("├")
    text, after = rest.split("┤")
    parsed, start = parsed_of(case["language"], before + text + after), len(before.encode())
    found = names.unknown(parsed, start, start + len(text.encode()), lambda name: name in case["known"])
    assert list(found) == case["want"]


def test_built_in_names() -> None:
    assert {name for name in dir(builtins) if not name.startswith("_")} <= names.built_in("python")
    assert "Promise" in names.built_in("typescriptreact")
    assert not names.built_in("cobol")

"""Runs the golden cases of the filters: each alone, and through all rules together."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from completion import postprocess
from completion.postprocess import Draft
from completion.types import Mode

FOLDER = Path(__file__).parent / "postprocess"
ALONE: list[dict[str, Any]] = tomllib.loads((FOLDER / "rules.toml").read_text("utf-8"))["case"]
TOGETHER: list[dict[str, Any]] = [
    case
    for name in ("filters", "blocks")
    for case in tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))["case"]
]
FAMILIES: dict[str, dict[str, Any]] = tomllib.loads((Path(__file__).parents[2] / "models.toml").read_text("utf-8"))[
    "templates"
]
KINDS = ("bos", "prefix", "suffix", "middle", "pad", "repo", "file", "end")
CONTROLS = sorted(
    {table[kind] for table in FAMILIES.values() for kind in KINDS if kind in table}
    | {stop for table in FAMILIES.values() for stop in table["stops"]}
)
RULES = {rule.__name__: rule for rule in postprocess.RULES}


def draft_of(case: dict[str, Any]) -> Draft:
    """Split the marked text of a case."""
    prefix, rest = case["text"].split("├")
    text, suffix = rest.split("┤")
    return Draft(text, prefix, suffix, Mode(case["mode"]), language=case.get("language", ""))


@pytest.mark.parametrize("case", ALONE, ids=lambda case: case["name"])
def test_rule(case: dict[str, Any]) -> None:
    assert RULES[case["rule"]](draft_of(case)) == case["want"]


@pytest.mark.parametrize("case", ALONE, ids=lambda case: case["name"])
def test_all_rules_leave_no_more_than_one(case: dict[str, Any]) -> None:
    text, changed = postprocess.clean(draft_of(case))
    assert len(text) <= len(case["want"])
    assert changed or text == draft_of(case).text


@pytest.mark.parametrize("case", TOGETHER, ids=lambda case: case["name"])
def test_all_rules(case: dict[str, Any]) -> None:
    draft = draft_of(case)
    text, changed = postprocess.clean(draft)
    assert text == case["want"]
    assert case["rule"] in changed if case["rule"] else text == draft.text, changed


@pytest.mark.parametrize("case", TOGETHER, ids=lambda case: case["name"])
def test_cleaning_twice_changes_nothing_more(case: dict[str, Any]) -> None:
    draft = draft_of(case)
    text, _ = postprocess.clean(draft)
    assert not text or postprocess.clean(draft.with_text(text))[0] == text


@pytest.mark.parametrize("token", CONTROLS)
def test_the_control_tokens_of_all_families_are_known(token: str) -> None:
    written = token.replace("▁<", "<")
    draft = Draft(f"a + b {written} c", "x = ", "\n", Mode.LINE, language="python")
    assert postprocess.clean(draft)[0] == "a + b"


def test_the_control_tokens_of_the_model_that_answers_are_known() -> None:
    draft = Draft("a + b ⟦gap⟧ c", "x = ", "\n", Mode.LINE, controls=("⟦gap⟧",))
    assert postprocess.clean(draft)[0] == "a + b"


def test_every_rule_has_a_case() -> None:
    assert {case["rule"] for case in ALONE + TOGETHER} == {*RULES, ""}

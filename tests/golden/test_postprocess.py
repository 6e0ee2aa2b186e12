"""Runs the golden cases of the filters: each alone, and through all rules together."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from completion import postprocess
from completion.postprocess import Draft
from completion.types import Mode

CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "postprocess" / "rules.toml").read_text("utf-8"))[
    "case"
]
RULES = {rule.__name__: rule for rule in postprocess.RULES}


def draft_of(case: dict[str, Any]) -> Draft:
    """Split the marked text of a case."""
    prefix, rest = case["text"].split("├")
    text, suffix = rest.split("┤")
    return Draft(text, prefix, suffix, Mode(case["mode"]))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_rule(case: dict[str, Any]) -> None:
    assert RULES[case["rule"]](draft_of(case)) == case["want"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_all_rules_leave_no_more_than_one(case: dict[str, Any]) -> None:
    text, changed = postprocess.clean(draft_of(case))
    assert len(text) <= len(case["want"])
    assert changed or text == draft_of(case).text


def test_every_rule_has_a_case() -> None:
    assert {case["rule"] for case in CASES} == set(RULES)

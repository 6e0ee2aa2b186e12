"""Runs the golden cases of the copy predictor."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from completion import copy

CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "copy" / "lines.toml").read_text("utf-8"))["case"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_copy(case: dict[str, Any]) -> None:
    prefix, suffix = case["text"].split("‸")
    guess = copy.predict(prefix, suffix, case.get("neighbours", ()))
    assert (guess.text if guess else "") == case["want"]

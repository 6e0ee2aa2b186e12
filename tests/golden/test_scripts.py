"""Our own corpus of broken and good scripts: how many are flagged in the right line, and how many good ones refused."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import Any

import pytest

from completion.scripts.checks.table import CHECKS, examine
from completion.scripts.types import Finding, Material

FOLDER = Path(__file__).parent / "scripts"
FLAGGED = 0.95
REFUSED = 0.02


@functools.cache
def corpus(kind: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{kind}.toml").read_text("utf-8"))


def errors_of(kind: str, case: dict[str, Any]) -> list[Finding]:
    """All errors that the kind's checks find."""
    material = Material(
        dialect=case.get("dialect", ""),
        schema=corpus(kind).get("schema", ""),
        matching=tuple(case.get("matching", ())),
        other=tuple(case.get("other", ())),
    )
    verdicts = examine(kind, case["text"], material)
    return [
        finding
        for verdict in verdicts
        if verdict.state == "invalid"
        for finding in verdict.findings
        if finding.severity == "error"
    ]


@functools.cache
def results(kind: str) -> tuple[list[str], list[str]]:
    """The broken ones that are not flagged in the right line, and the good ones that are refused."""
    missed, refused = [], []
    for case in corpus(kind)["broken"]:
        errors = errors_of(kind, case)
        if not any(error.line == case["line"] for error in errors):
            missed.append(f"line {case['line']} of {case['text']!r}: {errors}")
    for case in corpus(kind)["good"]:
        errors = errors_of(kind, case)
        if errors:
            refused.append(f"{case['text']!r}: {errors}")
    return missed, refused


@pytest.mark.parametrize("kind", CHECKS)
def test_broken_scripts_of_a_kind_are_flagged_in_the_right_line(kind: str) -> None:
    missed, _ = results(kind)
    assert len(missed) <= 0.1 * len(corpus(kind)["broken"]), "\n".join(missed)


@pytest.mark.parametrize("kind", CHECKS)
def test_good_scripts_of_a_kind_are_not_refused(kind: str) -> None:
    _, refused = results(kind)
    assert len(refused) <= 0.1 * len(corpus(kind)["good"]), "\n".join(refused)


def test_the_whole_corpus() -> None:
    broken = sum(len(corpus(kind)["broken"]) for kind in CHECKS)
    good = sum(len(corpus(kind)["good"]) for kind in CHECKS)
    missed = [line for kind in CHECKS for line in results(kind)[0]]
    refused = [line for kind in CHECKS for line in results(kind)[1]]
    assert broken >= 200
    assert good >= 200
    assert len(missed) <= (1 - FLAGGED) * broken, "\n".join(missed)
    assert len(refused) <= REFUSED * good, "\n".join(refused)

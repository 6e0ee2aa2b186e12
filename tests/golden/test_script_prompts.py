"""Runs the golden cases of what a model is asked for a script, by kind and by family."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from completion.models import catalog
from completion.models.spec import ModelSpec
from completion.scripts import goal, prompts, repair
from completion.scripts.kinds import KINDS
from completion.scripts.prompts import Asked, Earlier
from completion.scripts.types import Finding, Material, ScriptRequest
from completion.types import Control

FOLDER = Path(__file__).parent / "scripts_prompts"
CASES: list[dict[str, Any]] = tomllib.loads((FOLDER / "cases.toml").read_text("utf-8"))["case"]
FAMILIES = ("chatml", "deepseek", "inst", "gemma", "granite")


def model_of(case: dict[str, Any]) -> ModelSpec:
    """The embedded model, or one of a family that converses."""
    if "chat" not in case:
        return catalog.builtin().find("embedded")
    return catalog.builtin().find("qwen2.5-coder-0.5b-instruct").model_copy(update={"chat": case["chat"], "fim": None})


def asked(case: dict[str, Any]) -> Asked:
    """The prompt of a case."""
    schema = case.get("schema", "")
    material = Material(
        dialect=case.get("dialect", ""),
        schema=(FOLDER / schema).read_text("utf-8") if schema.endswith(".sql") else schema,
        version=case.get("version", ""),
        matching=tuple(case.get("matching", ())),
        other=tuple(case.get("other", ())),
    )
    request = ScriptRequest(
        case["kind"],
        case["request"],
        task=case.get("task", "write"),
        source=case.get("source", ""),
        target=case.get("target", ""),
        finding=Finding(**case["finding"]) if "finding" in case else None,
        material=material,
        context=tuple((path, text) for path, text in case.get("context", ())),
    )
    wrong = repair.told((Finding("sqlglot", "Invalid expression", 1, 1),))
    earlier = Earlier(case["earlier"], wrong) if "earlier" in case else None
    return prompts.ask(request, goal.of(request), model_of(case), earlier=earlier)


def shown(prompt: Asked) -> str:
    """The prompt as one text, for reading."""
    return "".join(f"⟨{part.token}⟩" if isinstance(part, Control) else part.text for part in prompt.prompt.segments)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_prompt(case: dict[str, Any]) -> None:
    assert shown(asked(case)) == (FOLDER / f"{case['name']}.txt").read_text("utf-8")


def test_every_kind_and_family_has_a_case() -> None:
    assert {case["kind"] for case in CASES} == set(KINDS)
    assert {case["chat"] for case in CASES if "chat" in case} == set(FAMILIES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_prompt_and_answer_fit_the_context(case: dict[str, Any]) -> None:
    prompt = asked(case).prompt
    model = model_of(case)
    assert prompt.max_tokens >= 32
    assert prompts.estimate(shown(asked(case))) + prompt.max_tokens <= prompts.context_tokens(model) + 64
    assert len(prompt.stops) <= 4

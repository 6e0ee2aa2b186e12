"""Runs the golden cases of mode, scopes and imports."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from completion.syntax import context, languages
from completion.syntax.tree import TreeStore
from completion.types import CompletionRequest, Document

CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "context" / "modes.toml").read_text("utf-8"))[
    "case"
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_context(case: dict[str, Any]) -> None:
    before, after = case["text"].split("‸")
    document = Document("file", case["language"], (before + after).encode())
    request = CompletionRequest(document, len(before.encode()))
    language = languages.find(document.language)
    parsed = TreeStore().parse(document, language) if language else None
    found = context.describe(request, parsed)
    assert found.mode.value == case["mode"], found.reason
    assert found.reason
    assert found.checked is case.get("checked", True)
    if "scopes" in case:
        assert list(found.scopes) == case["scopes"]
    if "imports" in case:
        assert list(found.imports) == case["imports"]

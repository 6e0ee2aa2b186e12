"""The risk rules against a list of dangers that is older than they are, and against everyday scripts."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from completion.scripts import risk

FOLDER = Path(__file__).with_name("risk")
DANGER = [
    pytest.param(kind, item, id=f"{kind}-{number}")
    for kind, items in tomllib.loads((FOLDER / "danger.toml").read_text("utf-8")).items()
    for number, item in enumerate(items)
]
HARMLESS = [
    (kind, text)
    for kind, texts in tomllib.loads((FOLDER / "harmless.toml").read_text("utf-8")).items()
    for text in texts
]


@pytest.mark.parametrize(("kind", "item"), DANGER)
def test_every_danger_is_named(kind: str, item: dict[str, Any]) -> None:
    found = risk.find(kind, item["text"], item.get("dialect", ""))
    named = {each.rule: each for each in found if each.severity != "note"}
    assert item["rule"] in named, f"{item['reason']}: found only {found}"
    assert all(each.check == "risk" and each.message for each in found)


def test_dangers_are_named_in_the_right_line() -> None:
    items = [each.values for each in DANGER]
    right = 0
    for kind, item in items:
        found = risk.find(kind, item["text"], item.get("dialect", ""))
        right += any((each.rule, each.line) == (item["rule"], item.get("line", 1)) for each in found)
    assert len(items) >= 200
    assert right >= 0.95 * len(items)


def test_harmless_scripts_raise_no_alarm() -> None:
    alarms = []
    for kind, text in HARMLESS:
        found = [each for each in risk.find(kind, text) if each.severity != "note"]
        if found:
            alarms.append((kind, text, found))
    assert len(HARMLESS) >= 300
    assert len(alarms) <= 0.02 * len(HARMLESS), alarms

"""One rendered item of each domain, as it was once read and found good: a change of the grammar must be looked at.

Each case names an intent; its text is what the dice of its seed give. `write_cases()` writes the file anew.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from training.pairs.domains import DOMAINS
from training.pairs.generate import compose, draw_for
from training.pairs.items import Item

FILE = Path(__file__).parents[2] / "golden" / "pairs" / "items.toml"
BY_NAME = {domain.name: domain for domain in DOMAINS}
CASES: list[dict[str, Any]] = tomllib.loads(FILE.read_text("utf-8"))["case"] if FILE.exists() else []
KEYS = ("path", "request", "before", "answer", "after")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['domain']}-{case['intent']}")
def test_an_item_is_what_it_was(case: dict[str, Any]) -> None:
    item = made(case["domain"], case["intent"], case["seed"])
    assert {key: getattr(item, key) for key in KEYS} == {key: case[key] for key in KEYS}
    assert list(item.slots) == case["slots"]


def test_every_domain_has_a_case() -> None:
    assert {case["domain"] for case in CASES} == set(BY_NAME)


def made(domain: str, intent: str, seed: int) -> Item:
    item = compose(BY_NAME[domain], "train", draw_for(seed, BY_NAME[domain], "golden"), intent)
    assert item is not None
    return item


def write_cases() -> None:
    """Render the file's cases anew."""
    parts = ["# One rendered item of each domain; the runner is tests/unit/training/test_pairs_golden.py.\n"]
    for case in CASES:
        item = made(case["domain"], case["intent"], case["seed"])
        lines = [f'domain = "{case["domain"]}"', f'intent = "{case["intent"]}"', f"seed = {case['seed']}"]
        for key in KEYS:
            text = getattr(item, key)
            lines.append(f"{key} = '{text}'" if "\n" not in text and "'" not in text else f"{key} = '''\n{text}'''")
        lines.append(f"slots = {[*item.slots]!r}")
        parts.append("[[case]]\n" + "\n".join(lines) + "\n")
    FILE.write_text("\n".join(parts), "utf-8")

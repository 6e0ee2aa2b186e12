"""The rules' file: whole, quick to say no, and what a damaged one says."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from completion.errors import ConfigError
from completion.workspace import secret_rules
from completion.workspace.secret_rules import BASE64_LINE, Rule, entropy, is_placeholder, read

RULES = secret_rules.rules()


def test_there_are_enough_rules_with_names_of_their_own() -> None:
    assert len(RULES) >= 60
    assert len({rule.id for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_compiles_and_has_one_group_at_most(rule: Rule) -> None:
    compiled = re.compile(rule.expression, re.ASCII)
    assert compiled.groups <= 1
    assert rule.keywords or rule.id == BASE64_LINE
    # A repeat without an end after a class would make a hostile line expensive.
    assert not re.search(r"[\])\w][*+]|\{\d+,\}", re.sub(r"\\.|\[[^\]]*\]", "]", rule.value or rule.pattern))


def test_the_licence_of_the_rules_stands_beside_them() -> None:
    folder = resources.files("completion.workspace")
    assert "Copyright (c) 2019 Zachary Rice" in (folder / "LICENSE-gitleaks").read_text("utf-8")
    assert "gitleaks 8.30.1" in (folder / secret_rules.RULES_FILE).read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[rule]", "x.toml: "),
        ('[[rule]]\nid = "a"', "rule 1 (a): Value error, expected either a pattern or a name with a value"),
        ('[[rule]]\nid = "a"\npattern = "a"\nvalue = "b"\nname = "c"', "rule 1 (a)"),
        ('[[rule]]\nid = "a"\npattern = "a"\nkeywords = ["A"]', "lower case"),
        ('[[rule]]\nid = "a"\npattern = "a"\nentropy = "high"', "rule 1 (a)"),
        ('[[rule]]\nid = "a"\npattern = "a"\nspeed = 1', "rule 1 (a)"),
    ],
)
def test_a_damaged_file_is_refused_with_a_sentence(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        read(text, "x.toml")


@pytest.mark.parametrize(("text", "bits"), [("", 0), ("aaaa", 0), ("abab", 1), ("abcd", 2), ("01234567", 3)])
def test_entropy(text: str, bits: float) -> None:
    assert entropy(text) == pytest.approx(bits)


@pytest.mark.parametrize("text", ["xxxxxxxx", "aaaaaaaaaa", "${TOKEN}", "$TOKEN", "%TOKEN%", "<token>", "{{ token }}",
                                  "AKIA_EXAMPLE", "changeme", "your-key-here", "***", "{0}", "@TOKEN@"])  # fmt: skip
def test_placeholders(text: str) -> None:
    assert is_placeholder(text)


def test_a_random_text_is_no_placeholder() -> None:
    assert not is_placeholder("q8" + "Zr2LmP0xT5vWc")

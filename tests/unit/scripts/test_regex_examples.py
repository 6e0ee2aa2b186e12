"""Patterns that agree with examples: every one that is offered does, and the ordinary ones are among them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completion.scripts.grammar import of
from completion.scripts.grammar.regex_examples import MOST, patterns
from completion.scripts.types import Material, ScriptRequest

TEXTS = st.lists(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=12), max_size=4)


@given(TEXTS, TEXTS)
def test_no_pattern_contradicts_an_example(matching: list[str], other: list[str]) -> None:
    found = patterns(matching, other)
    assert len(found) <= MOST
    for pattern in found:
        assert all(re.search(pattern, text) for text in matching if text)
        assert not any(re.search(pattern, text) for text in other)


@pytest.mark.parametrize(
    ("matching", "other", "expected"),
    [
        (["2024-02-29", "1999-12-31"], ["2024-13-01"], r"^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$"),
        (["00:00", "23:59"], ["24:00", "12:60"], r"^(?:[01]\d|2[0-3]):[0-5]\d$"),
        (["a.b", "a.b.c"], ["a", "a..b"], r"^[a-z]+(?:\.[a-z]+)+$"),
        (["#1a2B3c"], ["1a2b3c", "#12345"], r"^#[A-Fa-f0-9]{6}$"),
    ],
)
def test_the_ordinary_pattern_is_among_them(matching: list[str], other: list[str], expected: str) -> None:
    assert expected in patterns(matching, other)


def test_examples_that_contradict_each_other_leave_the_general_grammar() -> None:
    material = Material(matching=("same",), other=("same",))
    assert patterns(material.matching, material.other) == ()
    assert of(ScriptRequest("regex", "a word", material=material)) == of(ScriptRequest("regex", "a word"))


def test_long_examples_are_not_tried() -> None:
    assert patterns(["1" * 201], []) == ()

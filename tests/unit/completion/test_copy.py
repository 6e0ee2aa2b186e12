"""The copy predictor against a reference that looks at every place, and the gate beside it."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completion import copy, gate
from completion.copy import Guess

WORDS = st.lists(st.sampled_from(["ab", "ba", " = ", "f(", ")", "\n", "\n  ", "a.b"]), max_size=40).map("".join)


def reference(prefix: str, suffix: str, neighbours: list[str]) -> Guess | None:
    """`copy.predict` by its definition: every place of every text, one after the other."""
    places: list[tuple[int, str]] = []
    for text in (prefix[: prefix.rfind("\n") + 1], suffix, *neighbours):
        for end in range(len(text), 0, -1):
            length = 0
            while length < min(copy.LONGEST, end, len(prefix)) and text[end - length - 1] == prefix[-length - 1]:
                length += 1
            places.append((length, text[end:].split("\n")[0].rstrip()))
    longest = max((length for length, _ in places), default=0)
    if longest < copy.SHORTEST:
        return None
    enough = max(copy.SHORTEST, int(longest * copy.SLACK))
    weights: defaultdict[str, float] = defaultdict(float)
    matched: defaultdict[str, int] = defaultdict(int)
    for length, rest in [place for place in places if place[0] >= enough][: copy.PLACES]:
        if rest:
            weights[rest] += length * length
            matched[rest] = max(matched[rest], length)
    if not weights:
        return None
    best = max(weights, key=lambda rest: weights[rest])
    return Guess(best, matched[best], weights[best] / sum(weights.values()))


@given(WORDS, WORDS, st.lists(WORDS, max_size=2))
def test_the_reference_says_the_same(prefix: str, suffix: str, neighbours: list[str]) -> None:
    assert copy.predict(prefix, suffix, neighbours) == reference(prefix, suffix, neighbours)


@given(st.text(), st.text())
def test_any_text_is_fine(prefix: str, suffix: str) -> None:
    guess = copy.predict(prefix, suffix)
    if guess is not None:
        assert "\n" not in guess.text
        assert guess.text.strip()
        assert 0 < guess.agreement <= 1
        assert 0 < gate.of_copy(guess) < 1


def test_a_line_that_is_too_long_to_show_says_nothing() -> None:
    assert copy.predict("value = " + "x" * (copy.LINE_CHARACTERS + 1) + "\nvalue = ", "") is None


def test_a_giant_file_is_searched_near_the_cursor() -> None:
    far = "answer = forty_two\n" + "x\n" * copy.REACH
    assert copy.predict(far + "answer = ", "") is None
    assert copy.predict("y\n" * copy.REACH + "answer = forty_two\nanswer = ", "") == Guess("forty_two", 10, 1.0)


@pytest.mark.parametrize("matched", [3, 8, 30, 200])
def test_longer_and_agreeing_matches_are_surer(matched: int) -> None:
    guess = Guess("value)", matched, 0.8)
    assert gate.of_copy(replace(guess, matched=matched * 2)) > gate.of_copy(guess)
    assert gate.of_copy(replace(guess, agreement=1.0)) > gate.of_copy(guess)


def test_a_line_of_probable_tokens_is_surer() -> None:
    assert gate.of_model([-0.01] * 3) > gate.of_model([-0.5] * 3) > gate.of_model([-0.5] * 9)
    assert gate.of_model([]) == gate.UNKNOWN
    assert 0 < gate.of_model([-1e9]) < gate.of_model([0.0]) < 1
    assert math.isfinite(gate.log_odds(-1e9))

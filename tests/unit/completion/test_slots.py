"""Slots against a list that says the same rules in another way."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completion.engine.slots import Slots, document_of
from completion.types import Purpose

NAMES = st.sampled_from(["a", "a#0", "a#1", "b#0", "b#1", "c#0", "c#1", "d", "e#7", ""])
PURPOSES = st.sampled_from(get_args(Purpose))
# A warm-up may be stopped before its end.
STEPS = st.lists(st.tuples(NAMES, PURPOSES, st.booleans()), max_size=40)


class Model:
    """Rows of (number, name, current), the least recently used first; who is taken over is the smallest key."""

    def __init__(self, count: int) -> None:
        self.rows: list[tuple[int, str | None, bool]] = [(number, None, False) for number in range(count)]

    def expected(self, name: str, purpose: Purpose) -> int:
        held = [row for row in self.rows if row[1] == name]
        return held[0][0] if held else min(self.rows, key=lambda row: self._key(row, name, purpose))[0]

    def taken(self, number: int, name: str) -> None:
        self.rows = [(number, name, row[2] and row[1] == name) if row[0] == number else row for row in self.rows]

    def used(self, number: int) -> None:
        name = next(row[1] for row in self.rows if row[0] == number)
        rest = [row for row in self.rows if row[0] != number]
        self.rows = [(row[0], row[1], row[2] and not same(row[1], name)) for row in rest] + [(number, name, True)]

    def _key(self, row: tuple[int, str | None, bool], name: str, purpose: Purpose) -> tuple[int, ...]:
        number, holder, current = row
        age = self.rows.index(row)
        if holder is None:
            return (0, number)
        if purpose == "warm" and current:
            return (2, age)
        siblings = sum(same(holder, other[1]) for other in self.rows)
        return (1, 0 if same(holder, name) else 1 if siblings > 1 else 2, age)


def same(one: str | None, other: str | None) -> bool:
    """Whether both are windows of one document."""
    return one is not None and other is not None and document_of(one) == document_of(other)


@given(st.integers(1, 5), STEPS)
def test_the_slots_do_what_the_list_says(count: int, steps: list[tuple[str, Purpose, bool]]) -> None:
    slots, model = Slots(count), Model(count)
    for name, purpose, whole in steps:
        expected = model.expected(name, purpose)
        assert slots.take(name, purpose) == expected
        model.taken(expected, name)
        if purpose != "warm":
            model.used(expected)
        elif whole:
            slots.use(expected)
            model.used(expected)
        slots.release(expected)


@given(st.integers(1, 5), STEPS, st.data())
def test_a_slot_that_generates_is_never_taken(
    count: int, steps: list[tuple[str, Purpose, bool]], data: st.DataObject
) -> None:
    slots, generating = Slots(count), dict[int, str]()
    for name, purpose, _ in steps:
        if name in generating.values() or len(generating) == count:
            with pytest.raises(ValueError, match="generates already"):
                slots.take(name, purpose)
        else:
            number = slots.take(name, purpose)
            assert number not in generating
            generating[number] = name
        for number in data.draw(
            st.lists(st.sampled_from(sorted(generating)), unique=True) if generating else st.just([])
        ):
            slots.release(number)
            del generating[number]


@given(st.lists(st.tuples(st.sampled_from(["a#0", "a#1", "b#0", "b#1"]), PURPOSES, st.booleans()), max_size=40))
def test_two_documents_with_two_windows_each_keep_their_current_ones_in_three_slots(
    steps: list[tuple[str, Purpose, bool]],
) -> None:
    slots, current, holder = Slots(3), dict[str, str](), dict[int, str]()
    for name, purpose, whole in steps:
        number = slots.take(name, purpose)
        lost = holder.get(number)
        if lost is not None and lost != name and lost == current.get(document_of(lost)):
            # Only the document itself gives its current window up, and only where it is answered in another.
            assert document_of(lost) == document_of(name)
            assert purpose != "warm"
        holder[number] = name
        if purpose != "warm" or whole:
            slots.use(number)
            current[document_of(name)] = name
        slots.release(number)


@given(st.integers(1, 4), st.lists(st.sampled_from("abcdef"), max_size=40))
def test_documents_of_one_window_are_taken_over_least_recently_used_first(count: int, names: list[str]) -> None:
    slots, order = Slots(count), dict[str, int]()
    for name in names:
        number = slots.take(name, "answer")
        slots.release(number)
        if name in order:
            assert order.pop(name) == number
        elif len(order) == count:
            assert order.pop(next(iter(order))) == number
        order[name] = number


@pytest.mark.parametrize(
    ("name", "document"),
    [("a#0", "a"), ("x:src/a.py#12", "x:src/a.py"), ("a", "a"), ("c#", "c#"), ("#1", "#1"), ("f#x", "f#x"), ("", "")],
)
def test_the_document_is_the_name_before_the_number(name: str, document: str) -> None:
    assert document_of(name) == document

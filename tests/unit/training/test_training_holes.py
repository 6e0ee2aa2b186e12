"""Holes in files, and what answers to them are worth. No engine needed."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

pytest.importorskip("rapidfuzz", reason="the training extra is not installed: no rapidfuzz")

from training import holes, scores
from training.holes import Hole
from training.product import Answer
from training.scores import Row
from training.shards import Source

PYTHON = """import os


# a comment, which nobody is asked for
class Store:
    def __init__(self, path, limit=10):
        self.path = path
        self.limit = limit

    def load(self, name):
        full = os.path.join(self.path, name)
        with open(full) as file:
            text = file.read()
            lines = text.splitlines()
            return lines
"""
SOURCES = [Source("kept", "python", f"kept/{number}.py", PYTHON) for number in range(3)]
HOLE = Hole("a.py", "python", "separator", "x = ", "load(1)  ", "\n")
ANSWER = Answer("load(1)", "load(1)", "", "", "load(1)", "line", True, True, -0.5, 0, 0.0, 10, 1.0)


def test_lines_are_cut_where_a_cursor_stands() -> None:
    found = holes.lines(SOURCES, 30, random.Random(1))
    assert len(found) == 30
    assert {hole.kind for hole in found} == set(holes.LINE_KINDS)
    assert len({(hole.path, len(hole.prefix)) for hole in found}) == 30
    for hole in found:
        assert hole.prefix + hole.answer + hole.suffix == PYTHON
        assert "\n" not in hole.answer.strip("\n")
        assert hole.suffix.startswith("\n")
        assert hole.answer.strip()
        line = hole.prefix[hole.prefix.rfind("\n") + 1 :]
        assert "a comment" not in line + hole.answer
        if hole.kind == "line start":
            assert not line.strip()


def test_blocks_are_whole_bodies() -> None:
    found = holes.blocks(SOURCES, 6, random.Random(1))
    bodies = {hole.answer for hole in found}
    assert bodies == {
        "self.path = path\n        self.limit = limit",
        "text = file.read()\n            lines = text.splitlines()\n            return lines",
        "full = os.path.join(self.path, name)\n        with open(full) as file:\n            text = file.read()\n"
        "            lines = text.splitlines()\n            return lines",
    }
    for hole in found:
        assert hole.prefix + hole.answer + hole.suffix == PYTHON


def test_a_language_without_blocks_has_none() -> None:
    assert holes.blocks([Source("p", "yaml", "a.yaml", "a:\n  b: 1\n")], 5, random.Random(1)) == []


def test_the_same_seed_gives_the_same_holes() -> None:
    assert holes.lines(SOURCES, 9, random.Random(5)) == holes.lines(SOURCES, 9, random.Random(5))
    with pytest.raises(ValueError, match="no held-out files"):
        holes.lines([], 1, random.Random(1))


def test_exact_match_forgives_blanks_at_the_end_only() -> None:
    assert scores.exact("load(1)", HOLE)
    assert scores.exact("load(1)\nmore", HOLE)
    assert not scores.exact("load( 1)", HOLE)
    assert not scores.exact("load(1)\nmore", replace(HOLE, kind="block"))
    assert scores.similarity("load(1)", HOLE) == 1.0
    assert scores.similarity("", HOLE) == 0.0
    assert 0.8 < scores.similarity("load(2)", HOLE) < 0.9


def test_an_answer_ends_where_the_hole_ends() -> None:
    assert scores.ends(Row(HOLE, ANSWER))
    assert not scores.ends(Row(HOLE, replace(ANSWER, ended=False)))
    assert not scores.ends(Row(HOLE, replace(ANSWER, raw="")))
    assert not scores.ends(Row(replace(HOLE, kind="block", answer="a\nb"), ANSWER))


def test_a_summary_counts_what_the_mixture_gains() -> None:
    copied = replace(
        ANSWER, raw="f()", model="f()", copy="load(1)", unchecked_copy="load(1)", mixed="f()", parses=False
    )
    found = scores.summary([Row(HOLE, ANSWER), Row(HOLE, ANSWER), Row(HOLE, copied)])
    assert found["n"] == 3
    assert (found["model"]["exact"], found["copy"]["exact"], found["mixed"]["exact"]) == (66.7, 33.3, 66.7)
    assert found["better"] == {"mixed": 2, "copy": 1}
    assert found["raw"]["parses"] == 66.7
    assert scores.summary([]) == {"n": 0}


def test_the_sign_test() -> None:
    assert scores.sign_test({"mixed": 0, "copy": 0}) == 1.0
    assert scores.sign_test({"mixed": 5, "copy": 5}) == 1.0
    assert scores.sign_test({"mixed": 10, "copy": 0}) == pytest.approx(2 / 1024)
    assert 0 < scores.sign_test({"mixed": 1100, "copy": 1000}) < 0.05

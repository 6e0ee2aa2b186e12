"""The infilling benchmark: holes are what stood there, answers are judged rightly, and it runs with the real model."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import infilling, infilling_holes, infilling_report
from benchmarks.infilling_holes import FEWEST, KINDS, Hole, Repository
from benchmarks.infilling_score import Row, repeats_next_line, scored
from completion import postprocess
from completion.evaluate.repository import Source
from completion.types import Suggestion
from training.candidates import Asked

ROOT = Path(__file__).resolve().parents[2]
PYTHON = "".join(
    f"""
def first_{number}(value, other):
    result = call_{number}(value, other + {number})
    if result > limit:
        print("too much", result)
        return None
    return result * {number} + other
"""
    for number in range(40)
)
YAML = "".join(f"key_{number}:\n  name: value {number}\n  other: more {number}\n" for number in range(60))
FILES = (
    *(Source(f"a{n}.py", "python", f"limit = {n}\n{PYTHON}") for n in range(4)),
    *(Source(f"b/c{n}.yaml", "yaml", f"file: number {n}\n{YAML}") for n in range(4)),
    Source("Dockerfile", "dockerfile", "FROM debian:12\nRUN apt-get update\nCOPY . /app\n"),
)


def material(count: int = 200, seed: int = 1) -> infilling_holes.Material:
    return infilling_holes.punch([Repository("one", None, FILES)], count, seed)


def test_holes_are_what_stood_there() -> None:
    texts = {source.path: source.text for source in FILES}
    found = material()
    assert found == material()
    assert found.holes != material(seed=2).holes
    for hole in found.holes:
        assert hole.prefix + hole.answer + hole.suffix == texts[hole.path]
        assert hole.answer.strip()
        request = hole.request()
        assert request.document.source == (hole.prefix + hole.suffix).encode()
        assert request.offset == len(hole.prefix.encode())


def test_every_kind_is_what_it_says() -> None:
    holes = [hole for hole in material().holes if hole.language == "python"]
    assert {hole.kind for hole in holes} == set(KINDS)
    for hole in holes:
        line = hole.prefix[hole.prefix.rfind("\n") + 1 :]
        if hole.kind in ("tail", "line"):
            assert "\n" not in hole.answer
            assert hole.suffix.startswith("\n")
            assert (not line.strip()) is (hole.kind == "line")
        elif hole.kind == "argument":
            assert line.endswith("(")
            assert hole.suffix.startswith(")")
        else:
            assert hole.prefix.rstrip().endswith(":")
            assert 2 <= len([text for text in hole.answer.split("\n") if text.strip()]) <= 8


def test_a_language_with_too_few_holes_is_named() -> None:
    found = material(3 * FEWEST)
    assert {hole.language for hole in found.holes} == {"python", "yaml"}
    assert any(remark.startswith("dockerfile: only") for remark in found.remarks)
    assert "yaml: no holes of kind argument" in found.remarks


HOLE = Hole("one", "a.py", "python", "tail", "def f(a):\n    x = a + 1\n    return ", "x + a", "\n\n\nprint(f(1))\n")


def answer(text: str, raw: str = "", hole: Hole = HOLE, replaced: int = 0) -> Row:
    offset = len(hole.prefix.encode())
    suggestion = Suggestion(text, offset, offset + replaced, "1") if text else None
    return scored(hole, Asked(suggestion, raw or text, raw or text, (), (), 1.0, 2.0), suggestion)


def test_what_an_answer_is_worth() -> None:
    right = answer("x + a")
    assert (right.exact, right.right, right.similarity, right.clean, right.repeats) == (True, True, 1.0, True, False)
    wrong = answer("x + a", raw="x + (a")
    assert (wrong.raw_clean, wrong.clean) == (False, True)
    other = answer("x + b")
    assert (other.exact, other.right) == (False, False)
    assert 0.5 < other.similarity < 1
    nothing = answer("", raw="(")
    assert (nothing.answered, nothing.exact, nothing.shown, nothing.clean, nothing.raw_clean) == (
        False, False, False, None, False,
    )  # fmt: skip
    assert answer("<|fim_middle|>x").control


def test_a_block_counts_whole_and_a_line_by_its_first() -> None:
    block = replace(HOLE, kind="block", answer="x + a\n    y()")
    assert not answer("x + a\n    z()", hole=block).exact
    assert answer("x + a\n    z()", hole=block).right
    assert answer("x + a\n    y()", hole=block).exact
    assert answer("x + a\n    z()").exact


def test_who_replaces_brackets_has_to_write_them_again() -> None:
    hole = Hole("one", "a.py", "python", "argument", "print(f(", "x", ")[0])\n")
    assert answer("x)", hole=hole, replaced=1).exact
    assert not answer("x]", hole=hole, replaced=1).exact
    assert answer("x)", hole=hole, replaced=1).clean
    assert not answer("x)", hole=hole).clean


def test_what_is_opened_may_go_on() -> None:
    hole = replace(HOLE, prefix="def f(a):\n    ", answer="return a", suffix="\n", kind="line")
    opened = answer("return f(", hole=hole)
    assert (opened.clean, opened.open, opened.opens) == (False, True, True)
    assert answer("if a:", hole=hole).opens
    assert not answer("return f(a)", hole=hole).opens


def test_files_that_did_not_parse_before_are_no_measure() -> None:
    assert answer("x + a", hole=replace(HOLE, suffix="\n)(\n")).clean is None
    assert answer("x", hole=replace(HOLE, language="markdown", path="a.md")).clean is None


@pytest.mark.parametrize(
    ("text", "repeats"), [("x + a", False), ("x\nprint(f(1))", True), ("print(f( 1))", False), ("", False)]
)
def test_repetition_of_the_next_line(text: str, repeats: bool) -> None:
    assert repeats_next_line(HOLE, text) is repeats
    assert repeats_next_line(replace(HOLE, prefix="a\n"), "print(f( 1))")
    assert not repeats_next_line(replace(HOLE, prefix="a\n", suffix="\n}\n"), "}")


def row(**change: object) -> Row:
    return replace(replace(answer("x + a"), confidence=0.9), **change)  # type: ignore[arg-type]


def test_figures() -> None:
    wrong = {"exact": False, "right": False, "shown_exact": False}
    rows = [row(), row(shown=False, **wrong), row(shown=False, **wrong)]
    rows.append(row(**wrong, clean=False, shown_clean=False, repeats=True))
    again = {"": rows, "again": rows, "anew": rows, "drop_loops": [*rows[:3], row(**wrong)], "above": [row(raw=1)] * 4}
    found = infilling_report.figures(again, ("drop_loops",))
    whole = found["all"]
    assert (whole["n"], whole["exact"], whole["shown"], whole["exact_of_shown"], whole["gain"]) == (
        4,
        0.25,
        0.5,
        0.5,
        2,
    )
    assert (whole["parses"], whole["shown_parses"], whole["repeats"]) == (0.75, 0.5, 1)
    assert found["ablation"]["drop_loops"]["repeats"] == -1
    assert found["ablation"]["drop_loops"]["parses"] == 0.25
    assert found["ablation"]["above"]["exact"] == 0.75
    assert found["ablation"]["above"]["changed"] == 4
    assert found["ablation"]["gate"]["exact_of_shown"] == 0.25
    assert sum(count for count, _, _ in found["gate"]["curve"]) == 4
    text = "\n".join(infilling_report.tables(found))
    assert "| drop_loops | +0.00" in text
    assert "| python | 4 | 25.0 %" in text


def test_nothing_shown_is_no_division() -> None:
    found = infilling_report.figures({"": [answer("")]})
    assert found["all"]["exact_of_shown"] is None
    assert "| all | 1 | 0.0 %" in "\n".join(infilling_report.tables(found))


def test_the_whole_run_with_the_embedded_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")
    for source in FILES:
        (tmp_path / "repository" / source.path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "repository" / source.path).write_text(source.text, "utf-8")
    picture, rows = tmp_path / "picture.svg", tmp_path / "rows.jsonl"
    where = ["--repository", str(tmp_path / "repository"), "--holes", "8", "--ablation"]
    monkeypatch.setattr(sys, "argv", ["infilling", *where, "--picture", str(picture), "--rows", str(rows)])
    infilling.main()
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert report["all"]["n"] == report["holes"] > 0
    assert set(report["ablation"]) >= {*(rule.__name__ for rule in postprocess.RULES), "longest_clean", "gate"}
    assert picture.read_text("utf-8").startswith("<?xml")
    kept = [json.loads(line) for line in rows.read_text("utf-8").splitlines()]
    assert {each["variant"] for each in kept} >= {"", "again", "anew", "longest_clean"}
    assert "value" not in rows.read_text("utf-8")


def test_code_must_be_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["infilling"])
    with pytest.raises(SystemExit):
        infilling.main()
    assert "--repository" in capsys.readouterr().err

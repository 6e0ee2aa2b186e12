"""Calibration: the fit finds what made the data, falls back on what is expected, and its figures are right."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from completion.gate import Features, terms
from training import calibrate, reliability
from training.calibrate import Row, Rows
from training.regression import logistic


def features(odds: float, **change: object) -> Features:
    logprob = -float(np.log1p(np.exp(-odds)))
    known: dict[str, object] = {
        "source": "engine", "block": False, "family": "code", "length": 10, "column": 4, "kept": 1.0,
        "nearby": False, "logprob": logprob, "mean": logprob, "least": logprob, "agrees": None, "matched": 0,
        "agreement": 0.0,
    }  # fmt: skip
    return Features(**known | change)  # type: ignore[arg-type]


def made(count: int, slope: float, shift: float, seed: int = 1, split: str = "fit") -> list[Row]:
    """Answers of both sources; those of the engine are right with odds of `shift` + `slope` times their own."""
    chance, rows = random.Random(seed), list[Row]()
    for number in range(count):
        odds = chance.uniform(-4, 3)
        right = chance.random() < 1 / (1 + np.exp(-(shift + slope * odds)))
        rows.append(Row(split, "python", number, 0, features(odds), bool(right)))
        matched = chance.randrange(3, 60)
        copied = features(odds, source="copy", matched=matched, agreement=1.0)
        rows.append(Row(split, "python", number, 1, copied, chance.random() < matched / 80))
    return rows


def test_the_fit_finds_what_made_the_data() -> None:
    chance = np.random.default_rng(3)
    table = np.column_stack([np.ones(20_000), chance.normal(size=(20_000, 2))])
    truth = np.array([-1.0, 2.0, -0.5])
    hits = (chance.random(20_000) < 1 / (1 + np.exp(-table @ truth))).astype(float)
    assert logistic(table, hits, np.zeros(3), ridge=1.0) == pytest.approx(truth, abs=0.1)


def test_the_fit_arrives_from_far_away() -> None:
    # A whole Newton step from here leads further away each time.
    table = np.column_stack([np.ones(200), np.linspace(-8, 8, 200)])
    hits = (np.arange(200) % 7 < 3).astype(float)
    near, far = (logistic(table, hits, np.array([0.0, start]), ridge=1e-3) for start in (0.0, 3.0))
    assert far == pytest.approx(near, abs=1e-3)


def test_where_nothing_was_measured_weights_are_what_is_expected() -> None:
    expected = np.array([0.3, 1.0])
    found = logistic(np.zeros((5, 2)), np.ones(5), expected, ridge=1.0)
    assert found == pytest.approx(expected)
    weights = calibrate.fitted(made(50, 1.0, 0.0), "engine")
    assert weights["cut"] == calibrate.EXPECTED["engine"]["cut"]
    assert weights["unknown"] < 0


def test_a_copy_of_a_model_keeps_its_word_elsewhere() -> None:
    rows = Rows({"fit": 3000, "check": 3000}, (*made(3000, 0.7, -0.5), *made(3000, 0.7, -0.5, 2, "check")), "m.gguf")
    report = calibrate.fit(rows)
    assert report["check"]["engine"]["ece"] < 0.04
    assert report["check"]["engine"]["auc"] > 0.75
    assert report["fit"]["gate"]["shown"] == pytest.approx(calibrate.SHARE, abs=0.01)
    assert report["check"]["gate"]["gain"] > 1.5


def test_the_weights_file_is_what_the_gate_reads(tmp_path: Path) -> None:
    import tomllib

    report = calibrate.fit(Rows({"fit": 200}, tuple(made(200, 1.0, 0.0)), "m.gguf"))
    tables = tomllib.loads(calibrate.toml_of(report, "m.gguf", "command"))
    assert set(tables) == {"threshold", "engine", "copy"}
    assert set(tables["engine"]) <= set(terms(features(0.0)))


def test_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    rows = Rows({"fit": 10}, tuple(made(10, 1.0, 0.0)), "m.gguf")
    calibrate.write_rows(tmp_path / "rows.jsonl", rows)
    assert calibrate.read_rows(tmp_path / "rows.jsonl") == rows
    (tmp_path / "old.jsonl").write_text('{"counts": {}, "model": ""}\n{"split": "fit"}\n')
    with pytest.raises(ValueError, match=r"old\.jsonl"):
        calibrate.read_rows(tmp_path / "old.jsonl")


def test_the_command_fits_to_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = Rows({"fit": 300, "check": 300}, (*made(300, 1.0, 0.0), *made(300, 1.0, 0.0, 2, "check")), "m.gguf")
    calibrate.write_rows(tmp_path / "rows.jsonl", rows)
    weights = tmp_path / "gate.toml"
    assert calibrate.main(["--rows", str(tmp_path / "rows.jsonl"), "--write", str(weights)]) == 0
    assert "m.gguf" in weights.read_text("utf-8")
    assert capsys.readouterr().out.startswith("COPY = (")
    assert calibrate.main(["--rows", str(tmp_path / "absent.jsonl")]) == 2


def test_ranking() -> None:
    assert reliability.ranking([0.1, 0.2, 0.3, 0.4], [False, False, True, True]) == 1.0
    assert reliability.ranking([0.4, 0.3, 0.2, 0.1], [False, False, True, True]) == 0.0
    assert reliability.ranking([0.5, 0.5, 0.5, 0.5], [False, True, False, True]) == 0.5
    assert reliability.ranking([0.1, 0.3, 0.2], [False, False, True]) == 0.5
    assert reliability.ranking([0.1], [True]) == 0.5


def test_calibration_error() -> None:
    said, came = [0.1] * 10 + [0.9] * 10, [True] + [False] * 9 + [True] * 9 + [False]
    assert reliability.calibration_error(said, came, bins=2) == pytest.approx(0.0)
    assert reliability.calibration_error([0.9] * 10, [False] * 10) == pytest.approx(0.9)
    assert reliability.calibration_error([], []) == 0.0
    assert [each.count for each in reliability.curve(said, came, bins=2)] == [10, 10]


def test_thresholds() -> None:
    said, came = [0.9, 0.8, 0.3, 0.2], [True, True, False, True]
    assert reliability.threshold_for(said, holes=10, share=0.2) == 0.8
    assert reliability.threshold_for(said, holes=10, share=0.9) == 0.0
    tries = [[each] for each in zip(said, came, strict=True)]
    found = reliability.gated(tries, 0.8, holes=10)
    assert (found.shown, found.all, found.among_shown) == (0.2, 0.3, 1.0)
    assert found.gain == pytest.approx(1 / 0.3)
    assert reliability.gated(tries, 1.0, holes=10).among_shown == 0.0


def test_what_is_not_sure_enough_leaves_room_for_the_next_answer() -> None:
    found = reliability.gated([[(0.1, False), (0.6, True)], [(0.7, True), (0.9, False)], []], 0.5, holes=3)
    assert (found.shown, found.all, found.among_shown) == pytest.approx((2 / 3, 1 / 3, 1.0))

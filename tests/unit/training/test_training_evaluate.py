"""Evaluation, ablation and hygiene on the shipped model through the real host."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the training extra is not installed: no torch")
pytest.importorskip("sentencepiece", reason="the training extra is not installed: no sentencepiece")
pytest.importorskip("gguf", reason="the training extra is not installed: no gguf")
pytest.importorskip("safetensors", reason="the training extra is not installed: no safetensors")
pytest.importorskip("rapidfuzz", reason="the training extra is not installed: no rapidfuzz")

from completion.models import catalog, files
from training import evaluate, hygiene, shards
from training.shards import Source

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
GGUF = str(files.locate(catalog.builtin().find("embedded")))


@pytest.fixture(autouse=True)
def own_folders(isolated: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in isolated.items():
        monkeypatch.setenv(key, value)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    text = (EXAMPLES / "inventory.py").read_text("utf-8")
    shell = (EXAMPLES / "backup.sh").read_text("utf-8")
    kept = [Source("kept", "python", "kept/inventory.py", text), Source("kept", "shell", "kept/backup.sh", shell)]
    shards.write(folder / shards.HELDOUT, kept)
    other = "".join(f"def number_{number}():\n    return {number}\n" for number in range(30))
    shards.write(folder / "all-00.jsonl.xz", [Source("demo", "python", "demo.py", other)])
    return folder


def run(corpus: Path, out: Path, *more: str) -> dict[str, Any]:
    given = ["--gguf", GGUF, "--from", str(corpus), "--out", str(out), *more]
    assert evaluate.main(given) == 0
    name = "ablation.json" if "--ablation" in more else "evaluation.json"
    report: dict[str, Any] = json.loads((out / name).read_text("utf-8"))
    return report


def test_evaluation(corpus: Path, tmp_path: Path) -> None:
    report = run(corpus, tmp_path / "out", "--count", "3", "--blocks", "1", "--tokens", "500", "--scripts", "1")
    assert set(report["languages"]) == {"python", "shell"}
    python = report["languages"]["python"]
    assert python["lines"]["n"] == 3
    assert {kind: row["n"] for kind, row in python["kinds"].items()} == {
        "line start": 1, "separator": 1, "inside": 1,
    }  # fmt: skip
    assert python["blocks"]["n"] == 1
    assert 0.5 < python["bits_per_byte"] < 6
    rows = [json.loads(line) for line in (tmp_path / "out" / "rows.jsonl").read_text("utf-8").splitlines()]
    assert len(rows) == 3 + 1 + 3 + report["languages"]["shell"]["blocks"]["n"]
    assert any(row["model"] for row in rows), "the model answered nothing at all"
    assert any(row["copy"] for row in rows)
    for row in rows:
        assert row["mixed"] in (row["model"], row["copy"])
    assert len(report["samples"]) == len(rows)


def test_ablation(corpus: Path, tmp_path: Path) -> None:
    report = run(corpus, tmp_path / "out", "--ablation", "--count", "1", "--languages", "python")
    variants = report["languages"]["python"]["variants"]
    assert len(variants) == 16
    assert {row["layout"] for row in variants} == {"psm", "spm", "contiguous", "anchored"}


def test_a_missing_corpus_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate.main(["--gguf", GGUF, "--from", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.startswith("training.evaluate: ")


def test_hygiene(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hygiene.main(["--gguf", GGUF, "--from", str(corpus), "--count", "10"])
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert report["samples"] == 10
    assert set(report["raw"]) == set(report["shown"]) == {"licence", "address", "key", "copies", "repetitions"}

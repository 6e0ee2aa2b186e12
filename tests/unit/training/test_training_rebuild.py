"""Everything from nothing, tiny: every command of training/ on a corpus of a few files, nothing fetched."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the training extra is not installed: no torch")
pytest.importorskip("sentencepiece", reason="the training extra is not installed: no sentencepiece")
pytest.importorskip("gguf", reason="the training extra is not installed: no gguf")
pytest.importorskip("safetensors", reason="the training extra is not installed: no safetensors")
pytest.importorskip("rapidfuzz", reason="the training extra is not installed: no rapidfuzz")
pytest.importorskip("matplotlib", reason="the training extra is not installed: no matplotlib")

from training import gguf_file, rebuild, shards
from training.shards import Source

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    """A corpus of this project's own files: the product to train on, the examples held out."""
    folder = tmp_path / "ready"
    folder.mkdir()
    own = [
        Source("own", "python", str(path.relative_to(ROOT)), path.read_text("utf-8"))
        for path in sorted((ROOT / "completion").rglob("*.py"))
        if path.stat().st_size > 500
    ]
    kept = [Source("kept", "python", "examples/inventory.py", (ROOT / "examples" / "inventory.py").read_text("utf-8"))]
    size = shards.write(folder / "python-00.jsonl.xz", own)
    shards.write(folder / shards.HELDOUT, kept)
    packages = {
        "own": {"licence": "Apache-2.0", "permissive": True, "bytes": size, "heldout": False},
        "kept": {"licence": "Apache-2.0", "permissive": True, "bytes": len(kept[0].text), "heldout": True},
    }
    (folder / "inventory.json").write_text(json.dumps({"packages": packages, "langs": {}}), "utf-8")
    (folder / "stats.json").write_text(json.dumps({"groups": {}}), "utf-8")
    return folder


def test_from_nothing_to_a_report(
    ready: Path,
    tmp_path: Path,
    isolated: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for key, value in isolated.items():
        monkeypatch.setenv(key, value)
    out = tmp_path / "out"
    given = ["--out", str(out), "--from", str(ready), "--tiny"]
    assert rebuild.main(given) == 0, capsys.readouterr().err
    spent = json.loads(capsys.readouterr().out.splitlines()[-1])["seconds"]
    assert set(spent) >= {"corpus", "tokenizer", "train", "export", "evaluate", "hygiene", "report"}
    _, shape = gguf_file.read(out / "small-q8_0.gguf")
    assert (shape.hidden, shape.layers, shape.vocabulary) == (64, 2, 1024)
    report = json.loads((out / "evaluation.json").read_text("utf-8"))
    assert report["languages"]["python"]["lines"]["n"] == rebuild.TINY.holes
    assert set(report["scripts"]) == {"sql", "shell", "dockerfile", "yaml", "regex"}
    for name in ("training-loss.png", "exact-match.png"):
        assert (out / name).read_bytes().startswith(b"\x89PNG")
    # A second call does only what has not ended well.
    (out / ".done-5-export").unlink()
    (out / "small-q8_0.gguf").write_bytes(b"cut off")
    assert rebuild.main(given) == 0
    assert set(json.loads(capsys.readouterr().out.splitlines()[-1])["seconds"]) == {"export"}
    assert gguf_file.read_shape(out / "small-q8_0.gguf") == shape


def test_a_failing_stage_ends_it(
    ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(ready)
    assert rebuild.main(["--out", str(tmp_path / "out"), "--from", str(ready), "--tiny"]) == 2
    said = capsys.readouterr().err
    assert str(ready) in said
    assert "corpus failed" in said
    assert not (tmp_path / "out" / "run").exists()

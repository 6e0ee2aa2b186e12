"""A ready corpus taken over: what is looked at, what is cleaned anew, and what is said of a broken one."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest

pytest.importorskip("pydantic")

from training import corpus
from training.shards import HELDOUT, Source, read, write

CODE = "".join(f"def step_{n}(value):\n    return value * {n}\n\n\n" for n in range(6))


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    folder = tmp_path / "ready"
    folder.mkdir()
    dirty = [
        Source("lib", "python", f"lib/{n}.py", f"# Copyright 2020 Somebody\n\nNUMBER = {n}\n{CODE}") for n in range(3)
    ]
    pair = Source("pairs-sql", "python", "pair.py", "# mail jane@corp.org\nprint(1)\n", (21, 29))
    write(folder / "python-00.jsonl.xz", [*dirty, pair])
    write(folder / "web-00.jsonl.xz", [Source("site", "javascript", "a.js", "export const one = 1;\n")])
    write(folder / HELDOUT, [Source("apart", "python", "apart/a.py", CODE)])
    packages = {"lib": {"lic": "MIT", "permissive": True, "bytes": 1}}
    (folder / "inventory.json").write_text(json.dumps({"packages": packages, "langs": {}}))
    (folder / "stats.json").write_text(json.dumps({"groups": {}, "licence_headers_removed": 5, "masked_strings": 1}))
    return folder


def take_over(ready: Path) -> tuple[int, Path]:
    out = ready.parent / "out"
    return corpus.main(["--from", str(ready), "--out", str(out)]), out


def test_a_shard_with_notices_is_cleaned_and_the_others_are_copied(ready: Path) -> None:
    code, out = take_over(ready)
    assert code == 0
    texts = [source.text for source in read(out / "python-00.jsonl.xz")]
    assert texts[0] == f"NUMBER = 0\n{CODE}"
    assert len(texts) == 4
    assert (out / "web-00.jsonl.xz").read_bytes() == (ready / "web-00.jsonl.xz").read_bytes()
    assert (out / HELDOUT).read_bytes() == (ready / HELDOUT).read_bytes()
    stats = json.loads((out / "stats.json").read_text())
    assert stats["licence_headers_removed"] == 8
    assert stats["groups"]["web"] == {"bytes": 22, "languages": {"javascript": 22}, "packages": 1}
    inventory = json.loads((out / "inventory.json").read_text())
    assert inventory["recleaned"] == {"python-00.jsonl.xz": 1}
    assert inventory["packages"]["lib"]["lic"] == "MIT"


def test_a_generated_pair_keeps_its_answer_in_place(ready: Path) -> None:
    _, out = take_over(ready)
    (pair,) = (source for source in read(out / "python-00.jsonl.xz") if source.answer)
    assert pair.text[slice(*(pair.answer or ()))] == "print(1)"
    assert "jane@corp.org" in pair.text


def test_a_held_out_package_in_a_training_shard(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(ready / "web-00.jsonl.xz", [Source("apart", "javascript", "a.js", "export const one = 1;\n")])
    assert take_over(ready)[0] == 2
    assert "web-00.jsonl.xz: line 1: apart is a held-out package" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "told"),
    [('{"pkg": "a", "lang": "python", "path": "b"}', "after line 0: key 'text' is missing"), ("{", "after line 0: ")],
)
def test_a_shard_that_cannot_be_read(ready: Path, line: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with lzma.open(ready / "web-00.jsonl.xz", "wt") as shard:
        shard.write(line + "\n")
    assert take_over(ready)[0] == 2
    said = capsys.readouterr().err
    assert "web-00.jsonl.xz: " + told in said
    assert "Traceback" not in said


def test_a_cut_off_shard_and_missing_files(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = (ready / "python-00.jsonl.xz").read_bytes()
    (ready / "python-00.jsonl.xz").write_bytes(whole[: len(whole) // 2])
    assert take_over(ready)[0] == 2
    assert "python-00.jsonl.xz: after line" in capsys.readouterr().err
    (ready / "inventory.json").write_text("[]")
    assert take_over(ready)[0] == 2
    assert "inventory.json: an object was expected" in capsys.readouterr().err
    (ready / "inventory.json").unlink()
    assert take_over(ready)[0] == 2
    assert "inventory.json" in capsys.readouterr().err


def test_not_onto_itself(ready: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert corpus.main(["--from", str(ready), "--out", str(ready)]) == 2
    assert "the same folder" in capsys.readouterr().err
    assert (ready / HELDOUT).exists()

"""Files for the library of 2023: what it would stumble over is refused with a reason, the rest is copied and marked."""

from __future__ import annotations

import os
import shutil
import struct
from pathlib import Path

import pytest

from completion.engine import gguf_v2
from completion.errors import ModelError, ModelFileInvalid
from completion.models import files
from tests.engine.conftest import MODEL
from tests.engine.contract.subjects import Weights

pytest.importorskip("numpy", reason="the extra ctransformers is not installed")

ARCHITECTURE = b"general.architecture\x08\0\0\0\x05\0\0\0\0\0\0\0qwen2"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own."""
    monkeypatch.setenv(gguf_v2.CACHE_VARIABLE, str(tmp_path / "cache"))
    return gguf_v2.cache_folder()


def patched(source: Path, target: Path, *changes: tuple[bytes, bytes]) -> Path:
    """A copy in which each `old` is `new`, of the same length."""
    data = source.read_bytes()
    for old, new in changes:
        assert len(old) == len(new)
        assert old in data
        data = data.replace(old, new)
    target.write_bytes(data)
    return target


def test_a_file_with_all_that_is_needed_is_read(weights: Weights) -> None:
    found = gguf_v2.read(weights.paths["ctransformers"])
    assert (found.version, found.trained_context) == (3, MODEL.trained_context)
    assert set(MODEL.controls) <= set(found.vocabulary.controls)
    assert found.vocabulary.pieces[found.vocabulary.controls["</s>"]] == b""
    assert b"\n" in found.vocabulary.pieces


def test_a_tied_model_and_other_architectures_are_refused(weights: Weights, tmp_path: Path) -> None:
    with pytest.raises(ModelFileInvalid, match=r"no output matrix of its own \(output.weight\)"):
        gguf_v2.read(files.locate(MODEL))
    source, target = weights.paths["ctransformers"], tmp_path / "model.gguf"
    for changes, said in (
        (
            ((b"general.architecture\x08\0\0\0\x05\0\0\0\0\0\0\0llama", ARCHITECTURE), (b"llama.", b"qwen2.")),
            "qwen2, only llama",
        ),
        (((b"tokenizer.ggml.scores", b"tokenizer.ggml.stores"),), "no scores or types"),
    ):
        with pytest.raises(ModelFileInvalid, match=said) as caught:
            gguf_v2.read(patched(source, target, *changes))
        assert "engine" in caught.value.advice


def test_a_later_kind_of_tensor_is_refused(weights: Weights, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    shutil.copyfile(weights.paths["ctransformers"], path)
    data = bytearray(path.read_bytes())
    name = b"blk.0.attn_q.weight"
    # Behind the name: the number of dimensions, two dimensions, and the type.
    kind = data.index(struct.pack("<Q", len(name)) + name) + 8 + len(name) + 4 + 16
    assert data[kind : kind + 4] == b"\0\0\0\0"
    data[kind] = 30
    path.write_bytes(data)
    with pytest.raises(ModelFileInvalid, match="tensors of type BF16, which came later"):
        gguf_v2.read(path)


def test_the_copy_differs_in_its_version_alone_and_the_original_stays(weights: Weights, cache: Path) -> None:
    source = weights.paths["ctransformers"]
    before = source.read_bytes()
    copy, copied = gguf_v2.version_2(source, 3)
    assert (copy.parent, copied) == (cache, True)
    data = copy.read_bytes()
    assert data[:8] == b"GGUF" + struct.pack("<I", 2)
    assert data[8:] == before[8:]
    assert source.read_bytes() == before
    if os.name == "posix":
        assert (cache.stat().st_mode & 0o777, copy.stat().st_mode & 0o777) == (0o700, 0o600)
    assert gguf_v2.version_2(copy, 2) == (copy, False)


def test_what_a_killed_host_left_is_removed(weights: Weights, cache: Path) -> None:
    cache.mkdir(parents=True)
    (cache / "left.gguf").write_bytes(b"x")
    copy, _ = gguf_v2.version_2(weights.paths["ctransformers"], 3)
    assert list(cache.iterdir()) == [copy]


def test_no_room_is_a_sentence(weights: Weights, cache: Path) -> None:
    cache.parent.mkdir()
    cache.write_text("a file where a folder should be")
    with pytest.raises(ModelError, match="could not be copied") as caught:
        gguf_v2.version_2(weights.paths["ctransformers"], 3)
    assert gguf_v2.CACHE_VARIABLE in caught.value.advice

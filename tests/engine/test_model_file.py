"""What is said of files that are no whole model; nothing but our own errors ever comes out."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from completion.errors import ModelError, ModelFileInvalid, ModelFileMissing
from completion.models import files
from completion.models.gguf import read_header
from tests.engine.conftest import MODEL


@pytest.fixture(scope="module")
def whole() -> bytes:
    """The shipped file."""
    return files.locate(MODEL).read_bytes()


def test_the_shipped_file_is_whole() -> None:
    path = files.locate(MODEL)
    header = read_header(path)
    assert header.architecture == "llama"
    assert header.tensors > MODEL.layers
    assert header.breaks_apart
    shape = (header.layers, header.hidden, header.heads, header.kv_heads, header.head_dim, header.vocabulary)
    assert shape == (MODEL.layers, MODEL.hidden, MODEL.heads, MODEL.kv_heads, MODEL.head_dim, MODEL.vocabulary)
    assert header.parameters == MODEL.parameters
    assert header.context == MODEL.trained_context
    assert header.cache_values_per_token == MODEL.cache_values_per_token
    assert header.quantization == MODEL.files[0].quantization
    assert header.licence == MODEL.licence
    assert header.bytes_needed == path.stat().st_size


@pytest.mark.parametrize(
    ("keep", "said"),
    [(0, "is empty"), (3, "is not a GGUF file"), (20, "ends within its header"), (9_000, "ends within its header")],
)
def test_a_cut_header_is_named(whole: bytes, tmp_path: Path, keep: int, said: str) -> None:
    path = tmp_path / "cut.gguf"
    path.write_bytes(whole[:keep])
    with pytest.raises(ModelFileInvalid, match=said):
        read_header(path)


def test_an_incomplete_copy_says_how_much_is_there(whole: bytes, tmp_path: Path) -> None:
    path = tmp_path / "half.gguf"
    path.write_bytes(whole[:-1])
    with pytest.raises(ModelFileInvalid, match=rf"it has {len(whole) - 1} of {len(whole)} bytes"):
        read_header(path)


def test_what_is_not_there_or_no_file_is_missing(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.gguf", tmp_path):
        with pytest.raises(ModelFileMissing):
            read_header(path)


def test_damaged_headers_never_break_the_reader(whole: bytes, tmp_path: Path) -> None:
    path = tmp_path / "noise.gguf"
    chance = random.Random(7)
    refused = 0
    for _ in range(150):
        damaged = bytearray(whole[:6_000] + whole[-100:])
        for _ in range(chance.randint(1, 8)):
            damaged[chance.randrange(4, 400)] = chance.randrange(256)
        path.write_bytes(damaged)
        with pytest.raises(ModelError):
            read_header(path)
        refused += 1
    assert refused == 150

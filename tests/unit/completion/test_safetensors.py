"""What a folder of safetensors may not be: pickles, programs, adapters, and headers that do not tell the truth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from completion.errors import ModelFileInvalid, ModelFileMissing
from completion.models import safetensors

ROWS: dict[str, Any] = {
    "__metadata__": {"format": "pt"},
    "a": {"dtype": "F16", "shape": [2, 3], "data_offsets": [0, 12]},
    "b": {"dtype": "F32", "shape": [1], "data_offsets": [12, 16]},
}


def packed(rows: object, size: int = 16, *, length: int | None = None) -> bytes:
    header = rows if isinstance(rows, bytes) else json.dumps(rows).encode()
    return (len(header) if length is None else length).to_bytes(8, "little") + header + bytes(size)


SOUND = packed(ROWS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one sound file."""
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    (tmp_path / "model.safetensors").write_bytes(SOUND)
    return tmp_path


def test_a_sound_folder_is_summed_up(folder: Path) -> None:
    file = folder / "model.safetensors"
    expected = safetensors.Weights((file,), 2, 16, "F16", "llama")
    assert safetensors.check_folder(folder) == safetensors.check_folder(file) == expected


def changed(**row: object) -> dict[str, Any]:
    return {**ROWS, "a": {**ROWS["a"], **row}}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "ends within its header, after 0 bytes"),
        (SOUND[:20], "ends within its header, after 20 bytes"),
        (packed(ROWS, length=1 << 63), "ends within its header"),
        (packed(b" " * (17 << 20)), "a header of 17825792 bytes"),
        (packed(b"{"), "not valid JSON"),
        (packed(b"[]"), "not a JSON object"),
        (packed(b"\xff"), "not valid JSON"),
        (packed(b"[" * 100_000), "not valid JSON"),
        (packed(b'{"a": 1%s}' % (b"0" * 10_000)), "damaged"),
        (packed(b'{"a": {}, "a": {}}'), "a name stands twice"),
        (packed({"a": 3}), "'a' has the unknown type"),
        (packed(changed(dtype="F12")), "'a' has the unknown type 'F12'"),
        (packed(changed(shape=[2, -3])), "no true shape or place"),
        (packed(changed(shape=[2.0, 3])), "no true shape or place"),
        (packed(changed(shape=[True, 6])), "no true shape or place"),
        (packed(changed(shape=[1] * 9)), "no true shape or place"),
        (packed(changed(shape=[1 << 61, 1 << 61])), "another size than its shape"),
        (packed(changed(data_offsets=[12, 0])), "another size than its shape"),
        (packed(changed(data_offsets=[4, 16])), "'a' leaves a hole in front of it"),
        (packed({**ROWS, "b": {**ROWS["b"], "data_offsets": [8, 12]}}), "'b' overlaps another one"),
        (packed(ROWS, 15), "it has 15 of 16 bytes"),
        (packed(ROWS, 17), "1 bytes at its end belong to no tensor"),
        (packed({"__metadata__": {}}, 0), "has no tensor"),
    ],
)
def test_untrue_headers_are_refused(folder: Path, data: bytes, said: str) -> None:
    (folder / "model.safetensors").write_bytes(data)
    with pytest.raises(ModelFileInvalid, match=said) as caught:
        safetensors.check_folder(folder)
    assert str(folder) in caught.value.message


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "weights.PTH", "model.pkl", "model.ckpt"])
def test_a_pickle_is_refused_and_never_opened(folder: Path, name: str) -> None:
    (folder / "model.safetensors").unlink()
    (folder / name).write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    with pytest.raises(ModelFileInvalid, match=f"only {name}: reading that could run code"):
        safetensors.check_folder(folder)
    with pytest.raises(ModelFileInvalid, match="is a pickle: reading it could run code"):
        safetensors.check_folder(folder / name)


def test_a_model_that_brings_code_is_refused(folder: Path) -> None:
    (folder / "config.json").write_text('{"auto_map": {"AutoModelForCausalLM": "modeling_x.X"}}')
    with pytest.raises(ModelFileInvalid, match=r"config\.json wants to run code"):
        safetensors.check_folder(folder)


def test_an_adapter_is_no_model(folder: Path) -> None:
    (folder / "adapter_config.json").write_text("{}")
    with pytest.raises(ModelFileInvalid, match="is an adapter"):
        safetensors.check_folder(folder)


def test_what_is_missing_is_named(folder: Path) -> None:
    with pytest.raises(ModelFileMissing, match="is not a folder"):
        safetensors.check_folder(folder / "nowhere")
    (folder / "config.json").unlink()
    with pytest.raises(ModelFileMissing, match=r"config\.json does not exist"):
        safetensors.check_folder(folder)


@pytest.mark.parametrize(
    ("index", "said"),
    [
        ({"weight_map": {"a": "model.safetensors", "b": "more.safetensors"}}, r"more\.safetensors is missing"),
        ({"weight_map": {"a": "../model.safetensors"}}, "names '../model.safetensors', which is no safetensors file"),
        ({"weight_map": {"a": "config.json"}}, "names 'config.json', which is no safetensors file"),
        ({"weight_map": {"a": 3}}, "no table weight_map of file names"),
        ({}, "no table weight_map of file names"),
    ],
)
def test_an_index_names_files_of_its_folder(folder: Path, index: object, said: str) -> None:
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ModelFileInvalid, match=said):
        safetensors.check_folder(folder)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, len(SOUND)), noise=st.binary(max_size=12), keep=st.integers(0, len(SOUND) + 12))
def test_no_bytes_make_the_reader_fail_otherwise(tmp_path: Path, at: int, noise: bytes, keep: int) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes((SOUND[:at] + noise + SOUND[at + len(noise) :])[:keep])
    try:
        tensors = safetensors.read_header(path)
    except ModelFileInvalid as error:
        assert error.message  # noqa: PT017
    else:
        assert sum(tensor.end - tensor.start for tensor in tensors) <= path.stat().st_size

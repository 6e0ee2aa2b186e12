"""Looks at a folder of safetensors before any library does: are the headers true, and is it a model of plain numbers?

The format is a length of 8 bytes, a JSON table of names, types, shapes and offsets, and the numbers (the README of
huggingface/safetensors). What would run code is refused by name: pickles, and models that bring code of their own.
Knows nothing of how weights are evaluated and reads none of them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, TypeGuard

from completion.errors import ModelFileInvalid, ModelFileMissing

PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt")
"""How files end that Python's pickle reads, which runs what the file says."""

_AGAIN = "Copy or download it again."
_LENGTH_BYTES = 8
_MOST_HEADER_BYTES = 16 << 20
_MOST_CONFIG_BYTES = 4 << 20
_MOST_DIMENSIONS = 8
_DTYPE_BITS = {
    "BOOL": 8,
    "U8": 8,
    "I8": 8,
    "F8_E5M2": 8,
    "F8_E4M3": 8,
    "F8_E8M0": 8,
    "I16": 16,
    "U16": 16,
    "F16": 16,
    "BF16": 16,
    "I32": 32,
    "U32": 32,
    "F32": 32,
    "I64": 64,
    "U64": 64,
    "F64": 64,
}


@dataclass(frozen=True, slots=True)
class Weights:
    """What a folder holds: its files, the number of tensors, the bytes of all numbers, and the type of most of them.

    `architecture` is config.json's `model_type`, "" where it has none.
    """

    files: tuple[Path, ...]
    tensors: int
    bytes: int
    dtype: str
    architecture: str


@dataclass(frozen=True, slots=True)
class Tensor:
    """One row of a header; `start` and `end` count from the first byte of the numbers."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


def check_folder(path: Path) -> Weights:
    """Check config.json, the index and every header of the folder `path` (or of the folder that a file of it names).

    Raises `ModelFileMissing`, or `ModelFileInvalid` with what is wrong and where.
    """
    if path.suffix.lower() in PICKLES:
        raise ModelFileInvalid(
            f"{path} is a pickle: reading it could run code.", advice="Get the model's safetensors or a GGUF file."
        )
    folder = path.parent if path.suffix == ".safetensors" else path
    if not folder.is_dir():
        raise ModelFileMissing(f"{folder} is not a folder.", advice="Correct model_path.")
    if (folder / "adapter_config.json").is_file():
        raise ModelFileInvalid(
            f"{folder} is an adapter: it changes a model and is none by itself.",
            advice="Merge it into its model with the tool that made it, and use the result.",
        )
    config = read_config(folder)
    files = _weight_files(folder)
    tensors = [tensor for file in files for tensor in read_header(file)]
    if not tensors:
        raise ModelFileInvalid(f"{folder} has no tensor in its safetensors.", advice=_AGAIN)
    by_type: Counter[str] = Counter()
    for tensor in tensors:
        by_type[tensor.dtype] += tensor.end - tensor.start
    return Weights(
        files, len(tensors), by_type.total(), by_type.most_common(1)[0][0], str(config.get("model_type", ""))
    )


def read_config(folder: Path) -> dict[str, Any]:
    """config.json. Raises `ModelFileMissing`, or `ModelFileInvalid` also where the model brings code of its own."""
    path = folder / "config.json"
    config = _json(path, _MOST_CONFIG_BYTES)
    if config.get("auto_map"):
        raise ModelFileInvalid(
            f"{path} wants to run code that comes with the model (auto_map).",
            advice="Code of models is never run; use a GGUF file of this model.",
        )
    return config


def read_header(path: Path) -> tuple[Tensor, ...]:
    """The tensors of one file, in the order of their offsets; together they cover all bytes behind the header.

    Raises `ModelFileMissing` or `ModelFileInvalid`.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
            if size < _LENGTH_BYTES or length > size - _LENGTH_BYTES:
                raise ModelFileInvalid(
                    f"{path} is damaged or incomplete: it ends within its header, after {size} bytes.", advice=_AGAIN
                )
            if length > _MOST_HEADER_BYTES:
                raise ModelFileInvalid(f"{path} claims a header of {length} bytes, which no model needs.")
            text = file.read(length)
    except FileNotFoundError:
        raise ModelFileMissing(f"{path} does not exist.", advice=_AGAIN) from None
    except OSError as error:
        raise ModelFileMissing(f"{path} cannot be read: {error.strerror}.") from error
    table = _parse(path, text)
    table.pop("__metadata__", None)
    tensors = sorted(_tensors(path, table.items()), key=lambda tensor: (tensor.start, tensor.end))
    _check_cover(path, tensors, size - _LENGTH_BYTES - length)
    return tuple(tensors)


def _weight_files(folder: Path) -> tuple[Path, ...]:
    found = sorted(folder.glob("*.safetensors"))
    if not found:
        pickle = next((file.name for file in sorted(folder.iterdir()) if file.suffix.lower() in PICKLES), "")
        said = f"only {pickle}: reading that could run code" if pickle else "no weights"
        raise ModelFileInvalid(
            f"{folder} has no *.safetensors, {said}.", advice="Get the model's safetensors; nothing else is loaded."
        )
    index = folder / "model.safetensors.index.json"
    if not index.is_file():
        return tuple(found)
    table = _json(index, _MOST_HEADER_BYTES).get("weight_map")
    if not isinstance(table, dict) or not table or not all(isinstance(name, str) for name in table.values()):
        raise ModelFileInvalid(f"{index} has no table weight_map of file names.", advice=_AGAIN)
    named = sorted(set(table.values()))
    outside = next((name for name in named if name != Path(name).name or not name.endswith(".safetensors")), None)
    if outside is not None:
        raise ModelFileInvalid(f"{index} names {outside!r}, which is no safetensors file of its folder.")
    missing = next((name for name in named if not (folder / name).is_file()), None)
    if missing is not None:
        raise ModelFileInvalid(f"{folder} is incomplete: {missing} is missing.", advice=_AGAIN)
    return tuple(folder / name for name in named)


def _tensors(path: Path, rows: Iterable[tuple[str, Any]]) -> Iterable[Tensor]:
    for name, row in rows:
        row = row if isinstance(row, dict) else {}
        dtype, shape, offsets = row.get("dtype"), row.get("shape"), row.get("data_offsets")
        if not isinstance(dtype, str) or dtype not in _DTYPE_BITS:
            raise ModelFileInvalid(f"{path}: tensor {name[:80]!r} has the unknown type {str(dtype)[:20]!r}.")
        if not _counts(shape) or len(shape) > _MOST_DIMENSIONS or not _counts(offsets) or len(offsets) != 2:
            raise ModelFileInvalid(
                f"{path} is damaged: tensor {name[:80]!r} has no true shape or place.", advice=_AGAIN
            )
        start, end = offsets
        if end - start != prod(shape) * _DTYPE_BITS[dtype] // 8:
            raise ModelFileInvalid(
                f"{path} is damaged: tensor {name[:80]!r} has another size than its shape.", advice=_AGAIN
            )
        yield Tensor(name, dtype, tuple(shape), start, end)


def _counts(values: Any) -> TypeGuard[list[int]]:
    """Whether this is a list of whole numbers that a file can hold."""
    return isinstance(values, list) and all(type(value) is int and 0 <= value < 1 << 62 for value in values)


def _check_cover(path: Path, tensors: list[Tensor], size: int) -> None:
    """Each byte belongs to one tensor: a library that maps the file relies on it."""
    at = 0
    for tensor in tensors:
        if tensor.start != at:
            what = "overlaps another one" if tensor.start < at else "leaves a hole in front of it"
            raise ModelFileInvalid(f"{path} is damaged: tensor {tensor.name[:80]!r} {what}.", advice=_AGAIN)
        at = tensor.end
    if at > size:
        raise ModelFileInvalid(f"{path} is incomplete: it has {size} of {at} bytes of numbers.", advice=_AGAIN)
    if at < size:
        raise ModelFileInvalid(f"{path} is damaged: {size - at} bytes at its end belong to no tensor.", advice=_AGAIN)


def _json(path: Path, most: int) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            text = file.read(most + 1)
    except FileNotFoundError:
        raise ModelFileMissing(f"{path} does not exist.", advice="Copy or download the model again.") from None
    except OSError as error:
        raise ModelFileMissing(f"{path} cannot be read: {error.strerror}.") from error
    if len(text) > most:
        raise ModelFileInvalid(f"{path} is longer than {most} bytes, which no model needs.")
    return _parse(path, text)


def _parse(path: Path, text: bytes) -> dict[str, Any]:
    """A JSON object in which no name stands twice: two readers could take two meanings from it."""

    def table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a name stands twice")
        return found

    try:
        found = json.loads(text.decode("utf-8"), object_pairs_hook=table)
    except (ValueError, RecursionError) as error:
        said = "a name stands twice in it" if str(error) == "a name stands twice" else "it is not valid JSON"
        raise ModelFileInvalid(f"{path} is damaged: {said}.", advice=_AGAIN) from error
    if not isinstance(found, dict):
        raise ModelFileInvalid(f"{path} is damaged: it is not a JSON object.", advice=_AGAIN)
    return found

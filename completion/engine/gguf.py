"""Looks at a GGUF file before the engine library does: is it there, whole, and what does it claim to be?

The library says only that it failed. A person needs to hear that the copy is incomplete, or that the
file is something else. Reads the header alone, with bounds on everything that the file claims.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path

from completion.errors import ModelFileInvalid, ModelFileMissing

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_MOST_ENTRIES = 1_000_000
_MOST_DIMENSIONS = 8
_BOOL, _STRING, _ARRAY = 7, 8, 9
_SCALAR_BYTES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}

# Tensor types that are common in published files: elements and bytes of one block. Of others only the
# beginning is checked.
_BLOCKS = {
    0: (1, 4),  # F32
    1: (1, 2),  # F16
    2: (32, 18),  # Q4_0
    3: (32, 20),  # Q4_1
    6: (32, 22),  # Q5_0
    7: (32, 24),  # Q5_1
    8: (32, 34),  # Q8_0
    10: (256, 84),  # Q2_K
    11: (256, 110),  # Q3_K
    12: (256, 144),  # Q4_K
    13: (256, 176),  # Q5_K
    14: (256, 210),  # Q6_K
    30: (1, 2),  # BF16
}


@dataclass(frozen=True, slots=True)
class Header:
    """What a file claims: its architecture, its number of tensors, and the bytes that they need.

    `breaks_apart` says that its vocabulary keeps line breaks apart: no token holds one and more, and
    what is before a break has no influence on the tokens behind it.
    """

    architecture: str
    tensors: int
    bytes_needed: int
    breaks_apart: bool


def read_header(path: Path) -> Header:
    """The header of `path`. Raises `ModelFileMissing`, or `ModelFileInvalid` when the file is not whole."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            if size == 0:
                raise ModelFileInvalid(f"{path} is empty.", advice="Copy or download it again.")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _read(path, _Cursor(data, size), size)
    except FileNotFoundError:
        raise ModelFileMissing(f"{path} does not exist.", advice="Correct model_path or reinstall.") from None
    except OSError as error:
        raise ModelFileMissing(f"{path} cannot be read: {error.strerror}.") from error


class _Short(Exception):
    """The file ends before its header does."""


class _Cursor:
    """Reads little-endian values from the beginning to the end."""

    def __init__(self, data: mmap.mmap, size: int) -> None:
        self._data = data
        self._size = size
        self.position = 0

    def skip(self, count: int) -> int:
        """Move on, and return where we were."""
        before = self.position
        if count < 0 or before + count > self._size:
            raise _Short
        self.position = before + count
        return before

    def integer(self, form: str) -> int:
        """One integer in `struct` notation."""
        size = struct.calcsize(form)
        return int(struct.unpack_from("<" + form, self._data, self.skip(size))[0])

    def string(self) -> bytes:
        """Length and bytes."""
        length = self.integer("Q")
        start = self.skip(length)
        return self._data[start : start + length]


def _read(path: Path, cursor: _Cursor, size: int) -> Header:
    try:
        header = _parse(path, cursor)
    except _Short:
        raise ModelFileInvalid(
            f"{path} is damaged or incomplete: it ends within its header, after {size} bytes.",
            advice="Copy or download it again.",
        ) from None
    if header.bytes_needed > size:
        raise ModelFileInvalid(
            f"{path} is incomplete: it has {size} of {header.bytes_needed} bytes.", advice="Copy or download it again."
        )
    return header


def _parse(path: Path, cursor: _Cursor) -> Header:
    if cursor._data[:4] != _MAGIC:
        raise ModelFileInvalid(f"{path} is not a GGUF file.", advice="Choose another file.")
    cursor.skip(4)
    version, tensors, entries = cursor.integer("I"), cursor.integer("Q"), cursor.integer("Q")
    if version not in _VERSIONS:
        raise ModelFileInvalid(f"{path} is GGUF version {version}; versions 2 and 3 are known.")
    if not 0 < tensors <= _MOST_ENTRIES or not 0 < entries <= _MOST_ENTRIES:
        raise ModelFileInvalid(f"{path} is damaged: it claims {tensors} tensors and {entries} values of metadata.")
    architecture, alignment = "", 32
    vocabulary = _Vocabulary()
    for _ in range(entries):
        key, kind = cursor.string(), cursor.integer("I")
        if key == b"general.architecture" and kind == _STRING:
            architecture = cursor.string().decode("utf-8", "replace")
        elif key == b"general.alignment" and kind == 4:
            alignment = cursor.integer("I") or 32
        elif key.startswith(b"tokenizer.ggml.") and vocabulary.take(key, kind, cursor):
            continue
        else:
            _skip_value(path, cursor, kind)
    ends = [_tensor_end(path, cursor) for _ in range(tensors)]
    data_start = -(-cursor.position // alignment) * alignment
    return Header(architecture, tensors, data_start + max(ends), vocabulary.breaks_apart)


class _Vocabulary:
    """As much of the vocabulary as tells whether line breaks stand apart."""

    def __init__(self) -> None:
        # SentencePiece puts a blank before the text unless told otherwise.
        self._blank_first = True
        self._pieces = False
        self._breaks_inside = True

    @property
    def breaks_apart(self) -> bool:
        """True only where it is certain: SentencePiece merges neighbours into tokens of its list and nothing else."""
        return self._pieces and not self._blank_first and not self._breaks_inside

    def take(self, key: bytes, kind: int, cursor: _Cursor) -> bool:
        """Read the value if it is of interest."""
        if key == b"tokenizer.ggml.model" and kind == _STRING:
            self._pieces = cursor.string() == b"llama"
        elif key == b"tokenizer.ggml.add_space_prefix" and kind == _BOOL:
            self._blank_first = bool(cursor.integer("B"))
        elif key == b"tokenizer.ggml.tokens" and kind == _ARRAY:
            if cursor.integer("I") != _STRING:
                raise _Short
            tokens = [cursor.string() for _ in range(cursor.integer("Q"))]
            self._breaks_inside = any(b"\n" in token and token != b"\n" for token in tokens)
        else:
            return False
        return True


def _skip_value(path: Path, cursor: _Cursor, kind: int) -> None:
    if kind == _STRING:
        cursor.string()
    elif kind == _ARRAY:
        inner, count = cursor.integer("I"), cursor.integer("Q")
        if inner == _STRING:
            for _ in range(count):
                cursor.skip(cursor.integer("Q"))
        elif inner in _SCALAR_BYTES:
            cursor.skip(_SCALAR_BYTES[inner] * count)
        else:
            raise ModelFileInvalid(f"{path} is damaged: a list of unknown type {inner}.")
    elif kind in _SCALAR_BYTES:
        cursor.skip(_SCALAR_BYTES[kind])
    else:
        raise ModelFileInvalid(f"{path} is damaged: a value of unknown type {kind}.")


def _tensor_end(path: Path, cursor: _Cursor) -> int:
    cursor.string()
    dimensions = cursor.integer("I")
    if dimensions > _MOST_DIMENSIONS:
        raise ModelFileInvalid(f"{path} is damaged: a tensor with {dimensions} dimensions.")
    elements = 1
    for _ in range(dimensions):
        elements *= cursor.integer("Q")
    kind, offset = cursor.integer("I"), cursor.integer("Q")
    block, size = _BLOCKS.get(kind, (1, 0))
    return offset + elements // block * size

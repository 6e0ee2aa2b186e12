"""The table of tensors of a GGUF header: shapes, types and places, checked against the file's size.

Types and their block sizes are those of ggml (ggml.h, ggml-common.h). Knows no architecture.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import prod

from completion.errors import ModelFileInvalid
from completion.models.gguf_values import AGAIN, UINT32, UINT64, Cursor, Value

_ALIGNMENT = 32
_MOST_ALIGNMENT = 65_536
_MOST_NAME_BYTES = 63
_MOST_DIMENSIONS = 4
_MOST_ELEMENTS = 1 << 48

# Name, elements of a block and bytes of a block.
_TYPES = {
    0: ("F32", 1, 4),
    1: ("F16", 1, 2),
    2: ("Q4_0", 32, 18),
    3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34),
    9: ("Q8_1", 32, 36),
    10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210),
    15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66),
    17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18),
    21: ("IQ3_S", 256, 110),
    22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1),
    25: ("I16", 1, 2),
    26: ("I32", 1, 4),
    27: ("I64", 1, 8),
    28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56),
    30: ("BF16", 1, 2),
    34: ("TQ1_0", 256, 54),
    35: ("TQ2_0", 256, 66),
    39: ("MXFP4", 32, 17),
    40: ("NVFP4", 64, 36),
    41: ("Q1_0", 128, 18),
    42: ("Q2_0", 64, 18),
}
_NO_WEIGHTS = frozenset({"Q8_1", "Q8_K", "I8", "I16", "I32", "I64", "F64"})
"""What ggml has for intermediate results and indices, and multiplies by no matrix."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One row of the table: the innermost dimension first, `start` and `bytes` as places in the data behind it."""

    name: str
    shape: tuple[int, ...]
    type: str
    start: int
    bytes: int


def alignment_of(cursor: Cursor, values: Mapping[str, Value]) -> int:
    """Where tensors may begin: at multiples of this many bytes."""
    given = values.get("general.alignment", _ALIGNMENT)
    if type(given) is not int or not 8 <= given <= _MOST_ALIGNMENT or given & (given - 1):
        raise cursor.damaged(f"its alignment is {given}; a power of two from 8 to {_MOST_ALIGNMENT} is expected")
    return given


def read_tensors(cursor: Cursor, count: int, alignment: int) -> dict[str, Tensor]:
    """The table; no name stands twice, no tensor lies on another one. Whether they fit the file is not checked."""
    found: dict[str, Tensor] = {}
    for _ in range(count):
        tensor = _read(cursor)
        if tensor.name in found:
            raise cursor.damaged(f"tensor {tensor.name} stands twice")
        if tensor.start % alignment:
            raise cursor.damaged(f"tensor {tensor.name} does not begin at a multiple of {alignment} bytes")
        found[tensor.name] = tensor
    placed = sorted(found.values(), key=lambda tensor: tensor.start)
    for one, other in pairwise(placed):
        if one.start + one.bytes > other.start:
            raise cursor.damaged(f"tensor {other.name} lies on {one.name}")
    return found


def main_type(tensors: Iterable[Tensor]) -> str:
    """The type of most bytes."""
    sizes: Counter[str] = Counter()
    for tensor in tensors:
        sizes[tensor.type] += tensor.bytes
    return sizes.most_common(1)[0][0]


def _read(cursor: Cursor) -> Tensor:
    name = cursor.text(_MOST_NAME_BYTES, "the name of a tensor").decode("utf-8", "replace")
    if not name or not name.isprintable():
        raise cursor.damaged("the name of a tensor is empty or no plain text")
    dimensions = int(cursor.number(UINT32))
    if not 0 < dimensions <= _MOST_DIMENSIONS:
        raise cursor.damaged(f"tensor {name} has {dimensions} dimensions")
    shape = tuple(int(cursor.number(UINT64)) for _ in range(dimensions))
    kind, start = int(cursor.number(UINT32)), int(cursor.number(UINT64))
    if kind not in _TYPES:
        raise ModelFileInvalid(
            f"{cursor.path}: tensor {name} has the unknown type {kind}.",
            advice="Get another quantization of this model, or a newer lsp-copilot.",
        )
    label, block, size = _TYPES[kind]
    # llama.cpp adds and scales by single precision only, and ends the process over anything else.
    plain = dimensions == 1 or name.endswith((".bias", "_norm.weight"))
    if label in _NO_WEIGHTS or (plain and label != "F32"):
        raise cursor.damaged(f"tensor {name} is of the type {label}, which it cannot be")
    elements = prod(shape)
    if not 0 < elements <= _MOST_ELEMENTS or shape[0] % block:
        raise ModelFileInvalid(
            f"{cursor.path} is damaged: tensor {name} has the shape {shape}, which no {label} can have.", advice=AGAIN
        )
    return Tensor(name, shape, label, start, elements // block * size)

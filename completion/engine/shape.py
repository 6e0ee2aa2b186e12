"""Writes a model file of a wanted shape whose weights are noise: it says nothing sensible, at the speed of a real one.

For the calibration: what ships is so small that it stays in the processor's cache. The vocabulary is taken from the
shipped file, whose header is copied with other numbers in it, and filled up where a larger one is wanted. Block
layouts are those of ggml-common.h; what encodes what follows llama.cpp's quantizer (llama-quant.cpp).
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from completion.errors import ModelFileInvalid

_ALIGNMENT = 32
_UINT32 = 4
_LIST = 9
_CHUNK = 1 << 16
_EMBEDDING = "token_embd.weight"
_FIRST_TENSOR = struct.pack("<Q", len(_EMBEDDING)) + _EMBEDDING.encode()

_BLANK_TOKENS = 512
"""Control tokens and bytes come first in the vocabulary; their scores are zero, so that noise never chooses one."""


@dataclass(frozen=True, slots=True)
class Weights:
    """An encoding: its number in the format, the values of a block, and a block as literal bytes and noise."""

    number: int
    values: int
    form: tuple[bytes | int, ...]

    @property
    def bytes(self) -> int:
        """Of one block."""
        return sum(part if isinstance(part, int) else len(part) for part in self.form)


def _half(value: float) -> bytes:
    return struct.pack("<e", value)


# Scales are small and equal everywhere, so that no sum overflows however deep the model is.
_Q5_0 = Weights(6, 32, (_half(0.002), 4, 16))
_Q8_0 = Weights(8, 32, (_half(0.0003), 32))
_Q4_K = Weights(12, 256, (_half(0.0002), _half(0.0015), bytes([160] * 8 + [0] * 4), 128))
_Q6_K = Weights(14, 256, (128, 64, bytes([16] * 16), _half(0.00007)))
_F32 = Weights(0, 1, (struct.pack("<f", 1.0),))


_FALLBACK = {_Q4_K: _Q5_0, _Q6_K: _Q8_0}
"""By encoding with blocks of 256 values: what rows are encoded with that are no multiple of it."""

KINDS = {"Q4_K_M": (_Q4_K, _Q6_K), "Q5_0": (_Q5_0, _Q8_0), "Q6_K": (_Q6_K, _Q6_K), "Q8_0": (_Q8_0, _Q8_0)}
"""By quantization: the encoding of most matrices, and the finer one of the output matrix and of what matters most."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A llama model: its width, the width of its feed-forward layers, heads and layers, and its quantization.

    The embedding is the output matrix too. `vocabulary` 0 is that of the shipped model. Noise never ends by itself, and
    never writes one of the first 512 tokens.
    """

    hidden: int
    inner: int
    heads: int
    kv_heads: int
    layers: int
    quantization: str
    vocabulary: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: bytes of the layers' matrices and of the output matrix, and their parameters."""

    layer_bytes: int
    output_bytes: int
    layer_parameters: int
    output_parameters: int
    vocabulary: int


def write(path: Path, shape: Shape, like: Path, context_tokens: int) -> Written:
    """Write `shape` to `path` with the vocabulary of the model `like`.

    Raises `OSError`, or `ModelFileInvalid` where `like` is not the shipped kind of file.
    """
    header = bytearray(_header_of(like))
    known = _number(header, b"llama.vocab_size", like)
    vocabulary = shape.vocabulary or known
    for key, value in (
        (b"llama.context_length", context_tokens),
        (b"llama.embedding_length", shape.hidden),
        (b"llama.block_count", shape.layers),
        (b"llama.feed_forward_length", shape.inner),
        (b"llama.attention.head_count", shape.heads),
        (b"llama.attention.head_count_kv", shape.kv_heads),
        (b"llama.rope.dimension_count", shape.hidden // shape.heads),
        (b"llama.vocab_size", vocabulary),
    ):
        place = _place(header, key, like)
        header[place : place + 4] = struct.pack("<I", value)
    _fill_up(header, known, vocabulary)
    tensors = list(_tensors(shape, vocabulary))
    struct.pack_into("<Q", header, 8, len(tensors))
    table, start = bytearray(), 0
    for name, columns, rows, weights in tensors:
        dimensions = (columns, rows) if rows > 1 else (columns,)
        table += struct.pack("<Q", len(name)) + name.encode() + struct.pack("<I", len(dimensions))
        table += struct.pack(f"<{len(dimensions)}Q", *dimensions) + struct.pack("<IQ", weights.number, start)
        start += _aligned(_size(columns, rows, weights))
    with path.open("wb") as file:
        file.write(header + table)
        file.write(b"\0" * (_aligned(file.tell()) - file.tell()))
        for name, columns, rows, weights in tensors:
            blank = _BLANK_TOKENS if name == _EMBEDDING else 0
            _write_noise(file, weights, columns * rows // weights.values, columns * blank // weights.values)
    matrices = [tensor for tensor in tensors[1:] if tensor[2] > 1]
    return Written(
        layer_bytes=sum(_size(columns, rows, weights) for _name, columns, rows, weights in matrices),
        output_bytes=_size(*tensors[0][1:]),
        layer_parameters=sum(columns * rows for _name, columns, rows, _weights in matrices),
        output_parameters=shape.hidden * vocabulary,
        vocabulary=vocabulary,
    )


def _tensors(shape: Shape, vocabulary: int) -> Iterator[tuple[str, int, int, Weights]]:
    """Name, columns, rows, encoding."""
    hidden, kv = shape.hidden, shape.kv_heads * shape.hidden // shape.heads
    most, finer = KINDS[shape.quantization]
    yield _EMBEDDING, hidden, vocabulary, _encoding(finer, hidden)
    for layer in range(shape.layers):
        block = f"blk.{layer}."
        some = finer if _is_kept_finer(layer, shape.layers) else most
        yield block + "attn_norm.weight", hidden, 1, _F32
        yield block + "attn_q.weight", hidden, hidden, _encoding(most, hidden)
        yield block + "attn_k.weight", hidden, kv, _encoding(most, hidden)
        yield block + "attn_v.weight", hidden, kv, _encoding(some, hidden)
        yield block + "attn_output.weight", hidden, hidden, _encoding(most, hidden)
        yield block + "ffn_norm.weight", hidden, 1, _F32
        yield block + "ffn_gate.weight", hidden, shape.inner, _encoding(most, hidden)
        yield block + "ffn_up.weight", hidden, shape.inner, _encoding(most, hidden)
        yield block + "ffn_down.weight", shape.inner, hidden, _encoding(some, shape.inner)
    yield "output_norm.weight", hidden, 1, _F32


def _is_kept_finer(layer: int, layers: int) -> bool:
    """Of a deep model as the quantizer has it; of a shallow one every second layer."""
    if layers < 8:
        return layer % 2 == 1
    eighth = layers // 8
    return layer < eighth or layer >= 7 * layers // 8 or (layer - eighth) % 3 == 2


def _encoding(wanted: Weights, columns: int) -> Weights:
    return wanted if columns % wanted.values == 0 else _FALLBACK[wanted]


def _size(columns: int, rows: int, weights: Weights) -> int:
    return columns * rows // weights.values * weights.bytes


def _write_noise(file: BinaryIO, weights: Weights, blocks: int, blank: int) -> None:
    """`blocks` blocks, the first `blank` of them zeros, then the same noise over and over: it is read as slowly."""
    noise = random.Random(weights.number)  # noqa: S311
    size = weights.bytes
    chunk = b"".join(
        b"".join(noise.randbytes(part) if isinstance(part, int) else part for part in weights.form)
        for _ in range(min(blocks, _CHUNK // size + 1))
    )
    file.write(b"\0" * (blank * size))
    left = (blocks - blank) * size
    while left > 0:
        file.write(chunk[:left])
        left -= len(chunk)
    file.write(b"\0" * (_aligned(blocks * size) - blocks * size))


def _fill_up(header: bytearray, known: int, wanted: int) -> None:
    """Lengthen the lists of tokens, scores and types from `known` to `wanted` tokens."""
    more = range(known, wanted)
    names = [b"<more %d>" % number for number in more]
    for key, kind, items in (
        (b"tokenizer.ggml.tokens", 8, b"".join(struct.pack("<Q", len(name)) + name for name in names)),
        (b"tokenizer.ggml.scores", 6, struct.pack("<f", -1e6) * len(more)),
        (b"tokenizer.ggml.token_type", 5, struct.pack("<i", 1) * len(more)),
    ):
        marker = struct.pack("<Q", len(key)) + key + struct.pack("<II", _LIST, kind)
        place = header.index(marker) + len(marker)
        end = place + 8
        for _ in range(known):
            end += 8 + struct.unpack_from("<Q", header, end)[0] if kind == 8 else 4
        header[end:end] = items
        struct.pack_into("<Q", header, place, known + len(more))


def _header_of(path: Path) -> bytes:
    """Everything in front of the table of tensors."""
    with path.open("rb") as file:
        head = file.read(1 << 22)
    end = head.find(_FIRST_TENSOR)
    if end < 0:
        raise ModelFileInvalid(f"{path} is not the shipped model.", advice="Reinstall lsp-copilot.")
    return head[:end]


def _place(header: bytes | bytearray, key: bytes, path: Path) -> int:
    """Where the number of `key` stands."""
    marker = struct.pack("<Q", len(key)) + key + struct.pack("<I", _UINT32)
    found = header.find(marker)
    if found < 0:
        raise ModelFileInvalid(f"{path}: {key.decode()} is missing.", advice="Reinstall lsp-copilot.")
    return found + len(marker)


def _number(header: bytes | bytearray, key: bytes, path: Path) -> int:
    found: int = struct.unpack_from("<I", header, _place(header, key, path))[0]
    return found


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT

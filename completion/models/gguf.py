"""Looks at a GGUF file before an engine library does: is it there, whole and sound, and what does it claim to be?

A library says only that it failed, and ends the process at some claims that it never expected. A person needs to
hear that the copy is incomplete, or that the file is something else. Reads the header alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from pathlib import Path

from completion.errors import ModelFileInvalid, ModelFileMissing
from completion.models import gguf_claims, gguf_tensors, gguf_values, gguf_vocabulary
from completion.models.gguf_values import AGAIN, Cursor


@dataclass(frozen=True, slots=True)
class Header:
    """What a file claims: its architecture, its number of tensors, and the bytes that they need.

    `breaks_apart` says that its vocabulary keeps line breaks apart: no token holds one and more, and
    what is before a break has no influence on the tokens behind it.

    The rest is for arithmetic and for showing; None or "" where the file does not say. `layers`, `hidden`, `heads`,
    `kv_heads` (the most of any layer) and `head_dim` are the shape, `context` the trained context in tokens,
    `cache_values_per_token` the numbers that attention keeps for one token in all layers, `quantization` the file
    type as in names of files (Q4_K_M).
    """

    architecture: str
    tensors: int
    bytes_needed: int
    breaks_apart: bool
    version: int = 3
    name: str = ""
    licence: str = ""
    quantization: str = ""
    parameters: int | None = None
    layers: int | None = None
    hidden: int | None = None
    heads: int | None = None
    kv_heads: int | None = None
    head_dim: int | None = None
    context: int | None = None
    vocabulary: int | None = None
    cache_values_per_token: int | None = None
    sliding_window: int | None = None


def read_header(path: Path) -> Header:
    """The header of `path`. Raises `ModelFileMissing`, or `ModelFileInvalid` for a file that is not sound or whole."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            if size == 0:
                raise ModelFileInvalid(f"{path} is empty.", advice=AGAIN)
            header = _read(Cursor(path, file, size))
    except FileNotFoundError:
        raise ModelFileMissing(f"{path} does not exist.", advice="Correct model_path or reinstall.") from None
    except OSError as error:
        raise ModelFileMissing(f"{path} cannot be read: {error.strerror}.") from error
    if header.bytes_needed > size:
        raise ModelFileInvalid(f"{path} is incomplete: it has {size} of {header.bytes_needed} bytes.", advice=AGAIN)
    return header


def _read(cursor: Cursor) -> Header:
    version, count, entries = gguf_values.read_start(cursor)
    values = gguf_values.read_entries(cursor, entries)
    alignment = gguf_tensors.alignment_of(cursor, values)
    tensors = gguf_tensors.read_tensors(cursor, count, alignment)
    start = -(-cursor.position // alignment) * alignment
    shape = gguf_claims.check(cursor.path, values)
    vocabulary = gguf_vocabulary.check(cursor.path, values)
    embedding = tensors.get("token_embd.weight")
    if embedding is None or embedding.shape != (shape.hidden, vocabulary.tokens):
        had = embedding.shape if embedding is not None else "missing"
        raise cursor.damaged(
            f"token_embd.weight is {had}, {shape.hidden} numbers for each of {vocabulary.tokens} tokens are expected"
        )
    return Header(
        architecture=shape.architecture,
        tensors=count,
        bytes_needed=start + max(tensor.start + tensor.bytes for tensor in tensors.values()),
        breaks_apart=vocabulary.breaks_apart,
        version=version,
        name=gguf_claims.text_of(values, "general.name"),
        licence=gguf_claims.text_of(values, "general.license"),
        quantization=gguf_claims.quantization(values) or gguf_tensors.main_type(tensors.values()),
        parameters=sum(prod(tensor.shape) for tensor in tensors.values()),
        layers=shape.layers,
        hidden=shape.hidden,
        heads=shape.heads,
        kv_heads=shape.kv_heads,
        head_dim=shape.head_dim,
        context=shape.context,
        vocabulary=vocabulary.tokens,
        cache_values_per_token=shape.cache_values_per_token,
        sliding_window=shape.sliding_window,
    )

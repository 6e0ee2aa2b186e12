"""What a loaded model takes of memory, part by part, each with its arithmetic. Measures nothing and loads nothing.

The parts are those that llama.cpp reports when it loads (model, KV, compute and output buffers), then what it keeps
outside of its buffers. Figures with "measured" are from this program's own engine, `benchmarks/prediction.py`
compares them with real loads.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from completion.models.device import DeviceProfile, Gpu
from completion.models.spec import ModelFile, ModelSpec

CacheType = Literal["f16", "q8_0", "q4_0"]

CACHE_BYTES = {"f16": 2.0, "q8_0": 34 / 32, "q4_0": 18 / 32}
"""Bytes of one value in the KV cache: blocks of 32 values with a scale of two bytes (ggml-common.h)."""

CELLS = 256
"""llama.cpp makes the context of a slot a multiple of this (llama-context.cpp)."""

SAVED_PROMPTS = 256 * 2**20
"""The engine keeps prompts of documents that have no slot; it is told this bound (`cache_ram_mib`)."""

HOST_BYTES = 65 * 2**20
"""Interpreter, libraries and the listener of an engine host without its model (measured)."""

_COMPUTE_VALUES = 24
_VOCABULARY_BYTES = 330
"""Of a token in the engine's tables: 210 measured, and 120 calculated for the merges of a byte-level vocabulary."""

_CARD_CONTEXT = 400 * 2**20
_CARD_MARGIN = 1024 * 2**20
_LEFT_SHARE = 0.1
_LEFT_BYTES = 512 * 2**20
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Part:
    """One share of the need: what it is, its bytes, and how they are calculated."""

    name: str
    bytes: int
    arithmetic: str


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """What a model takes where it computes (`parts`), and what it takes of the system's memory besides (`beside`).

    On a processor and where memory is unified both come from the same memory; on a card `beside` is the
    host process and the saved prompts.
    """

    parts: tuple[Part, ...]
    beside: tuple[Part, ...]
    shared: Literal["together", "apart"]

    @property
    def total(self) -> int:
        """Bytes that must be free where the model computes, after hours of use."""
        return _sum(self.parts) + (_sum(self.beside) if self.shared == "together" else 0)

    @property
    def loaded(self) -> int:
        """Bytes of the process and its card right after loading: without the prompts that are saved with time."""
        return sum(part.bytes for part in (*self.parts, *self.beside) if part.name != "saved prompts")

    @property
    def in_system(self) -> int:
        """Bytes of the system's memory."""
        return self.total if self.shared == "together" else _sum(self.beside)


@dataclass(frozen=True, slots=True)
class Room:
    """Memory that a model may take: its bytes, where it is, and how much is left to others."""

    name: str
    bytes: int
    arithmetic: str


def need(
    spec: ModelSpec,
    file: ModelFile,
    *,
    context_tokens: int,
    slots: int,
    batch: int,
    cache: CacheType = "f16",
    gpu: Gpu | None = None,
) -> MemoryNeed | None:
    """The need of `file` with `slots` of `context_tokens` each, on `gpu` or on the processor.

    None where the catalogue lacks a fact that the arithmetic needs; `missing` names it.
    """
    if not (file.bytes and spec.cache_values_per_token and spec.vocabulary and spec.hidden):
        return None
    cells = math.ceil(context_tokens / CELLS) * CELLS
    value = CACHE_BYTES[cache]
    parts = [
        Part("weights", file.bytes, f"the file ({file.quantization}), read once into memory"),
        Part(
            "KV cache",
            int(spec.cache_values_per_token * value * cells * slots),
            f"{spec.cache_values_per_token} values a token x {value:g} bytes ({cache}) x {cells} tokens x {slots}",
        ),
        _compute(spec.vocabulary, spec.hidden, batch, slots, gpu),
    ]
    beside = (
        Part("host process", HOST_BYTES, "interpreter and libraries, measured"),
        Part(
            "vocabulary", spec.vocabulary * _VOCABULARY_BYTES, f"{spec.vocabulary} tokens x {_VOCABULARY_BYTES} bytes"
        ),
        Part("saved prompts", SAVED_PROMPTS, "at most, the bound that the engine is given"),
    )
    if gpu is not None and not gpu.unified:
        parts.append(Part("driver", _CARD_CONTEXT, "libraries and context on the card, an assumption"))
    return MemoryNeed(tuple(parts), beside, "apart" if gpu is not None and not gpu.unified else "together")


def missing(spec: ModelSpec, file: ModelFile) -> tuple[str, ...]:
    """Keys of the catalogue that the arithmetic needs and nobody knows."""
    known = {
        "files.bytes": file.bytes,
        "kv_heads and head_dim": spec.cache_values_per_token,
        "vocabulary": spec.vocabulary,
        "hidden": spec.hidden,
    }
    return tuple(name for name, value in known.items() if not value)


def room(device: DeviceProfile, gpu: Gpu | None = None) -> Room:
    """What of the free memory a model may take.

    Of a card all but 1024 MiB, as llama.cpp's own `--fit` leaves; of the system's memory all but a tenth of the whole
    and at least 512 MiB: the editor, its language servers and the browser grow while a person works.
    """
    if gpu is not None and not gpu.unified:
        usable = max(0, gpu.free_bytes - _CARD_MARGIN)
        return Room(gpu.name, usable, f"{_gb(gpu.free_bytes)} free of {_gb(gpu.total_bytes)}, less 1.07 GB for others")
    left = max(_LEFT_BYTES, int(_LEFT_SHARE * device.memory_total))
    usable = max(0, device.memory_free - left)
    text = f"{_gb(device.memory_free)} free of {_gb(device.memory_total)}, less {_gb(left)} for others"
    if gpu is not None and gpu.total_bytes < usable:
        return Room(gpu.name, gpu.total_bytes, f"{_gb(gpu.total_bytes)}, the most that the system lends its GPU")
    return Room(gpu.name if gpu else "system memory", usable, text)


def _compute(vocabulary: int, hidden: int, batch: int, slots: int, gpu: Gpu | None) -> Part:
    """Activations of one batch, and one row of scores for each slot.

    Measured (64 tokens a batch): 5.06, 8.96 and 1.00 MiB for hidden 896, 1536 and 256. On cards logs of others show
    scores for the whole batch (304 MiB for 512 x 152064), so that is counted there.
    """
    if gpu is not None:
        rows = batch * vocabulary * 4
        return Part(
            "compute buffer",
            rows + batch * _COMPUTE_VALUES * hidden * 4,
            f"{batch} tokens x ({vocabulary} scores + {_COMPUTE_VALUES} x {hidden} activations) x 4 bytes",
        )
    return Part(
        "compute buffer",
        4 * (batch * _COMPUTE_VALUES * hidden + slots * vocabulary),
        f"({batch} tokens x {_COMPUTE_VALUES} x {hidden} activations + {slots} x {vocabulary} scores) x 4 bytes",
    )


def _sum(parts: tuple[Part, ...]) -> int:
    return sum(part.bytes for part in parts)


def _gb(count: int) -> str:
    return f"{count / 1e9:.2f} GB"

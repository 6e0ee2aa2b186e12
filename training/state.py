"""The small state file: a model to carry to the next run, at a little over one byte a parameter.

Matrices are kept as llama.cpp's Q8_0 keeps them: blocks of 32 int8 values with one float16 scale,
so what is carried is as good as what is shipped. Norms stay float32. The container is safetensors;
nothing in it is executed. Optimizer momentum is not kept: it is rebuilt in a short warm-up.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from training.shape import Array, Shape, Weights, check_weights

BLOCK = 32
FORMAT = "training-state-1"
SCALE = ".scale"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a model has come.

    `seconds` is wall-clock time spent, `loss` a running mean in nats per token, `scale` the learning
    rate's current share of its peak.
    """

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    loss: float = 0.0
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class State:
    """A model's weights, its shape, and the SHA-256 of the vocabulary that it was trained with."""

    weights: Weights
    shape: Shape
    progress: Progress
    vocabulary: str


def write(path: Path, state: State) -> int:
    """Write the state, replacing the file in one step; its size in bytes. Raises `ValueError`."""
    check_weights(state.weights, state.shape)
    tensors: dict[str, NDArray[Any]] = {}
    for name, array in state.weights.items():
        if array.ndim == 1:
            tensors[name] = array
        else:
            tensors[name], tensors[name + SCALE] = quantize(array)
    metadata = {
        "format": FORMAT,
        "shape": json.dumps(state.shape.as_dict()),
        "progress": json.dumps(asdict(state.progress)),
        "vocabulary": state.vocabulary,
    }
    draft = path.with_name(path.name + ".part")
    draft.write_bytes(save(tensors, metadata))
    draft.replace(path)
    return path.stat().st_size


def read(path: Path) -> State:
    """Read a state. Raises `ValueError` if the file is not one."""
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(f"{path}: not a state file: {error}") from error
    if metadata.get("format") != FORMAT:
        raise ValueError(f"{path}: not a state file of format {FORMAT}")
    shape = Shape(**json.loads(metadata["shape"]))
    weights: dict[str, Array] = {}
    for name, array in tensors.items():
        if not name.endswith(SCALE):
            scales = tensors.get(name + SCALE)
            weights[name] = array if scales is None else dequantize(array, scales)
    check_weights(weights, shape)
    return State(weights, shape, Progress(**json.loads(metadata["progress"])), metadata["vocabulary"])


def quantize(array: Array) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """Rows of int8 with a float16 scale for each 32 values; the error is at most half a scale, and its rounding."""
    blocks = array.reshape(array.shape[0], -1, BLOCK)
    scales = np.abs(blocks).max(-1) / np.float32(127)
    inverse = np.divide(np.float32(1), scales, out=np.zeros_like(scales), where=scales > 0)
    values = np.rint(blocks * inverse[..., None]).astype(np.int8)
    return values.reshape(array.shape), scales.astype(np.float16)


def dequantize(values: NDArray[np.int8], scales: NDArray[np.float16]) -> Array:
    """The values that `quantize` kept."""
    blocks = values.reshape(values.shape[0], -1, BLOCK).astype(np.float32) * scales[..., None].astype(np.float32)
    return blocks.reshape(values.shape)

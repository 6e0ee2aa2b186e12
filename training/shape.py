"""The shape of a LLaMA-architecture model, and the plain form its weights travel in.

Knows no torch: checkpoints, state files and exports all speak of weights under the names that
Hugging Face's `LlamaForCausalLM` gives them, as numpy arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Weights = Mapping[str, Array]

EMBEDDING = "model.embed_tokens.weight"
FINAL_NORM = "model.norm.weight"


@dataclass(frozen=True, slots=True)
class Shape:
    """Dimensions of a model; `context` is in tokens, embedding and output head are tied."""

    vocabulary: int
    hidden: int
    layers: int
    heads: int
    kv_heads: int
    feed_forward: int
    context: int
    theta: float = 10000.0
    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        if self.hidden % self.heads or self.heads % self.kv_heads or (self.hidden // self.heads) % 2:
            raise ValueError(f"heads do not divide: hidden {self.hidden}, heads {self.heads}, kv {self.kv_heads}")
        if self.hidden % 32 or self.feed_forward % 32:
            raise ValueError("hidden and feed_forward must be multiples of 32, the quantization block")

    @property
    def head_dim(self) -> int:
        return self.hidden // self.heads

    @property
    def kv_width(self) -> int:
        """Width of the key and of the value projection."""
        return self.kv_heads * self.head_dim

    @property
    def parameters(self) -> int:
        attention = 2 * self.hidden * self.hidden + 2 * self.hidden * self.kv_width
        block = attention + 3 * self.hidden * self.feed_forward + 2 * self.hidden
        return self.vocabulary * self.hidden + self.layers * block + self.hidden

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def parse_model(text: str, *, vocabulary: int, context: int, theta: float = 10000.0) -> Shape:
    """Read `HIDDEN,LAYERS,HEADS,KV_HEADS,FEED_FORWARD`. Raises `ValueError`."""
    numbers = [int(part) for part in text.split(",")]
    if len(numbers) != 5:
        raise ValueError(f"expected HIDDEN,LAYERS,HEADS,KV_HEADS,FEED_FORWARD, got {text!r}")
    hidden, layers, heads, kv_heads, feed_forward = numbers
    return Shape(vocabulary, hidden, layers, heads, kv_heads, feed_forward, context, theta)


def tensor_shapes(shape: Shape) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Every tensor of such a model with its dimensions, in file order."""
    yield EMBEDDING, (shape.vocabulary, shape.hidden)
    yield FINAL_NORM, (shape.hidden,)
    for index in range(shape.layers):
        prefix = f"model.layers.{index}."
        yield prefix + "self_attn.q_proj.weight", (shape.hidden, shape.hidden)
        yield prefix + "self_attn.k_proj.weight", (shape.kv_width, shape.hidden)
        yield prefix + "self_attn.v_proj.weight", (shape.kv_width, shape.hidden)
        yield prefix + "self_attn.o_proj.weight", (shape.hidden, shape.hidden)
        yield prefix + "mlp.gate_proj.weight", (shape.feed_forward, shape.hidden)
        yield prefix + "mlp.up_proj.weight", (shape.feed_forward, shape.hidden)
        yield prefix + "mlp.down_proj.weight", (shape.hidden, shape.feed_forward)
        yield prefix + "input_layernorm.weight", (shape.hidden,)
        yield prefix + "post_attention_layernorm.weight", (shape.hidden,)


def check_weights(weights: Weights, shape: Shape) -> None:
    """Raise `ValueError` unless `weights` are exactly the tensors of `shape`."""
    expected = dict(tensor_shapes(shape))
    found = {name: array.shape for name, array in weights.items()}
    if expected != found:
        wrong = sorted(set(expected.items()) ^ set(found.items()))
        raise ValueError(f"weights do not fit the shape: {wrong[:4]}")

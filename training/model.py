"""A LLaMA-architecture language model: RMSNorm, rotary positions, grouped queries, SwiGLU, tied embeddings.

Weights come and go under Hugging Face's names (`training.shape`); inside, the query, key and value
projections are one matrix and so are gate and up. Knows nothing of files and data; runs on any device.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.loss import Softmax, cross_entropy, softmax_gradient
from training.shape import EMBEDDING, FINAL_NORM, Shape, Weights, check_weights

Cache = list[tuple[Tensor, Tensor]]
"""Keys and values of each layer so far: batch, heads, tokens, head width."""


Layer = Callable[["Block", Tensor, Tensor, Tensor], Tensor]
"""How a layer is run over whole rows: as it stands, or compiled."""


class Norm(nn.Module):
    """Root-mean-square norm with a learnt scale."""

    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        # Automatic precision computes norms in float32; what follows is to stay in the type of the residual.
        return functional.rms_norm(x, (x.shape[-1],), self.weight.to(x.dtype), self.epsilon).to(x.dtype)


class Block(nn.Module):
    """One layer: attention and feed-forward, each on the normed residual."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.attention_norm = Norm(shape.hidden, shape.epsilon)
        self.feed_norm = Norm(shape.hidden, shape.epsilon)
        self.qkv = nn.Linear(shape.hidden, shape.hidden + 2 * shape.kv_width, bias=False)
        self.output = nn.Linear(shape.hidden, shape.hidden, bias=False)
        self.gate_up = nn.Linear(shape.hidden, 2 * shape.feed_forward, bias=False)
        self.down = nn.Linear(shape.feed_forward, shape.hidden, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """The layer over whole rows: `x` (batch, tokens, hidden), `cos` and `sin` (tokens, head width)."""
        q, k, v = self._projected(x, cos, sin)
        return self._finished(x, _attention(q, k, v, None))

    def extended(
        self, x: Tensor, cos: Tensor, sin: Tensor, past: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """The layer over tokens that follow those of `past`; also the keys and values of both."""
        q, k, v = self._projected(x, cos, sin)
        mask, seen = None, past[0].shape[2]
        if seen:
            k, v = torch.cat((past[0], k), 2), torch.cat((past[1], v), 2)
            mask = torch.ones(x.shape[1], seen + x.shape[1], dtype=torch.bool, device=x.device).tril(seen)
        return self._finished(x, _attention(q, k, v, mask)), (k, v)

    def _projected(self, x: Tensor, cos: Tensor, sin: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        shape, (batch, length, _) = self.shape, x.shape
        q, k, v = self.qkv(self.attention_norm(x)).split([shape.hidden, shape.kv_width, shape.kv_width], -1)
        q = _rotate(q.view(batch, length, shape.heads, shape.head_dim).transpose(1, 2), cos, sin)
        k = _rotate(k.view(batch, length, shape.kv_heads, shape.head_dim).transpose(1, 2), cos, sin)
        return q, k, v.view(batch, length, shape.kv_heads, shape.head_dim).transpose(1, 2)

    def _finished(self, x: Tensor, attended: Tensor) -> Tensor:
        x = x + self.output(attended.transpose(1, 2).reshape(x.shape))
        gate, up = self.gate_up(self.feed_norm(x)).chunk(2, -1)
        fed: Tensor = self.down(functional.silu(gate) * up)
        return x + fed


class LanguageModel(nn.Module):
    """The model; freshly made it has random weights from torch's current seed."""

    cos: Tensor
    sin: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.hidden)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = Norm(shape.hidden, shape.epsilon)
        cos, sin = _positions(shape)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        self.layer: Layer = plain_layer
        self.softmax: Softmax = softmax_gradient
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                residual = name.endswith(("output.weight", "down.weight"))
                nn.init.normal_(parameter, 0, 0.02 / math.sqrt(2 * shape.layers) if residual else 0.02)

    def hidden(self, ids: Tensor, cache: Cache | None = None) -> Tensor:
        """Final hidden states of `ids` (batch, tokens); `cache` holds the tokens before and is extended in place."""
        start = cache[0][0].shape[2] if cache else 0
        x = self.embedding(ids)
        if torch.is_autocast_enabled(ids.device.type):
            x = x.bfloat16()
        cos = self.cos[start : start + ids.shape[1]].to(x.dtype)
        sin = self.sin[start : start + ids.shape[1]].to(x.dtype)
        for index, block in enumerate(_blocks(self)):
            if cache is None:
                x = self.layer(block, x, cos, sin)
            else:
                x, cache[index] = block.extended(x, cos, sin, cache[index])
        return cast("Tensor", self.norm(x))

    def logits(self, ids: Tensor, cache: Cache | None = None) -> Tensor:
        """Logits of the token after the last of each row."""
        return self.hidden(ids, cache)[:, -1] @ self.embedding.weight.T

    def forward(self, ids: Tensor, targets: Tensor, learnt: Tensor | None = None) -> Tensor:
        """Mean loss in nats per learnt token; of a part of a step, the part's share where `learnt` is the step's."""
        x = self.hidden(ids)
        flat, wanted = x.reshape(-1, x.shape[-1]), targets.reshape(-1)
        return cross_entropy(flat, self.embedding.weight, wanted, learnt, self.softmax)

    def lengthen(self, context: int) -> None:
        """From now on rows of up to `context` tokens, the rotary positions simply going on."""
        if context > self.shape.context:
            self.shape = replace(self.shape, context=context)
            cos, sin = _positions(self.shape)
            self.cos, self.sin = cos.to(self.cos.device), sin.to(self.sin.device)


def weights_of(model: LanguageModel) -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
    """The model's weights, float32, under Hugging Face's names."""
    shape = model.shape
    out = {EMBEDDING: model.embedding.weight, FINAL_NORM: model.norm.weight}
    for index, block in enumerate(_blocks(model)):
        prefix = f"model.layers.{index}."
        q, k, v = torch.split(block.qkv.weight, [shape.hidden, shape.kv_width, shape.kv_width])
        gate, up = block.gate_up.weight.chunk(2)
        out |= {
            prefix + "self_attn.q_proj.weight": q,
            prefix + "self_attn.k_proj.weight": k,
            prefix + "self_attn.v_proj.weight": v,
            prefix + "self_attn.o_proj.weight": block.output.weight,
            prefix + "mlp.gate_proj.weight": gate,
            prefix + "mlp.up_proj.weight": up,
            prefix + "mlp.down_proj.weight": block.down.weight,
            prefix + "input_layernorm.weight": block.attention_norm.weight,
            prefix + "post_attention_layernorm.weight": block.feed_norm.weight,
        }
    return {name: tensor.detach().float().cpu().contiguous().numpy().copy() for name, tensor in out.items()}


@torch.no_grad()
def load_weights(model: LanguageModel, weights: Weights) -> None:
    """Replace the model's weights. Raises `ValueError` if they do not fit."""
    check_weights(weights, model.shape)
    tensor = {name: torch.from_numpy(np.array(array, np.float32)) for name, array in weights.items()}
    model.embedding.weight.copy_(tensor[EMBEDDING])
    model.norm.weight.copy_(tensor[FINAL_NORM])
    for index, block in enumerate(_blocks(model)):
        prefix = f"model.layers.{index}."
        names = [prefix + f"self_attn.{part}_proj.weight" for part in "qkv"]
        block.qkv.weight.copy_(torch.cat([tensor[name] for name in names]))
        block.output.weight.copy_(tensor[prefix + "self_attn.o_proj.weight"])
        gate_up = [tensor[prefix + "mlp.gate_proj.weight"], tensor[prefix + "mlp.up_proj.weight"]]
        block.gate_up.weight.copy_(torch.cat(gate_up))
        block.down.weight.copy_(tensor[prefix + "mlp.down_proj.weight"])
        block.attention_norm.weight.copy_(tensor[prefix + "input_layernorm.weight"])
        block.feed_norm.weight.copy_(tensor[prefix + "post_attention_layernorm.weight"])


def empty_cache(shape: Shape) -> Cache:
    """A cache that has seen nothing yet."""
    nothing = torch.zeros(1, shape.kv_heads, 0, shape.head_dim)
    return [(nothing, nothing)] * shape.layers


def plain_layer(block: Block, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """One layer, uncompiled."""
    return cast("Tensor", block(x, cos, sin))


def _attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    groups = q.shape[1] // k.shape[1]
    k, v = k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1)
    return functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=mask is None)


def _positions(shape: Shape) -> tuple[Tensor, Tensor]:
    turns = torch.arange(0, shape.head_dim, 2).float() / shape.head_dim
    angles = torch.outer(torch.arange(shape.context).float(), 1.0 / shape.theta**turns)
    angles = torch.cat((angles, angles), -1)
    return angles.cos(), angles.sin()


def _blocks(model: LanguageModel) -> list[Block]:
    return [cast("Block", block) for block in model.blocks]


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    first, second = x.chunk(2, -1)
    return x * cos + torch.cat((-second, first), -1) * sin

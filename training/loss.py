"""Output projection and cross-entropy in one, in chunks of rows: exact, without the matrix of all logits.

The same code runs on any device. Logits may be made in bfloat16; maximum, sum, loss and the weight's
gradient are float32. Nothing here waits for the device.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor

IGNORED = -100
"""A target that is not learnt from."""

CHUNK_BYTES = 64 << 20
"""Logits held at a time on a processor, in bytes; on a card, `CARD_FACTOR` times as many."""
CARD_FACTOR = 16

Softmax = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
"""From logits (n, vocabulary), targets (n) and the number learnt: the loss, and its gradient in the logits' type."""


def cross_entropy(
    hidden: Tensor, weight: Tensor, targets: Tensor, learnt: Tensor | None = None, softmax: Softmax | None = None
) -> Tensor:
    """Loss in nats of `targets` (n) under the logits `hidden` (n, width) times `weight` (vocabulary, width).

    The sum over the targets is divided by `learnt`, by default the number of targets that are not
    `IGNORED`: the mean. A part of a step is given the whole step's count.
    """
    if learnt is None:
        learnt = count(targets)
    chunk, softmax = chunk_rows(hidden.device.type, weight.shape[0]), softmax or softmax_gradient
    loss = FusedCrossEntropy.apply(hidden, weight, targets, learnt, chunk, softmax)  # type: ignore[no-untyped-call]
    return cast("Tensor", loss)


def count(targets: Tensor) -> Tensor:
    """How many targets are learnt from, at least 1; a scalar on their device."""
    return (targets != IGNORED).sum().clamp_min(1)


def chunk_rows(device: str, vocabulary: int) -> int:
    """Rows worked through at a time."""
    room = CHUNK_BYTES * (1 if device == "cpu" else CARD_FACTOR)
    return max(64, room // (4 * vocabulary))


class FusedCrossEntropy(torch.autograd.Function):
    """The gradients are made in the forward pass, while a chunk's logits are still there."""

    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, weight: Tensor, targets: Tensor, learnt: Tensor, chunk: int, softmax: Softmax
    ) -> Tensor:
        loss = torch.zeros((), dtype=torch.float32, device=hidden.device)
        grad_hidden, grad_weight = torch.empty_like(hidden), torch.zeros_like(weight, dtype=torch.float32)
        with torch.autocast(hidden.device.type, enabled=False):
            matrix = weight.to(hidden.dtype)
            for start in range(0, hidden.shape[0], chunk):
                rows, wanted = hidden[start : start + chunk], targets[start : start + chunk]
                part, grad = softmax(rows @ matrix.T, wanted, learnt)
                loss += part
                torch.mm(grad, matrix, out=grad_hidden[start : start + chunk])
                if hidden.dtype == torch.float32:
                    grad_weight.addmm_(grad.T, rows)
                else:
                    grad_weight += grad.T @ rows
        ctx.save_for_backward(grad_hidden, grad_weight)
        return loss

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, None, None, None, None]:
        grad_hidden, grad_weight = ctx.saved_tensors
        return grad_hidden * grads[0], grad_weight * grads[0], None, None, None, None


def softmax_gradient(logits: Tensor, targets: Tensor, learnt: Tensor) -> tuple[Tensor, Tensor]:
    """`Softmax` step by step: the gradient takes the place of float32 logits in memory."""
    share = ((targets != IGNORED) / learnt)[:, None]
    index = targets.clamp_min(0)[:, None]
    values = logits.float()
    own = values.gather(1, index)
    top = values.amax(-1, keepdim=True)
    # One pass of the exponential serves both the sum and the gradient.
    total = values.sub_(top).exp_().sum(-1, keepdim=True)
    loss = ((total.log() + top - own) * share).sum()
    values.mul_(share / total)
    values.scatter_add_(1, index, -share)
    return loss, values.to(logits.dtype)


def fusible_softmax_gradient(logits: Tensor, targets: Tensor, learnt: Tensor) -> tuple[Tensor, Tensor]:
    """`Softmax` for a compiler: it reads the logits a few times and holds nothing of their size in float32."""
    share = ((targets != IGNORED) / learnt)[:, None]
    index = targets.clamp_min(0)[:, None]
    values = logits.float()
    top = values.amax(-1, keepdim=True)
    total = (values - top).exp().sum(-1, keepdim=True)
    loss = ((total.log() + top - values.gather(1, index)) * share).sum()
    hit = torch.arange(values.shape[1], device=values.device)[None] == index
    return loss, (((values - top).exp() / total - hit.float()) * share).to(logits.dtype)

"""Output projection and cross-entropy in one, in chunks of rows: exact, without the matrix of all logits.

The same code runs on any device. Logits may be made in bfloat16; maximum, sum, loss and the weight's
gradient are float32. Nothing here waits for the device.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor

IGNORED = -100
"""A target that is not learnt from."""

CHUNK_BYTES = 64 << 20
"""Logits held at a time on a processor, in bytes; on a card, `CARD_FACTOR` times as many."""
CARD_FACTOR = 16


def cross_entropy(hidden: Tensor, weight: Tensor, targets: Tensor, learnt: Tensor | None = None) -> Tensor:
    """Loss in nats of `targets` (n) under the logits `hidden` (n, width) times `weight` (vocabulary, width).

    The sum over the targets is divided by `learnt`, by default the number of targets that are not
    `IGNORED`: the mean. A part of a step is given the whole step's count.
    """
    if learnt is None:
        learnt = count(targets)
    chunk = chunk_rows(hidden.device.type, weight.shape[0])
    return cast("Tensor", FusedCrossEntropy.apply(hidden, weight, targets, learnt, chunk))  # type: ignore[no-untyped-call]


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
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, targets: Tensor, learnt: Tensor, chunk: int) -> Tensor:
        loss = torch.zeros((), dtype=torch.float32, device=hidden.device)
        grad_hidden, grad_weight = torch.empty_like(hidden), torch.zeros_like(weight, dtype=torch.float32)
        with torch.autocast(hidden.device.type, enabled=False):
            matrix = weight.to(hidden.dtype)
            for start in range(0, hidden.shape[0], chunk):
                rows, wanted = hidden[start : start + chunk], targets[start : start + chunk]
                part, logits = softmax_gradient((rows @ matrix.T).float(), wanted, learnt)
                loss += part
                grad = logits.to(hidden.dtype)
                torch.mm(grad, matrix, out=grad_hidden[start : start + chunk])
                if hidden.dtype == torch.float32:
                    grad_weight.addmm_(grad.T, rows)
                else:
                    grad_weight += grad.T @ rows
        ctx.save_for_backward(grad_hidden, grad_weight)
        return loss

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, None, None, None]:
        grad_hidden, grad_weight = ctx.saved_tensors
        return grad_hidden * grads[0], grad_weight * grads[0], None, None, None


def softmax_gradient(logits: Tensor, targets: Tensor, learnt: Tensor) -> tuple[Tensor, Tensor]:
    """The loss of float32 `logits` (n, vocabulary), and its gradient, which takes the logits' place in memory."""
    share = ((targets != IGNORED) / learnt)[:, None]
    index = targets.clamp_min(0)[:, None]
    own = logits.gather(1, index)
    top = logits.amax(-1, keepdim=True)
    # One pass of the exponential serves both the sum and the gradient.
    total = logits.sub_(top).exp_().sum(-1, keepdim=True)
    loss = ((total.log() + top - own) * share).sum()
    logits.mul_(share / total)
    logits.scatter_add_(1, index, -share)
    return loss, logits

"""Muon for the hidden matrices, AdamW for the rest.

Muon orthogonalises each matrix's momentum by a Newton-Schulz iteration. Matrices that hold several
projections are orthogonalised part by part; with several ranks the work is split among them.
"""

from __future__ import annotations

import torch
from torch import Tensor, distributed

from training.model import Block, LanguageModel

MOMENTUM = 0.95
DECAY = 0.01
ADAM_BETAS = (0.9, 0.95)
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
ITERATIONS = 5


class Muon:
    """The optimizer of a model's hidden matrices; `momentum` is its whole state, one tensor a matrix."""

    def __init__(self, model: LanguageModel, dtype: torch.dtype, rank: int = 0, ranks: int = 1) -> None:
        self.dtype, self.rank, self.ranks = dtype, rank, ranks
        self.matrices = [item for block in model.blocks if isinstance(block, Block) for item in _matrices(block)]
        self.momentum = [torch.zeros_like(weight) for weight, _ in self.matrices]

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """One update from the gradients at learning rate `rate`."""
        updates = []
        for index, (weight, parts) in enumerate(self.matrices):
            gradient, momentum = weight.grad, self.momentum[index]
            if gradient is None:
                raise RuntimeError("step before backward")
            momentum.lerp_(gradient, 1 - MOMENTUM)
            if index % self.ranks == self.rank:
                direction = gradient.lerp(momentum, MOMENTUM)
                pieces = [orthogonal(piece, self.dtype) for piece in torch.split(direction, parts)]
                updates.append(torch.cat([piece * max(1, piece.shape[0] / piece.shape[1]) ** 0.5 for piece in pieces]))
            else:
                updates.append(torch.zeros_like(weight))
        if self.ranks > 1:
            updates = _summed(updates)
        for (weight, _), update in zip(self.matrices, updates, strict=True):
            weight.mul_(1 - rate * DECAY).add_(update, alpha=-rate)

    @torch.no_grad()
    def load(self, momentum: list[Tensor]) -> None:
        """Continue from saved momentum. Raises `ValueError` if it is another model's."""
        if [saved.shape for saved in momentum] != [own.shape for own in self.momentum]:
            raise ValueError("the saved momentum belongs to another model")
        for own, saved in zip(self.momentum, momentum, strict=True):
            own.copy_(saved)


def adam(model: LanguageModel, muon: Muon, rate: float) -> torch.optim.AdamW:
    """AdamW for the embedding and the norms: all that Muon leaves."""
    taken = {id(weight) for weight, _ in muon.matrices}
    rest = [parameter for parameter in model.parameters() if id(parameter) not in taken]
    return torch.optim.AdamW(rest, rate, betas=ADAM_BETAS, weight_decay=0.0)


@torch.no_grad()
def orthogonal(matrix: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """The nearest semi-orthogonal matrix, roughly: singular values come out between about 0.7 and 1.2."""
    a, b, c = COEFFICIENTS
    x = matrix.to(dtype)
    tall = x.shape[0] > x.shape[1]
    if tall:
        x = x.T
    x = x / (x.norm() + 1e-7)
    for _ in range(ITERATIONS):
        square = x @ x.T
        x = a * x + (b * square + c * (square @ square)) @ x
    found: Tensor = x.T if tall else x
    return found.float()


def _matrices(block: Block) -> list[tuple[Tensor, list[int]]]:
    shape = block.shape
    return [
        (block.qkv.weight, [shape.hidden, shape.kv_width, shape.kv_width]),
        (block.output.weight, [shape.hidden]),
        (block.gate_up.weight, [shape.feed_forward, shape.feed_forward]),
        (block.down.weight, [shape.hidden]),
    ]


def _summed(tensors: list[Tensor]) -> list[Tensor]:
    flat = torch.cat([tensor.flatten() for tensor in tensors])
    distributed.all_reduce(flat)
    parts = torch.split(flat, [tensor.numel() for tensor in tensors])
    return [part.view_as(tensor) for part, tensor in zip(parts, tensors, strict=True)]

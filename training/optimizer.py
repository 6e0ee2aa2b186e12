"""Muon for the hidden matrices, AdamW for the rest.

Muon orthogonalises each matrix's momentum by a Newton-Schulz iteration. Matrices that hold several
projections are orthogonalised part by part; parts of equal shape, or of equal shape when turned, are
stacked and worked on together where that is faster. With several ranks the work is split among them.
Nothing here waits for the device.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, distributed

from training.model import Block, LanguageModel

MOMENTUM = 0.95
DECAY = 0.01
ADAM_BETAS = (0.9, 0.95)
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
ITERATIONS = 5


class Muon:
    """The optimizer of a model's hidden matrices; `momentum` is its whole state, one tensor a matrix.

    `dtype` is that of the iteration. The model stays on the device where it is now.
    """

    def __init__(self, model: LanguageModel, dtype: torch.dtype, rank: int = 0, ranks: int = 1) -> None:
        self.dtype, self.rank, self.ranks = dtype, rank, ranks
        self.matrices = [item for block in model.blocks if isinstance(block, Block) for item in _matrices(block)]
        self.momentum = [torch.zeros_like(weight) for weight, _ in self.matrices]

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """One update from the gradients at learning rate `rate`."""
        weights = [weight for weight, _ in self.matrices]
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        if len(gradients) < len(weights):
            raise RuntimeError("step before backward")
        torch._foreach_lerp_(self.momentum, gradients, 1 - MOMENTUM)
        own = range(self.rank, len(weights), self.ranks)
        directions = torch._foreach_lerp([gradients[index] for index in own], [self.momentum[index] for index in own],
                                         MOMENTUM)  # fmt: skip
        updates = dict(zip(own, self._orthogonal(own, directions), strict=True))
        moves = [
            updates[index] if index in updates else torch.zeros_like(weights[index]) for index in range(len(weights))
        ]
        if self.ranks > 1:
            moves = _summed(moves)
        torch._foreach_mul_(weights, 1 - rate * DECAY)
        torch._foreach_add_(weights, moves, alpha=-rate)

    @torch.no_grad()
    def load(self, momentum: list[Tensor]) -> None:
        """Continue from saved momentum. Raises `ValueError` if it is another model's."""
        if [saved.shape for saved in momentum] != [own.shape for own in self.momentum]:
            raise ValueError("the saved momentum belongs to another model")
        for own, saved in zip(self.momentum, momentum, strict=True):
            own.copy_(saved)

    def _orthogonal(self, own: range, directions: list[Tensor] | tuple[Tensor, ...]) -> list[Tensor]:
        pieces = [list(torch.split(direction, self.matrices[index][1]))
                  for index, direction in zip(own, directions, strict=True)]  # fmt: skip
        flat = [piece for matrix in pieces for piece in matrix]
        # A processor's cache holds one matrix, not a stack of them; a card wants few large kernels.
        stacked = bool(flat) and flat[0].device.type != "cpu"
        found = iter(orthogonal_all(flat, self.dtype) if stacked else [orthogonal(piece, self.dtype) for piece in flat])
        return [
            torch.cat([next(found) * max(1, piece.shape[0] / piece.shape[1]) ** 0.5 for piece in matrix])
            for matrix in pieces
        ]


def adam(model: LanguageModel, muon: Muon, rate: float) -> torch.optim.AdamW:
    """AdamW for the embedding and the norms: all that Muon leaves."""
    taken = {id(weight) for weight, _ in muon.matrices}
    rest = [parameter for parameter in model.parameters() if id(parameter) not in taken]
    fused = {"fused": True} if rest[0].device.type == "cuda" else {}
    return torch.optim.AdamW(rest, rate, betas=ADAM_BETAS, weight_decay=0.0, **fused)


def load_adam(optimizer: torch.optim.AdamW, saved: dict[str, Any]) -> None:
    """Continue from a saved state, made on whatever device: how it is computed stays this optimizer's own."""
    own = optimizer.param_groups[0]
    kept = {name: own[name] for name in ("fused", "foreach") if name in own}
    optimizer.load_state_dict({**saved, "param_groups": [group | kept for group in saved["param_groups"]]})


def orthogonal(matrix: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """The nearest semi-orthogonal matrix, roughly: singular values come out between about 0.7 and 1.2."""
    return _iterate(matrix[None], dtype)[0]


def orthogonal_all(matrices: list[Tensor], dtype: torch.dtype = torch.float32) -> list[Tensor]:
    """`orthogonal` of each, with all of one shape in one batch."""
    groups: dict[tuple[int, int], list[int]] = {}
    for index, matrix in enumerate(matrices):
        rows, columns = matrix.shape
        groups.setdefault((min(rows, columns), max(rows, columns)), []).append(index)
    found: dict[int, Tensor] = {}
    for (rows, _), members in groups.items():
        wide = [matrices[index] if matrices[index].shape[0] == rows else matrices[index].T for index in members]
        found |= zip(members, _iterate(torch.stack(wide), dtype), strict=True)
    return [found[i] if found[i].shape == matrix.shape else found[i].T for i, matrix in enumerate(matrices)]


@torch.no_grad()
def _iterate(matrices: Tensor, dtype: torch.dtype) -> Tensor:
    a, b, c = COEFFICIENTS
    x = matrices.to(dtype)
    tall = x.shape[-2] > x.shape[-1]
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(ITERATIONS):
        square = torch.bmm(x, x.mT)
        x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=b, alpha=c), x, beta=a)
    return (x.mT if tall else x).float()


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

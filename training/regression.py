"""Logistic regression that is drawn to what is expected of its weights. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_SHORTEST_STEP = 1e-6


def logistic(features: Array, hits: Array, expected: Array, ridge: float, rounds: int = 60) -> Array:
    """The most probable weights when each is normal about `expected` with the precision `ridge`, by Newton's method.

    `features` is (rows, columns), `hits` (rows,) of 0 and 1, `expected` (columns,).
    """

    def loss(tried: Array) -> float:
        margin = features @ tried
        return float(np.sum(np.logaddexp(0.0, margin) - hits * margin) + ridge / 2 * np.sum((tried - expected) ** 2))

    weights = expected.astype(np.float64)
    for _ in range(rounds):
        chance = 1 / (1 + np.exp(-np.clip(features @ weights, -30, 30)))
        slope = features.T @ (hits - chance) - ridge * (weights - expected)
        curve = (features * (chance * (1 - chance))[:, None]).T @ features + ridge * np.eye(len(weights))
        step, size = np.linalg.solve(curve, slope), 1.0
        # Far from the goal a whole step may lead away from it.
        while size > _SHORTEST_STEP and loss(weights + size * step) > loss(weights):
            size /= 2
        weights = weights + size * step
        if np.abs(step).max() < 1e-8:
            break
    return weights

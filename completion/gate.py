"""How sure are we, and of which answer more? Probabilities that a text is exactly what will be written.

Knows numbers only: what the engine says of its tokens, and how well a copied place matches.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from completion.copy import Guess

UNKNOWN = 0.5
"""Of an engine that does not say how probable its tokens are."""

COPY = (-1.9, -0.14, 1.151, -0.651)
"""Logistic regression on 1, ln(matched), agreement * ln(matched), ln(length of the text); `python -m
training.calibrate` fits it on training files (docs/measurements.md has the date)."""

MODEL = (-0.444, 0.806)
"""Logistic regression on 1 and the log-odds of the product of the token probabilities; from the same command."""

FLOOR = 1e-6


def of_copy(guess: Guess) -> float:
    """How probable it is that a copied rest of a line is right, 0..1."""
    length = math.log(guess.matched)
    features = (1.0, length, guess.agreement * length, math.log(len(guess.text)))
    return _sigmoid(sum(weight * feature for weight, feature in zip(COPY, features, strict=True)))


def of_model(logprobs: Sequence[float]) -> float:
    """How probable it is that a generated line is right, 0..1, from its tokens' natural-log probabilities."""
    if not logprobs:
        return UNKNOWN
    return _sigmoid(MODEL[0] + MODEL[1] * log_odds(sum(logprobs)))


def log_odds(logprob: float) -> float:
    """Log-odds of a natural-log probability, finite."""
    probability = min(1 - FLOOR, max(FLOOR, math.exp(logprob)))
    return math.log(probability / (1 - probability))


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))

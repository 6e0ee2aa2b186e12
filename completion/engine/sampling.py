"""Logits to the next token: greedy or drawn, under a required beginning. Pure numpy; knows no engine library."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from completion.engine.vocabulary import Vocabulary
from completion.errors import EngineRejected
from completion.types import Sampling

Logits = NDArray[np.float32]
"""Unnormalized log probabilities of all tokens, by id."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A chosen token and its natural-log probability, whatever the temperature."""

    id: int
    logprob: float


class Picker:
    """Picks the tokens of one answer, which must begin with `start`.

    While the start is being spelled, log probabilities are those among the tokens that it allows: what
    the model thinks of the other ones says nothing about the answer.
    """

    def __init__(self, vocabulary: Vocabulary, sampling: Sampling, start: str) -> None:
        self._vocabulary = vocabulary
        self._sampling = sampling
        self._unspelled = start.encode()
        self._random = np.random.default_rng(sampling.seed)

    def pick(self, logits: Logits) -> Pick:
        """The next token. Raises `EngineRejected` where no token can go on spelling the start."""
        if not self._unspelled:
            place, logprob = self._choose(logits)
            return Pick(place, logprob)
        allowed = self._vocabulary.spelling(self._unspelled)
        if not allowed.size:
            raise EngineRejected("this model's vocabulary cannot spell the required start.")
        place, logprob = self._choose(logits[allowed])
        number = int(allowed[place])
        self._unspelled = self._unspelled[len(self._vocabulary.pieces[number]) :]
        return Pick(number, logprob)

    def _choose(self, logits: Logits) -> tuple[int, float]:
        """A place in `logits`, and its log probability."""
        logprobs = log_softmax(logits)
        temperature = self._sampling.temperature
        place = int(np.argmax(logprobs)) if temperature <= 0 else self._draw(logprobs, temperature)
        return place, min(0.0, float(logprobs[place]))

    def _draw(self, logprobs: NDArray[np.float64], temperature: float) -> int:
        """Nucleus sampling (Holtzman et al. 2019, arXiv 1904.09751), then the temperature: llama.cpp's order."""
        order = np.argsort(-logprobs, kind="stable")
        before = np.cumsum(np.exp(logprobs[order])) - np.exp(logprobs[order])
        # The most probable one always stays.
        kept = order[: max(1, int(np.searchsorted(before, self._sampling.top_p)))]
        weights = np.exp(log_softmax(logprobs[kept] / temperature))
        return int(kept[self._random.choice(kept.size, p=weights / weights.sum())])


def log_softmax(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Natural-log probabilities over the last axis, in float64."""
    wide = logits.astype(np.float64)
    shifted = wide - wide.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)), np.float64)

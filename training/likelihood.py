"""Bits per byte: how surprised a model is by files that it never saw. Left to right, no holes."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import torch

from training.layouts import header, to_ids
from training.model import LanguageModel, load_weights
from training.shape import Shape, Weights
from training.shards import Source
from training.vocabulary import Vocabulary

HEADER_TOKENS = 12
SHORTEST_WINDOW = 64
SEED = 7


def model_of(weights: Weights, shape: Shape) -> LanguageModel:
    """A model with these weights. Raises `ValueError` if they do not fit."""
    model = LanguageModel(shape)
    load_weights(model, weights)
    return model.eval()


@torch.no_grad()
def bits_per_byte(
    model: LanguageModel, vocabulary: Vocabulary, sources: Sequence[Source], limit: int = 40_000
) -> dict[str, float]:
    """Each window with its file's name in front, over about `limit` tokens; {} where the files are too short."""
    nats, size, tokens = 0.0, 0, 0
    for source in random.Random(SEED).sample(list(sources), len(sources)):
        head = to_ids(header(source.path.rsplit("/", 1)[-1]), vocabulary)[:HEADER_TOKENS]
        room = model.shape.context - len(head)
        ids = vocabulary.encode(source.text[: 8 * room])[: 2 * room]
        for start in range(0, len(ids), room):
            window = ids[start : start + room]
            if len(window) < SHORTEST_WINDOW:
                continue
            row = torch.tensor(head + window)
            logits = model.hidden(row[None, :-1])[0, len(head) - 1 :] @ model.embedding.weight.T
            nats += float(torch.nn.functional.cross_entropy(logits, row[len(head) :], reduction="sum"))
            size += len(vocabulary.decode(window))
            tokens += len(window)
        if tokens >= limit:
            break
    if not tokens:
        return {}
    return {
        "bits_per_byte": round(nats / size / math.log(2), 4),
        "nats_per_token": round(nats / tokens, 4),
        "bytes_per_token": round(size / tokens, 3),
        "tokens": tokens,
    }

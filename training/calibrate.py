"""How sure may model and copy predictor be? Fits the gate's two logistic regressions.

    python -m training.calibrate --gguf FILE --from CORPUS [--count 600]

Holes come from training files (a model that has seen a few per cent of them is hardly surer of them), never from
the held-out packages, on which the gate is measured. Prints the constants of `completion/gate.py` and how
well they say what happens; the last line is one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from completion import gate
from completion.errors import CopilotError
from training import holes, product, scores
from training.scores import Row
from training.shards import Source, read, training_shards

LANGUAGES = ("python", "typescript", "javascript", "shell", "yaml", "sql")
FILES = 1500
SEED = 23
RIDGE = 1e-3

Array = NDArray[np.float64]


def logistic(features: Array, hits: Array, rounds: int = 30) -> Array:
    """Weights of a logistic regression by Newton's method, with a slight ridge.

    `features` is (rows, columns), `hits` (rows,) of 0 and 1.
    """
    weights = np.zeros(features.shape[1])
    for _ in range(rounds):
        chance = 1 / (1 + np.exp(-features @ weights))
        slope = features.T @ (hits - chance) - RIDGE * weights
        curve = (features * (chance * (1 - chance))[:, None]).T @ features + RIDGE * np.eye(len(weights))
        step = np.linalg.solve(curve, slope)
        weights += step
        if np.abs(step).max() < 1e-8:
            break
    return weights


def sample(corpus: Path, languages: Sequence[str]) -> dict[str, list[Source]]:
    """Up to `FILES` training files of each language, an even sample of the shards (no generated pairs)."""
    rng = random.Random(SEED)
    seen: dict[str, int] = defaultdict(int)
    kept: dict[str, list[Source]] = defaultdict(list)
    for shard in training_shards(corpus):
        for source in read(shard):
            if source.language not in languages or source.answer is not None:
                continue
            seen[source.language] += 1
            if len(kept[source.language]) < FILES:
                kept[source.language].append(source)
            elif (place := rng.randrange(seen[source.language])) < FILES:
                kept[source.language][place] = source
    return dict(kept)


def copy_row(row: Row) -> tuple[list[float], bool] | None:
    """Features and outcome of the copy predictor's answer; None where it had none."""
    answer = row.answer
    if not answer.unchecked_copy:
        return None
    length = math.log(answer.matched)
    features = [1.0, length, answer.agreement * length, math.log(len(answer.unchecked_copy))]
    return features, scores.exact(answer.unchecked_copy, row.hole)


def model_row(row: Row) -> tuple[list[float], bool] | None:
    """Features and outcome of the model's answer; None where it had none."""
    if not row.answer.raw.strip():
        return None
    return [1.0, gate.log_odds(row.answer.logprob)], scores.exact(row.answer.raw, row.hole)


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights, and for tenths of the predictions: how many, what was said and what came."""

    n: int
    weights: tuple[float, ...]
    tenths: tuple[tuple[int, float, float], ...]


def fitted(pairs: Sequence[tuple[list[float], bool]]) -> Fit:
    """The regression of outcomes on features."""
    features = np.array([features for features, _ in pairs])
    hits = np.array([hit for _, hit in pairs], float)
    weights = logistic(features, hits)
    said = 1 / (1 + np.exp(-features @ weights))
    order = np.argsort(said)
    tenths = tuple(
        (len(part), round(float(said[part].mean()), 3), round(float(hits[part].mean()), 3))
        for part in np.array_split(order, 10)
        if len(part)
    )
    return Fit(len(pairs), tuple(round(float(weight), 3) for weight in weights), tenths)


async def _rows(given: argparse.Namespace) -> list[Row]:
    model, rows = product.spec_of(given.gguf), []
    async with product.backend_of(given.gguf, model, given.threads) as backend:
        for language, sources in sample(given.corpus, given.languages).items():
            asked = holes.lines(sources, given.count, random.Random(SEED))
            rows += [Row(hole, await product.ask(hole, backend, model)) for hole in asked]
            print(f"{language}: {len(rows)} holes so far", file=sys.stderr, flush=True)
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; see `--help`."""
    parser = argparse.ArgumentParser(prog="training.calibrate", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--gguf", type=Path, required=True)
    parser.add_argument("--from", dest="corpus", type=Path, required=True)
    parser.add_argument("--languages", nargs="+", default=LANGUAGES)
    parser.add_argument("--count", type=int, default=600, help="holes for each language")
    parser.add_argument("--threads", type=int, default=1, help="engine threads")
    given = parser.parse_args(arguments)
    try:
        rows = asyncio.run(_rows(given))
    except (ValueError, OSError, CopilotError) as error:
        print(f"training.calibrate: {error}", file=sys.stderr)
        return 2
    report = {
        "COPY": fitted([pair for row in rows if (pair := copy_row(row))]),
        "MODEL": fitted([pair for row in rows if (pair := model_row(row))]),
    }
    for name, fit in report.items():
        print(f"{name} = ({', '.join(map(str, fit.weights))})   n = {fit.n}")
        for count, said, came in fit.tenths:
            print(f"    said {said:.3f}, came {came:.3f}   n = {count}")
    print(json.dumps({name: asdict(fit) for name, fit in report.items()}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

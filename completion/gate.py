"""How sure are we, and of which answer more? Probabilities that a text's first line is exactly what will be written.

Two looks at an answer: a first one that only ranks what may be shown (`of_model`, `of_copy`), and after the checks
a second one that also knows where the text stands and what the checks did to it (`describe`, `confidence`); that one
decides whether an answer nobody asked for is shown (`shows`). Both are logistic regressions, fitted by `python -m
training.calibrate`; the weights of the second stand in `gate.toml`. Knows no engine and no document.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from completion.copy import Guess
from completion.postprocess.draft import Draft
from completion.types import Mode, Trigger

Source = Literal["engine", "copy"]

UNKNOWN = 0.5
"""Of an engine that does not say how probable its tokens are."""

COPY = (-1.9, -0.14, 1.151, -0.651)
"""Logistic regression on 1, ln(matched), agreement * ln(matched), ln(length of the text); `python -m
training.calibrate` fits it on training files (docs/measurements.md has the date)."""

MODEL = (-0.444, 0.806)
"""Logistic regression on 1 and the log-odds of the product of the token probabilities; from the same command."""

FILE = Path(__file__).with_name("gate.toml")

FLOOR = 1e-6
NEARBY_LINES = 20
"""Lines on each side of the cursor in which the answer's first line may stand already."""

HOPELESS_SHARE = 0.7
"""Of the threshold; a bound of what a line can become, with something to spare."""

_LONGEST_LINE = 60
_LEAST = -6.0
_MOST_UNKNOWN = 3
_SCRIPTS = frozenset({"shellscript", "sql", "dockerfile", "makefile"})
_DATA = frozenset({"json", "yaml", "toml", "html", "css", "markdown", "plaintext", ""})


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of an answer before it is shown.

    `logprob`, `mean` and `least` are of the natural-log probabilities of the generated first line's tokens: their
    sum, mean and minimum. `agrees` is whether model and copy predictor say the same line (None: one of them said
    nothing); `matched` and `agreement` as in `copy.Guess` (0: no guess). `length` and `column` are characters: of the
    first line, and of what stands before it on its line. `kept` is the share (0..1) of the first line that the checks
    have left, `nearby` whether the line as it would be stands near the cursor already.
    """

    source: Source
    block: bool
    family: Literal["code", "script", "data"]
    length: int
    column: int
    kept: float
    nearby: bool
    logprob: float
    mean: float
    least: float
    agrees: bool | None
    matched: int
    agreement: float
    unknown_names: int = 0
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Weights:
    """What `gate.toml` says: a weight for each name that `terms` gives, by source, and the threshold."""

    engine: Mapping[str, float]
    copy: Mapping[str, float]
    threshold: float


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


def describe(
    draft: Draft,
    source: Source,
    raw: str,
    *,
    generated: str,
    logprobs: Sequence[float],
    guess: Guess | None,
    unknown_names: int = 0,
) -> Features:
    """The features of an answer: `draft.text` is what would be shown, `raw` what it was before the checks.

    `generated` is what the model said, "" for nothing, and `logprobs` those of its first line; `guess` is the copy
    predictor's answer at this place.
    """
    first, before = _first_line(draft.text), draft.line_before
    raw_first, said = _first_line(raw), _first_line(generated)
    whole = "".join((before + first).split())
    around = (*draft.lines_above(NEARBY_LINES), *draft.lines_below(NEARBY_LINES))
    # Of an engine that gives no probabilities nothing follows: as though it was as sure as not.
    known = logprobs or (math.log(UNKNOWN),)
    return Features(
        source=source,
        block=draft.mode is Mode.BLOCK,
        family="script" if draft.language in _SCRIPTS else "data" if draft.language in _DATA else "code",
        length=len(first),
        column=len(before.strip()),
        kept=min(1.0, len(first) / max(1, len(raw_first))) if raw_first.startswith(first) else 0.5,
        nearby=any("".join(line.split()) == whole for line in around),
        logprob=sum(known),
        mean=sum(known) / len(known),
        least=min(known),
        agrees=None if guess is None or not said.strip() else said == guess.text.rstrip(),
        matched=guess.matched if guess is not None else 0,
        agreement=guess.agreement if guess is not None else 0.0,
        unknown_names=unknown_names,
        rest=bool(draft.rest_of_line.strip()),
    )


def confidence(features: Features) -> float:
    """How probable it is that the answer's first line is exactly what will be written, 0..1."""
    found = weights()
    own = found.engine if features.source == "engine" else found.copy
    return _sigmoid(sum(own.get(name, 0.0) * value for name, value in terms(features).items()))


def shows(confidence: float, trigger: Trigger) -> bool:
    """Whether an answer of this confidence is shown: always to those who have asked for it."""
    return trigger is Trigger.INVOKED or confidence >= weights().threshold


def is_hopeless(logprobs: Sequence[float]) -> bool:
    """Whether a line that began with tokens of these log probabilities cannot become sure enough to be shown unasked.

    Further tokens only make a line less probable; whatever else may speak for it is counted as if it did.
    """
    if not logprobs:
        return False
    found = weights()
    own = found.engine
    known = own["bias"] + own["odds"] * log_odds(sum(logprobs)) + own["least"] * max(_LEAST, min(logprobs))
    best = sum(max(0.0, own.get(name, 0.0)) for name in ("block", "script", "data", "nearby", "same", "line_start"))
    best += max(0.0, own["length"]) * math.log1p(_LONGEST_LINE)
    return _sigmoid(known + best) < HOPELESS_SHARE * found.threshold


def terms(features: Features) -> dict[str, float]:
    """The numbers that the regression of the features' source weighs, by name."""
    common = {
        "bias": 1.0,
        "length": math.log1p(features.length),
        "line_start": float(features.column == 0),
        "block": float(features.block),
        "script": float(features.family == "script"),
        "data": float(features.family == "data"),
        "nearby": float(features.nearby),
        "rest": float(features.rest),
        "cut": 0.0 if features.rest else 1.0 - features.kept,
        # What is cut there mostly repeats what follows.
        "cut_before_rest": 1.0 - features.kept if features.rest else 0.0,
        "unknown": float(min(_MOST_UNKNOWN, features.unknown_names)),
        "same": float(features.agrees is True),
    }
    # Of a text whose end repeats what follows only the part that is left counts, as though its tokens were alike.
    own_share = features.kept if features.rest and features.source == "engine" else 1.0
    odds, strength = log_odds(features.logprob * own_share), math.log(features.matched) if features.matched else 0.0
    if features.source == "engine":
        contradicted = features.agreement * strength if features.agrees is False else 0.0
        model = {"odds": odds, "mean": max(_LEAST, features.mean), "least": max(_LEAST, features.least)}
        return common | model | {"contradicted": contradicted}
    # Where the model says another line, this one is at most as probable as what that one leaves.
    return common | {
        "matched": strength,
        "agreed": features.agreement * strength,
        "same_odds": odds if features.agrees is True else 0.0,
        "contradicted": max(0.0, odds) if features.agrees is False else 0.0,
        "other": float(features.agrees is False),
    }


@cache
def weights() -> Weights:
    """The weights of `gate.toml`."""
    tables = tomllib.loads(FILE.read_text("utf-8"))
    return Weights(tables["engine"], tables["copy"], float(tables["threshold"]))


def log_odds(logprob: float) -> float:
    """Log-odds of a natural-log probability, finite."""
    probability = min(1 - FLOOR, max(FLOOR, math.exp(logprob)))
    return math.log(probability / (1 - probability))


def _first_line(text: str) -> str:
    return text.split("\n", 1)[0].rstrip()


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))

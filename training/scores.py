"""What answers are worth: exact match, edit similarity, whether they parse and end in the right place. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from rapidfuzz.distance import Levenshtein

from training.holes import Hole
from training.product import Answer

BY = ("model", "copy", "mixed")
"""Who answers: the model alone, the copy predictor alone, the surer of the two; each as it would be shown."""


@dataclass(frozen=True, slots=True)
class Row:
    """One hole and its answer."""

    hole: Hole
    answer: Answer

    def as_dict(self) -> dict[str, Any]:
        """For a file of rows; the surroundings are left out."""
        hole = self.hole
        kept = {"path": hole.path, "language": hole.language, "kind": hole.kind, "wanted": hole.answer}
        return {**kept, **asdict(self.answer)}


def exact(text: str, hole: Hole) -> bool:
    """Whether a text is what stood there, blanks at the end aside; of a line's hole only the first line counts."""
    return _shown(text, hole) == hole.answer.rstrip()


def similarity(text: str, hole: Hole) -> float:
    """Edit similarity 0..1: one less the Levenshtein distance as a share of the longer text."""
    return float(Levenshtein.normalized_similarity(_shown(text, hole), hole.answer.rstrip()))


def ends(row: Row) -> bool:
    """Of a line: whether the model ended it by itself; of a block, as it is shown: after as many lines as it has."""
    text, wanted = row.answer.model if row.hole.kind == "block" else row.answer.raw, row.hole.answer
    return row.answer.ended and bool(text.strip()) and text.rstrip().count("\n") == wanted.rstrip().count("\n")


def summary(rows: Sequence[Row]) -> dict[str, Any]:
    """All figures of some rows, in percent; `better` counts holes that only mixed, or only copy, got right."""
    if not rows:
        return {"n": 0}
    found: dict[str, Any] = {"n": len(rows)}
    for name in BY:
        texts = [(getattr(row.answer, name), row.hole) for row in rows]
        found[name] = {
            "exact": percent([exact(text, hole) for text, hole in texts]),
            "similarity": mean([100 * similarity(text, hole) for text, hole in texts]),
            "answered": percent([bool(text.strip()) for text, _ in texts]),
        }
    found["raw"] = {
        "exact": percent([exact(row.answer.raw, row.hole) for row in rows]),
        "ends": percent([ends(row) for row in rows]),
        "parses": percent(
            [bool(row.answer.parses) for row in rows if row.answer.parses is not None and row.answer.raw]
        ),
    }
    found["unchecked_copy"] = {"exact": percent([exact(row.answer.unchecked_copy, row.hole) for row in rows])}
    copied = [exact(row.answer.unchecked_copy, row.hole) for row in rows]
    mixed = [exact(row.answer.mixed, row.hole) for row in rows]
    found["better"] = {
        "mixed": sum(now and not before for now, before in zip(mixed, copied, strict=True)),
        "copy": sum(before and not now for now, before in zip(mixed, copied, strict=True)),
    }
    return found


def percent(hits: Sequence[bool]) -> float | None:
    """Share of hits; None of nothing."""
    return round(100 * sum(hits) / len(hits), 1) if hits else None


def mean(values: Sequence[float]) -> float:
    """Arithmetic mean."""
    return round(sum(values) / len(values), 1)


def margin(rate: float, count: int) -> float:
    """Half of the 95 % interval of a share in percent (normal approximation, at least that of one hit)."""
    share = max(rate / 100, 1 / max(1, count))
    return 196.0 * math.sqrt(share * (1.0 - share) / max(1, count))


def sign_test(better: Mapping[str, int]) -> float:
    """Two-sided probability that wins and losses so unequal come from a fair coin (sign test)."""
    wins, losses = better["mixed"], better["copy"]
    count = wins + losses
    if count == 0:
        return 1.0
    tail = sum(math.comb(count, k) for k in range(min(wins, losses) + 1))
    # Integers as long as it takes: powers of one half leave the floats at a thousand.
    return min(1.0, float(Fraction(2 * tail, 2**count)))


def _shown(text: str, hole: Hole) -> str:
    return text.rstrip() if hole.kind == "block" else text.split("\n", 1)[0].rstrip()

"""What answers are worth, in numbers that say how sure they are. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

_95_PERCENT = 1.959964


def exact(text: str, wanted: str) -> bool:
    """Whether the first line of a text is what stood there, blanks at the end aside."""
    return text.split("\n", 1)[0].rstrip() == wanted.rstrip()


def interval(hits: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a share, 0..1 (Wilson 1927, which holds for few hits too); (0, 1) of nothing."""
    if count == 0:
        return 0.0, 1.0
    square = _95_PERCENT**2
    share = hits / count
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = _95_PERCENT * math.sqrt(share * (1 - share) / count + square / (4 * count * count)) / (1 + square / count)
    return max(0.0, middle - half), min(1.0, middle + half)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share (0..1) of all does not exceed; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


def luck(one: Sequence[bool], other: Sequence[bool]) -> float:
    """Two-sided probability that two who are equally good differ so much on the same questions (sign test)."""
    wins = sum(mine and not theirs for mine, theirs in zip(one, other, strict=True))
    losses = sum(theirs and not mine for mine, theirs in zip(one, other, strict=True))
    count = wins + losses
    # Whole numbers as long as it takes: small powers leave the floats at a thousand.
    tail = sum(math.comb(count, fewer) for fewer in range(min(wins, losses) + 1))
    return 1.0 if count == 0 else min(1.0, 2 * tail / 2**count)

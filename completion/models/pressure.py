"""Signs that the chosen model is too big for this moment: answers that come too late, memory that runs out.

Pure bookkeeping: numbers go in, a sentence comes out when it is time for the next smaller model. Knows no
engine and starts nothing.
"""

from __future__ import annotations

import math
from collections import deque

WINDOW = 20
"""Answers that are looked at together: the 95th percentile of fewer is their maximum."""

TOLERANCE = 1.25
"""The budget may be missed by a quarter before anything is changed: machines have busy minutes."""

SHORT_SHARE = 0.03
SHORT_BYTES = 256 * 2**20
"""Memory is short when less than 3 % and less than this is free: the system is about to swap or to kill."""


class LatencyWatch:
    """The newest first-line times of one model against a budget (all in milliseconds)."""

    def __init__(self, budget_ms: float) -> None:
        self._budget = budget_ms
        self._times: deque[float] = deque(maxlen=WINDOW)

    def add(self, first_line_ms: float) -> str:
        """Note one answer; a sentence when the budget has been missed for a whole window, else ""."""
        self._times.append(first_line_ms)
        if len(self._times) < WINDOW:
            return ""
        late = percentile(self._times, 0.95)
        # One slow answer in twenty is within the promise; the median tells a slow model from a slow minute.
        middle = percentile(self._times, 0.5)
        if late <= self._budget * TOLERANCE or middle <= self._budget:
            return ""
        self._times.clear()
        return f"the first line came after {middle:.0f} ms (median of {WINDOW}); the budget is {self._budget:.0f} ms."


def percentile(values: deque[float], share: float) -> float:
    """The smallest value that `share` of all do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def memory_is_short(free: int, total: int) -> str:
    """A sentence when so little memory (bytes) is left that something must go, else ""."""
    if free >= SHORT_BYTES or free >= SHORT_SHARE * total:
        return ""
    return f"only {free / 2**20:.0f} MiB of memory are free."

"""When to ask: the person's own gaps between keys, and how long an answer takes here. Numbers only.

An answer that comes before the next key is worth asking for at every key; one that does not would only be
thrown away, so it is asked for once the fingers rest.
"""

from __future__ import annotations

import statistics
from collections import deque

_GAPS = 20
_LONGEST_GAP = 2.0
_USUAL_GAP = 0.2
_USUAL_ANSWER = 0.15
_SHARE_IN_TIME = 0.8
_WAITED_SHARE = 0.5
_NEWEST_WEIGHT = 0.3


class Rhythm:
    """What is known of one person at one machine; all times in seconds of any one clock."""

    def __init__(self) -> None:
        self._gaps: deque[float] = deque(maxlen=_GAPS)
        self._last_key: float | None = None
        self._answer = _USUAL_ANSWER

    def key(self, now: float) -> None:
        """A key was pressed. A long gap is thinking, not typing, and does not count."""
        if self._last_key is not None and 0 < (gap := now - self._last_key) < _LONGEST_GAP:
            self._gaps.append(gap)
        self._last_key = now

    def answered(self, seconds: float) -> None:
        """A first line took so long from the question on."""
        self._answer += _NEWEST_WEIGHT * (seconds - self._answer)

    def wait(self, longest: float) -> float:
        """How long to wait after a key before asking, at most `longest`."""
        gap = statistics.median(self._gaps) if self._gaps else _USUAL_GAP
        return 0.0 if self._answer < _SHARE_IN_TIME * gap else min(longest, _WAITED_SHARE * gap)

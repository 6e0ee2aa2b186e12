"""How often a host has died, and when that is too often. Pure bookkeeping; knows no process."""

from __future__ import annotations

from collections import deque

from completion.types import EngineState, EngineStatus

BACKOFF_SECONDS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
DEATHS_BEFORE_DEGRADED = 5
DEATHS_WITHIN_SECONDS = 180.0
STILLBORN_BEFORE_FAILED = 2
"""A host that dies while it loads will do so again: as a rule the system has killed it for its memory."""


class Deaths:
    """The newest deaths of one host's successors (times in seconds of any one clock)."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=DEATHS_BEFORE_DEGRADED)
        self._stillborn = 0

    def note(self, now: float, *, was_ready: bool) -> None:
        """One more."""
        self._times.append(now)
        self._stillborn = 0 if was_ready else self._stillborn + 1

    def clear(self) -> None:
        """Begin again."""
        self._times.clear()
        self._stillborn = 0

    def verdict(self, now: float, model: str) -> EngineStatus | None:
        """The status in which it is not started again unless somebody asks; None while trying on makes sense."""
        if self._stillborn >= STILLBORN_BEFORE_FAILED:
            reason = f"the engine dies while it loads {model}: memory may be too small for it."
            advice = "Choose a smaller model: lsp-copilot models choose --explain"
            return EngineStatus(EngineState.FAILED, model, reason=reason, advice=advice, out_of_memory=True)
        if len(self._times) == DEATHS_BEFORE_DEGRADED and now - self._times[0] < DEATHS_WITHIN_SECONDS:
            reason = f"the engine has died {DEATHS_BEFORE_DEGRADED} times in three minutes."
            advice = "Its log says why; run: lsp-copilot doctor"
            return EngineStatus(EngineState.DEGRADED, model, reason=reason, advice=advice)
        return None

    @property
    def backoff_seconds(self) -> float:
        """How long to wait before the next start."""
        return BACKOFF_SECONDS[min(len(self._times), len(BACKOFF_SECONDS)) - 1]

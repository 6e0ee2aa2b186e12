"""How long a run lasts and how its learning rate goes: warm up, stay, fall linearly. Pure.

Time is wall-clock seconds or steps, so a run ends when it was told to, on any machine.
"""

from __future__ import annotations

from dataclasses import dataclass

FLOOR = 0.02
"""The learning rate ends at this share of its peak."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """`start` is the peak's share to begin from, `decay` the last part of the run (0..1] in which it falls."""

    start: float = 1.0
    decay: float = 0.3
    warmup: int = 30


def scale(schedule: Schedule, progress: float, steps_done: int) -> float:
    """The learning rate's share of its peak, `progress` (0..1) into the run and after `steps_done` steps of it."""
    warm = min(1.0, (steps_done + 1) / schedule.warmup) if schedule.warmup else 1.0
    falling = min(1.0, (1.0 - progress) / schedule.decay)
    return warm * max(FLOOR, schedule.start * falling)


@dataclass(frozen=True, slots=True)
class Clock:
    """A run between two points of time, in seconds of one clock."""

    origin: float
    deadline: float

    def progress(self, now: float) -> float:
        """How much of the run is over, 0..1."""
        if self.deadline <= self.origin:
            return 1.0
        return min(1.0, max(0.0, (now - self.origin) / (self.deadline - self.origin)))

    def has_room(self, now: float, seconds: float) -> bool:
        """Whether something that takes `seconds` still ends in time."""
        return now + seconds < self.deadline

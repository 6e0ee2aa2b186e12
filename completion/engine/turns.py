"""Whose turn it is on the one engine; knows no engine and no prompt.

Answers come one at a time in the order of asking: two at once are slower than one after the other on small
machines. A newer answer for a document stops the older one. What nobody waits for, answers made ahead and warm-ups,
runs while no answer waits or runs; an answer that comes stops the one that runs, and whoever asked for that may ask
again.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from typing import Literal

from completion.types import Purpose

MOST_WARM = 3
"""What waits though nobody waits for it; the oldest gives way."""

Stopped = Literal["superseded", "preempted", "deadline"]


@dataclass(slots=True, eq=False)
class Job:
    """One generation that waits or runs. `turn` is set when its turn comes, or when it is stopped before."""

    document: str
    purpose: Purpose
    cancel: threading.Event = field(default_factory=threading.Event)
    turn: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: Stopped | None = None


class Turns:
    """The jobs that wait, and the one that runs."""

    def __init__(self) -> None:
        self._running: Job | None = None
        self._answers: list[Job] = []
        self._warm: list[Job] = []

    def enter(self, job: Job) -> None:
        """Wait in line, and stop what `job` makes needless or what is in its way. Every job that enters must leave."""
        waiting = self._answers if job.purpose == "answer" else self._warm
        running = self._running
        for other in [*waiting, *([running] if running is not None and running.purpose == job.purpose else [])]:
            if job.document and other.document == job.document:
                self.stop(other, "superseded")
        if job.purpose == "answer" and running is not None and running.purpose != "answer":
            self.stop(running, "preempted")
        waiting.append(job)
        if len(self._warm) > MOST_WARM:
            self.stop(self._warm[0], "superseded")
        self._next()

    def stop(self, job: Job, why: Stopped) -> None:
        """Stop `job`: at the engine's next event where it runs, at once where it waits."""
        if job.stopped is None:
            job.stopped = why
        job.cancel.set()
        if job is not self._running:
            self._forget(job)
            job.turn.set()

    def leave(self, job: Job) -> None:
        """`job` has ended, or waits no longer: the next one's turn. Leaving again does nothing."""
        if job is self._running:
            self._running = None
            self._next()
        else:
            self._forget(job)

    def _next(self) -> None:
        waiting = self._answers or self._warm
        if self._running is None and waiting:
            self._running = waiting.pop(0)
            self._running.turn.set()

    def _forget(self, job: Job) -> None:
        for waiting in (self._answers, self._warm):
            if job in waiting:
                waiting.remove(job)

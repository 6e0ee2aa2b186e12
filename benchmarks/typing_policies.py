"""What a policy is to the benchmark: keys go in, answers come out, and what it cost is written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from benchmarks.typing_traces import State, Trace


@dataclass(frozen=True, slots=True)
class Answer:
    """What was offered for a key at a time of the monotonic clock; no text where there is nothing to offer.

    `first_ms` is the time from the question to the engine until its first token, 0 where there was none: the engine
    was not asked, or an older question is answered; `begun_ms` is how much of it went by before the engine turned to
    the question. `generated` says that the answer waited for the engine, `mode` how much was asked for ("line",
    "block"). Both `begun_ms` and `mode` only where the policy tells.
    """

    text: str
    at: float
    first_ms: float = 0.0
    generated: bool = False
    mode: str = ""
    begun_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Generation:
    """What the engine did from `begun` on: prompt tokens evaluated, and tokens written from `first` until `ended`.

    In the `background` nobody waits for it: something is being prepared. Times are those of the monotonic clock.
    """

    begun: float
    prompt: int
    written: int
    background: bool = False
    first: float = 0.0
    ended: float = 0.0

    @property
    def pace_ms(self) -> float:
        """Milliseconds a token, 0 where too few were written to tell."""
        return (self.ended - self.first) * 1000 / (self.written - 1) if self.first and self.written > 3 else 0.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A key that is being answered; `number` is the policy's own."""

    number: int


class Window(Protocol):
    """One editor window with the policy in it."""

    def open(self, trace: Trace) -> None:
        """Open the trace's document."""
        ...

    def key(self, state: State) -> Waiting:
        """Press a key; returns at once."""
        ...

    def answer(self, waiting: Waiting, until: float) -> Answer | None:
        """What is offered for that key, if that is known before `until`; an older key may never be answered."""
        ...

    def close(self) -> None:
        """Leave."""
        ...


class Policy(Protocol):
    """Windows on one engine process."""

    name: str

    def window(self) -> Window:
        """Open a window; the engine is ready when this returns."""
        ...

    def engine_seconds(self) -> float:
        """Processor seconds of the engine's process so far."""
        ...

    def client_seconds(self) -> float:
        """Processor seconds of the policy's own processes so far, where it has any."""
        ...

    def generations(self) -> Sequence[Generation]:
        """What the engine has done so far."""
        ...

    def close(self) -> None:
        """End the engine."""
        ...

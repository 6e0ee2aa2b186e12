"""What the host needs of an engine library: a narrow, blocking protocol.

An engine is driven from worker threads, one generation at a time; it knows ids, not requests.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from completion.types import Sampling, Usage


@dataclass(frozen=True, slots=True)
class Token:
    """One token of a text: its id and the bytes that it stands for."""

    id: int
    piece: bytes


@dataclass(frozen=True, slots=True)
class Generation:
    """What to generate after some ids. `start` is text that the first tokens must spell."""

    slot: int
    max_tokens: int
    sampling: Sampling
    start: str = ""
    grammar: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole characters of generated text, and the log probabilities of their tokens."""

    text: str
    logprobs: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """How a generation ended: "stop" (the model's end), "length" or "cancelled"."""

    reason: str
    usage: Usage


class Engine(Protocol):
    """One loaded model."""

    slots: int
    context_tokens: int
    controls: Mapping[str, int]

    def load(self) -> None:
        """Load the model. Raises `ModelError`."""
        ...

    def tokenize(self, text: str) -> tuple[Token, ...]:
        """Tokens of plain text; nothing in it is taken for a control token."""
        ...

    def generate(
        self, ids: Sequence[int], generation: Generation, cancel: threading.Event, emit: Callable[[Piece], None]
    ) -> Finished:
        """Generate until an end or until `cancel` is set (seen at the next token or prompt batch).

        Raises `EngineRejected` for what the library refuses.
        """
        ...

    def close(self) -> None:
        """Free the model."""
        ...

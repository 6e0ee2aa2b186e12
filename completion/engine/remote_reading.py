"""Reading an answer with bounded patience: a server may hang at any moment, and nobody waits for it for ever."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from completion.engine import remote_refusals
from completion.engine.remote_answers import Answer
from completion.engine.remote_events import Events
from completion.errors import EngineCrashed, EngineError
from completion.types import Chunk

REST_SECONDS = 0.5
"""For what comes behind the end of the text: what it cost. Nobody waits longer for that."""

_DRAIN_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. `first` until the first part of an answer (a server may have to load its model for it), `stall`
    between two parts of it, `question` for a list of models or the ids of a text."""

    first: float = 60.0
    stall: float = 15.0
    question: float = 10.0


async def next_chunk(
    lines: AsyncGenerator[bytes, None],
    events: Events,
    answer: Answer,
    seconds: float,
    look: Callable[[Mapping[str, Any]], None],
) -> Chunk | None:
    """Read up to the next event, which `look` sees first; keep-alives are none, so they do not prolong the wait.

    None where the event brings nothing to show; at the end `events.done` is set. Raises `EngineError`.
    """
    try:
        async with asyncio.timeout(seconds):
            async for line in lines:
                event = events.feed(line)
                if event is not None:
                    look(event)
                    if event.get("error"):
                        raise remote_refusals.broken_off(event["error"], events.who)
                    return answer.feed(event)
                if events.done:
                    return None
    except TimeoutError:
        # With a finish the text is complete; only what it cost has not been said.
        if not answer.finished:
            raise EngineCrashed(f"{events.who} has said nothing for {seconds:.0f} s.") from None
    except ValueError as error:
        raise EngineCrashed(f"{events.who} sends what cannot be understood: {error}.") from error
    events.done = True
    return None


async def read_rest(lines: AsyncGenerator[bytes, None]) -> None:
    """Read what is left behind an end, usually nothing: a connection read to its end can be used again."""
    with contextlib.suppress(TimeoutError, EngineError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for _ in lines:
                pass

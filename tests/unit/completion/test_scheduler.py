"""The scheduler on an engine that is driven by hand: what its counters say when a client leaves twice."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence

from completion.engine.engine import Finished, Generation, Piece, Token
from completion.engine.scheduler import Scheduler
from completion.types import Prompt, Text, Usage


class SlowToStop:
    """An engine that says one word and, once cancelled, ends only when it is let go."""

    slots = 1
    context_tokens = 100
    controls: Mapping[str, int] = {}

    def __init__(self) -> None:
        self.cancelled = threading.Event()
        self.let_go = threading.Event()

    def load(self) -> None: ...

    def close(self) -> None: ...

    def tokenize(self, text: str) -> tuple[Token, ...]:
        return tuple(Token(number, bytes([number])) for number in text.encode())

    def generate(
        self, ids: Sequence[int], generation: Generation, cancel: threading.Event, emit: Callable[[Piece], None]
    ) -> Finished:
        emit(Piece("word", (0.0,)))
        cancel.wait(10)
        self.cancelled.set()
        self.let_go.wait(10)
        return Finished("cancelled", Usage(prompt_tokens=len(ids), completion_tokens=1))


async def test_a_second_cancel_while_the_engine_stops_is_counted_too() -> None:
    engine = SlowToStop()
    scheduler = Scheduler(engine)
    begun = asyncio.Event()

    async def read() -> None:
        async for _ in scheduler.stream(Prompt((Text("a"),), max_tokens=5)):
            begun.set()

    task = asyncio.create_task(read())
    await begun.wait()
    task.cancel()
    await asyncio.to_thread(engine.cancelled.wait, 10)
    task.cancel()
    assert scheduler.stats.running
    engine.let_go.set()
    await asyncio.wait([task])
    assert task.cancelled()
    assert not scheduler.stats.running
    assert (scheduler.stats.generations, scheduler.stats.cancelled) == (1, 1)

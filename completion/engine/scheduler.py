"""Who may generate, and in which slot.

One foreground generation at a time, in the order of asking: two at once are slower than one after the
other on small machines. A newer request for the same document cancels the older one first. Documents
share a fixed number of slots, the least recently used one is taken over.
"""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, field

from completion.engine import healing
from completion.engine.engine import Engine, Finished, Generation, Piece
from completion.errors import EngineRejected
from completion.types import Chunk, Prompt


@dataclass(slots=True)
class Stats:
    """Counters of one host, since its start."""

    generations: int = 0
    cancelled: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    running: bool = False


@dataclass(slots=True)
class _Job:
    """One generation: set `cancel` and the engine stops at its next event."""

    cancel: threading.Event = field(default_factory=threading.Event)


class Scheduler:
    """Turns prompts into chunks on one engine."""

    def __init__(self, engine: Engine) -> None:
        self.stats = Stats()
        self._engine = engine
        self._turn = asyncio.Lock()
        self._slots: OrderedDict[str, int] = OrderedDict()
        self._newest: dict[str, _Job] = {}
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="engine")

    async def tokenize(self, text: str) -> tuple[int, ...]:
        """Ids of plain text."""
        tokens = await asyncio.get_running_loop().run_in_executor(self._threads, self._engine.tokenize, text)
        return tuple(token.id for token in tokens)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """Generate; closing the generator stops the engine at its next event and waits for that.

        Raises `EngineRejected`.
        """
        job = _Job()
        if prompt.slot:
            older = self._newest.get(prompt.slot)
            if older is not None:
                older.cancel.set()
            self._newest[prompt.slot] = job
        try:
            async with self._turn:
                if job.cancel.is_set():
                    yield Chunk("", finish_reason="cancelled")
                    return
                # Closing only the outer generator would leave the inner one, and the engine, running.
                async with aclosing(self._generate(prompt, job)) as chunks:
                    async for chunk in chunks:
                        yield chunk
        finally:
            if self._newest.get(prompt.slot) is job:
                del self._newest[prompt.slot]

    async def _generate(self, prompt: Prompt, job: _Job) -> AsyncGenerator[Chunk, None]:
        loop = asyncio.get_running_loop()
        rendered = await loop.run_in_executor(
            self._threads, healing.render, prompt, self._engine.tokenize, self._engine.controls
        )
        self._check_length(len(rendered.ids), prompt.max_tokens + rendered.dropped)
        generation = Generation(
            slot=self._slot_of(prompt.slot),
            # The left-over is generated again and thrown away: it must not shorten the answer.
            max_tokens=prompt.max_tokens + rendered.dropped,
            sampling=prompt.sampling,
            start=rendered.left_over + prompt.required_start,
            grammar=prompt.grammar,
        )
        pieces: asyncio.Queue[Piece | None] = asyncio.Queue()

        def emit(piece: Piece) -> None:
            loop.call_soon_threadsafe(pieces.put_nowait, piece)

        def run() -> Finished:
            try:
                return self._engine.generate(rendered.ids, generation, job.cancel, emit)
            finally:
                loop.call_soon_threadsafe(pieces.put_nowait, None)

        self.stats.running = True
        future = loop.run_in_executor(self._threads, run)
        stops = healing.StopFilter(prompt.stops, skip=len(rendered.left_over))
        try:
            while (piece := await pieces.get()) is not None:
                # How probable the left-over was says nothing about the answer.
                logprobs = () if stops.swallows(piece.text) else piece.logprobs
                text = stops.feed(piece.text)
                if stops.stopped:
                    job.cancel.set()
                if text or logprobs:
                    yield Chunk(text, logprobs)
                if stops.stopped:
                    break
            finished = await asyncio.shield(future)
        finally:
            job.cancel.set()
            try:
                await _settled(future)
            finally:
                # Also when a second cancel came while the engine was stopping.
                self._count(future)
        reason = "stop" if stops.stopped else finished.reason
        yield Chunk(stops.flush(), finish_reason=reason, usage=finished.usage)

    def _check_length(self, tokens: int, max_tokens: int) -> None:
        if tokens + max_tokens > self._engine.context_tokens:
            raise EngineRejected(
                f"the prompt has {tokens} tokens and asks for {max_tokens} more; "
                f"the context holds {self._engine.context_tokens}."
            )

    def _slot_of(self, name: str) -> int:
        if name in self._slots:
            self._slots.move_to_end(name)
            return self._slots[name]
        if len(self._slots) < self._engine.slots:
            slot = len(self._slots)
        else:
            _, slot = self._slots.popitem(last=False)
        self._slots[name] = slot
        return slot

    def _count(self, future: asyncio.Future[Finished]) -> None:
        self.stats.running = False
        self.stats.generations += 1
        if future.cancelled() or future.exception() is not None:
            return
        finished = future.result()
        self.stats.cancelled += finished.reason == "cancelled"
        self.stats.prompt_tokens += finished.usage.prompt_tokens
        self.stats.cached_tokens += finished.usage.cached_tokens
        self.stats.completion_tokens += finished.usage.completion_tokens


async def _settled(future: asyncio.Future[Finished]) -> None:
    """Wait until the engine is really free, also while this task is being cancelled (again)."""
    interrupted: asyncio.CancelledError | None = None
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError as error:
            interrupted = error
    if interrupted is not None:
        raise interrupted

"""Prompts become chunks on one engine: in turn, in a slot, until their end or until they are stopped.

Who comes next is decided in `turns`, which slot it gets in `slots`. Nothing is submitted to the engine before
what ran there has really ended: inside it a request could wait without being cancellable. And a prompt is submitted
step by step: llama.cpp has begun the next batch before it hears that its caller has gone, and whoever comes then
waits for that one too. A step is what this machine evaluates in a moment, in whole batches of the size from which
on larger ones are hardly faster.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, replace

from completion.engine import healing
from completion.engine.engine import Engine, Finished, Generation, Piece
from completion.engine.healing import Rendered
from completion.engine.slots import Slots, document_of
from completion.engine.turns import Job, Turns
from completion.errors import EngineRejected
from completion.types import Chunk, Prompt, Purpose, Sampling, Usage


@dataclass(slots=True)
class Stats:
    """Counters of one host, since its start; those without "warm" in their name count answers only, also ahead.

    `prompt_tokens` were evaluated, `cached_tokens` were not. `cancelled` are answers, and `preempted` warm-ups,
    that the engine had begun and did not end; `running` says whether it works.
    """

    generations: int = 0
    cancelled: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    warm: int = 0
    preempted: int = 0
    warm_prompt_tokens: int = 0
    warm_cached_tokens: int = 0
    running: bool = False


STEP_SECONDS: Mapping[Purpose, float] = {"answer": 0.2, "ahead": 0.1, "warm": 0.1}
"""How long the engine may be deaf. Whoever waits for an answer would rather have it sooner."""

FORMER = 8
"""Prompts of other documents that are remembered: cut to a step, one would lose what the library has kept of it."""

SMALL_STEP = 16
"""Tokens from which on evaluating more of them at once saves little (measured, docs/measurements.md)."""


class Scheduler:
    """Turns prompts into chunks on one engine, which evaluates at most `batch` tokens of a prompt at once."""

    def __init__(self, engine: Engine, batch: int) -> None:
        self.stats = Stats()
        self._engine = engine
        self._turns = Turns()
        self._batch = batch
        # Prompt tokens a millisecond, 0 while unknown.
        self._rate = 0.0
        self._slots = Slots(engine.slots)
        # What each slot has evaluated of its last prompt.
        self._held: dict[int, tuple[int, ...]] = {}
        # What slots held before, which the library may have kept aside.
        self._former: deque[tuple[int, ...]] = deque(maxlen=FORMER)
        # Two, so that no answer waits until the prompts behind it are tokenized.
        self._generating = ThreadPoolExecutor(max_workers=1, thread_name_prefix="generate")
        self._tokenizing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tokenize")

    async def tokenize(self, text: str) -> tuple[int, ...]:
        """Ids of plain text."""
        tokens = await asyncio.get_running_loop().run_in_executor(self._tokenizing, self._engine.tokenize, text)
        return tuple(token.id for token in tokens)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """Generate; closing the generator stops the engine at its next event and waits for that.

        Raises `EngineRejected`.
        """
        loop = asyncio.get_running_loop()
        job = Job(document_of(prompt.slot), prompt.purpose)
        deadline: asyncio.TimerHandle | None = None
        if prompt.deadline_ms:
            deadline = loop.call_later(prompt.deadline_ms / 1000, self._turns.stop, job, "deadline")
        self._turns.enter(job)
        try:
            # Done while others generate.
            rendered = await loop.run_in_executor(
                self._tokenizing, healing.render, prompt, self._engine.tokenize, self._engine.controls
            )
            generation = self._generation(prompt, rendered)
            await job.turn.wait()
            if job.stopped is not None:
                yield Chunk("", finish_reason=_reason(job))
                return
            # Closing only the outer generator would leave the inner one, and the engine, running.
            async with aclosing(self._generate(prompt, job, rendered, generation)) as chunks:
                async for chunk in chunks:
                    yield chunk
        finally:
            if deadline is not None:
                deadline.cancel()
            self._turns.leave(job)

    def _generation(self, prompt: Prompt, rendered: Rendered) -> Generation:
        """What to ask the engine for, in no slot yet. Raises `EngineRejected` where it does not fit."""
        if prompt.purpose == "warm":
            # One token, which nobody sees and which costs nothing: it comes out of the prompt's last evaluation.
            generation = Generation(0, 1, Sampling())
        else:
            generation = Generation(
                slot=0,
                # The left-over is generated again and thrown away: it must not shorten the answer.
                max_tokens=prompt.max_tokens + rendered.dropped,
                sampling=prompt.sampling,
                start=rendered.left_over + prompt.required_start,
                grammar=prompt.grammar,
            )
        tokens, more = len(rendered.ids), generation.max_tokens
        if tokens + more > self._engine.context_tokens:
            raise EngineRejected(
                f"the prompt has {tokens} tokens and asks for {more} more; "
                f"the context holds {self._engine.context_tokens}."
            )
        return generation

    async def _generate(
        self, prompt: Prompt, job: Job, rendered: Rendered, generation: Generation
    ) -> AsyncGenerator[Chunk, None]:
        loop = asyncio.get_running_loop()
        slot = self._slots.take(prompt.slot, prompt.purpose)
        pieces: asyncio.Queue[Piece | None] = asyncio.Queue()
        shown = prompt.purpose != "warm"

        def emit(piece: Piece) -> None:
            if shown:
                loop.call_soon_threadsafe(pieces.put_nowait, piece)

        def run() -> Finished:
            try:
                return self._evaluate(rendered.ids, replace(generation, slot=slot), prompt.purpose, job.cancel, emit)
            finally:
                loop.call_soon_threadsafe(pieces.put_nowait, None)

        self.stats.running = True
        future = loop.run_in_executor(self._generating, run)
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
                self._end(job, slot, rendered.ids, future, stops)
        reason = "stop" if stops.stopped or not shown else finished.reason
        if finished.reason == "cancelled" and not stops.stopped:
            reason = _reason(job)
        yield Chunk(stops.flush(), finish_reason=reason, usage=finished.usage)

    def _evaluate(
        self,
        ids: tuple[int, ...],
        generation: Generation,
        purpose: Purpose,
        cancel: threading.Event,
        emit: Callable[[Piece], None],
    ) -> Finished:
        """As the engine's `generate`, step by step; beginning behind what the slot holds, which would be cut off."""
        done = max(_shared(held, ids) for held in (self._held.get(generation.slot, ()), *self._former))
        total, cached = Usage(), None
        while True:
            done = min(done + self._step(purpose), len(ids))
            last = done == len(ids)
            # Before the last one, a token that nobody sees and which costs nothing: see `_generation`.
            asked = generation if last else Generation(generation.slot, 1, Sampling())
            finished = self._engine.generate(ids[:done], asked, cancel, emit if last else _ignore)
            usage = finished.usage
            if usage.prompt_tokens >= SMALL_STEP and usage.prompt_ms > 0:
                self._rate = usage.prompt_tokens / usage.prompt_ms
            cached = usage.cached_tokens if cached is None else cached
            total = Usage(
                total.prompt_tokens + usage.prompt_tokens,
                cached,
                usage.completion_tokens if last and purpose != "warm" else 0,
                total.prompt_ms + usage.prompt_ms,
                usage.completion_ms if last else 0.0,
            )
            if last or finished.reason == "cancelled":
                return replace(finished, usage=total)
            if cancel.is_set():
                return Finished("cancelled", total)

    def _step(self, purpose: Purpose) -> int:
        """Tokens of a prompt to be evaluated before one may be stopped."""
        tokens = int(self._rate * STEP_SECONDS[purpose] * 1000)
        return max(SMALL_STEP, min(self._batch, tokens - tokens % SMALL_STEP))

    def _end(
        self,
        job: Job,
        slot: int,
        ids: tuple[int, ...],
        future: asyncio.Future[Finished],
        stops: healing.StopFilter,
    ) -> None:
        """The engine is free: the next one's turn, even before the last chunk has been read."""
        self.stats.running = False
        self._slots.release(slot)
        finished = Finished("failed", Usage())
        if not future.cancelled() and future.exception() is None:
            finished = future.result()
        stats, usage = self.stats, finished.usage
        cut = finished.reason == "cancelled" and not stops.stopped
        before = self._held.get(slot, ())
        if 2 * _shared(before, ids) < len(before):
            self._former.append(before)
        self._held[slot] = ids[: usage.prompt_tokens + usage.cached_tokens]
        if job.purpose == "warm":
            if finished.reason not in ("cancelled", "failed"):
                self._slots.use(slot)
            stats.warm += 1
            stats.preempted += cut
            stats.warm_prompt_tokens += usage.prompt_tokens
            stats.warm_cached_tokens += usage.cached_tokens
        else:
            stats.generations += 1
            stats.cancelled += cut
            stats.prompt_tokens += usage.prompt_tokens
            stats.cached_tokens += usage.cached_tokens
            stats.completion_tokens += usage.completion_tokens
        self._turns.leave(job)


def _ignore(_piece: Piece) -> None:
    """Drop a piece that nobody asked for."""


def _shared(first: Sequence[int], second: Sequence[int]) -> int:
    """How many ids the two have in common at their beginning."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((number for number, (one, other) in pairs if one != other), min(len(first), len(second)))


def _reason(job: Job) -> str:
    return "deadline" if job.stopped == "deadline" else "cancelled"


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

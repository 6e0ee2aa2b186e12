"""The scheduler on engines that are driven by hand: who comes next, who is stopped, and what the counters say."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from completion.engine.engine import Finished, Generation, Piece, Token
from completion.engine.scheduler import SMALL_STEP, Scheduler
from completion.engine.turns import MOST_WARM
from completion.errors import EngineRejected
from completion.types import Chunk, Prompt, Purpose, Text, Usage

BATCH = 64


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
    scheduler = Scheduler(engine, BATCH)
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


@dataclass
class Call:
    """One generation that the engine has begun; it goes on until it is cancelled, or until `end` is set."""

    text: str
    generation: Generation
    cancel: threading.Event
    end: threading.Event = field(default_factory=threading.Event)


class ByHand(SlowToStop):
    """An engine whose every generation says one word, and is ended by the test."""

    slots = 3
    rate = 0.0
    """Prompt tokens a millisecond, as it says; 0: it does not say."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: queue.Queue[Call] = queue.Queue()

    def generate(
        self, ids: Sequence[int], generation: Generation, cancel: threading.Event, emit: Callable[[Piece], None]
    ) -> Finished:
        call = Call(bytes(ids).decode(), generation, cancel)
        emit(Piece("word", (0.0,)))
        self.calls.put(call)
        while not call.end.is_set() and not cancel.wait(0.001):
            pass
        usage = Usage(len(ids), 2, 1, len(ids) / self.rate if self.rate else 0.0)
        return Finished("cancelled" if cancel.is_set() else "length", usage)


class Bench:
    """A scheduler, and who asks it."""

    def __init__(self) -> None:
        self.engine = ByHand()
        self.scheduler = Scheduler(self.engine, BATCH)

    async def ask(
        self, text: str, slot: str = "", purpose: Purpose = "answer", deadline_ms: int = 0
    ) -> asyncio.Task[list[Chunk]]:
        """Begin to read an answer; it is in line when this returns."""

        async def read() -> list[Chunk]:
            prompt = Prompt((Text(text, heal=True),), 5, slot=slot, purpose=purpose, deadline_ms=deadline_ms)
            return [chunk async for chunk in self.scheduler.stream(prompt)]

        task = asyncio.create_task(read())
        await asyncio.sleep(0)
        return task

    async def begun(self) -> Call:
        """The next generation that the engine begins."""
        return await asyncio.to_thread(self.engine.calls.get, timeout=10)

    async def serve(self) -> str:
        """The text of the next generation, which ends at once."""
        call = await self.begun()
        call.end.set()
        return call.text


@pytest.fixture
def bench() -> Bench:
    """A scheduler with nothing to do."""
    return Bench()


async def reason(task: asyncio.Task[list[Chunk]]) -> str:
    """How an answer ended."""
    return (await task)[-1].finish_reason


async def test_answers_come_in_the_order_of_asking(bench: Bench) -> None:
    tasks = [await bench.ask(f"{name}\n", slot=name) for name in "cab"]
    assert [await bench.serve() for _ in tasks] == ["c\n", "a\n", "b\n"]
    assert [await reason(task) for task in tasks] == ["length"] * 3


async def test_a_newer_answer_for_another_window_of_the_document_stops_the_older_one(bench: Bench) -> None:
    older = await bench.ask("old\n", slot="doc#0")
    await bench.begun()
    newer = await bench.ask("new\n", slot="doc#1")
    assert await bench.serve() == "new\n"
    assert (await reason(older), await reason(newer)) == ("cancelled", "length")


async def test_one_that_waits_and_is_superseded_hears_of_it_at_once(bench: Bench) -> None:
    running = await bench.ask("run\n", slot="other")
    call = await bench.begun()
    older = await bench.ask("old\n", slot="doc#0")
    newer = await bench.ask("new\n", slot="doc#0")
    assert [(chunk.finish_reason, chunk.usage) for chunk in await older] == [("cancelled", None)]
    assert not running.done()
    call.end.set()
    assert (await reason(running), await bench.serve()) == ("length", "new\n")
    await newer


async def test_a_warm_up_waits_for_answers_and_does_not_stop_its_own_documents(bench: Bench) -> None:
    first = await bench.ask("1\n", slot="doc#0")
    call = await bench.begun()
    warm = await bench.ask("w\n", slot="doc#1", purpose="warm")
    second = await bench.ask("2\n", slot="other")
    call.end.set()
    assert [await bench.serve(), await bench.serve()] == ["2\n", "w\n"]
    assert [await reason(task) for task in (first, second, warm)] == ["length", "length", "stop"]


async def test_an_answer_stops_the_warm_up_that_runs_and_it_is_not_begun_again(bench: Bench) -> None:
    warm = await bench.ask("w\n", slot="doc#1", purpose="warm")
    await bench.begun()
    answer = await bench.ask("a\n", slot="other#0")
    assert await bench.serve() == "a\n"
    assert (await reason(warm), await reason(answer)) == ("cancelled", "length")
    again = await bench.ask("w\n", slot="doc#1", purpose="warm")
    assert await bench.serve() == "w\n"
    await again
    stats = bench.scheduler.stats
    assert (stats.generations, stats.warm, stats.preempted, stats.cancelled) == (1, 2, 1, 0)
    assert (stats.prompt_tokens, stats.warm_prompt_tokens, stats.warm_cached_tokens) == (2, 4, 4)


async def test_of_the_warm_ups_of_a_document_the_newest_runs_and_few_wait(bench: Bench) -> None:
    answer = await bench.ask("a\n", slot="doc#0")
    call = await bench.begun()
    asked = ["one#0", "one#1", *(f"{number}#0" for number in range(MOST_WARM))]
    tasks = [await bench.ask(f"{slot}\n", slot=slot, purpose="warm") for slot in asked]
    assert [await reason(task) for task in tasks[:2]] == ["cancelled", "cancelled"]
    call.end.set()
    assert [await bench.serve() for _ in range(MOST_WARM)] == [f"{slot}\n" for slot in asked[2:]]
    assert {await reason(task) for task in tasks[2:]} == {"stop"}
    await answer
    assert bench.scheduler.stats.warm == MOST_WARM


async def test_a_warm_up_says_nothing_and_evaluates_what_the_answer_will_begin_with(bench: Bench) -> None:
    warm = await bench.ask("x = 1\nretu", slot="doc#0", purpose="warm")
    prepared = await bench.begun()
    prepared.end.set()
    chunks = await warm
    assert [(chunk.text, chunk.logprobs, chunk.finish_reason) for chunk in chunks] == [("", (), "stop")]
    assert chunks[0].usage == Usage(len(prepared.text), 2, 0)
    answer = await bench.ask("x = 1\nretu", slot="doc#0")
    asked = await bench.begun()
    asked.end.set()
    await answer
    assert (prepared.text, prepared.generation.slot) == (asked.text, asked.generation.slot) == ("x = 1\n", 0)
    assert (prepared.generation.start, asked.generation.start) == ("", "retu")


@pytest.mark.parametrize(
    ("rate", "purpose", "step"),
    [
        (0.0, "warm", 16),
        (0.1, "warm", 16),
        (0.1, "answer", 16),
        (0.4, "warm", 32),
        (0.2, "answer", 32),
        (5, "warm", BATCH),
    ],
)
async def test_a_prompt_is_submitted_in_steps_of_a_moment(
    bench: Bench, rate: float, purpose: Purpose, step: int
) -> None:
    bench.engine.rate = rate
    text = "".join(f"{number:04}\n" for number in range(19))
    asked = await bench.ask(text, slot="doc#1", purpose=purpose)
    served = [await bench.serve()]
    while served[-1] != text:
        served.append(await bench.serve())
    # The first one tells how fast the engine is.
    assert [len(part) for part in served] == [SMALL_STEP, *range(SMALL_STEP + step, len(text), step), len(text)]
    assert await reason(asked) == ("stop" if purpose == "warm" else "length")


async def test_an_answer_in_several_steps_says_what_the_last_one_says(bench: Bench) -> None:
    asked = await bench.ask("0123456789\n" * 2, slot="doc")
    await bench.serve()
    await bench.serve()
    chunks = await asked
    assert [chunk.text for chunk in chunks] == ["word", ""]
    assert chunks[-1].usage == Usage(SMALL_STEP + 22, 2, 1)


async def test_a_prompt_goes_on_where_it_was_stopped(bench: Bench) -> None:
    text = "".join(f"{number:04}\n" for number in range(19))
    warm = await bench.ask(text, slot="doc#1", purpose="warm")
    assert await bench.serve() == text[:SMALL_STEP]
    await bench.begun()
    answer = await bench.ask("a\n", slot="other")
    await bench.serve()
    assert (await reason(warm), await reason(answer)) == ("cancelled", "length")
    again = await bench.ask(text, slot="doc#1", purpose="warm")
    # Less would cut off what the slot holds.
    assert len(await bench.serve()) > 2 * SMALL_STEP
    again.cancel()
    await asyncio.wait([again])


async def test_a_document_that_comes_back_is_not_cut_to_a_step(bench: Bench) -> None:
    text, other = ("".join(f"{word}{number:03}\n" for number in range(10)) for word in "ab")
    for known in (text, other):
        asked = await bench.ask(known, slot="doc")
        while await bench.serve() != known:
            pass
        await asked
    # The library has kept aside what the slot held before.
    asked = await bench.ask(text + "c\n", slot="doc")
    assert await bench.serve() == text + "c\n"
    await asked


async def test_windows_that_are_used_in_turn_keep_their_slots(bench: Bench) -> None:
    prepared: list[tuple[str, Purpose]] = [("a#0", "answer"), ("b#0", "answer"), ("a#1", "warm"), ("b#1", "warm")]
    typing: list[tuple[str, Purpose]] = [("a#1", "answer"), ("b#1", "answer")]
    slots = []
    for name, purpose in prepared + typing * 3:
        task = await bench.ask("x\n", slot=name, purpose=purpose)
        call = await bench.begun()
        call.end.set()
        await task
        slots.append(call.generation.slot)
    assert slots == [0, 1, 2, 0, *[2, 0] * 3]


@pytest.mark.parametrize("begun", ["waiting", "running"])
async def test_after_its_deadline_an_answer_is_stopped(bench: Bench, begun: str) -> None:
    other = await bench.ask("o\n", slot="other") if begun == "waiting" else None
    call = await bench.begun() if other else None
    assert await reason(await bench.ask("a\n", slot="doc", deadline_ms=50)) == "deadline"
    if call is not None and other is not None:
        call.end.set()
        assert await reason(other) == "length"


async def test_who_leaves_the_line_and_who_is_refused_hold_nobody_up(bench: Bench) -> None:
    running = await bench.ask("1\n", slot="one")
    call = await bench.begun()
    leaving = await bench.ask("2\n", slot="two")
    refused = await bench.ask("3\n" * 60, slot="three")
    last = await bench.ask("4\n", slot="four")
    with pytest.raises(EngineRejected, match="the prompt has 120 tokens"):
        await refused
    leaving.cancel()
    await asyncio.wait([leaving])
    call.end.set()
    assert await bench.serve() == "4\n"
    await asyncio.gather(running, last)
    assert bench.scheduler.stats.generations == 2

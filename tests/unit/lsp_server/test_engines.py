"""Which engine answers while another one is opened, fails, or gives way. The engines here are driven by hand."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from completion.errors import EngineUnavailable, ModelFileMissing
from completion.settings import Settings
from completion.types import EngineState, EngineStatus
from lsp_server import engines
from lsp_server.engines import EngineSlot

READY = EngineStatus(EngineState.READY, "x", progress=1.0)
ABSENT = EngineStatus(EngineState.ABSENT)
FAILED = EngineStatus(EngineState.FAILED, "x", reason="it does not load.")


def named(name: str) -> Any:
    """As much of a choice as a slot looks at."""
    return SimpleNamespace(model=SimpleNamespace(name=name, title=name))


@dataclass
class ByHand:
    """An engine whose loading and draining a test decides."""

    settings: Settings
    tell: Callable[[EngineStatus], None]
    choice: Any = None
    beside: bool = True
    status: EngineStatus = ABSENT
    loaded: asyncio.Event = field(default_factory=asyncio.Event)
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    started: bool = False

    @property
    def model(self) -> Any:
        """As much of a model as sentences need."""
        return self.choice.model if self.choice is not None else named(self.settings.model).model

    def start(self) -> None:
        self.started = True

    async def ready(self) -> None:
        await self.loaded.wait()
        if self.status.state is EngineState.FAILED:
            raise EngineUnavailable(self.status.reason)

    async def drained(self, _seconds: float) -> None:
        await self.idle.wait()

    async def aclose(self) -> None:
        self.closed.set()

    def fits_beside(self) -> bool:
        return self.beside

    def smaller(self) -> Any:
        below = {"big": "middle", "middle": "small"}.get(self.model.name)
        return None if self.choice is None or below is None else named(below)

    def other(self) -> Any:
        return self.smaller()

    def becomes(self, status: EngineStatus) -> None:
        """Say it as an engine does, from wherever it runs."""
        self.status = status
        self.loaded.set()
        self.tell(status)


class Bench:
    """A slot, the engines that it has opened, and what it has said."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.opened: asyncio.Queue[ByHand] = asyncio.Queue()
        self.statuses: list[EngineStatus] = []
        self.sentences: list[str] = []
        self.first_choice: Any = None
        self.beside = True
        self.slot = EngineSlot(self.statuses.append, self.sentences.append)
        self._loop = asyncio.get_running_loop()
        monkeypatch.setattr(engines, "_open", self._open)

    def _open(self, settings: Settings, tell: Callable[[EngineStatus], None], _role: str, choice: Any) -> ByHand:
        if settings.model == "missing":
            raise ModelFileMissing("it is not there.")
        engine = ByHand(settings, tell, choice or self.first_choice, self.beside)
        self._loop.call_soon_threadsafe(self.opened.put_nowait, engine)
        return engine

    async def use(self, **changes: Any) -> ByHand:
        """Ask for an engine and wait until it is opened."""
        self.slot.use(Settings(**changes))
        return await self.next()

    async def next(self) -> ByHand:
        """The next engine that is opened."""
        return await asyncio.wait_for(self.opened.get(), 10)


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    made = Bench(monkeypatch)
    yield made
    await made.slot.aclose()


async def test_the_old_engine_answers_until_the_new_one_is_loaded_and_finishes_its_sentence(bench: Bench) -> None:
    old = await bench.use(model="one")
    assert await bench.slot.current() is old
    new = await bench.use(model="two")
    assert await bench.slot.current() is old
    new.becomes(READY)
    await asyncio.wait_for(until(bench, new), 10)
    assert not old.closed.is_set()
    old.idle.set()
    await asyncio.wait_for(old.closed.wait(), 10)


async def test_where_memory_does_not_hold_both_the_old_one_goes_first(bench: Bench) -> None:
    old = await bench.use(model="one")
    assert await bench.slot.current() is old
    bench.beside = False
    new = await bench.use(model="two")
    await asyncio.wait_for(old.closed.wait(), 10)
    assert await bench.slot.current() is new
    assert new.started


async def test_what_cannot_be_opened_is_a_status_and_is_tried_again_when_asked(bench: Bench) -> None:
    bench.slot.use(Settings(model="missing"))
    assert await bench.slot.current() is None
    assert bench.statuses[-1].state is EngineState.FAILED
    bench.slot.retry(Settings(model="there now"))
    assert (await bench.next()).settings.model == "there now"


async def test_switching_off_drains_the_engine(bench: Bench) -> None:
    old = await bench.use(model="one")
    assert await bench.slot.current() is old
    bench.slot.use(Settings(enabled=False))
    old.idle.set()
    await asyncio.wait_for(old.closed.wait(), 10)
    assert await bench.slot.current() is None


async def test_a_chosen_model_that_does_not_load_gives_way_step_by_step(bench: Bench) -> None:
    bench.first_choice = named("big")
    big = await bench.use()
    assert await bench.slot.current() is big
    big.becomes(FAILED)
    middle = await bench.next()
    assert big.closed.is_set()
    middle.becomes(FAILED)
    small = await bench.next()
    small.becomes(READY)
    assert await bench.slot.current() is small
    assert bench.sentences == [
        "big gives way to middle: it does not load.",
        "middle gives way to small: it does not load.",
    ]
    small.becomes(FAILED)
    bench.slot.give_way("nothing is smaller.")
    assert await bench.slot.current() is small


async def test_a_replacement_that_fails_while_the_old_one_answers_gives_way_too(bench: Bench) -> None:
    old = await bench.use(model="one")
    assert await bench.slot.current() is old
    bench.first_choice = named("big")
    big = await bench.use(model="auto", threads=2)
    big.becomes(FAILED)
    middle = await bench.next()
    assert (middle.model.name, big.closed.is_set()) == ("middle", True)


async def test_a_model_that_the_user_has_named_stays(bench: Bench) -> None:
    named = await bench.use(model="one")
    assert await bench.slot.current() is named
    bench.slot.give_way("it is slow.")
    assert await bench.slot.current() is named
    assert bench.sentences == []


async def test_closing_gives_back_what_is_being_opened(bench: Bench) -> None:
    old = await bench.use(model="one")
    assert await bench.slot.current() is old
    new = await bench.use(model="two")
    await bench.slot.aclose()
    assert new.closed.is_set()
    assert old.closed.is_set()


async def test_what_a_thread_opens_while_all_is_closed_is_given_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, let_go, found = threading.Event(), threading.Event(), list[ByHand]()

    def open_late(settings: Settings, tell: Callable[[EngineStatus], None], _role: str, choice: Any) -> ByHand:
        begun.set()
        let_go.wait(10)
        found.append(ByHand(settings, tell, choice))
        return found[0]

    monkeypatch.setattr(engines, "_open", open_late)
    bench.slot.use(Settings(model="one"))
    await asyncio.to_thread(begun.wait, 10)
    closing = asyncio.create_task(bench.slot.aclose())
    await asyncio.sleep(0)
    let_go.set()
    await closing
    assert found[0].closed.is_set()
    assert not found[0].started


async def until(bench: Bench, engine: ByHand) -> None:
    """Wait until `engine` answers."""
    while await bench.slot.current() is not engine:
        await asyncio.sleep(0)

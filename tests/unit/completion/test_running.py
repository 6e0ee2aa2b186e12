"""Generations that outlive their request: adopted by the next key, stopped when nobody comes. Driven by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from completion import idle, inline
from completion.errors import EngineCrashed
from completion.memory import PATIENT, Memory
from completion.models import catalog
from completion.settings import Settings
from completion.types import Capabilities, Chunk, CompletionRequest, Document, Prompt, Suggestion, Trigger, Usage

MODEL = catalog.builtin().find("embedded")


class ByHand:
    """A backend whose chunks a test hands out."""

    model = "by hand"
    capabilities = Capabilities()
    probability = -0.1
    """Natural-log probability of each chunk."""

    def __init__(self) -> None:
        self.asked: list[Prompt] = []
        self.chunks: asyncio.Queue[str | Exception] = asyncio.Queue()
        self.begun = asyncio.Event()
        self.closed = asyncio.Event()

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        self.asked.append(prompt)
        self.begun.set()
        try:
            while text := await self.chunks.get():
                if isinstance(text, Exception):
                    raise text
                yield Chunk(text, (self.probability,))
            yield Chunk("", finish_reason="stop", usage=Usage())
        finally:
            self.closed.set()

    def say(self, *texts: str | Exception) -> None:
        """Hand chunks out; "" is the end."""
        for text in texts:
            self.chunks.put_nowait(text)

    async def aclose(self) -> None:
        return


def request(marked: str) -> CompletionRequest:
    """The request at ‸."""
    before, after = marked.split("‸")
    document = Document("a.py", "python", (before + after).encode())
    return CompletionRequest(document, len(before.encode()), Trigger.INVOKED)


def ask(marked: str, backend: ByHand, memory: Memory) -> asyncio.Task[Suggestion | None]:
    """Begin to complete at ‸."""
    work = inline.complete(request(marked), backend=backend, model=MODEL, memory=memory, settings=Settings())
    return asyncio.create_task(work)


async def test_typing_what_is_about_to_be_said_needs_no_new_question() -> None:
    backend, memory = ByHand(), Memory(PATIENT)
    first = ask("value = ‸\n", backend, memory)
    await backend.begun.wait()
    first.cancel()
    second = ask("value = o‸\n", backend, memory)
    backend.say("ot", "her", "\n")
    found = await asyncio.wait_for(second, 10)
    assert found is not None
    assert found.text == "ther"
    backend.say("")
    assert len(backend.asked) == 1


async def test_the_rest_of_a_running_answer_is_the_suggestion() -> None:
    backend, memory = ByHand(), Memory(PATIENT)
    first = ask("value = ‸\n", backend, memory)
    await backend.begun.wait()
    first.cancel()
    second = ask("value = com‸\n", backend, memory)
    third = ask("value = compu‸\n", backend, memory)
    backend.say("compute(1)\n")
    texts = [found.text if (found := await asyncio.wait_for(task, 10)) else None for task in (second, third)]
    assert texts == ["pute(1)", "te(1)"]
    assert len(backend.asked) == 1


async def test_another_word_stops_what_runs_and_asks_anew() -> None:
    backend, memory = ByHand(), Memory(PATIENT)
    first = ask("value = ‸\n", backend, memory)
    await backend.begun.wait()
    backend.say("compute")
    first.cancel()
    while memory.generation("a.py").text == "":  # type: ignore[union-attr]
        await asyncio.sleep(0)
    second = ask("value = z‸\n", backend, memory)
    await asyncio.wait_for(backend.closed.wait(), 10)
    backend.say("ip(a)\n")
    found = await asyncio.wait_for(second, 10)
    assert found is not None
    assert found.text == "ip(a)"
    assert len(backend.asked) == 2


async def test_a_generation_that_nobody_waits_for_is_stopped() -> None:
    backend, memory = ByHand(), Memory(PATIENT)
    alone = ask("value = ‸\n", backend, memory)
    await backend.begun.wait()
    alone.cancel()
    await asyncio.wait_for(backend.closed.wait(), 10)


async def test_what_breaks_is_told_to_whoever_waits() -> None:
    backend, memory = ByHand(), Memory(PATIENT)
    waiting = ask("value = ‸\n", backend, memory)
    await backend.begun.wait()
    backend.say(EngineCrashed("gone."))
    with pytest.raises(EngineCrashed):
        await asyncio.wait_for(waiting, 10)
    again = ask("value = x‸\n", backend, memory)
    backend.say("y\n")
    found = await asyncio.wait_for(again, 10)
    assert found is not None
    assert found.text == "y"


async def test_the_answer_after_an_accepted_one_is_there_already() -> None:
    backend, memory = ByHand(), Memory(PATIENT)
    here = request("value = ‸\n")
    backend.say(".second\n")
    suggestion = Suggestion("first", 8, 8, "1")
    await idle.prepare(here, suggestion, backend=backend, model=MODEL, memory=memory, settings=Settings())
    asked = len(backend.asked)
    accepted = idle.after(here, suggestion)
    assert accepted.document.source == b"value = first\n"
    assert accepted.offset == 13
    found = await inline.complete(accepted, backend=backend, model=MODEL, memory=memory, settings=Settings())
    assert found is not None
    assert (found.text, found.source, len(backend.asked)) == (".second", "cache", asked)


async def test_a_better_window_is_adopted_only_when_it_was_evaluated_whole() -> None:
    class Preempted(ByHand):
        async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
            self.asked.append(prompt)
            yield Chunk("", finish_reason=self.outcome, usage=Usage())

        outcome = "cancelled"

    backend, memory = Preempted(), Memory()
    code = "".join(f"name_{number} = {number}\n" for number in range(300))
    memory.anchors.view("a.py", code, "\n", 400, 100)
    here = request(code + "‸\n")
    for outcome, adopted in (("cancelled", False), ("stop", True)):
        backend.outcome = outcome
        await idle.prepare(here, None, backend=backend, model=MODEL, memory=memory, settings=Settings())
        assert backend.asked[-1].purpose == "warm"
        window = memory.anchors.view("a.py", code, "\n", 400, 100).window
        assert (len(window.head) > 500) is adopted

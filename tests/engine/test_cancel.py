"""Stopping: in decoding, in prompt processing, by a newer request, and without harm to others."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from completion.engine.lease import LeasedBackend
from completion.engine.spec import HostSpec
from completion.types import Chunk, Prompt, Text

LONG = Prompt((Text("value = compute(first, second)\n" * 50),), max_tokens=16, slot="long")
ENDLESS = Prompt((Text("a = 1\n"),), max_tokens=400, slot="endless", grammar='root ::= "a = 1\\n" root')
SMALL_BATCH = 4


class Reading:
    """An answer that is being read; `begun` is set at its first chunk."""

    def __init__(self, backend: LeasedBackend, prompt: Prompt) -> None:
        self.begun = asyncio.Event()
        self.task = asyncio.get_running_loop().create_task(self._read(backend, prompt))

    async def stop(self) -> None:
        """Cancel the reading, as an editor does."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def _read(self, backend: LeasedBackend, prompt: Prompt) -> list[Chunk]:
        found = []
        async with aclosing(backend.stream(prompt)) as chunks:
            async for chunk in chunks:
                self.begun.set()
                found.append(chunk)
        return found


async def until_idle(backend: LeasedBackend, generations: int) -> dict[str, Any]:
    """The host's counters once so many generations have ended."""
    async with asyncio.timeout(20):
        while (found := dict[str, Any](await backend.stats()))["generations"] < generations or found["running"]:
            await asyncio.sleep(0.005)
    return found


async def until_running(backend: LeasedBackend) -> None:
    """Wait for the engine to work."""
    async with asyncio.timeout(20):
        while not (await backend.stats())["running"]:
            await asyncio.sleep(0.001)


async def test_closing_the_stream_stops_decoding(backend: LeasedBackend) -> None:
    reading = Reading(backend, ENDLESS)
    await reading.begun.wait()
    await reading.stop()
    after = await until_idle(backend, 1)
    assert after["cancelled"] == 1
    assert 0 < after["completion_tokens"] < ENDLESS.max_tokens


async def test_leaving_in_prompt_processing_frees_the_engine(spec: HostSpec) -> None:
    # Small batches make the processing slow enough to be met in the middle of it; on a busy machine
    # not at every attempt. That one batch is the limit is shown in test_llama, event by event.
    backend = LeasedBackend(replace(spec, batch=SMALL_BATCH), ready_seconds=30)
    total = len(await backend.tokenize("value = compute(first, second)\n" * 50))
    before = {"completion_tokens": 0, "prompt_tokens": 0}
    for attempt in range(1, 11):
        prompt = replace(LONG, segments=(Text(f"# {attempt}\n"), *LONG.segments), slot=str(attempt))
        reading = Reading(backend, prompt)
        await until_running(backend)
        await reading.stop()
        after = await until_idle(backend, attempt)
        evaluated = after["prompt_tokens"] - before["prompt_tokens"]
        met = after["completion_tokens"] == before["completion_tokens"] and evaluated < total - 4 * SMALL_BATCH
        if met:
            break
        before = after
    assert met
    assert after["cancelled"] >= 1
    again = (await Reading(backend, prompt).task)[-1].usage
    assert again is not None
    assert again.prompt_tokens > SMALL_BATCH
    await backend.aclose()


async def test_who_leaves_the_queue_is_never_served(backend: LeasedBackend) -> None:
    served = Reading(backend, ENDLESS)
    await served.begun.wait()
    waiting = Reading(backend, replace(LONG, slot="waiting"))
    await asyncio.sleep(0)
    await waiting.stop()
    await served.stop()
    after = await until_idle(backend, 1)
    assert after["generations"] == 1
    assert not waiting.begun.is_set()


async def test_a_newer_request_of_a_document_ends_the_older_one(backend: LeasedBackend) -> None:
    older = Reading(backend, ENDLESS)
    await older.begun.wait()
    newer = await Reading(backend, Prompt((Text("import "),), max_tokens=2, slot=ENDLESS.slot)).task
    assert newer[-1].finish_reason in ("stop", "length")
    assert (await older.task)[-1].finish_reason == "cancelled"


async def test_cancelling_one_never_ends_another(backend: LeasedBackend) -> None:
    def prompt(slot: str) -> Prompt:
        return Prompt((Text("import os\nimport "),), max_tokens=12, slot=slot)

    def text(chunks: list[Chunk]) -> str:
        return "".join(chunk.text for chunk in chunks)

    alone = text(await Reading(backend, prompt("alone")).task)
    kept = Reading(backend, prompt("kept"))
    doomed = [Reading(backend, prompt(f"doomed{number}")) for number in range(6)]
    await kept.begun.wait()
    await asyncio.gather(*(reading.stop() for reading in doomed))
    assert text(await kept.task) == alone

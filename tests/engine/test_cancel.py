"""Stopping: in decoding, in prompt processing, by a newer request, and without harm to others."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from completion.engine.lease import LeasedBackend
from completion.engine.spec import HostSpec
from completion.types import Prompt, Text

LONG = Prompt((Text("value = compute(first, second)\n" * 50),), max_tokens=16, slot="long")
ENDLESS = Prompt((Text("a = 1\n"),), max_tokens=400, slot="endless", grammar='root ::= "a = 1\\n" root')


async def stats(backend: LeasedBackend) -> dict[str, Any]:
    """Counters of the host."""
    return dict(await backend.stats())


async def until_idle(backend: LeasedBackend, generations: int) -> dict[str, Any]:
    """The counters once so many generations have ended."""
    async with asyncio.timeout(20):
        while (found := await stats(backend))["generations"] < generations or found["running"]:
            await asyncio.sleep(0.005)
    return found


async def until_running(backend: LeasedBackend) -> None:
    """Wait for the engine to work."""
    async with asyncio.timeout(20):
        while not (await stats(backend))["running"]:
            await asyncio.sleep(0.001)


async def test_closing_the_stream_stops_decoding(backend: LeasedBackend) -> None:
    async with aclosing(backend.stream(ENDLESS)) as chunks:
        seen = 0
        async for _ in chunks:
            seen += 1
            if seen == 5:
                break
    after = await until_idle(backend, 1)
    assert after["cancelled"] == 1
    assert after["completion_tokens"] < 300


async def test_cancelling_in_prompt_processing_frees_the_engine_at_the_next_batch(spec: HostSpec) -> None:
    backend = LeasedBackend(replace(spec, batch=16), ready_seconds=30)
    total = len(await backend.tokenize(LONG.segments[0].text))  # type: ignore[union-attr]
    assert total > 25 * 16

    async def read() -> None:
        async with aclosing(backend.stream(LONG)) as chunks:
            async for _ in chunks:
                pass

    task = asyncio.create_task(read())
    await until_running(backend)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    after = await until_idle(backend, 1)
    assert after["cancelled"] == 1
    assert after["completion_tokens"] == 0
    # The batch in work is finished, and at most those that ran while the news travelled.
    assert after["prompt_tokens"] <= total // 2
    # What the next one finds in the cache is what was really evaluated.
    async with aclosing(backend.stream(LONG)) as chunks:
        last = [chunk async for chunk in chunks][-1]
    assert last.usage is not None
    assert last.usage.cached_tokens <= after["prompt_tokens"] + after["cached_tokens"] + 16
    await backend.aclose()


async def test_a_newer_request_of_a_document_ends_the_older_one(backend: LeasedBackend) -> None:
    async def read(prompt: Prompt) -> list[str]:
        async with aclosing(backend.stream(prompt)) as chunks:
            return [chunk.finish_reason async for chunk in chunks]

    older = asyncio.create_task(read(ENDLESS))
    await until_running(backend)
    newer = await read(Prompt((Text("import "),), max_tokens=2, slot="endless"))
    assert newer[-1] in ("stop", "length")
    assert (await older)[-1] == "cancelled"


async def test_cancelling_one_never_ends_another(backend: LeasedBackend) -> None:
    async def read(slot: str) -> str:
        prompt = Prompt((Text("import os\nimport "),), max_tokens=12, slot=slot)
        async with aclosing(backend.stream(prompt)) as chunks:
            return "".join([chunk.text async for chunk in chunks])

    alone = await read("alone")
    running = asyncio.create_task(read("kept"))
    doomed = [asyncio.create_task(read(f"doomed{number}")) for number in range(6)]
    await until_running(backend)
    for task in doomed:
        task.cancel()
    await asyncio.gather(*doomed, return_exceptions=True)
    assert await running == alone

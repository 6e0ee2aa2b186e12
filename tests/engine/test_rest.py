"""A model that nobody asks is let go, and one that is replaced finishes what it says."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from completion.engine.lease import LeasedBackend
from completion.engine.spec import HostSpec
from completion.types import EngineState, EngineStatus, Prompt, Text
from tests.engine.test_life import answer, gone, host_pid


async def test_an_unused_model_is_let_go_and_comes_back_when_asked(spec: HostSpec) -> None:
    heard: list[EngineState] = []
    let_go = asyncio.Event()

    def hear(status: EngineStatus) -> None:
        heard.append(status.state)
        if status.state is EngineState.ABSENT:
            let_go.set()

    backend = LeasedBackend(spec, on_status=hear, ready_seconds=30, unload_seconds=0.05)
    pid = await host_pid(backend)
    first = await answer(backend)
    await asyncio.wait_for(let_go.wait(), 20)
    await gone(pid)
    assert await answer(backend) == first
    assert heard.count(EngineState.READY) == 2
    await backend.aclose()


async def test_a_running_answer_is_waited_for_before_the_lease_goes(backend: LeasedBackend) -> None:
    begun = asyncio.Event()

    async def read() -> int:
        count = 0
        async with aclosing(backend.stream(Prompt((Text("x = 1\n"),), max_tokens=30))) as chunks:
            async for _ in chunks:
                begun.set()
                count += 1
        return count

    reading = asyncio.create_task(read())
    await begun.wait()
    assert await backend.drained(20)
    assert await reading > 1

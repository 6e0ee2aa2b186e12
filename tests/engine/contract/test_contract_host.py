"""What each local engine does in its host: it stops when it is left, keeps its cache, and is replaced when it dies."""

from __future__ import annotations

import os
import signal
from contextlib import aclosing
from dataclasses import replace

import pytest

from completion.engine.lease import LeasedBackend
from completion.errors import EngineCrashed
from completion.models.spec import Engine
from completion.types import Backend, Control, EngineState, Prompt, Text
from tests.engine.contract.subjects import Weights, spec_of
from tests.engine.contract.test_contract import ENDLESS, HOSTILE, IMPORTS, chunks_of, text_of
from tests.engine.test_cancel import until_idle

CONTROLS = 6


@pytest.fixture
def host(backend: Backend) -> LeasedBackend:
    """A backend on a host of ours."""
    if not isinstance(backend, LeasedBackend):
        pytest.skip("not a host of ours")
    return backend


async def test_leaving_stops_the_engine(host: LeasedBackend) -> None:
    before = dict[str, int](await host.stats())  # type: ignore[arg-type]
    async with aclosing(host.stream(ENDLESS)) as chunks:
        await anext(chunks)
    after = await until_idle(host, before["generations"] + 1)
    assert after["cancelled"] == before["cancelled"] + 1
    assert 0 < after["completion_tokens"] - before["completion_tokens"] < ENDLESS.max_tokens


async def test_the_same_again_is_not_evaluated_again(host: LeasedBackend) -> None:
    prompt = Prompt((Text("x = 1\ny = 2\n" * 20 + "z = "),), max_tokens=4, slot="again")
    first, second = await chunks_of(host, prompt), await chunks_of(host, prompt)
    assert [chunk.text for chunk in first] == [chunk.text for chunk in second]
    usage = second[-1].usage
    assert usage is not None
    assert (usage.prompt_tokens <= 2, usage.cached_tokens > 100) == (True, True)


async def test_typing_evaluates_only_what_was_typed(host: LeasedBackend) -> None:
    base = "def area(width, height):\n    return width * height\n\n" * 8
    line = "print(area(width, height))"
    evaluated = []
    for end in range(4, len(line)):
        text = Text(base + line[:end], heal=True)
        prompt = Prompt((Control("<|fim_suffix|>"), Text("\n"), Control("<|fim_middle|>"), text), 1, slot="typing")
        usage = (await chunks_of(host, prompt))[-1].usage
        assert usage is not None
        evaluated.append(usage.prompt_tokens)
    assert max(evaluated[1:]) <= 8


async def test_no_text_has_the_ids_of_control_tokens(host: LeasedBackend) -> None:
    controls = set((await host.stats())["controls"].values())  # type: ignore[attr-defined]
    assert len(controls) == CONTROLS
    ids = await host.tokenize(HOSTILE * 5)
    assert not controls & set(ids)
    assert len(ids) > 5 * 40


async def test_who_reads_when_the_connections_are_closed_hears_of_it(host: LeasedBackend) -> None:
    async with aclosing(host.stream(replace(ENDLESS, slot="closed"))) as chunks:
        assert (await anext(chunks)).text
        assert host._client is not None
        await host._client.aclose()
        # What has arrived by then may still be read.
        with pytest.raises(EngineCrashed):
            async for _ in chunks:
                pass
    assert await text_of(host, IMPORTS)


@pytest.mark.timeout(300)
async def test_a_killed_host_is_noticed_and_replaced(engine_name: Engine, weights: Weights) -> None:
    backend = LeasedBackend(spec_of(engine_name, weights), ready_seconds=90)
    try:
        expected = await text_of(backend, IMPORTS)
        pid = int((await backend.stats())["pid"])  # type: ignore[call-overload]
        async with aclosing(backend.stream(replace(ENDLESS, slot="doomed"))) as chunks:
            assert (await anext(chunks)).text
            os.kill(pid, signal.SIGKILL)
            with pytest.raises(EngineCrashed):
                async for _ in chunks:
                    pass
        assert await text_of(backend, IMPORTS) == expected
        assert backend.status.state is EngineState.READY
        assert (await backend.stats())["pid"] != pid
    finally:
        await backend.aclose()

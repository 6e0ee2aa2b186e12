"""What goes wrong between windows and hosts: restarts, failures, two windows on one file, what is logged."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from completion.engine import address
from completion.engine.lease import LeasedBackend
from completion.engine.spec import HostSpec
from completion.errors import EngineUnavailable
from completion.types import EngineState, Prompt, Text
from tests.engine.test_life import ENDLESS, answer, gone, host_pid

SECRET = "hunter2_is_in_the_document"


async def test_reopening_at_once_meets_no_leaving_host(spec: HostSpec) -> None:
    for _ in range(6):
        backend = LeasedBackend(spec, ready_seconds=30)
        assert await answer(backend)
        await backend.aclose()


async def test_a_failure_is_said_every_time_and_not_retried_at_every_key(spec: HostSpec, tmp_path: Path) -> None:
    backend = LeasedBackend(replace(spec, path=str(tmp_path / "gone.gguf"), digest="0" * 16), ready_seconds=30)
    took = []
    for _ in range(4):
        begun = time.monotonic()
        with pytest.raises(EngineUnavailable, match=r"gone\.gguf does not exist"):
            await answer(backend)
        took.append(time.monotonic() - begun)
        assert backend.status.state is EngineState.FAILED
    # The last two were answered from memory: no process can be started in that time.
    assert max(took[2:]) < 0.05
    await backend.aclose()


async def test_an_incomplete_model_names_what_is_missing(spec: HostSpec, tmp_path: Path) -> None:
    half = tmp_path / "half.gguf"
    half.write_bytes(Path(spec.path).read_bytes()[:1_000_000])
    backend = LeasedBackend(replace(spec, path=str(half), digest="1" * 16), ready_seconds=30)
    with pytest.raises(EngineUnavailable, match=r"half\.gguf is incomplete: it has 1000000 of \d+ bytes"):
        await answer(backend)
    await backend.aclose()


async def test_an_interpreter_that_cannot_run_a_host_says_why(spec: HostSpec, tmp_path: Path) -> None:
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\necho \"ModuleNotFoundError: No module named 'aiohttp'\" >&2\nexit 1\n")
    fake.chmod(0o700)
    backend = LeasedBackend(replace(spec, python=str(fake)), ready_seconds=30)
    with pytest.raises(EngineUnavailable, match="No module named 'aiohttp'"):
        await answer(backend)
    await backend.aclose()


async def test_two_windows_on_one_file_do_not_end_each_other(spec: HostSpec) -> None:
    one, other = LeasedBackend(spec, ready_seconds=30), LeasedBackend(spec, ready_seconds=30)
    await asyncio.gather(answer(one), answer(other))
    assert await host_pid(one) == await host_pid(other)

    async def end(backend: LeasedBackend, prompt: Prompt) -> str:
        async with aclosing(backend.stream(prompt)) as chunks:
            return [chunk.finish_reason async for chunk in chunks][-1]

    same = replace(ENDLESS, slot="src/main.py", max_tokens=60)
    assert set(await asyncio.gather(end(one, same), end(other, same))) == {"length"}
    await asyncio.gather(one.aclose(), other.aclose())


async def test_a_killed_host_leaves_nothing_that_hinders_or_stays(spec: HostSpec) -> None:
    folder = address.runtime_folder()
    backend = LeasedBackend(spec, ready_seconds=30)
    assert await answer(backend)
    os.kill(await host_pid(backend), signal.SIGKILL)
    async with asyncio.timeout(10):
        while backend.status.state is EngineState.READY:
            await asyncio.sleep(0.005)
    assert await answer(backend)
    pid = await host_pid(backend)
    await backend.aclose()
    await gone(pid)
    assert [path.name for path in folder.iterdir()] == [f"{spec.name}.lock"]


async def test_the_log_has_no_document_and_no_traceback(backend: LeasedBackend, spec: HostSpec) -> None:
    stream = backend.stream(replace(ENDLESS, segments=(Text(f"{SECRET} = 1\n"),)))
    await anext(stream)
    await stream.aclose()
    task = asyncio.create_task(anext(backend.stream(Prompt((Text(f"# {SECRET}\n" * 40),), 4))))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with aclosing(backend.stream(Prompt((Text(SECRET, heal=True), Text("\n")), 4))) as chunks:
        assert [chunk async for chunk in chunks]
    pid = await host_pid(backend)
    await backend.aclose()
    await gone(pid)
    log = Path(spec.log_file).read_text("utf-8")
    assert "is ready" in log
    assert SECRET not in log
    assert "Traceback" not in log


async def test_what_is_no_text_is_refused_by_name(backend: LeasedBackend, spec: HostSpec) -> None:
    await answer(backend)
    where = address.find(address.runtime_folder(), spec.name)
    assert where is not None
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(where.path)) as session:
        for body in ('{"prompt": "\\ud800"}', "not json", "[" * 100_000, '{"prompt": "x", "top_p": 7}'):
            async with session.post("http://localhost/v1/completions", data=body) as response:
                assert response.status == 400
                assert json.loads(await response.text())["error"]["message"].endswith(".")
    assert await answer(backend)


async def test_a_host_that_is_killed_while_it_loads_is_not_started_for_ever(spec: HostSpec, tmp_path: Path) -> None:
    """As the kernel does when memory runs out."""
    killed = tmp_path / "killed.py"
    killed.write_text(
        "import os, signal, sys\n"
        "from completion.engine import host\n"
        "class Doomed:\n"
        "    slots, context_tokens, controls = 1, 1, {}\n"
        "    def load(self): os.kill(os.getpid(), signal.SIGKILL)\n"
        "host.engines.make = lambda *arguments: Doomed()\n"
        "host.main()\n"
    )
    python = tmp_path / "python"
    root = Path(__file__).resolve().parents[2]
    # What the starter passes: -P -c BOOTSTRAP SPEC.
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{root}" exec "{sys.executable}" "{killed}" "$4"\n')
    python.chmod(0o700)
    backend = LeasedBackend(replace(spec, python=str(python), digest="2" * 16), ready_seconds=30)
    with pytest.raises(
        EngineUnavailable, match=r"dies while it loads embedded: memory may be too small.*models choose"
    ):
        await answer(backend)
    assert backend.status.state is EngineState.FAILED
    await backend.aclose()

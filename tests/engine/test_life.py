"""The life of a host: one for all, started and missed, private, and gone with its last client."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import aiohttp
import psutil
import pytest

from completion.engine import address, starter
from completion.engine.lease import LeasedBackend
from completion.engine.spec import HostSpec
from completion.errors import EngineCrashed, EngineUnavailable
from completion.types import EngineState, EngineStatus, Prompt, Text
from tests.conftest import processes_of
from tests.engine.conftest import client

SHORT = Prompt((Text("import "),), max_tokens=3)
ENDLESS = Prompt((Text("a = 1\n"),), max_tokens=400, grammar='root ::= "a = 1\\n" root')


async def answer(backend: LeasedBackend) -> str:
    """A short answer."""
    async with aclosing(backend.stream(SHORT)) as chunks:
        return "".join([chunk.text async for chunk in chunks])


async def host_pid(backend: LeasedBackend) -> int:
    """The host's process."""
    return int((await backend.stats())["pid"])  # type: ignore[call-overload]


async def gone(pid: int) -> None:
    """Wait until a process has ended."""
    async with asyncio.timeout(5):
        while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            await asyncio.sleep(0.01)


async def test_status_goes_from_loading_to_ready(spec: HostSpec) -> None:
    seen: list[EngineStatus] = []
    backend = LeasedBackend(spec, on_status=seen.append, ready_seconds=30)
    assert backend.status.state is EngineState.ABSENT
    assert await answer(backend)
    await backend.aclose()
    states = [status.state for status in seen]
    assert states[0] is EngineState.LOADING
    assert states[-1] is EngineState.READY


async def test_racing_clients_share_one_host_which_leaves_with_the_last(spec: HostSpec) -> None:
    clients = [client(spec) for _ in range(4)]
    try:
        pids = {int((process.stdout or sys.stdin).readline()) for process in clients}
        assert len(pids) == 1
        for process in clients[:-1]:
            process.kill()
            process.wait()
        assert psutil.pid_exists(next(iter(pids)))
    finally:
        for process in clients:
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()
    await gone(pids.pop())


async def test_a_killed_host_is_replaced(backend: LeasedBackend) -> None:
    stream = backend.stream(ENDLESS)
    await anext(stream)
    first = await host_pid(backend)
    os.kill(first, signal.SIGKILL)
    with pytest.raises(EngineCrashed):
        async for _ in stream:
            pass
    assert await answer(backend)
    assert await host_pid(backend) != first


async def test_a_host_that_keeps_dying_is_degraded_and_tried_again_when_asked(
    spec: HostSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("completion.engine.deaths.BACKOFF_SECONDS", (0.0,))
    backend = LeasedBackend(spec, ready_seconds=30)
    for _ in range(5):
        assert await answer(backend)
        os.kill(await host_pid(backend), signal.SIGKILL)
        async with asyncio.timeout(10):
            while backend.status.state is EngineState.READY:
                await asyncio.sleep(0.005)
    async with asyncio.timeout(10):
        while backend.status.state is not EngineState.DEGRADED:
            await asyncio.sleep(0.005)
    assert "died 5 times" in backend.status.reason
    assert await answer(backend)
    await backend.aclose()


async def test_a_damaged_model_is_a_failed_status_with_a_reason(spec: HostSpec, broken_model: Path) -> None:
    backend = LeasedBackend(replace(spec, path=str(broken_model), digest="0" * 16), ready_seconds=30)
    with pytest.raises(EngineUnavailable, match=r"broken\.gguf is GGUF version 0"):
        await answer(backend)
    assert backend.status.state is EngineState.FAILED
    await backend.aclose()


async def test_a_missing_interpreter_is_a_sentence(spec: HostSpec) -> None:
    backend = LeasedBackend(replace(spec, python="/nowhere/python"), ready_seconds=30)
    with pytest.raises(EngineUnavailable, match="/nowhere/python"):
        await answer(backend)
    await backend.aclose()


async def test_a_workspace_with_our_package_names_is_not_executed(
    spec: HostSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = tmp_path / "canary"
    for name in ("completion", "lsp_server", "aiohttp", "sitecustomize"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"open({str(canary)!r}, 'w').close()\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    backend = LeasedBackend(spec, ready_seconds=30)
    assert await answer(backend)
    pid = await host_pid(backend)
    assert Path(f"/proc/{pid}/cwd").readlink() != tmp_path
    await backend.aclose()
    assert not canary.exists()
    # The control: the same folder as import path does execute it.
    subprocess.run([sys.executable, "-c", "import completion"], cwd=tmp_path, check=False, capture_output=True)
    assert canary.exists()


async def test_folder_and_socket_are_private(backend: LeasedBackend, spec: HostSpec) -> None:
    await answer(backend)
    folder = address.runtime_folder()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / f"{spec.name}.sock").stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / f"{spec.name}.json").stat().st_mode) == 0o600
    for process in processes_of(folder):
        assert not [found for found in process.net_connections("inet") if found.status == psutil.CONN_LISTEN]


async def test_loopback_needs_the_key(spec: HostSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LSP_COPILOT_TCP", "1")
    backend = LeasedBackend(spec, ready_seconds=30)
    assert await answer(backend)
    where = address.find(address.runtime_folder(), spec.name)
    assert where is not None
    assert where.port
    async with aiohttp.ClientSession() as session:
        for headers in (
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": f"Bearer {where.key}", "Host": "evil.example"},
        ):
            async with session.get(f"{where.url}/stats", headers=headers) as response:
                assert response.status == 401
        async with session.get(f"{where.url}/stats", headers={"Authorization": f"Bearer {where.key}"}) as response:
            assert response.status == 200
    await backend.aclose()


async def test_any_openai_client_can_ask(backend: LeasedBackend, spec: HostSpec) -> None:
    await answer(backend)
    where = address.find(address.runtime_folder(), spec.name)
    assert where is not None
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(where.path)) as session:
        body = {"model": "x", "prompt": "import os\nimport ", "max_tokens": 4, "temperature": 0}
        async with session.post("http://localhost/v1/completions", json=body) as response:
            table = await response.json()
        assert table["choices"][0]["text"]
        assert table["usage"]["completion_tokens"] >= 1
        for wrong, named in (
            ({}, "prompt"),
            ({"prompt": "x", "max_tokens": -1}, "max_tokens"),
            ({"prompt": "x", "stop": ["a"] * 5}, "stop"),
        ):
            async with session.post("http://localhost/v1/completions", json=wrong) as response:
                assert response.status == 400
                assert json.loads(await response.text())["error"]["message"].startswith(named)


def test_foreign_and_impossible_folders_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    for folder in (file, link):
        monkeypatch.setenv("LSP_COPILOT_RUNTIME_DIR", str(folder))
        with pytest.raises(EngineUnavailable):
            address.runtime_folder()
    with pytest.raises(EngineUnavailable, match="too long for a socket"):
        address.socket_path(tmp_path / ("x" * 120), "host")


def test_children_get_no_import_paths_and_no_proxies(spec: HostSpec) -> None:
    environment = starter.child_environment(
        {"PYTHONPATH": "/x", "HTTPS_PROXY": "http://x", "http_proxy": "y", "HOME": "/h"}
    )
    assert not {"PYTHONPATH", "HTTPS_PROXY", "http_proxy"} & set(environment)
    assert environment["HOME"] == "/h"
    assert starter.command(spec)[1] == "-P"

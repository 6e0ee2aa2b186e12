"""A real engine on the embedded model: in a host of the test's own or, where nothing dies, of its module."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from completion.engine.lease import LeasedBackend
from completion.engine.spec import HostSpec, host_spec
from completion.models import catalog, files
from completion.settings import Settings
from completion.types import EngineState
from tests.conftest import processes_of

MODEL = catalog.builtin().find("embedded")

CLIENT = """
import asyncio, sys
from completion.engine.lease import LeasedBackend
from completion.engine.spec import HostSpec
from completion.types import Prompt, Text
async def main():
    backend = LeasedBackend(HostSpec.from_json(sys.argv[1]), ready_seconds=60)
    backend.start()
    async for _ in backend.stream(Prompt((Text("import "),), max_tokens=3)):
        pass
    print((await backend.stats())["pid"], flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""
"""A process that leases the host, tells its pid and stays."""


def client(spec: HostSpec) -> subprocess.Popen[str]:
    """Such a process, in our folders."""
    return subprocess.Popen([sys.executable, "-P", "-c", CLIENT, spec.to_json()], stdout=subprocess.PIPE, text=True)


@pytest.fixture(autouse=True)
def private_folders(isolated: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Our own process uses the isolated folders too."""
    for key, value in isolated.items():
        if key.startswith("LSP_COPILOT_"):
            monkeypatch.setenv(key, value)
    yield


def make_spec() -> HostSpec:
    """The shipped model, on one thread, with a host that leaves at once."""
    path = files.locate(MODEL)
    return replace(host_spec(MODEL, path, Settings(idle_seconds=0)), threads=1)


@pytest.fixture
def spec() -> HostSpec:
    """What `make_spec` says, in the test's own folders."""
    return make_spec()


@pytest.fixture(scope="module")
def kept_host() -> Iterator[dict[str, str]]:
    """Variables of folders in which a host lives as long as the module's tests."""
    with tempfile.TemporaryDirectory(prefix="lspc") as name, pytest.MonkeyPatch.context() as patch:
        variables = {f"LSP_COPILOT_{part}_DIR": f"{name}/{part.lower()}" for part in ("RUNTIME", "LOG", "CONFIG")}
        for key, value in variables.items():
            patch.setenv(key, value)
        keeper = client(make_spec())
        if keeper.stdout is None or not keeper.stdout.readline().strip():
            raise AssertionError("the module's host did not start")
        yield variables
        keeper.kill()
        keeper.wait()
        keeper.stdout.close()
        _, alive = psutil.wait_procs(processes_of(Path(variables["LSP_COPILOT_RUNTIME_DIR"])), timeout=10)
        assert not alive


@pytest.fixture
async def shared_backend(kept_host: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LeasedBackend]:
    """A leased backend on the module's host."""
    for key, value in kept_host.items():
        monkeypatch.setenv(key, value)
    leased = LeasedBackend(make_spec(), ready_seconds=30)
    leased.start()
    yield leased
    await leased.aclose()


@pytest.fixture
async def backend(spec: HostSpec) -> AsyncIterator[LeasedBackend]:
    """A leased backend on that host."""
    leased = LeasedBackend(spec, ready_seconds=30)
    leased.start()
    yield leased
    await leased.aclose()


@pytest.fixture
def broken_model(tmp_path: Path) -> Path:
    """A file that begins like a model and is none."""
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF" + bytes(200))
    return path


__all__ = ["MODEL", "EngineState"]

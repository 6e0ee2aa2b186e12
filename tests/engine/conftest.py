"""A real engine on the embedded model; one host for each module, private to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from completion.engine.lease import LeasedBackend
from completion.engine.spec import HostSpec, host_spec
from completion.models import catalog, files
from completion.settings import Settings
from completion.types import EngineState

MODEL = catalog.builtin().find("embedded")


@pytest.fixture(autouse=True)
def private_folders(isolated: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Our own process uses the isolated folders too."""
    for key, value in isolated.items():
        if key.startswith("LSP_COPILOT_"):
            monkeypatch.setenv(key, value)
    yield


@pytest.fixture
def spec() -> HostSpec:
    """The shipped model, on one thread, with a host that leaves at once."""
    path = files.locate(MODEL)
    return replace(host_spec(MODEL, path, Settings(idle_seconds=0)), threads=1)


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

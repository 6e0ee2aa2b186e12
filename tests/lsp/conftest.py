"""Servers to talk to."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.conftest import LEAVE_SECONDS, processes_of
from tests.lsp.wire import Client

POINT = """\
class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def move(self, dx, dy):
        self.x = self.x + dx
        self.y
"""
"""The embedded model completes line 7 (from 0) at its end."""
POINT_LINE, POINT_CHARACTER = 7, 14
URI = "file:///w/point.py"


@pytest.fixture
def client(isolated: dict[str, str]) -> Iterator[Client]:
    """A server with the real engine, not initialized yet."""
    with Client(isolated) as started:
        yield started


@pytest.fixture(scope="module")
def quiet() -> Iterator[Client]:
    """One initialized server for a whole module, with suggestions switched off: the wire is the subject."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LSP_COPILOT_")}
    with tempfile.TemporaryDirectory(prefix="lspc") as name:
        folders = {f"LSP_COPILOT_{key}_DIR": name for key in ("CONFIG", "RUNTIME", "LOG")}
        with Client({**kept, **folders, "LSP_COPILOT_ENABLED": "false"}) as started:
            started.initialize()
            yield started
            assert started.close() == 0


@pytest.fixture
def without_model(isolated: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """An environment in which the model's file is missing."""
    return {**isolated, "LSP_COPILOT_MODEL_PATH": str(tmp_path / "missing.gguf")}


@pytest.fixture(scope="module")
def live() -> Iterator[Client]:
    """One initialized server with the real engine for a whole module."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LSP_COPILOT_")}
    with tempfile.TemporaryDirectory(prefix="lspc") as name:
        folders = {f"LSP_COPILOT_{key}_DIR": name for key in ("CONFIG", "RUNTIME", "LOG")}
        with Client({**kept, **folders, "LSP_COPILOT_IDLE_SECONDS": "0"}) as started:
            started.initialize()
            yield started
            assert started.close() == 0
        wait_until_nothing_is_left(Path(name))


def wait_until_nothing_is_left(runtime: Path) -> None:
    """No process with this runtime folder may live longer than a few seconds."""
    _, alive = psutil.wait_procs(processes_of(runtime), timeout=LEAVE_SECONDS)
    assert not alive, f"left behind: {alive}"

"""Every test lives in its own folders: configuration, runtime and logs of the person who runs it are never touched."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import psutil
import pytest

ROOT = Path(__file__).resolve().parents[1]
LEAVE_SECONDS = 5.0

# Imported here also because its plugin imports it at the very end otherwise, which trips a bug of CPython 3.11.
# A busy machine is slow, not wrong: no test asserts a time.
hypothesis.settings.register_profile("patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("patient")


@pytest.fixture
def isolated() -> Iterator[dict[str, str]]:
    """An environment with private folders and no lingering host; afterwards no process of it may be left."""
    with tempfile.TemporaryDirectory(prefix="lspc") as name:
        folder = Path(name)
        for part in ("home", "config", "run", "log", "cache", "models"):
            (folder / part).mkdir(mode=0o700)
        kept = {key: value for key, value in os.environ.items() if not key.startswith("LSP_COPILOT_")}
        environment = {
            **kept,
            "HOME": str(folder / "home"),
            "LSP_COPILOT_CONFIG_DIR": str(folder / "config"),
            "LSP_COPILOT_RUNTIME_DIR": str(folder / "run"),
            "LSP_COPILOT_LOG_DIR": str(folder / "log"),
            "LSP_COPILOT_CACHE_DIR": str(folder / "cache"),
            "LSP_COPILOT_MODELS_DIR": str(folder / "models"),
            "LSP_COPILOT_IDLE_SECONDS": "0",
        }
        environment.pop("PYTHONPATH", None)
        yield environment
        _assert_nothing_is_left(folder / "run")


@pytest.fixture
def with_context(isolated: dict[str, str]) -> dict[str, str]:
    """The same, where the embedded model is shown other files too, as larger models are."""
    catalogue = Path(isolated["LSP_COPILOT_CONFIG_DIR"]) / "models.toml"
    catalogue.write_text("[models.embedded]\nother_files = true\n", "utf-8")
    return isolated


def lsp_copilot(
    *arguments: str | Path, environment: dict[str, str], cwd: Path | None = None, timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run the command line as a person would."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "lsp_server", *map(str, arguments)],
        env=environment,
        cwd=cwd or ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def processes_of(runtime: Path) -> list[psutil.Process]:
    """Living processes whose runtime folder this is."""
    found = []
    for process in psutil.process_iter():
        # One that ends while it is looked at is gone.
        with contextlib.suppress(psutil.Error, OSError):
            ours = process.environ().get("LSP_COPILOT_RUNTIME_DIR") == str(runtime) and process.pid != os.getpid()
            if ours and process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def _assert_nothing_is_left(runtime: Path) -> None:
    """Wait for the processes to end; what has ended and was not collected yet does not count."""
    deadline = time.monotonic() + LEAVE_SECONDS
    left = processes_of(runtime)
    while left and time.monotonic() < deadline:
        psutil.wait_procs(left, timeout=0.05)
        left = processes_of(runtime)
    names = []
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            names.append(f"{process.pid} {process.name()}")
            process.kill()
    assert not names, f"left behind: {names}"

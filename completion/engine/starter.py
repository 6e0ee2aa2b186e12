"""Starts a host process: detached, in a folder outside any workspace, with a clean import path."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from completion.engine import address
from completion.engine.address import Address
from completion.engine.spec import HostSpec
from completion.errors import EngineUnavailable

START_SECONDS = 30.0
_POLL_SECONDS = 0.05

# Set before the engine library is imported: OpenMP threads that spin at barriers starve a busy machine.
ENGINE_ENVIRONMENT: Mapping[str, str] = {"GOMP_SPINCOUNT": "100", "HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1"}
_NOT_INHERITED = ("PYTHONPATH", "PYTHONSTARTUP", "PYTHONHOME", "PYTHONINSPECT")
_BOOTSTRAP = "import sys; sys.path.insert(0, {root!r}); from completion.engine.host import main; main()"


async def start(spec: HostSpec, folder: Path, stale: Address | None) -> None:
    """Start a host and return when one has published its address: ours, or another client's.

    `stale` is an address that did not answer. Raises `EngineUnavailable`.
    """
    answer = await asyncio.to_thread(_spawn, spec, folder)
    if answer.get("ready"):
        return
    if not answer.get("taken"):
        raise EngineUnavailable(
            f"the engine host could not be started: {answer.get('failed', 'it said nothing')}.",
            advice=f"See {spec.log_file}.",
        )
    # Somebody else is the host: wait until its address is there, or until its lock is free again.
    try:
        async with asyncio.timeout(START_SECONDS):
            while (found := address.find(folder, spec.name)) is None or found == stale:
                await asyncio.sleep(_POLL_SECONDS)
                stale = None
    except TimeoutError:
        raise EngineUnavailable("another engine host is starting and does not answer.") from None


def command(spec: HostSpec) -> list[str]:
    """The command line of a host.

    `-P` keeps the working folder off the import path, and the folder of this very package is put
    first: a workspace with a package called `completion` is never executed.
    """
    root = str(Path(__file__).resolve().parents[2])
    return [spec.python or sys.executable, "-P", "-c", _BOOTSTRAP.format(root=root), spec.to_json()]


def child_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of a host: no import paths, no proxies, the engine's own settings."""
    kept = {
        key: value for key, value in environ.items() if key not in _NOT_INHERITED and not key.lower().endswith("_proxy")
    }
    return {**kept, **ENGINE_ENVIRONMENT}


def _spawn(spec: HostSpec, folder: Path) -> dict[str, Any]:
    detached: dict[str, Any] = (
        {"start_new_session": True}
        if os.name == "posix"
        else {"creationflags": getattr(subprocess, "CREATE_NO_WINDOW", 0) | 0x00000008}
    )
    try:
        process = subprocess.Popen(
            command(spec),
            cwd=folder,
            env=child_environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            **detached,
        )
    except OSError as error:
        return {"failed": f"{spec.python or sys.executable}: {error.strerror}"}
    # The host outlives us as a rule; while we live, somebody must collect its exit status.
    threading.Thread(target=process.wait, name="reaper", daemon=True).start()
    line = process.stdout.readline() if process.stdout is not None else b""
    if process.stdout is not None:
        process.stdout.close()
    try:
        answer: dict[str, Any] = json.loads(line)
    except ValueError:
        return {"failed": "it ended before it was ready"}
    return answer

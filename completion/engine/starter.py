"""Starts a host process: detached, in a folder outside any workspace, with a clean import path."""

from __future__ import annotations

import asyncio
import contextlib
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
_POLLS = 20

# Set before the engine library is imported: OpenMP threads that spin at barriers starve a busy machine, and a library
# that gives up would start a debugger and wait for it.
ENGINE_ENVIRONMENT: Mapping[str, str] = {
    "GOMP_SPINCOUNT": "100",
    "GGML_NO_BACKTRACE": "1",
    "HF_HUB_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
}
_NOT_INHERITED = ("PYTHONPATH", "PYTHONSTARTUP", "PYTHONHOME", "PYTHONINSPECT")
_BOOTSTRAP = "import sys; sys.path.insert(0, {root!r}); from completion.engine.host import main; main()"


async def start(spec: HostSpec, folder: Path, stale: Address | None) -> None:
    """Start a host and return when one has published its address: ours, or another client's.

    `stale` is an address that did not answer. Raises `EngineUnavailable`.
    """
    try:
        async with asyncio.timeout(START_SECONDS):
            while True:
                answer = await asyncio.to_thread(_spawn, spec, folder)
                if answer.get("ready"):
                    return
                if not answer.get("taken"):
                    raise EngineUnavailable(
                        f"the engine host could not be started: {answer.get('failed', 'it said nothing')}.",
                        advice=f"See {spec.log_file}.",
                    )
                # Somebody holds the lock. A host that begins will publish its address, one that leaves
                # will let go of the lock: look for the one, then try the other.
                for _ in range(_POLLS):
                    found = address.find(folder, spec.name)
                    if found is not None and found != stale:
                        return
                    await asyncio.sleep(_POLL_SECONDS)
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
            # What Python itself complains of comes before the host has opened its log.
            stderr=subprocess.STDOUT,
            **detached,
        )
    except OSError as error:
        return {"failed": f"{spec.python or sys.executable}: {error.strerror}"}
    # The host outlives us as a rule; while we live, somebody must collect its exit status.
    threading.Thread(target=process.wait, name="reaper", daemon=True).start()
    # One that hangs before it has said anything would hang us too.
    limit = threading.Timer(START_SECONDS, process.kill)
    limit.daemon = True
    limit.start()
    last = ""
    try:
        with process.stdout or contextlib.nullcontext(()) as lines:
            for line in lines:
                if (answer := _answer(line)) is not None:
                    return answer
                last = line.decode("utf-8", "replace").strip() or last
    finally:
        limit.cancel()
    return {"failed": last.rstrip(".") or "it ended before it was ready"}


def _answer(line: bytes) -> dict[str, Any] | None:
    try:
        table = json.loads(line)
    except ValueError:
        return None
    return table if isinstance(table, dict) else None

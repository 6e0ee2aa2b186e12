"""What makes a host a process of its own: its output, its file permissions, its name."""

from __future__ import annotations

import contextlib
import ctypes
import json
import logging
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

Tell = Callable[[Mapping[str, object]], None]

_LOG_BYTES = 1_000_000
_PR_SET_NAME = 15


def settle_in(log_file: str) -> Tell:
    """Send all output to the log, native libraries' too; make new files private; take a name.

    Returns a function that tells the process that started us one line. Never raises: without a log
    folder the output is dropped.
    """
    os.umask(0o077)
    starter = os.dup(1)
    target = _open_log(Path(log_file))
    os.dup2(target, 1)
    os.dup2(target, 2)
    os.close(target)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    _take_name(b"lsp-copilot-eng")

    def tell(line: Mapping[str, object]) -> None:
        with contextlib.suppress(OSError):
            os.write(starter, json.dumps(line).encode() + b"\n")
            os.close(starter)

    return tell


def _open_log(path: Path) -> int:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > _LOG_BYTES:
            os.replace(path, path.with_suffix(".old"))
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError:
        return os.open(os.devnull, os.O_WRONLY)


def _take_name(name: bytes) -> None:
    """Show this name (at most 15 bytes) in process lists instead of the interpreter's."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_NAME, name, 0, 0, 0)

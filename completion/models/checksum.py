"""SHA-256 of large files, with word of how far it is. Knows nothing of models."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

Progress = Callable[[str, int, "int | None"], None]
"""Hears what is being done, the bytes done and the bytes in all (None where nobody knows)."""

_BLOCK = 1 << 20


def silent(_what: str, _done: int, _total: int | None) -> None:
    """A `Progress` for those who do not look."""


def sha256(path: Path, progress: Progress = silent) -> str:
    """The SHA-256 of a whole file, 64 hexadecimal digits. Raises `OSError`."""
    state = hashlib.sha256()
    total, done = path.stat().st_size, 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            state.update(block)
            done += len(block)
            progress(f"checking {path.name.removesuffix('.part')}", done, total)
    return state.hexdigest()

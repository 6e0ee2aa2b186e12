"""A file on its way: `NAME.part` holds what has come so far, `NAME.part.json` what it is a part of.

A download that was cut, interrupted or stopped by a full disk goes on where it ended, provided that the other
side still has the same file. Knows nothing of connections.
"""

from __future__ import annotations

import errno
import json
import shutil
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self

from completion.errors import ModelError

MARGIN = 64 << 20
"""Bytes that are left alone on the disk: a full disk hurts more than a refused download."""

_FULL = (errno.ENOSPC, errno.EDQUOT)


class Part:
    """The beginning of a file that is to become `target`. `identity` names the content at the other side."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(target.name + ".part")
        self._note = target.with_name(target.name + ".part.json")
        self._file = self._opened()
        self.size = self.path.stat().st_size
        self.identity = _identity(self._note) if self.size else ""

    def begin(self, identity: str) -> None:
        """Start from nothing, with content that is called `identity` ("" where nobody can tell)."""
        self._file.seek(0)
        self._file.truncate()
        self.size, self.identity = 0, identity
        self._note.write_text(json.dumps({"identity": identity}), "utf-8")

    def write(self, block: bytes) -> None:
        """Append. Raises `ModelError` when the disk is full or knows no file so large; what was written stays."""
        view = memoryview(block)
        while view:
            try:
                count = self._file.write(view)
            except OSError as error:
                if error.errno == errno.EFBIG:
                    raise ModelError(
                        f"the disk of {self.path} takes no file larger than {amount(self.size)}.",
                        advice="Set LSP_COPILOT_MODELS_DIR to a folder on another disk.",
                    ) from error
                if error.errno not in _FULL:
                    raise
                raise ModelError(
                    f"the disk is full: {self.path} has {amount(self.size)} and stays where it is.",
                    advice="Free some space and run the same command again; it goes on from there.",
                ) from error
            view = view[count:]
            self.size += count

    def finish(self) -> None:
        """Give the whole file its name."""
        self._file.close()
        self.path.replace(self.target)
        self._note.unlink(missing_ok=True)

    def discard(self) -> None:
        """Delete it: it can become nothing."""
        self._file.close()
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        if self.size == 0 and self.path.exists():
            self.discard()

    def _opened(self) -> FileIO:
        # Unbuffered: a full disk is told at the write that met it, and what is counted is written.
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return self.path.open("ab", buffering=0)


def check_space(folder: Path, needed: int) -> None:
    """Raises `ModelError` unless the disk of `folder` has room for `needed` bytes and a margin."""
    free = free_space(folder)
    if needed + MARGIN > free:
        raise ModelError(
            f"the disk of {folder} has {amount(free)} free; {amount(needed)} and {amount(MARGIN)} to spare are needed.",
            advice="Free some space, or set LSP_COPILOT_MODELS_DIR to a folder on another disk.",
        )


def free_space(folder: Path) -> int:
    """Free bytes of the disk that `folder` is on, or will be on once it is made."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def amount(count: int) -> str:
    """Bytes as a person reads them (powers of ten, as in file listings of the hub)."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.2f} {unit}" if unit == "GB" else f"{count / size:.1f} {unit}"
    return f"{count} bytes"


def _identity(note: Path) -> str:
    try:
        found = json.loads(note.read_text("utf-8"))
    except (OSError, ValueError):
        return ""
    identity = found.get("identity") if isinstance(found, dict) else None
    return identity if isinstance(identity, str) else ""

"""What is known so far, beside the output: one line a record, appended in the records' order, so that a killed run goes
on where it was. A last line that was cut off is dropped. Its first line says of what inputs it is.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from completion.errors import InputError
from completion.normalize.types import Cell, Result, Row

VERSION = 1
_SYNC_RECORDS = 256
_SYNC_SECONDS = 1.0


class Journal:
    """A journal that is being written. Use it as a context manager: what was added is on disk afterwards.

    Raises `InputError` where the file there is of other inputs, or where it cannot be written.
    """

    def __init__(self, path: Path, key: str) -> None:
        self.path = path
        self._key = key
        try:
            self._stream = path.open("ab+")
        except OSError as error:
            raise InputError(f"{path}: {error.strerror or error}.", advice="Choose another -o.") from None
        try:
            _lock(self._stream.fileno(), path)
            self.kept = self._trim()
        except BaseException:
            self._stream.close()
            raise
        self._unsynced = 0
        self._synced = time.monotonic()

    def add(self, result: Result) -> None:
        """Append; it reaches the disk with others, within a second of work."""
        self._stream.write(encoded(result))
        self._unsynced += 1
        if self._unsynced >= _SYNC_RECORDS or time.monotonic() - self._synced > _SYNC_SECONDS:
            self.sync()

    def sync(self) -> None:
        """Bring what was added to the disk."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._unsynced, self._synced = 0, time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.sync()
        self._stream.close()

    def _trim(self) -> int:
        """Check the head, drop what was cut off, and count the records that are kept."""
        head = json.dumps({"lsp-copilot normalize": VERSION, "key": self._key}).encode() + b"\n"
        self._stream.seek(0)
        first = self._stream.readline()
        if not first.endswith(b"\n"):
            self._stream.truncate(0)
            self._stream.write(head)
            self._stream.flush()
            return 0
        if first != head:
            raise InputError(
                f"{self.path} is of another input, table or instruction.", advice="Begin anew with --restart."
            )
        count, good = 0, len(first)
        while line := self._stream.readline():
            if not line.endswith(b"\n") or not _whole(line):
                break
            count, good = count + 1, good + len(line)
        self._stream.truncate(good)
        self._stream.seek(0, os.SEEK_END)
        return count


def read(path: Path) -> Iterator[Result]:
    """The results of a journal in their order."""
    with path.open("rb") as stream:
        stream.readline()
        for line in stream:
            yield decoded(line)


def encoded(result: Result) -> bytes:
    """A line of a journal."""
    value: dict[str, Any] = {"line": result.line, "id": result.id, "state": result.state}
    if result.rows:
        value["rows"] = [[[c.column, c.value, c.start, c.end, c.how] for c in row] for row in result.rows]
    for name in ("reason", "candidates", "words", "model", "marks"):
        if getattr(result, name):
            value[name] = getattr(result, name)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def decoded(line: bytes) -> Result:
    """The result of a line. Raises `ValueError` or `KeyError` for what is none."""
    value = json.loads(line)
    rows: tuple[Row, ...] = tuple(tuple(Cell(*cell) for cell in row) for row in value.get("rows", ()))
    return Result(
        value["line"],
        value["id"],
        value["state"],
        rows,
        value.get("reason", ""),
        tuple(value.get("candidates", ())),
        tuple(value.get("words", ())),
        value.get("model", ""),
        tuple((start, end, column) for start, end, column in value.get("marks", ())),
    )


def _whole(line: bytes) -> bool:
    try:
        decoded(line)
    except (ValueError, KeyError, TypeError):
        return False
    return True


def _lock(number: int, path: Path) -> None:
    """Two runs must not write one journal."""
    try:
        import fcntl
    except ImportError:  # Windows: the second run is not kept out.
        return
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise InputError(f"{path}: another run is writing it.", advice="Wait for it, or choose another -o.") from None

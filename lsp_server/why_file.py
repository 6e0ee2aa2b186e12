"""Each server's newest records in a file of its own, in the user's private runtime folder, for `lsp-copilot why`.

Written by a thread, all at once and readable by the user alone, at most once a second, and at the end. It outlives its
server, so that one can ask after the editor has left; of servers that are gone the newest few are kept. Holds no text
of documents.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from completion.errors import CopilotError
from lsp_server.why import Record

log = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0
"""Between two writings."""

_PREFIX, _SUFFIX = "why-", ".json"
_KEPT_GONE = 4
_FIELDS = tuple(field.name for field in fields(Record))


@dataclass(frozen=True, slots=True)
class Told:
    """What one server has told: `records` the newest first; `workspace` is "" where the editor named none."""

    pid: int
    workspace: str
    started: float
    records: tuple[Record, ...]

    @property
    def at(self) -> float:
        """When it was last asked something, in seconds since 1970."""
        return self.records[0].at if self.records else self.started


class WhyFile:
    """Keeps one server's file. `read` gives its records, the newest first; `workspace` names where it works."""

    def __init__(self, read: Callable[[], tuple[Record, ...]], workspace: Callable[[], str]) -> None:
        self._read = read
        self._workspace = workspace
        self._started = time.time()
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Future[None] | None = None
        self._last = float("-inf")
        self._changed = False
        self._closed = False
        self._pruned = False
        self._refused = False

    def changed(self) -> None:
        """There is a new record (in a running event loop)."""
        self._changed = True
        if self._timer is None and self._writing is None and not self._closed:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(loop.time(), self._last + PAUSE_SECONDS), self._write_soon)

    async def aclose(self) -> None:
        """Write what was not written yet."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        if self._writing is not None:
            await self._writing
        if self._changed:
            self._changed = False
            await asyncio.to_thread(self._write, self._told())

    def _write_soon(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer, self._changed, self._last = None, False, loop.time()
        self._writing = loop.run_in_executor(None, self._write, self._told())
        self._writing.add_done_callback(self._written)

    def _written(self, _done: asyncio.Future[None]) -> None:
        self._writing = None
        if self._changed:
            self.changed()

    def _told(self) -> Told:
        return Told(os.getpid(), self._workspace(), self._started, self._read())

    def _write(self, told: Told) -> None:
        """In a thread. What cannot be written is not: nobody's typing depends on it."""
        try:
            write(told)
            if not self._pruned:
                self._pruned = True
                prune()
        except (OSError, CopilotError) as error:
            if not self._refused:
                self._refused = True
                log.warning("lsp-copilot why will know nothing of this server: %s", error)


def write(told: Told) -> Path:
    """Write a server's file. Raises `OSError`, or `EngineUnavailable` where there is no private folder."""
    # Imported here, because the editor waits for the start.
    import tempfile

    folder = _folder()
    target = folder / f"{_PREFIX}{told.pid}{_SUFFIX}"
    table = {"pid": told.pid, "workspace": told.workspace, "started": told.started}
    text = json.dumps({**table, "records": list(map(_table, told.records))})
    descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=_PREFIX, suffix=".new")  # of mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    return target


def read() -> list[Told]:
    """What all servers have told, the one that was asked last first. What cannot be read is left out.

    Raises `EngineUnavailable` where there is no private folder.
    """
    from pydantic import TypeAdapter, ValidationError

    adapter = TypeAdapter(Told)
    found = []
    for path in _files():
        with contextlib.suppress(OSError, ValidationError):
            found.append(adapter.validate_json(path.read_bytes()))
    return sorted(found, key=lambda told: -told.at)


def runs(pid: int) -> bool:
    """Whether the process of a server is still there (or another one of its number)."""
    import psutil

    return psutil.pid_exists(pid)


def prune() -> None:
    """Remove the files of servers that are gone, but for the newest few, and what a writer has left behind."""
    gone = []
    for path in _folder().glob(_PREFIX + "*"):
        number = path.name.removeprefix(_PREFIX).removesuffix(_SUFFIX)
        with contextlib.suppress(OSError):
            if path.suffix == _SUFFIX and number.isdecimal():
                if not runs(int(number)):
                    gone.append((path.stat().st_mtime, path))
            elif time.time() - path.stat().st_mtime > 60:
                path.unlink()
    for _, path in sorted(gone, reverse=True)[_KEPT_GONE:]:
        path.unlink(missing_ok=True)


def _table(record: Record) -> dict[str, object]:
    # `asdict` copies everything deeply, which takes ten times as long; the event loop shares the interpreter.
    table = {name: getattr(record, name) for name in _FIELDS}
    table["candidates"] = [{"source": tried.source, "probability": tried.probability} for tried in record.candidates]
    # Names that stand nowhere are a document's text.
    table["unknown_names"] = ()
    return table


def _files() -> Sequence[Path]:
    return sorted(_folder().glob(f"{_PREFIX}*{_SUFFIX}"))


def _folder() -> Path:
    from completion.engine.address import runtime_folder

    return runtime_folder()

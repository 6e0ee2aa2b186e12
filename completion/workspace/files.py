"""The source files of a workspace: walked in a stable order within a budget, and read without being led astray.

No symbolic link is followed, neither of a file nor of a folder: what it points to inside the root is met under its own
name, and what is outside is not ours. Pipes, sockets and devices are never opened for long enough to wait for them.
What cannot be read is left out; nothing is raised.
"""

from __future__ import annotations

import os
import stat
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from completion.syntax import languages
from completion.workspace import secrets
from completion.workspace.file_rules import folder_marks, machine_made, skipped_folder
from completion.workspace.ignore import Ignore

LARGEST_FILE = 400_000
"""Bytes; what is larger was rarely written by hand."""

_DEEPEST = 64
_LOOKED_AT_FOR_BINARY = 8192
_ENTRIES_BETWEEN_LOOKS = 256

_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_FILE = (
    os.O_RDONLY | _NOFOLLOW | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
)
_FOLDER = os.O_RDONLY | _NOFOLLOW | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_BY_DESCRIPTOR = bool(_NOFOLLOW) and os.open in os.supports_dir_fd and os.scandir in os.supports_fd


@dataclass(frozen=True, slots=True)
class Budget:
    """Where a walk ends: after so many files or looked-at entries, or so many seconds, which count from its first
    step and include what the caller does between two steps. Files of more than `file_bytes` are passed over."""

    files: int = 5_000
    entries: int = 200_000
    seconds: float = 10.0
    file_bytes: int = LARGEST_FILE


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a known language. `path` is absolute; `relative` counts from the root and has slashes.

    A name that is not UTF-8 has surrogate escapes, as everywhere in Python.
    """

    path: str
    relative: str
    language: str
    size: int
    modified_ns: int

    @property
    def stamp(self) -> tuple[int, int]:
        """Changes when the file does."""
        return self.modified_ns, self.size


@dataclass(frozen=True, slots=True)
class End:
    """What a walk came to: how many files, and which part of the budget ended it ("" where it saw everything)."""

    files: int
    ended_by: str = ""


def walk(
    ignore: Ignore, budget: Budget | None = None, is_stopped: Callable[[], bool] = lambda: False
) -> Generator[SourceFile, None, End]:
    """The source files below the root that may enter context, folder by folder, the shallow ones first, by name.

    Close the generator to cancel it; `is_stopped` is asked now and then where no file comes for long. Its return value
    is an `End`.
    """
    walked = _Walk(ignore, budget or Budget(), is_stopped)
    try:
        yield from walked.files()
    except _Over as over:
        return End(walked.found, str(over))
    return End(walked.found)


def read(root: str, relative: str, most_bytes: int = LARGEST_FILE) -> bytes | None:
    """The bytes of a file below the root; None where it is no longer a regular text file of at most that size.

    No part of the way may be a symbolic link (where the system can say so), so that nothing outside the root is read
    even while somebody changes the folders.
    """
    try:
        with _opened(root, relative) as descriptor, os.fdopen(descriptor, "rb", closefd=False) as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return None
            content = file.read(most_bytes + 1)
    except (OSError, ValueError):
        return None
    if len(content) > most_bytes or b"\0" in content[:_LOOKED_AT_FOR_BINARY]:
        return None
    return content


def read_masked(root: str, relative: str, most_bytes: int = LARGEST_FILE) -> bytes | None:
    """Like `read`, with the secrets masked: same length, same offsets, same line breaks."""
    content = read(root, relative, most_bytes)
    if content is None:
        return None
    text = content.decode("utf-8", "surrogateescape")
    return secrets.masked(text).text.encode("utf-8", "surrogateescape")


class _Over(Exception):
    """A budget is used up; the text names which."""


class _Walk:
    def __init__(self, ignore: Ignore, budget: Budget, is_stopped: Callable[[], bool]) -> None:
        self._ignore = ignore
        self._budget = budget
        self._is_stopped = is_stopped
        self._until = time.monotonic() + budget.seconds
        self._entries = 0
        self.found = 0

    def files(self) -> Iterator[SourceFile]:
        waiting = deque([""])
        seen: set[tuple[int, int]] = set()
        while waiting:
            self._look()
            relative = waiting.popleft()
            names, folders = self._listed(relative, seen)
            yield from self._sources(relative, names)
            if relative.count("/") < _DEEPEST:
                prefix = f"{relative}/" if relative else ""
                waiting.extend(prefix + name for name in self._entered(relative, folders))

    def _look(self) -> None:
        if self._is_stopped():
            raise _Over("stopped")
        if time.monotonic() >= self._until:
            raise _Over("seconds")
        if self._entries > self._budget.entries:
            raise _Over("entries")

    def _listed(self, relative: str, seen: set[tuple[int, int]]) -> tuple[list[tuple[str, os.stat_result]], list[str]]:
        """Regular files with what is known of them, and folders, both by name; nothing of a folder that was seen."""
        files: list[tuple[str, os.stat_result]] = []
        folders: list[str] = []
        marks = folder_marks()
        try:
            with _scanned(self._ignore.root, relative) as (identity, entries):
                if identity in seen:
                    return [], []
                seen.add(identity)
                for entry in entries:
                    self._entries += 1
                    if self._entries % _ENTRIES_BETWEEN_LOOKS == 0:
                        self._look()
                    if relative and entry.name in marks:
                        return [], []
                    self._sort(entry, files, folders)
        except (OSError, ValueError):
            pass
        return sorted(files, key=lambda file: file[0]), sorted(folders)

    def _sort(self, entry: os.DirEntry[str], files: list[tuple[str, os.stat_result]], folders: list[str]) -> None:
        try:
            if entry.is_dir(follow_symlinks=False):
                if not skipped_folder(entry.name) and not _is_junction(entry):
                    folders.append(entry.name)
            elif entry.is_file(follow_symlinks=False) and _language(entry.name):
                files.append((entry.name, entry.stat(follow_symlinks=False)))
        except OSError:
            pass

    def _sources(self, relative: str, names: list[tuple[str, os.stat_result]]) -> Iterator[SourceFile]:
        judge = self._ignore.folder(self._folder(relative))
        for name, status in names:
            if status.st_size > self._budget.file_bytes or machine_made(name):
                continue
            if judge.verdict(name, "file").ignored:
                continue
            self._look()
            if self.found >= self._budget.files:
                raise _Over("files")
            self.found += 1
            below = f"{relative}/{name}" if relative else name
            path = os.path.join(self._ignore.root, *below.split("/"))
            yield SourceFile(path, below, _language(name), status.st_size, status.st_mtime_ns)

    def _entered(self, relative: str, names: list[str]) -> list[str]:
        judge = self._ignore.folder(self._folder(relative))
        return [name for name in names if not judge.verdict(name, "folder").ignored]

    def _folder(self, relative: str) -> str:
        return "/".join(part for part in (self._ignore.prefix, relative) if part)


@contextmanager
def _opened(root: str, relative: str, flags: int = _FILE) -> Iterator[int]:
    """A descriptor of what is at `relative`, opened folder by folder without following links."""
    parts = [part for part in relative.split("/") if part]
    if ".." in parts or os.path.isabs(relative):
        raise OSError("outside the root")
    if not _BY_DESCRIPTOR:
        descriptor = os.open(_unlinked(root, parts), flags)
    elif not parts:
        descriptor = os.open(root, flags & ~_NOFOLLOW)  # The root itself may be reached by a link.
    else:
        with _opened(root, "/".join(parts[:-1]), _FOLDER) as folder:
            descriptor = os.open(parts[-1], flags, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _scanned(root: str, relative: str) -> Iterator[tuple[tuple[int, int], Iterator[os.DirEntry[str]]]]:
    """The identity of a folder and its entries."""
    if _BY_DESCRIPTOR:
        with _opened(root, relative, _FOLDER) as descriptor, os.scandir(descriptor) as entries:
            status = os.fstat(descriptor)
            yield (status.st_dev, status.st_ino), entries
    else:
        path = _unlinked(root, relative.split("/"))
        status = os.stat(path)
        with os.scandir(path) as entries:
            yield (status.st_dev, status.st_ino), entries


def _unlinked(root: str, parts: list[str]) -> str:
    """The path of an entry, where the system opens paths only. Raises `OSError` where a part of it is a link."""
    path = root
    for part in filter(None, parts):
        path = os.path.join(path, part)
        if os.path.islink(path):
            raise OSError("a symbolic link")
    return path


def _is_junction(entry: os.DirEntry[str]) -> bool:
    """Windows' other kind of link; Python tells it from 3.12 on."""
    return bool(getattr(entry, "is_junction", lambda: False)())


@lru_cache(maxsize=16_384)
def _language(name: str) -> str:
    found = languages.of_path(name)
    return found.id if found else ""

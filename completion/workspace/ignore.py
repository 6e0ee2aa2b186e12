"""Whether a path of a workspace may enter context, and if not, why: which file says so, in which line.

Secret files come first and nothing takes them back. Then `.copilotignore` files, then what git would ignore:
`.gitignore` files from the folder up to the root of the repository, then `.git/info/exclude`. Ignore files are read
again when they have changed. The module judges names; it opens nothing but ignore files.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath

from completion.types import Mode, SyntaxContext
from completion.workspace import gitignore
from completion.workspace.file_rules import Kind, secret_anywhere, secret_pattern
from completion.workspace.gitignore import Pattern

SECRET_FILE = "secret file"  # noqa: S105 - a reason, not a password
COPILOT_IGNORE = ".copilotignore"
GIT_IGNORE = ".gitignore"

_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+:")
_LARGEST_IGNORE_FILE = 1 << 20
_MOST_LINES = 10_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a path is ignored; `source` is the file that says so (relative to the root) or "secret file"."""

    ignored: bool
    source: str = ""
    line: int = 0
    pattern: str = ""

    @property
    def reason(self) -> str:
        """The verdict in words, for a person; empty where the path may enter context."""
        if not self.ignored:
            return ""
        if self.source == SECRET_FILE:
            return f"secret file ({self.pattern})"
        return f"ignored by {self.source}:{self.line} ({self.pattern})" if self.source else self.pattern


ALLOWED = Verdict(False)
OUTSIDE = Verdict(True, pattern="outside the workspace")
GIT_ITSELF = Verdict(True, pattern="git's own files")


@dataclass(frozen=True, slots=True)
class _Rules:
    """The patterns of one ignore file, last first, and where it stands relative to the repository."""

    source: str
    folder: str
    patterns: tuple[Pattern, ...]

    def verdict(self, path: str) -> Verdict | None:
        pattern = gitignore.last_match(self.patterns, path.removeprefix(self.folder))
        return Verdict(pattern.ignores, self.source, pattern.line, pattern.text.strip()) if pattern else None


@dataclass(frozen=True, slots=True)
class Folder:
    """The rules for the entries of one folder, as they were when it was asked for; the strongest ones first."""

    path: str
    rules: tuple[_Rules, ...]

    def verdict(self, name: str, kind: Kind) -> Verdict:
        """Whether the entry called `name` may enter context."""
        if name.lower() == ".git":
            return GIT_ITSELF
        path = f"{self.path}/{name}" if self.path else name
        if pattern := secret_pattern(path, kind):
            return Verdict(True, SECRET_FILE, 0, pattern)
        path += "/" if kind == "folder" else ""
        for rules in self.rules:
            if (found := rules.verdict(path)) is not None:
                return found
        return ALLOWED


class Ignore:
    """The ignore rules of one workspace root. Safe to ask from several threads."""

    def __init__(self, root: str | os.PathLike[str]) -> None:
        """`root` is the workspace's folder; a repository around it counts too."""
        self.root = os.path.abspath(root)
        self._files: dict[str, tuple[tuple[int, ...], tuple[Pattern, ...]]] = {}
        self._top = _repository(self.root)
        if self._judged(self._parts(self.root), "folder").ignored:
            # A repository that ignores the whole workspace (of a home folder, say) does not speak for it.
            self._top = self.root
        self.prefix = "/".join(self._parts(self.root))
        """The root, relative to the repository that it lies in: which `folder` takes for the root itself."""

    def verdict(self, path: str | os.PathLike[str]) -> Verdict:
        """Whether the file at `path` (absolute, or relative to the root) may enter context. Never raises."""
        full = os.path.normpath(os.path.join(self.root, path))
        if full != self.root and not full.startswith(self.root.rstrip(os.sep) + os.sep):
            return OUTSIDE
        real = _real(full)
        if real != full and (pattern := secret_anywhere(real)):
            return Verdict(True, SECRET_FILE, 0, pattern)
        # What is above the root was opened by the user: only what is below it is judged.
        return self._judged(self._parts(full), "file", len(self._parts(self.root)))

    def folder(self, path: str) -> Folder:
        """The rules for the entries of one folder that is not ignored itself; `path` is relative to the repository."""
        return Folder(path, tuple(rules for file in (COPILOT_IGNORE, GIT_IGNORE) for rules in self._above(path, file)))

    def _judged(self, parts: tuple[str, ...], last: Kind, start: int = 0) -> Verdict:
        """The first verdict that ignores, from the top down; what is above `start` is not judged."""
        for depth in range(start, len(parts)):
            kind: Kind = last if depth == len(parts) - 1 else "folder"
            found = self.folder("/".join(parts[:depth])).verdict(parts[depth], kind)
            if found.ignored:
                return found
        return ALLOWED

    def _parts(self, path: str) -> tuple[str, ...]:
        """The names on the way from the repository to `path`."""
        return PurePath(os.path.relpath(path, self._top)).parts

    def _above(self, folder: str, name: str) -> Iterator[_Rules]:
        """The ignore files called `name` that speak of the entries of `folder`, the nearest one first."""
        while True:
            patterns = self._patterns(os.path.join(self._top, folder, name))
            prefix = f"{folder}/" if folder else ""
            if patterns:
                yield _Rules(prefix + name, prefix, patterns)
            if not folder:
                break
            folder = folder.rpartition("/")[0]
        if name == GIT_IGNORE and (patterns := self._patterns(_exclude_file(self._top))):
            yield _Rules(".git/info/exclude", "", patterns)

    def _patterns(self, path: str) -> tuple[Pattern, ...]:
        try:
            found = os.lstat(path)
        except (OSError, ValueError):
            return ()
        identity = (found.st_mtime_ns, found.st_size, found.st_ino)
        known = self._files.get(path)
        if known is None or known[0] != identity:
            known = identity, _read(path) if stat.S_ISREG(found.st_mode) else ()
            self._files[path] = known
        return known[1]


def refusal(path: str | os.PathLike[str], ignore: Ignore | None = None) -> SyntaxContext | None:
    """Why there are no suggestions in this document at all, or None where there may be.

    A secret file gets none, and neither does what `.copilotignore` names. A file that only git ignores is the user's
    own business: it gets suggestions and enters nobody else's context.
    """
    name = _SCHEME.sub("", os.fspath(path))
    if secret_anywhere(name) or secret_anywhere(_real(name)):
        return SyntaxContext(Mode.NONE, reason=SECRET_FILE)
    found = ignore.verdict(path) if ignore is not None else ALLOWED
    if found.ignored and found.source.endswith(COPILOT_IGNORE):
        return SyntaxContext(Mode.NONE, reason=found.reason)
    return None


def _real(path: str) -> str:
    """Where a path leads, or the path itself where it leads nowhere."""
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return path


def _read(path: str) -> tuple[Pattern, ...]:
    text = _content(path)
    if len(text) > _LARGEST_IGNORE_FILE or text.count("\n") > _MOST_LINES:
        text = "*"  # Nobody writes such a file; what it would ignore is not found out at the price of minutes.
    return tuple(reversed(gitignore.read(text)))


def _content(path: str) -> str:
    """The text of a file that may be anything; empty where it is none."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        with os.fdopen(os.open(path, flags), "rb") as file:
            return file.read(_LARGEST_IGNORE_FILE + 1).decode("utf-8", "surrogateescape")
    except (OSError, ValueError):
        return ""


def _repository(root: str) -> str:
    """The folder with `.git` that holds the root, or the root itself."""
    for folder in (root, *map(str, Path(root).parents)):
        if os.path.lexists(os.path.join(folder, ".git")):
            return folder
    return root


@lru_cache(maxsize=64)
def _exclude_file(top: str) -> str:
    """Where `info/exclude` stands: in `.git`, or where a worktree's `.git` file points to."""
    git = os.path.join(top, ".git")
    for pointer, prefix in ((git, "gitdir:"), ("commondir", "")):
        target = _content(git if pointer == git else os.path.join(git, pointer)).removeprefix(prefix).strip()
        if target:
            git = os.path.normpath(os.path.join(top if prefix else git, target))
    return os.path.join(git, "info", "exclude")

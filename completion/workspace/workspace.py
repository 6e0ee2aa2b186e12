"""One workspace root: which of its files may be shown, what they define, and lines of them.

Filled in the background, once and again whenever something has changed; asked at any time. Knows no editor.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path, PurePath

from completion.syntax import languages
from completion.types import SyntaxContext
from completion.workspace import files
from completion.workspace.files import Budget, End
from completion.workspace.ignore import Ignore, refusal
from completion.workspace.index import SymbolIndex

REFUSAL_SECONDS = 1.0
"""A verdict on the document at the cursor is remembered for so long: it is asked for at every key."""

_MOST_REFUSALS = 256


class Workspace:
    """What is known of the folder `root`. Safe to ask from several threads."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.index = SymbolIndex()
        self._ignore = Ignore(root)
        self._refusals: dict[str, tuple[float, SyntaxContext | None]] = {}

    def refusal(self, path: str) -> SyntaxContext | None:
        """Why there are no suggestions in this document at all; None where there may be.

        `path` is a display path: relative to the root, or absolute outside of it.
        """
        now = time.monotonic()
        known = self._refusals.get(path)
        if known is None or now - known[0] > REFUSAL_SECONDS:
            if len(self._refusals) >= _MOST_REFUSALS:
                self._refusals.clear()
            known = self._refusals[path] = now, refusal(self.root / path, self._ignore)
        return known[1]

    def may_show(self, path: str) -> bool:
        """Whether this file may be shown to the model beside another one."""
        return _is_inside(path) and not self._ignore.verdict(path).ignored

    def fill(self, budget: Budget | None = None, is_stopped: Callable[[], bool] = lambda: False) -> End:
        """Read what files define, as far as it is not known; blocks, for as long as the budget says."""
        walked, met = files.walk(self._ignore, budget, is_stopped), set[str]()
        while True:
            try:
                file = next(walked)
            except StopIteration as end:
                found: End = end.value
                break
            met.add(file.relative)
            self._take(file.relative, file.language, file.stamp)
        if not found.ended_by:
            # Whoever removed or hid a file need not have told us.
            for path in self.index.paths:
                if path not in met:
                    self.index.forget(path)
        return found

    def changed(self, paths: Iterable[str]) -> None:
        """Files (display paths) were written, made or removed."""
        for path in paths:
            if not _is_inside(path):
                continue
            language = row.id if (row := languages.of_path(path)) is not None else ""
            try:
                status = os.stat(self.root / path, follow_symlinks=False)
            except (OSError, ValueError):
                self._forget(path)
                continue
            if language and not self._ignore.verdict(path).ignored:
                self._take(path, language, (status.st_mtime_ns, status.st_size))
            else:
                self.index.forget(path)

    def _forget(self, path: str) -> None:
        """A file is gone, or a folder with all that was in it."""
        self.index.forget(path)
        below = path.rstrip("/") + "/"
        for known in self.index.paths:
            if known.startswith(below):
                self.index.forget(known)

    def _take(self, relative: str, language: str, stamp: tuple[int, int]) -> None:
        if self.index.is_current(relative, stamp):
            return
        source = files.read_masked(str(self.root), relative)
        if source is None:
            self.index.forget(relative)
        else:
            self.index.put(relative, language, source, stamp)


def _is_inside(path: str) -> bool:
    pure = PurePath(path)
    return bool(path) and not pure.is_absolute() and ".." not in pure.parts

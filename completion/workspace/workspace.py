"""One workspace root: which of its files may be shown, what they define, and lines of them.

Filled in the background, once and again whenever something has changed; asked at any time. Knows no editor.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path, PurePath

from completion.syntax import languages
from completion.types import SyntaxContext
from completion.workspace import files
from completion.workspace.files import Budget, End
from completion.workspace.ignore import Ignore, refusal
from completion.workspace.index import SymbolIndex


class Workspace:
    """What is known of the folder `root`. Safe to ask from several threads."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.index = SymbolIndex()
        self._ignore = Ignore(root)

    def refusal(self, path: str) -> SyntaxContext | None:
        """Why there are no suggestions in this document at all; None where there may be.

        `path` is a display path: relative to the root, or absolute outside of it.
        """
        return refusal(self.root / path, self._ignore)

    def may_show(self, path: str) -> bool:
        """Whether this file may be shown to the model beside another one."""
        return _is_inside(path) and not self._ignore.verdict(path).ignored

    def fill(self, budget: Budget | None = None, is_stopped: Callable[[], bool] = lambda: False) -> End:
        """Read what files define, as far as it is not known; blocks, for as long as the budget says."""
        walked = files.walk(self._ignore, budget, is_stopped)
        while True:
            try:
                file = next(walked)
            except StopIteration as end:
                found: End = end.value
                return found
            self._take(file.relative, file.language, file.stamp)

    def changed(self, paths: Iterable[str]) -> None:
        """Files (display paths) were written, made or removed."""
        for path in paths:
            if not _is_inside(path):
                continue
            language = row.id if (row := languages.of_path(path)) is not None else ""
            try:
                status = os.stat(self.root / path, follow_symlinks=False)
            except (OSError, ValueError):
                self.index.forget(path)
                continue
            if language and not self._ignore.verdict(path).ignored:
                self._take(path, language, (status.st_mtime_ns, status.st_size))

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

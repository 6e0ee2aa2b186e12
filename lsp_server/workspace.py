"""The workspace behind the server: made and filled by one thread, asked by the event loop.

The thread gives way while somebody types and while a request runs, so that typing never waits for it. (It keeps its
priority: one that the system has put off while it holds the interpreter would hold up the event loop.) Only the first
of several folders is indexed; what the others' `.copilotignore` files name is refused all the same. Knows no LSP.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from completion.memory import Memory
    from completion.types import SyntaxContext
    from completion.workspace.ignore import Ignore
    from completion.workspace.workspace import Workspace

log = logging.getLogger(__name__)

REFILL_SECONDS = 300.0
"""After so long without news all files are looked at again, if anybody has asked anything meanwhile."""

FILL_SECONDS = 600.0
"""The longest walk, pauses included; the next one goes on where it ended, because what is known is passed over."""

QUIET_SECONDS = 0.4
"""The thread goes on when nobody has typed for so long."""

MOST_CHANGED = 500
"""More news than that are one look at everything."""

_MOST_JUDGED = 1_000
_STOPPING_SECONDS = 1.0
_SWITCH_SECONDS = 0.001
"""After so long the interpreter is handed on where others wait for it: a first key meets the thread at work."""
_IGNORE_FILES = (".gitignore", ".copilotignore", ".git/info/exclude")


@dataclass(frozen=True, slots=True)
class _Known:
    """A workspace under the rules that held when it was made, and which documents may be shown beside others."""

    workspace: Workspace
    verdicts: dict[str, bool] = field(default_factory=dict)


class Indexing:
    """Keeps `memory.workspace`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._known: _Known | None = None
        self._others: tuple[Ignore, ...] = ()
        self._failed = False
        self._ready = asyncio.Event()
        self._thread: threading.Thread | None = None
        # Shared with the thread; single operations on them are atomic.
        self._changed: set[str] = set()
        self._unjudged: set[str] = set()
        self._asking = 0
        self._asked = False
        self._busy_until = 0.0
        self._stopped = threading.Event()
        self._quiet = threading.Event()
        self._news = threading.Event()
        self._quiet.set()

    def start(self, folders: Sequence[Path]) -> None:
        """Make the workspace of the first folder, and fill it (in a running event loop). Only the first call counts."""
        if self._thread is None:
            work = (asyncio.get_running_loop(), tuple(folders))
            self._thread = threading.Thread(target=self._run, args=work, name="index", daemon=True)
            self._thread.start()

    async def ready(self) -> None:
        """Wait until the rules are there that say which documents are refused; not for the index."""
        if self._thread is not None:
            await self._ready.wait()

    async def aclose(self) -> None:
        """Stop. Returns after a second at the latest."""
        self._stopped.set()
        self._quiet.set()
        self._news.set()
        self._ready.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, _STOPPING_SECONDS)

    # --- questions ---------------------------------------------------------------------------

    def refusal(self, path: str) -> SyntaxContext | None:
        """Why the document at this display path gets no suggestions, where the workspace in memory does not say it."""
        if self._memory.workspace is not None and not os.path.isabs(path):
            return None
        from completion.types import Mode, SyntaxContext
        from completion.workspace.ignore import refusal

        if self._failed:
            return SyntaxContext(Mode.NONE, reason="which files are secret is not known")
        found = (refusal(path, rules) for rules in self._others)
        return next(filter(None, found), None) or refusal(path)

    def may_show(self, path: str) -> bool:
        """Whether the document at this display path may be shown beside another one; False until that is known."""
        known = self._known
        if known is None:
            return False
        found = known.verdicts.get(path)
        if found is None and path not in self._unjudged:
            # Judging reads the state of files, which a key press has no time for.
            self._unjudged.add(path)
            self._news.set()
        return bool(found)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Somebody waits for an answer inside."""
        self._asking += 1
        self._asked = True
        self._quiet.clear()
        try:
            yield
        finally:
            self._asking -= 1
            self.give_way()
            if not self._asking:
                self._quiet.set()

    def give_way(self) -> None:
        """Somebody types."""
        self._busy_until = time.monotonic() + QUIET_SECONDS

    # --- news --------------------------------------------------------------------------------

    def changed(self, paths: Iterable[str]) -> None:
        """Files (display paths) were written, made or removed."""
        known = self._known
        if known is None:
            return
        paths = [path.replace("\\", "/") for path in paths if path and not os.path.isabs(path)]
        if any(path == name or path.endswith("/" + name) for path in paths for name in _IGNORE_FILES):
            # What was indexed under other rules is not ours any more.
            self._adopt(type(known.workspace)(known.workspace.root))
        self._changed.update(paths)
        self._news.set()

    def _adopt(self, workspace: Workspace) -> None:
        self._known = _Known(workspace)
        self._memory.workspace = workspace

    # --- the thread --------------------------------------------------------------------------

    def _run(self, loop: asyncio.AbstractEventLoop, folders: tuple[Path, ...]) -> None:
        try:
            self._make(folders)
        except Exception as error:
            self._failed = True
            log.error("the rules for secret files cannot be read: %s", error)
        with suppress(RuntimeError):  # The loop may have ended meanwhile.
            loop.call_soon_threadsafe(self._ready.set)
        filled: _Known | None = None
        while (known := self._known) is not None and not self._stopped.is_set():
            self._news.clear()
            try:
                self._look(known, first=filled is not known)
            except Exception as error:
                # The index is poorer; nobody's typing depends on it.
                log.warning("index: a look at the files failed: %s", type(error).__name__)
                log.debug("index", exc_info=True)
            filled = known
            woken = self._news.is_set() or known is not self._known or self._news.wait(REFILL_SECONDS)
            while not woken and not self._asked:
                # Nobody is there.
                woken = self._news.wait(REFILL_SECONDS)
            if not woken:
                self._asked, filled = False, None

    def _make(self, folders: tuple[Path, ...]) -> None:
        from completion.workspace.ignore import Ignore, refusal
        from completion.workspace.workspace import Workspace

        # The first question reads the tables, and nobody is to wait for that.
        refusal("")
        self._others = tuple(Ignore(folder) for folder in folders[1:])
        if folders:
            self._adopt(Workspace(folders[0]))

    def _look(self, known: _Known, *, first: bool) -> None:
        """Deal with the news, or with everything."""
        changed = self._taken(self._changed)
        self._judge(known, self._taken(self._unjudged))
        if first or len(changed) > MOST_CHANGED:
            self._fill(known)
            return
        ours = [path for path in changed if not _is_made_by_tools(path)]
        for path in ours:
            if self._is_over(known):
                break
            known.workspace.changed([path])
        if changed:
            log.debug("index: %d of %d changed files looked at", len(ours), len(changed))

    def _fill(self, known: _Known) -> None:
        from completion.workspace.files import Budget

        begun = time.monotonic()
        level = logging.DEBUG if known.workspace.index.size.files else logging.INFO
        self._judge(known, tuple(known.verdicts))
        before = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH_SECONDS)
        try:
            end = known.workspace.fill(Budget(seconds=FILL_SECONDS), lambda: self._is_over(known))
        finally:
            sys.setswitchinterval(before)
        if self._stopped.is_set():
            return
        size, seconds = known.workspace.index.size, time.monotonic() - begun
        note = f"; not all, ended by: {end.ended_by}" if end.ended_by else ""
        log.log(
            level,
            "index: %d files looked at, %d with %d names in %.1f MB, after %.1f s%s",
            end.files, size.files, size.symbols, size.bytes / 1e6, seconds, note,
        )  # fmt: skip

    def _judge(self, known: _Known, paths: Iterable[str]) -> None:
        if len(known.verdicts) > _MOST_JUDGED:
            known.verdicts.clear()
        for path in paths:
            known.verdicts[path] = known.workspace.may_show(path)

    def _is_over(self, known: _Known) -> bool:
        """Between two files: wait while somebody else does; whether to stop."""
        while not self._stopped.is_set():
            self._quiet.wait()
            left = self._busy_until - time.monotonic()
            if left <= 0:
                break
            self._stopped.wait(left)
        if self._unjudged:
            self._judge(known, self._taken(self._unjudged))
        return self._stopped.is_set() or known is not self._known

    def _taken(self, news: set[str]) -> list[str]:
        """All that is in the set, which is empty then."""
        taken = []
        while news:
            taken.append(news.pop())
        return taken


def _is_made_by_tools(path: str) -> bool:
    from completion.workspace.file_rules import machine_made, skipped_folder

    *folders, name = path.split("/")
    return machine_made(name) or any(map(skipped_folder, folders))

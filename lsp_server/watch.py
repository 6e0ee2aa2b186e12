"""Is the client still there? Its process, and the far end of our output, looked at once a second.

The end of standard input tells most of it; not where a grandchild of the editor keeps the pipe open.
"""

from __future__ import annotations

import asyncio
import select
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

PERIOD = 1.0
"""Seconds between two looks."""


async def until_process_ends(pid: int) -> None:
    """Return when the process `pid` is gone, is a zombie, or is another process than at first."""
    # Imported here, because the client waits for `initialize` before it is needed.
    import psutil

    try:
        process = psutil.Process(pid)
    except (psutil.NoSuchProcess, ValueError, OverflowError):
        return
    await _while(lambda: _alive(process))


async def until_reader_leaves(descriptor: int) -> None:
    """Return when nobody reads the other end of a pipe; never, where that cannot be seen."""
    if sys.platform == "win32" or not hasattr(select, "poll"):
        await asyncio.Event().wait()
        return
    poll = select.poll()
    # Errors and hang-ups are reported without being asked for.
    poll.register(descriptor, 0)
    await _while(lambda: not poll.poll(0))


async def _while(condition: Callable[[], bool]) -> None:
    # Nothing portable tells of these events, so this is one of the few places that must poll.
    while condition():  # noqa: ASYNC110
        await asyncio.sleep(PERIOD)


def _alive(process: psutil.Process) -> bool:
    import psutil

    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True

"""Is the client still there? Its process, and the far end of our output, looked at once a second.

The end of standard input tells most of it; not where a grandchild of the editor keeps the pipe open.
"""

from __future__ import annotations

import asyncio
import select
import sys

import psutil

PERIOD = 1.0
"""Seconds between two looks."""


async def until_process_ends(pid: int) -> None:
    """Return when the process `pid` is gone, is a zombie, or is another process than at first."""
    try:
        process = psutil.Process(pid)
    except (psutil.NoSuchProcess, ValueError, OverflowError):
        return
    except psutil.AccessDenied:
        # Another user's process: it can be seen, but not told apart from a successor.
        while psutil.pid_exists(pid):
            await asyncio.sleep(PERIOD)
        return
    while _alive(process):
        await asyncio.sleep(PERIOD)


async def until_reader_leaves(descriptor: int) -> None:
    """Return when nobody reads the other end of a pipe; never, where that cannot be seen."""
    if sys.platform == "win32" or not hasattr(select, "poll"):
        return await asyncio.Event().wait() and None
    poll = select.poll()
    # Errors and hang-ups are reported without being asked for.
    poll.register(descriptor, 0)
    while not poll.poll(0):
        await asyncio.sleep(PERIOD)


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True

"""One engine for the time of a command, with its loading shown to the person who waits."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from completion.settings import Settings
from completion.types import EngineState, EngineStatus
from lsp_server.compose import Engine, open_engine

if TYPE_CHECKING:
    from completion.models.spec import Role

LOADING_SECONDS = 300.0
"""A command waits for a large model; a key would not."""


@asynccontextmanager
async def engine(settings: Settings, role: Role = "completion") -> AsyncIterator[Engine]:
    """A started engine for `role`; its state is told on standard error when that is a terminal."""
    started = time.perf_counter()
    interactive = sys.stderr.isatty()

    def tell(status: EngineStatus) -> None:
        # What fails is raised to whoever asked, and told once there.
        if interactive and status.state is EngineState.LOADING:
            print(f"\rloading {status.model} … {status.progress:.0%}", end="", file=sys.stderr, flush=True)
        elif interactive and status.state is EngineState.READY:
            seconds = time.perf_counter() - started
            print(f"\r{status.model} is ready after {seconds:.1f} s.      ", file=sys.stderr, flush=True)

    opened = open_engine(settings, tell, role=role, patience=LOADING_SECONDS)
    opened.start()
    try:
        yield opened
    finally:
        await opened.aclose()

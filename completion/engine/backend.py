"""The client of a host: status of the lease, generation, tokens."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from completion.engine import wire
from completion.engine.address import Address
from completion.engine.http import HttpSession
from completion.types import Chunk, EngineState, EngineStatus, Prompt


class HostClient:
    """Speaks to one host. Made in a running event loop."""

    def __init__(self, address: Address, model: str) -> None:
        self._model = model
        self._session = HttpSession(address.url, unix_socket=address.path, key=address.key)

    async def lease(self) -> AsyncGenerator[EngineStatus, None]:
        """Status changes for as long as the host lives; the open connection is the lease."""
        async with aclosing(self._session.lines("GET", "/lease")) as lines:
            async for line in lines:
                yield _status(line)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """Generate. Closing the generator closes the connection, which stops the engine."""
        async with aclosing(self._session.completions(wire.request_of(prompt, self._model))) as chunks:
            async for chunk in chunks:
                yield chunk

    async def tokenize(self, text: str) -> tuple[int, ...]:
        """Ids of plain text."""
        return tuple((await self._session.json("POST", "/tokenize", {"content": text}))["tokens"])

    async def stats(self) -> dict[str, Any]:
        """The host's counters."""
        return dict(await self._session.json("GET", "/stats"))

    async def aclose(self) -> None:
        """Close all connections."""
        await self._session.aclose()


def _status(line: bytes) -> EngineStatus:
    table = json.loads(line)
    return EngineStatus(
        EngineState(table["state"]), table["model"], float(table["progress"]), table["reason"], table["advice"]
    )

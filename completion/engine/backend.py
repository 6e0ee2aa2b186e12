"""The client of a host: one HTTP session on its address. Nothing of aiohttp's errors leaves this module."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from completion.engine import wire
from completion.engine.address import Address
from completion.errors import EngineCrashed, EngineError, EngineLoading, EngineRejected, EngineUnavailable
from completion.types import Chunk, EngineState, EngineStatus, Prompt

if TYPE_CHECKING:
    import aiohttp

CONNECT_SECONDS = 5.0
_LONGEST_LINE = 1 << 20


class HostClient:
    """Speaks to one host. Made in a running event loop."""

    def __init__(self, address: Address, model: str) -> None:
        # Importing aiohttp costs a good part of a second: not before someone needs an engine.
        import aiohttp

        self._model = model
        connector: aiohttp.BaseConnector = (
            aiohttp.UnixConnector(path=address.path) if address.path else aiohttp.TCPConnector()
        )
        self._session = aiohttp.ClientSession(
            base_url=address.url,
            connector=connector,
            headers={"Authorization": f"Bearer {address.key}"} if address.key else {},
            timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS),
            read_bufsize=_LONGEST_LINE,
        )

    async def lease(self) -> AsyncGenerator[EngineStatus, None]:
        """Status changes for as long as the host lives; the open connection is the lease."""
        async with self._request("GET", "/lease") as response:
            async for line in response.content:
                yield _status(line)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """Generate. Closing the generator closes the connection, which stops the engine."""
        async with self._request("POST", "/v1/completions", wire.request_of(prompt, self._model)) as response:
            async for line in response.content:
                if not line.startswith(b"data: ") or line.startswith(b"data: [DONE]"):
                    continue
                chunk = wire.chunk_of(json.loads(line[6:]))
                yield chunk
                if chunk.finish_reason:
                    return
            raise EngineCrashed("the engine went away in the middle of an answer.")

    async def tokenize(self, text: str) -> tuple[int, ...]:
        """Ids of plain text."""
        async with self._request("POST", "/tokenize", {"content": text}) as response:
            return tuple((await response.json())["tokens"])

    async def stats(self) -> dict[str, Any]:
        """The host's counters."""
        async with self._request("GET", "/stats") as response:
            table: dict[str, Any] = await response.json()
            return table

    async def aclose(self) -> None:
        """Close all connections."""
        await self._session.close()

    @asynccontextmanager
    async def _request(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """A response with status 200; maps every transport error, also those while reading it."""
        import aiohttp

        connected = False
        response: aiohttp.ClientResponse | None = None
        try:
            response = await self._session.request(method, path, json=body)
            connected = True
            if response.status != 200:
                raise await _refusal(response)
            yield response
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError, TimeoutError, ValueError) as error:
            if connected:
                raise EngineCrashed("the engine went away in the middle of an answer.") from error
            raise EngineUnavailable("the engine does not answer.", advice="Run: lsp-copilot doctor") from error
        finally:
            if response is not None:
                # Close, not release: a connection that is left in the middle must tell the host so.
                if response.content.at_eof():
                    response.release()
                else:
                    response.close()


async def _refusal(response: aiohttp.ClientResponse) -> EngineError:
    try:
        message = str((await response.json())["error"]["message"])
    except (ValueError, KeyError, TypeError):
        message = f"the engine answered with status {response.status}."
    if response.status == 400:
        return EngineRejected(message)
    if response.status == 503:
        return EngineLoading(message)
    return EngineUnavailable(message)


def _status(line: bytes) -> EngineStatus:
    table = json.loads(line)
    return EngineStatus(
        EngineState(table["state"]), table["model"], float(table["progress"]), table["reason"], table["advice"]
    )

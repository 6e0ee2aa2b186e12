"""One HTTP session of the waist. Nothing of aiohttp's errors leaves this module."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any

from completion.engine import wire
from completion.errors import EngineCrashed, EngineError, EngineLoading, EngineRejected, EngineUnavailable
from completion.types import Chunk

if TYPE_CHECKING:
    import aiohttp

CONNECT_SECONDS = 5.0
_LONGEST_LINE = 1 << 20


class HttpSession:
    """Requests to one server: on a Unix socket, or at a URL. Made in a running event loop."""

    def __init__(self, url: str, *, unix_socket: str = "", key: str = "", path: str = "") -> None:
        # Importing aiohttp costs a good part of a second: not before someone needs an engine.
        import aiohttp

        self._path = path
        self._session = aiohttp.ClientSession(
            base_url=url,
            connector=aiohttp.UnixConnector(path=unix_socket) if unix_socket else aiohttp.TCPConnector(),
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS),
            read_bufsize=_LONGEST_LINE,
            trust_env=False,
        )

    async def lines(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> AsyncGenerator[bytes, None]:
        """The lines of an answer as they come; closing the generator closes the connection."""
        async with self._request(method, path, body) as response:
            async for line in response.content:
                yield line

    async def json(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """A whole JSON answer."""
        async with self._request(method, path, body) as response:
            return await response.json()

    async def completions(self, body: Mapping[str, Any]) -> AsyncGenerator[Chunk, None]:
        """Stream `/v1/completions`. Raises `EngineCrashed` when the stream ends without an end."""
        finished = False
        async with aclosing(self.lines("POST", "/v1/completions", body)) as lines:
            async for line in lines:
                if not line.startswith(b"data:") or line.strip() == b"data: [DONE]":
                    continue
                chunk = wire.chunk_of(json.loads(line[5:]))
                # Some servers send the usage in an event of its own, behind the end.
                finished = finished or bool(chunk.finish_reason)
                yield chunk
        if not finished:
            raise EngineCrashed("the engine went away in the middle of an answer.")

    async def aclose(self) -> None:
        """Close all connections."""
        await self._session.close()

    @asynccontextmanager
    async def _request(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """A response with status 200; maps every transport error, also those while reading it."""
        import aiohttp

        connected = False
        response: aiohttp.ClientResponse | None = None
        try:
            response = await self._session.request(method, self._path + path, json=body)
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

"""One HTTP session of the waist. Nothing of aiohttp's errors leaves this module.

It contacts the URL that it was made for and nothing else: no proxies from the environment, no redirects, no cookies.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from completion.engine import wire
from completion.errors import EngineCrashed, EngineError, EngineLoading, EngineRejected, EngineUnavailable
from completion.types import Chunk

if TYPE_CHECKING:
    import aiohttp

CONNECT_SECONDS = 5.0
_LONGEST_LINE = 1 << 20
_LONGEST_ANSWER = 4 << 20
_LONGEST_REFUSAL = 1 << 16


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is none: its status, the beginning of its body, and two headers ("" where they are not sent)."""

    status: int
    body: bytes
    retry_after: str = ""
    location: str = ""


def host_refusal(refusal: Refusal) -> EngineError:
    """What our own host means."""
    try:
        message = str(json.loads(refusal.body)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        message = f"the engine answered with status {refusal.status}."
    if refusal.status == 400:
        return EngineRejected(message)
    if refusal.status == 503:
        return EngineLoading(message)
    return EngineUnavailable(message)


class HttpSession:
    """Requests to one server: on a Unix socket, or at a URL. Made in a running event loop.

    `who` names the server in sentences, `advice` is the next step when it does not answer, `refusal` makes an error
    of an answer that is not 200. `attempts` is 2 for a server that closes kept connections: a request that meets
    such a closing, before anything has been answered, is made again.
    """

    def __init__(
        self,
        url: str,
        *,
        unix_socket: str = "",
        key: str = "",
        path: str = "",
        who: str = "the engine",
        advice: str = "Run: lsp-copilot doctor",
        refusal: Callable[[Refusal], EngineError] = host_refusal,
        attempts: int = 1,
    ) -> None:
        # Importing aiohttp costs a good part of a second: not before someone needs an engine.
        import aiohttp

        self._path = path
        self._who = who
        self._advice = advice
        self._refusal = refusal
        self._attempts = attempts
        self._reading: set[aiohttp.ClientResponse] = set()
        self._session = aiohttp.ClientSession(
            base_url=url,
            connector=aiohttp.UnixConnector(path=unix_socket) if unix_socket else aiohttp.TCPConnector(),
            headers={"User-Agent": "lsp-copilot", **({"Authorization": f"Bearer {key}"} if key else {})},
            timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS),
            read_bufsize=_LONGEST_LINE,
            cookie_jar=aiohttp.DummyCookieJar(),
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
            return json.loads(await _whole(response, _LONGEST_ANSWER))

    async def completions(self, body: Mapping[str, Any]) -> AsyncGenerator[Chunk, None]:
        """Stream our own host's `/v1/completions`. Raises `EngineCrashed` when the stream ends without an end."""
        finished = False
        async with aclosing(self.lines("POST", "/v1/completions", body)) as lines:
            async for line in lines:
                if not line.startswith(b"data:") or line.strip() == b"data: [DONE]":
                    continue
                chunk = wire.chunk_of(json.loads(line[5:]))
                finished = finished or bool(chunk.finish_reason)
                yield chunk
        if not finished:
            raise self._gone()

    async def aclose(self) -> None:
        """Close all connections; whoever still reads an answer hears that it has ended.

        Said here, because aiohttp forgets the readers of the connections that it closes.
        """
        import aiohttp

        for response in self._reading:
            response.content.set_exception(aiohttp.ClientConnectionError("closed"))
        await self._session.close()

    @asynccontextmanager
    async def _request(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """A response with status 200; maps every transport error, also those while reading it."""
        import aiohttp
        from aiohttp.http_exceptions import HttpProcessingError

        response: aiohttp.ClientResponse | None = None
        try:
            response = await self._ask(method, path, body)
            if response.status != 200:
                beginning = await _whole(response, _LONGEST_REFUSAL)
                headers = response.headers
                raise self._refusal(
                    Refusal(response.status, beginning, headers.get("Retry-After", ""), headers.get("Location", ""))
                )
            self._reading.add(response)
            yield response
        except HttpProcessingError as error:
            # Not one of aiohttp's client errors: a line longer than the buffer, or a broken chunk.
            raise EngineCrashed(f"{self._who} sends what cannot be read.") from error
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError, TimeoutError, ValueError) as error:
            raise self._gone() if response is not None else self._away(error) from error
        finally:
            if response is not None:
                self._reading.discard(response)
                # Close, not release: a connection that is left in the middle must tell the host so.
                if response.content.at_eof():
                    response.release()
                else:
                    response.close()

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None) -> aiohttp.ClientResponse:
        import aiohttp

        attempt = 1
        while True:
            try:
                return await self._session.request(method, self._path + path, json=body, allow_redirects=False)
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
                if isinstance(error, aiohttp.ClientConnectorError) or attempt >= self._attempts:
                    raise
                attempt += 1

    def _gone(self) -> EngineError:
        return EngineCrashed(f"{self._who} went away in the middle of an answer.")

    def _away(self, error: Exception) -> EngineError:
        """Nobody has answered: why, in a sentence."""
        import aiohttp

        why, advice = f"{self._who} does not answer.", self._advice
        if isinstance(error, aiohttp.ClientConnectorCertificateError | ssl.SSLCertVerificationError):
            why = f"the certificate of {self._who} is not trusted ({_reason(error)})."
            advice = "If your organisation signs its own certificates, set SSL_CERT_FILE to the file with its root."
        elif isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
            why = f"{self._who} does not speak TLS as expected."
            advice = "Check whether endpoint should begin with http:// instead of https://."
        elif isinstance(error, aiohttp.ClientConnectorDNSError):
            why = f"no machine has the name in the address of {self._who}."
            advice = "Check endpoint, and the connection to the network."
        return EngineUnavailable(why, advice=advice)


def _reason(error: Exception) -> str:
    """What OpenSSL found wrong, e.g. "self-signed certificate"."""
    inner = getattr(error, "certificate_error", error)
    return str(getattr(inner, "verify_message", "") or "it could not be verified")


async def _whole(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The body up to `limit` bytes; what is longer is cut off, not kept in memory."""
    parts, size = list[bytes](), 0
    async for part in response.content.iter_chunked(1 << 16):
        parts.append(part)
        size += len(part)
        if size >= limit:
            break
    return b"".join(parts)[:limit]

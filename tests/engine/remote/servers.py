"""Servers to be asked: a llama-server in a process of its own, and one that follows a script.

The first is the HTTP server inside xllamacpp, the second is aiohttp in the test's own loop: it says, byte by byte,
what real servers are documented or have been seen to say, and what a broken one might.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from completion.models import files
from completion.types import Backend, Chunk, Prompt
from tests.engine.conftest import MODEL

LLAMA = """
import sys, xllamacpp
path, key, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
parameters = xllamacpp.CommonParams()
parameters.model.path = path
parameters.n_ctx, parameters.n_parallel, parameters.kv_unified = 1536, 2, False
parameters.n_batch = parameters.n_ubatch = 64
parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
parameters.fit_params = parameters.ui = parameters.use_jinja = False
parameters.offline, parameters.verbosity = True, 1
parameters.hostnames, parameters.port, parameters.api_keys = ["127.0.0.1"], port, [key]
server = xllamacpp.Server(parameters)
print(server.listening_address, flush=True)
sys.stdin.read()
"""
"""Serves until its standard input is closed: it never outlives the test."""


@dataclass(slots=True)
class LlamaServer:
    """A running server; `kill` ends it as a crash would."""

    url: str
    key: str
    process: subprocess.Popen[str]

    def kill(self) -> None:
        """SIGKILL, and wait for it."""
        self.process.kill()
        self.process.wait()


@contextmanager
def llama_server(key: str = "", port: int = 0) -> Iterator[LlamaServer]:
    """The shipped model behind llama.cpp's own HTTP server, on a loopback port."""
    key = key or secrets.token_hex(16)
    command = [sys.executable, "-P", "-c", LLAMA, str(files.locate(MODEL)), key, str(port)]
    # It lives longer than the test that happens to start it, whose folders it must not be found in.
    variables = {name: value for name, value in os.environ.items() if not name.startswith("LSP_COPILOT_")}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=variables) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            assert url, "the server did not start"
            yield LlamaServer(url, key, process)
        finally:
            process.kill()


async def chunks_of(backend: Backend, prompt: Prompt) -> list[Chunk]:
    """All chunks of an answer."""
    async with aclosing(backend.stream(prompt)) as chunks:
        return [chunk async for chunk in chunks]


async def text_of(backend: Backend, prompt: Prompt) -> str:
    """The whole text of an answer."""
    return "".join(chunk.text for chunk in await chunks_of(backend, prompt))


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Scripted:
    """What a scripted server was asked, by which connections, and where it is.

    `left` is set when a client has gone in mid-stream.
    """

    url: str
    requests: list[tuple[str, str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    clients: list[Any] = field(default_factory=list)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    def bodies(self, path: str) -> list[Any]:
        """All bodies that came to a path."""
        return [body for _, asked, body in self.requests if asked == path]


@asynccontextmanager
async def scripted(script: dict[str, Handler], ssl: Any = None) -> AsyncIterator[Scripted]:
    """A server that answers `METHOD /path` as `script` says, and 404 to everything else."""
    server = Scripted("")

    async def answer(request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        server.requests.append((request.method, request.path, json.loads(raw) if raw else None))
        server.headers.append(dict(request.headers))
        server.clients.append(request.transport.get_extra_info("peername") if request.transport else None)
        handler = script.get(f"{request.method} {request.path}")
        if handler is None:
            return web.json_response({"detail": "Not Found"}, status=404)
        try:
            return await handler(request)
        except (asyncio.CancelledError, ConnectionError):
            server.left.set()
            raise

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=ssl).start()
    server.url = f"{'https' if ssl else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(runner.cleanup(), 5)


def says(body: object, status: int = 200, **headers: str) -> Handler:
    """Answers with a JSON body (or text, as a page), and headers whose names have `_` for `-`."""

    async def handle(_request: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, str):
            return web.Response(text=body, status=status, content_type="text/html", headers=named)
        return web.json_response(body, status=status, headers=named)

    return handle


def streams(*parts: bytes, hang: bool = False, cut: bool = False) -> Handler:
    """Streams the parts, each in a packet of its own; then ends, hangs, or cuts the connection."""

    async def handle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for part in parts:
            await response.write(part)
            await asyncio.sleep(0)
        if hang:
            await asyncio.Event().wait()
        if cut:
            assert request.transport is not None
            request.transport.abort()
            return response
        await response.write_eof()
        return response

    return handle


def silent() -> Handler:
    """Takes the request and never answers."""

    async def handle(_request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    return handle


def in_turn(*handlers: Handler) -> Handler:
    """One handler after the other; the last one stays."""
    left = list(handlers)

    async def handle(request: web.Request) -> web.StreamResponse:
        return await (left.pop(0) if len(left) > 1 else left[0])(request)

    return handle


def event(text: str, finish: str | None = None, **more: object) -> bytes:
    """One server-sent event of `/v1/completions`."""
    choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": finish}
    return b"data: " + json.dumps({"object": "text_completion", "choices": [choice], **more}).encode() + b"\n\n"


def models(names: Sequence[str]) -> Handler:
    """`GET /v1/models`."""
    return says({"object": "list", "data": [{"id": name, "object": "model"} for name in names]})


DONE = b"data: [DONE]\n\n"

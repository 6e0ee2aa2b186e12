"""The process next door: holds one model and serves every window of the user.

It holds a file lock for life (the lock is "I am the one"), answers on a private address while the
model still loads, and leaves when the last lease is gone and it has lingered. Nothing of what it is
asked is written to its log.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import sys
import threading
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aiohttp import web
from filelock import FileLock, Timeout

from completion.engine import address, engines, wire
from completion.engine.address import Address
from completion.engine.engine import Engine
from completion.engine.process import Tell, settle_in
from completion.engine.scheduler import Scheduler
from completion.engine.spec import HostSpec
from completion.errors import CopilotError, EngineLoading, EngineRejected, EngineUnavailable
from completion.types import Chunk, EngineState, EngineStatus

log = logging.getLogger("lsp_copilot.host")

FIRST_LEASE_SECONDS = 3.0
MAX_BODY = 8 * 1024 * 1024


def main() -> None:
    """Run a host for the `HostSpec` in the last argument; never returns."""
    spec = HostSpec.from_json(sys.argv[-1])
    folder = address.runtime_folder()
    tell = settle_in(spec.log_file)
    lock = FileLock(folder / f"{spec.name}.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        tell({"taken": True})
        os._exit(0)
    code = 0
    try:
        asyncio.run(Host(spec, folder).serve(tell))
    except Exception as error:
        log.exception("the host stops")
        tell({"failed": str(error)})
        code = 1
    finally:
        address.withdraw(folder, spec.name)
        lock.release()
        logging.shutdown()
        # A model that is still loading in its thread must not keep a process that nobody needs.
        os._exit(code)


class Host:
    """One model, its scheduler and the leases on it."""

    def __init__(self, spec: HostSpec, folder: Path) -> None:
        self._spec = spec
        self._folder = folder
        self._status = EngineStatus(EngineState.LOADING, spec.model)
        self._changed = asyncio.Condition()
        self._engine: Engine = engines.make(spec, address.private_socket(folder, spec.name))
        self._scheduler = Scheduler(self._engine, self._spec.batch)
        self._leases = 0
        self._done = asyncio.Event()
        self._leaving: asyncio.TimerHandle | None = None
        self._key = ""

    async def serve(self, tell: Tell) -> None:
        """Listen, load, and return when nobody needs the host any more."""
        app = web.Application(client_max_size=MAX_BODY, middlewares=[self._guard])
        app.add_routes(
            [
                web.post("/v1/completions", self._completions),
                web.get("/v1/models", self._models),
                web.post("/tokenize", self._tokenize),
                web.get("/health", self._health),
                web.get("/stats", self._stats),
                web.get("/lease", self._lease),
            ]
        )
        # Handlers are cancelled when their client leaves: that is how a generation is stopped.
        runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        where = await self._listen(runner)
        address.publish(self._folder, self._spec.name, where)
        tell({"ready": True})
        log.info("host %s (pid %d) serves %s", self._spec.name, os.getpid(), self._spec.model)
        loop = asyncio.get_running_loop()
        self._leaving = loop.call_later(max(FIRST_LEASE_SECONDS, self._spec.linger_seconds), self._done.set)
        threading.Thread(target=self._load, args=(loop,), name="load", daemon=True).start()
        await self._done.wait()
        log.info("host %s leaves", self._spec.name)
        address.withdraw(self._folder, self._spec.name)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(runner.cleanup(), 2.0)
        self._engine.close()

    async def _listen(self, runner: web.AppRunner) -> Address:
        if address.uses_unix_sockets():
            path = address.socket_path(self._folder, self._spec.name)
            # We hold the lock, so a socket that lies there is a dead host's.
            path.unlink(missing_ok=True)
            await web.UnixSite(runner, str(path)).start()
            path.chmod(0o600)
            return Address(path=str(path))
        self._key = secrets.token_hex(32)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return Address(port=runner.addresses[0][1], key=self._key)

    def _load(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            self._engine.load()
            status = EngineStatus(EngineState.READY, self._spec.model, progress=1.0)
        except CopilotError as error:
            status = EngineStatus(EngineState.FAILED, self._spec.model, reason=error.message, advice=error.advice)
        except Exception as error:
            log.exception("loading failed")
            reason = f"the model could not be loaded ({type(error).__name__})."
            status = EngineStatus(EngineState.FAILED, self._spec.model, reason=reason, advice="See the host's log.")
        log.info("%s is %s %s", self._spec.model, status.state.value, status.reason)
        with contextlib.suppress(RuntimeError):
            asyncio.run_coroutine_threadsafe(self._set_status(status), loop)

    async def _set_status(self, status: EngineStatus) -> None:
        async with self._changed:
            self._status = status
            self._changed.notify_all()

    # --- requests ----------------------------------------------------------------------------

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Check the key, and turn our errors into OpenAI's error objects."""
        if self._key:
            given = request.headers.get("Authorization", "")
            local = request.host.rpartition(":")[0] in ("127.0.0.1", "localhost")
            if not local or not secrets.compare_digest(given, f"Bearer {self._key}"):
                return _error(401, "a key is needed.")
        try:
            response: web.StreamResponse = await handler(request)
        except EngineRejected as error:
            return _error(400, error.message)
        except EngineLoading as error:
            return _error(503, error.message)
        except CopilotError as error:
            return _error(500, error.message)
        except ConnectionError:
            # The client has gone; nobody reads what we say now.
            return web.Response()
        return response

    async def _completions(self, request: web.Request) -> web.StreamResponse:
        self._check_ready()
        prompt, streaming = wire.parse_request(await _json(request))
        chunks = self._scheduler.stream(prompt)
        async with contextlib.aclosing(chunks):
            if not streaming:
                return web.json_response(await self._whole(chunks))
            # What is refused is refused with a status, before the stream begins.
            first = await anext(chunks, None)
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
            await response.prepare(request)
            if first is not None:
                await self._send(response, first)
            async for chunk in chunks:
                await self._send(response, chunk)
            await response.write(b"data: [DONE]\n\n")
            await response.write_eof()
            return response

    async def _send(self, response: web.StreamResponse, chunk: Chunk) -> None:
        event = json.dumps(wire.event_of(chunk, self._spec.model))
        await response.write(b"data: " + event.encode() + b"\n\n")

    async def _whole(self, chunks: AsyncIterator[Chunk]) -> dict[str, Any]:
        text, logprobs, last = "", list[float](), Chunk("")
        async for chunk in chunks:
            text += chunk.text
            logprobs.extend(chunk.logprobs)
            last = chunk
        return wire.event_of(Chunk(text, tuple(logprobs), last.finish_reason, last.usage), self._spec.model)

    async def _tokenize(self, request: web.Request) -> web.Response:
        self._check_ready()
        body = await _json(request)
        text = body.get("content") if isinstance(body, dict) else None
        if not isinstance(text, str):
            raise EngineRejected("content: expected a string.")
        return web.json_response({"tokens": await self._scheduler.tokenize(text)})

    async def _models(self, _request: web.Request) -> web.Response:
        model = {"id": self._spec.model, "object": "model", "owned_by": "lsp-copilot"}
        return web.json_response({"object": "list", "data": [model]})

    async def _health(self, _request: web.Request) -> web.Response:
        ready = self._status.state is EngineState.READY
        return web.json_response({"status": "ok" if ready else self._status.state.value}, status=200 if ready else 503)

    async def _stats(self, _request: web.Request) -> web.Response:
        stats = {**asdict(self._scheduler.stats), "pid": os.getpid(), "leases": self._leases}
        return web.json_response({**stats, "controls": dict(self._engine.controls)})

    async def _lease(self, request: web.Request) -> web.StreamResponse:
        """Status lines for as long as the client stays; the connection is the lease."""
        if self._done.is_set():
            # Too late: a client that comes now must start the next host.
            return _error(410, "this host is leaving.")
        response = web.StreamResponse(headers={"Content-Type": "application/jsonl"})
        self._leases += 1
        if self._leaving is not None:
            self._leaving.cancel()
        try:
            await response.prepare(request)
            async with self._changed:
                while True:
                    told = self._status
                    await response.write(_status_line(told))
                    await self._changed.wait_for(lambda: self._status is not told)  # noqa: B023
        except ConnectionError:
            return response
        finally:
            self._leases -= 1
            if not self._leases:
                loop = asyncio.get_running_loop()
                self._leaving = loop.call_later(self._spec.linger_seconds, self._leave)

    def _leave(self) -> None:
        if not self._leases:
            self._done.set()

    def _check_ready(self) -> None:
        if self._status.state is EngineState.LOADING:
            raise EngineLoading(f"{self._spec.model} is still loading.")
        if self._status.state is not EngineState.READY:
            raise EngineUnavailable(self._status.reason)


def _status_line(status: EngineStatus) -> bytes:
    return json.dumps({**asdict(status), "state": status.state.value}).encode() + b"\n"


def _error(code: int, message: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=code)


async def _json(request: web.Request) -> Any:
    try:
        return json.loads(await request.text())
    except (ValueError, RecursionError) as error:
        raise EngineRejected("the request is not JSON.") from error


if __name__ == "__main__":
    main()

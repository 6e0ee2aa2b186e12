"""A lease on a host: find it or start it, keep it, start it again when it dies.

`LeasedBackend` is the waist as the rest of the program sees it. It keeps one connection to the host
for as long as it lives; that connection is the lease, and the kernel ends it however we die.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import itertools
import secrets
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace

from completion.engine import address, starter
from completion.engine.backend import HostClient
from completion.engine.deaths import Deaths
from completion.engine.spec import HostSpec, host_spec
from completion.errors import EngineCrashed, EngineError, EngineLoading, EngineUnavailable
from completion.types import Capabilities, Chunk, EngineState, EngineStatus, Prompt

RETRY_SECONDS = 10.0
"""After a failure somebody who asks makes us try again, but not at every key."""

__all__ = ["HostSpec", "LeasedBackend", "host_spec"]


class LeasedBackend:
    """A `Backend` on a shared host. `on_status` hears of every change, in the event loop.

    After `unload_seconds` without a request the lease is given back (0: never); the next request takes a new one.
    """

    def __init__(
        self,
        spec: HostSpec,
        *,
        on_status: Callable[[EngineStatus], None] | None = None,
        ready_seconds: float = 10.0,
        unload_seconds: float = 0.0,
    ) -> None:
        self._spec = spec
        self._on_status = on_status
        self._ready_seconds = ready_seconds
        self._unload_seconds = unload_seconds
        self._in_use = 0
        self._unused = asyncio.Event()
        self._unused.set()
        self._unloading: asyncio.TimerHandle | None = None
        self._resting: asyncio.Task[None] | None = None
        self._status = EngineStatus(EngineState.ABSENT, spec.model)
        self._client: HostClient | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._reader: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._try_again = asyncio.Event()
        self._no_retry_before = 0.0
        # Two windows may show one file: their requests must not supersede each other.
        self._window = secrets.token_hex(4)
        self._deaths = Deaths()
        self._was_ready = False

    @property
    def status(self) -> EngineStatus:
        """What is known of the host now."""
        return self._status

    @property
    def capabilities(self) -> Capabilities:
        """Our host can do everything, but only llama.cpp knows grammars."""
        grammar = self._spec.engine == "llama"
        return Capabilities(segments=True, required_start=True, grammar=grammar, logprobs=True, slots=self._spec.slots)

    @property
    def model(self) -> str:
        """The catalogue name of the model."""
        return self._spec.model

    def start(self) -> None:
        """Begin to acquire the lease and keep it (in a running event loop)."""
        if self._keeper is None:
            self._keeper = asyncio.get_running_loop().create_task(self._keep())

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """Generate, waiting for the model if need be. See `Backend.stream`."""
        if prompt.slot:
            prompt = replace(prompt, slot=f"{self._window}:{prompt.slot}")
        self._begin_use()
        try:
            async with aclosing(self._stream(prompt)) as chunks:
                async for chunk in chunks:
                    yield chunk
        finally:
            self._end_use()

    async def _stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        for last_try in (False, True):
            client = await self._ready()
            begun = False
            try:
                async with aclosing(client.stream(prompt)) as chunks:
                    async for chunk in chunks:
                        begun = True
                        yield chunk
                return
            except (EngineCrashed, EngineUnavailable) as error:
                self._lost(client)
                # A host that left just before it heard of us has a successor; one that broke is reported.
                if begun or last_try or isinstance(error, EngineCrashed):
                    raise

    async def tokenize(self, text: str) -> tuple[int, ...]:
        """Ids of plain text. Raises `EngineError`."""
        return await (await self._ready()).tokenize(text)

    async def stats(self) -> dict[str, object]:
        """The host's counters. Raises `EngineError`."""
        return await (await self._ready()).stats()

    async def ready(self) -> None:
        """Wait until the model is loaded. Raises `EngineError` like `stream`."""
        await self._ready()

    async def drained(self, seconds: float) -> bool:
        """Wait until no request runs, at most so long; whether that is so."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._unused.wait(), seconds)
        return self._unused.is_set()

    async def aclose(self) -> None:
        """Give the lease back."""
        if self._unloading is not None:
            self._unloading.cancel()
        if self._resting is not None:
            await asyncio.wait([self._resting])
        await self._give_back()

    # --- rest --------------------------------------------------------------------------------

    def _begin_use(self) -> None:
        self._in_use += 1
        self._unused.clear()
        if self._unloading is not None:
            self._unloading.cancel()
            self._unloading = None

    def _end_use(self) -> None:
        self._in_use -= 1
        if self._in_use:
            return
        self._unused.set()
        if self._unload_seconds:
            self._unloading = asyncio.get_running_loop().call_later(self._unload_seconds, self._rest)

    def _rest(self) -> None:
        """Nobody has asked for a while: let the model go, so that its memory is free for others."""
        self._unloading = None
        self._resting = asyncio.get_running_loop().create_task(self._give_back())
        self._set(EngineStatus(EngineState.ABSENT, self._spec.model))

    async def _give_back(self) -> None:
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
        await self._drop_client()

    # --- the lease ---------------------------------------------------------------------------

    async def _keep(self) -> None:
        # The import takes a good part of a second, which the event loop has not got.
        await asyncio.to_thread(importlib.import_module, "aiohttp")
        while True:
            try:
                await self._hold()
            except EngineError as error:
                # Nobody could be started: a person must act, so say it, and try again when asked.
                self._set(EngineStatus(EngineState.FAILED, self._spec.model, reason=error.message, advice=error.advice))
                await self._wait_until_asked()
                continue
            finally:
                await self._drop_client()
            if self._status.state is EngineState.FAILED:
                await self._wait_until_asked()
                continue
            self._deaths.note(time.monotonic(), was_ready=self._was_ready)
            given_up = self._deaths.verdict(time.monotonic(), self._spec.model)
            if given_up is not None:
                self._set(given_up)
                await self._wait_until_asked()
                self._deaths.clear()
                continue
            self._set(EngineStatus(EngineState.LOADING, self._spec.model, reason="the engine is being restarted."))
            await asyncio.sleep(self._deaths.backoff_seconds)

    async def _hold(self) -> None:
        """Hold one lease from its beginning until the host is gone."""
        self._was_ready = False
        folder = address.runtime_folder()
        for begun in itertools.count():
            where = address.find(folder, self._spec.name)
            if where is not None:
                client = HostClient(where, self._spec.model)
                self._client = client
                try:
                    await self._read_lease(client)
                    return
                except EngineUnavailable:
                    # An address without a host: its owner has died, or is leaving.
                    await self._drop_client()
                    if begun:
                        # One that was started for us, then: it has died before we could speak to it.
                        return
                except EngineCrashed:
                    return
            self._set(EngineStatus(EngineState.LOADING, self._spec.model))
            await starter.start(self._spec, folder, stale=where)

    async def _read_lease(self, client: HostClient) -> None:
        """Hear what the host says, until it is gone or `_lost` gives it up."""

        async def read() -> None:
            async with aclosing(client.lease()) as statuses:
                async for status in statuses:
                    self._set(status)
                    if status.state is EngineState.FAILED:
                        # Nothing will change in this host: let it go.
                        return

        reader = self._reader = asyncio.get_running_loop().create_task(read())
        try:
            await asyncio.wait([reader])
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
        if not reader.cancelled():
            reader.result()

    async def _drop_client(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _lost(self, client: HostClient) -> None:
        """A stream broke: whoever asks next waits for the new lease instead of trying the old one."""
        if self._client is client and self._status.state is EngineState.READY:
            self._set(EngineStatus(EngineState.LOADING, self._spec.model, reason="the engine is being restarted."))
            if self._reader is not None:
                self._reader.cancel()

    async def _wait_until_asked(self) -> None:
        self._try_again.clear()
        await self._try_again.wait()

    def _set(self, status: EngineStatus) -> None:
        if status == self._status:
            return
        self._status = status
        self._was_ready = self._was_ready or status.state is EngineState.READY
        self._changed.set()
        self._changed = asyncio.Event()
        if self._on_status is not None:
            self._on_status(status)

    async def _ready(self) -> HostClient:
        """The client of a ready host. Raises `EngineLoading` or `EngineUnavailable`."""
        if self._resting is not None:
            # Waited for, not joined: a request that is cancelled here must not undo it.
            await asyncio.wait([self._resting])
        self.start()
        if self._status.state is EngineState.DEGRADED or self._status.state is EngineState.FAILED:
            failed = self._status
            if time.monotonic() < self._no_retry_before:
                raise EngineUnavailable(failed.reason, advice=failed.advice)
            self._no_retry_before = time.monotonic() + RETRY_SECONDS
            # One more try, because somebody asks; its outcome is waited for below.
            self._set(EngineStatus(EngineState.LOADING, self._spec.model, reason=failed.reason, advice=failed.advice))
            self._try_again.set()
        try:
            async with asyncio.timeout(self._ready_seconds):
                while self._status.state is not EngineState.READY or self._client is None:
                    if self._status.state in (EngineState.FAILED, EngineState.DEGRADED):
                        raise EngineUnavailable(self._status.reason, advice=self._status.advice)
                    await self._changed.wait()
        except TimeoutError:
            raise EngineLoading(
                f"{self._spec.model} was not ready after {self._ready_seconds:.0f} s.",
                advice="It may still be loading.",
            ) from None
        return self._client

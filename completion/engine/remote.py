"""A team's own server: any of the known kinds at the URL that the user's configuration names.

It may be away, busy, wrong or hang at any moment. Each of these is an error with a sentence and a status with
advice; the next request simply asks again, so nothing has to be restarted here when the server was there.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import aclosing
from typing import Any, TypeVar

from completion.engine import remote_models, remote_prompts, remote_refusals
from completion.engine.http import HttpSession, Refusal
from completion.engine.kinds import parse_endpoint
from completion.engine.remote_answers import Answer
from completion.engine.remote_events import Events
from completion.engine.remote_prompts import Asked, as_text
from completion.engine.remote_reading import REST_SECONDS, Patience, next_chunk, read_rest
from completion.engine.remote_refusals import Busy, ModelMissing
from completion.engine.remote_tokens import RemoteTokens
from completion.errors import EngineCrashed, EngineError, EngineLoading, EngineRejected, EngineUnavailable
from completion.models.catalog import ModelSpec
from completion.types import Capabilities, Chunk, EngineState, EngineStatus, Prompt, Text

log = logging.getLogger(__name__)

_T = TypeVar("_T")

_ADVICE = "Check the server, or remove endpoint from config.toml to use the local model."


class RemoteBackend:
    """A `Backend` at a URL. `on_status` hears whether the server answers.

    `url` is the setting `endpoint`, with or without a kind in front; `served_name` is what the server calls the
    model ("" asks it); `key_variable` is the environment variable that `key` comes from, for sentences.
    """

    def __init__(
        self,
        model: ModelSpec,
        *,
        url: str,
        served_name: str = "",
        key: str = "",
        key_variable: str = "",
        on_status: Callable[[EngineStatus], None] | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._endpoint = parse_endpoint(url)
        self._kind = self._endpoint.kind
        self._who = f"{self._kind.title} at {self._endpoint.host}"
        self._model = model
        self._name = served_name
        self._key = key
        self._key_variable = key_variable
        self._on_status = on_status
        self._patience = patience or Patience()
        self._status = EngineStatus(EngineState.ABSENT, model.name)
        self._session: HttpSession | None = None
        self._checking: asyncio.Task[None] | None = None
        self._naming = asyncio.Lock()
        self._tokens = RemoteTokens(self._who, model.controls)
        self._seen_model: object = None
        self._warned = not self._endpoint.exposed
        self._not_before = 0.0
        self._in_use = 0
        self._unused = asyncio.Event()
        self._unused.set()

    @property
    def capabilities(self) -> Capabilities:
        """What this kind of server can do."""
        kind = self._kind
        ids = kind.prompt == "ids"
        return Capabilities(segments=ids, required_start=ids, grammar=kind.grammar, logprobs=kind.logprobs)

    @property
    def model(self) -> str:
        """The catalogue name of the model that the server runs."""
        return self._model.name

    @property
    def status(self) -> EngineStatus:
        """What the last answer said."""
        return self._status

    def start(self) -> None:
        """Begin to look whether the server is there and has the model (in a running event loop)."""
        if self._checking is None:
            self._set(EngineStatus(EngineState.LOADING, self.model, reason=f"looking for {self._who}."))
            self._checking = asyncio.get_running_loop().create_task(self._check())

    async def ready(self) -> None:
        """Ask whether the server is there and has the model. Raises `EngineError`."""
        session = await self._opened()
        try:
            await self._in_time(remote_models.check_health(session, self._kind))
            await self._in_time(remote_models.check_name(session, self._endpoint, self._name))
            await self._named(session)
        except EngineError as error:
            self._failed(error)
            raise
        self._works()

    async def drained(self, seconds: float) -> bool:
        """Wait until no request runs, at most so long; whether that is so."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._unused.wait(), seconds)
        return self._unused.is_set()

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """Generate; closing the generator closes the connection, which stops the server.

        An answer that does not begin with the required start is dropped, a warm-up has none. Raises `EngineError`.
        """
        if prompt.purpose == "warm":
            return
        if prompt.grammar and not self._kind.grammar:
            raise EngineRejected(f"{self._kind.title} follows no grammar here.")
        wait = self._not_before - time.monotonic()
        if wait > 0:
            raise EngineLoading(f"{self._who} asked for a pause of another {wait:.0f} s.")
        self._in_use += 1
        self._unused.clear()
        try:
            async with aclosing(self._answered(prompt)) as chunks:
                async for chunk in chunks:
                    self._works()
                    yield chunk
        except EngineError as error:
            told = remote_refusals.without_text(error, (p.text for p in prompt.segments if isinstance(p, Text)))
            if not isinstance(told, EngineRejected):
                told.advice = told.advice or _ADVICE
            self._failed(told)
            raise told from error
        finally:
            self._in_use -= 1
            if not self._in_use:
                self._unused.set()

    async def aclose(self) -> None:
        """Close the connections."""
        checking, self._checking = self._checking, None
        if checking is not None:
            checking.cancel()
            await asyncio.gather(checking, return_exceptions=True)
        session, self._session = self._session, None
        if session is not None:
            await session.aclose()

    # --- one answer --------------------------------------------------------------------------

    async def _answered(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        session = await self._opened()
        asked = await self._asked(session, prompt)
        name = await self._named(session)
        answer = Answer(self._kind, self._model, prompt, asked)
        body = remote_prompts.body_of(self._kind, name, prompt, asked)
        events = Events(self._who)
        seconds = self._patience.first
        try:
            async with aclosing(session.lines("POST", self._kind.generate, body)) as lines:
                while not answer.complete and not events.done:
                    chunk = await next_chunk(lines, events, answer, seconds, self._look)
                    seconds = REST_SECONDS if answer.finished else self._patience.stall
                    if chunk is not None:
                        yield chunk
                if not answer.cut:
                    await read_rest(lines)
        except ModelMissing as error:
            raise await self._explained(session, name, error) from error
        if not answer.finished:
            raise EngineCrashed(f"{self._who} ended an answer in the middle.")
        yield answer.last()

    async def _asked(self, session: HttpSession, prompt: Prompt) -> Asked:
        if self._kind.prompt == "text":
            return as_text(prompt, self._model, self._kind)
        return await self._in_time(self._tokens.asked(session, prompt))

    async def _explained(self, session: HttpSession, name: str, error: ModelMissing) -> EngineError:
        """Behind a 404: the names that the server knows, or that the path is wrong."""
        with contextlib.suppress(EngineError):
            names = await self._in_time(remote_models.served(session, self._kind))
            if names and not remote_models.is_among(name, names):
                return remote_models.unknown(self._endpoint, name, names)
        return EngineUnavailable(error.message, advice="Check the address and the kind of server in endpoint.")

    def _look(self, event: Mapping[str, Any]) -> None:
        """Ids of one model are nonsense to another, and a server may be started anew with any."""
        name = event.get("model")
        if self._kind.prompt == "ids" and name:
            if self._seen_model not in (None, name):
                self._seen_model = name
                self._tokens.forget()
                raise EngineCrashed(f"{self._who} now runs another model.")
            self._seen_model = name

    # --- the server --------------------------------------------------------------------------

    async def _check(self) -> None:
        with contextlib.suppress(EngineError):
            await self.ready()

    async def _opened(self) -> HttpSession:
        if self._session is None:
            # The import takes a good part of a second, which the event loop has not got.
            await asyncio.to_thread(importlib.import_module, "aiohttp")
        if self._session is None:
            self._session = HttpSession(
                self._endpoint.origin,
                key=self._key,
                path=self._endpoint.path,
                who=self._who,
                advice=_ADVICE,
                refusal=self._refusal,
                attempts=2,
            )
        return self._session

    def _refusal(self, refusal: Refusal) -> EngineError:
        return remote_refusals.error_of(refusal, self._endpoint, self._key_variable)

    async def _named(self, session: HttpSession) -> str:
        """What the server calls the model; asked once."""
        async with self._naming:
            if not self._name:
                question = remote_models.only_name(session, self._endpoint, self._model.name)
                self._name = await self._in_time(question)
        return self._name

    async def _in_time(self, question: Coroutine[object, object, _T]) -> _T:
        try:
            async with asyncio.timeout(self._patience.question):
                return await question
        except TimeoutError:
            raise EngineUnavailable(f"{self._who} does not answer.", advice=_ADVICE) from None

    # --- the status --------------------------------------------------------------------------

    def _works(self) -> None:
        if not self._warned:
            self._warned = True
            reason = f"code travels unencrypted to {self._endpoint.host}."
            log.warning("%s", reason)
            advice = "Use https, or a tunnel that ends at a port of this machine."
            self._set(EngineStatus(EngineState.DEGRADED, self.model, progress=1.0, reason=reason, advice=advice))
        else:
            self._set(EngineStatus(EngineState.READY, self.model, progress=1.0))

    def _failed(self, error: EngineError) -> None:
        if isinstance(error, EngineRejected):
            # The server is well; the request was not.
            return
        state = EngineState.DEGRADED
        if isinstance(error, Busy):
            state = EngineState.LOADING
            self._not_before = time.monotonic() + error.seconds
        elif self._kind.prompt == "ids":
            self._tokens.forget()
            self._seen_model = None
        self._set(EngineStatus(state, self.model, reason=error.message, advice=error.advice or _ADVICE))

    def _set(self, status: EngineStatus) -> None:
        if status != self._status:
            self._status = status
            if self._on_status is not None:
                self._on_status(status)

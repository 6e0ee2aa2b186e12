"""A team's own server: any OpenAI-compatible `/v1/completions` at a URL from the user's configuration.

It tokenizes itself and gets a string, so two things that our host does by ids are done on text here:
control look-alikes in the user's text are defused, and a required start is checked afterwards.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from urllib.parse import urlsplit

from completion.engine.http import HttpSession
from completion.engine.wire import MAX_STOPS
from completion.errors import ConfigError, EngineError
from completion.models.catalog import ModelSpec
from completion.types import Capabilities, Chunk, EngineState, EngineStatus, Prompt, Text

_BREAK = "\u200b"
"""A zero-width space: it keeps a look-alike from being read as a control token."""


class RemoteBackend:
    """A `Backend` at a URL. `on_status` hears whether the server answers."""

    def __init__(
        self,
        model: ModelSpec,
        *,
        url: str,
        served_name: str = "",
        key: str = "",
        on_status: Callable[[EngineStatus], None] | None = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(f"endpoint: {url!r} is not a URL such as http://server:8000.")
        self._url = f"{parts.scheme}://{parts.netloc}"
        # People write the base with and without the version.
        self._path = parts.path.rstrip("/").removesuffix("/v1")
        self._model = model
        self._name = served_name or model.name
        self._key = key
        self._on_status = on_status
        self._status = EngineStatus(EngineState.ABSENT, model.name)
        self._session: HttpSession | None = None

    @property
    def capabilities(self) -> Capabilities:
        """What plain OpenAI completions can do."""
        return Capabilities(logprobs=True)

    @property
    def model(self) -> str:
        """The catalogue name of the model that the server runs."""
        return self._model.name

    @property
    def status(self) -> EngineStatus:
        """What the last answer said."""
        return self._status

    def start(self) -> None:
        """Nothing is started: the server is somebody else's. The first answer tells whether it is there."""
        if self._session is None:
            self._session = HttpSession(self._url, key=self._key, path=self._path)
            self._set(EngineStatus(EngineState.READY, self.model, progress=1.0))

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """Generate; an answer that does not begin with the required start is dropped."""
        self.start()
        if self._session is None:
            raise AssertionError("start() makes a session")
        missing = prompt.required_start
        body = {
            "model": self._name,
            "prompt": as_text(prompt, self._model),
            "max_tokens": prompt.max_tokens,
            "stop": list(prompt.stops[:MAX_STOPS]) or None,
            "temperature": prompt.sampling.temperature,
            "top_p": prompt.sampling.top_p,
            "seed": prompt.sampling.seed,
            "stream": True,
            "logprobs": 1,
        }
        try:
            async with aclosing(self._session.completions(body)) as chunks:
                async for chunk in chunks:
                    overlap = min(len(missing), len(chunk.text))
                    if chunk.text[:overlap] != missing[:overlap]:
                        return
                    missing = missing[overlap:]
                    self._set(EngineStatus(EngineState.READY, self.model, progress=1.0))
                    yield chunk
        except EngineError as error:
            # Not the transport's advice, which is about our own host.
            advice = "Check the server, or remove endpoint from config.toml to use the local model."
            self._set(EngineStatus(EngineState.DEGRADED, self.model, reason=error.message, advice=advice))
            raise

    async def aclose(self) -> None:
        """Close the connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.aclose()

    def _set(self, status: EngineStatus) -> None:
        if status != self._status:
            self._status = status
            if self._on_status is not None:
                self._on_status(status)


def as_text(prompt: Prompt, model: ModelSpec) -> str:
    """The prompt as one string in which only our own control tokens can be read as such."""
    names = [*model.controls, *(model.fim.stops if model.fim else ())]
    return "".join(defused(part.text, names) if isinstance(part, Text) else part.token for part in prompt.segments)


def defused(text: str, names: list[str]) -> str:
    """`text` with a zero-width space behind the first character of every control look-alike."""
    for name in sorted(set(names), key=len, reverse=True):
        text = text.replace(name, name[0] + _BREAK + name[1:])
    return text

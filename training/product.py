"""Asks the product: its own prompt, its healing, its host, its filters; greedy, nothing of the answer visible.

The one place where `training` drives the running product. A hole becomes a `CompletionRequest`; what the
model, the copy predictor and the two together answer is kept side by side.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from completion import inline
from completion.engine.lease import LeasedBackend, host_spec
from completion.memory import PATIENT, Memory
from completion.models import catalog, files
from completion.models.catalog import Layout, ModelSpec
from completion.settings import Settings
from completion.syntax import languages, verify
from completion.types import Backend, Capabilities, Chunk, CompletionRequest, Document, Prompt, Text, Trigger
from training import gguf_file
from training.holes import Hole

LANGUAGE_IDS = {"shell": "shellscript", "config": "toml", "make": "makefile"}
"""LSP language ids, where the corpus names a language differently."""

ANSWER_ROOM = 128
READY_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to one hole.

    `raw` is the model's text as it came, the others what would be shown: by the model alone (`model`), by
    the copy predictor (`copy`), by the surer of the two (`mixed`); "" for nothing. `unchecked_copy` is the
    copy predictor before any filter. `ended` says that the model ended by itself and not at a limit;
    `parses` that the file with the raw text (its first line, where a line was asked for) has no new syntax
    error (None where the language has no grammar). `logprob` as in `inline.Trace`.
    """

    raw: str
    model: str
    copy: str
    unchecked_copy: str
    mixed: str
    mode: str
    ended: bool
    parses: bool | None
    logprob: float
    matched: int
    agreement: float
    prompt_tokens: int
    engine_ms: float


@dataclass(frozen=True, slots=True)
class Variant:
    """How to ask: None is what the catalogue says."""

    layout: Layout | None = None
    healed: bool = True
    with_header: bool = True

    @property
    def name(self) -> str:
        parts = (self.layout or "default", "healed" if self.healed else "plain")
        return " ".join((*parts, "header" if self.with_header else "no header"))


class Unhealed:
    """A backend that leaves the token at the cursor as it is."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    @property
    def capabilities(self) -> Capabilities:
        return self._backend.capabilities

    @property
    def model(self) -> str:
        return self._backend.model

    def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        segments = tuple(replace(part, heal=False) if isinstance(part, Text) else part for part in prompt.segments)
        return self._backend.stream(replace(prompt, segments=segments))

    async def aclose(self) -> None:
        """The backend belongs to somebody else."""


def spec_of(gguf: Path) -> ModelSpec:
    """The catalogue's embedded model with the dimensions of this file. Raises `ValueError`."""
    shape = gguf_file.read_shape(gguf)
    known = catalog.builtin().find("embedded")
    prompt_tokens = min(known.prompt_tokens, shape.context - ANSWER_ROOM)
    return known.model_copy(update={"trained_context": shape.context, "prompt_tokens": prompt_tokens})


@asynccontextmanager
async def backend_of(gguf: Path, model: ModelSpec, threads: int = 1) -> AsyncIterator[LeasedBackend]:
    """A host that serves this file to us alone. Raises `EngineError`, `ModelError`."""
    settings = Settings.model_validate({"idle_seconds": 0, "threads": threads})
    spec = host_spec(model, files.locate(model, str(gguf)), settings)
    backend = LeasedBackend(spec, ready_seconds=READY_SECONDS)
    backend.start()
    try:
        yield backend
    finally:
        await backend.aclose()


async def ask(hole: Hole, backend: Backend, model: ModelSpec, variant: Variant | None = None) -> Answer:
    """The product's answer to a hole. Raises `EngineError`."""
    variant = variant or Variant()
    request = request_of(hole)
    settings = Settings.model_validate({"debounce_ms": 0, "deadline_ms": 60_000})
    trace = inline.Trace()
    suggestion = await inline.complete(
        request,
        backend=backend if variant.healed else Unhealed(backend),
        model=_varied(model, variant),
        memory=Memory(PATIENT),
        settings=settings,
        trace=trace,
    )
    parsed, syntax = inline.look(request)
    draft = inline.draft_of(request, syntax, settings)
    shown = dict.fromkeys(("engine", "copy"), "")
    for candidate in trace.candidates:
        found = inline.finish(request, parsed, syntax, draft, candidate, inline.Trace())
        shown[candidate.source] = found.text if found else ""
    raw = trace.generated if hole.kind == "block" else trace.generated.split("\n")[0]
    parses = None if parsed is None else verify.longest_clean(parsed, request.offset, request.offset, raw) == raw
    guess = trace.guess
    return Answer(
        raw=raw,
        model=shown["engine"],
        copy=shown["copy"],
        unchecked_copy=guess.text if guess else "",
        mixed=suggestion.text if suggestion else "",
        mode=trace.mode,
        ended=trace.finish in ("stop", "block end"),
        parses=parses,
        logprob=trace.logprob,
        matched=guess.matched if guess else 0,
        agreement=guess.agreement if guess else 0.0,
        prompt_tokens=trace.usage.prompt_tokens + trace.usage.cached_tokens,
        engine_ms=trace.engine_ms,
    )


def request_of(hole: Hole) -> CompletionRequest:
    """What the editor would ask, on request, at the hole."""
    by_name = languages.of_path(hole.path)
    language = by_name.id if by_name is not None else LANGUAGE_IDS.get(hole.language, hole.language)
    before = hole.prefix.encode()
    document = Document(hole.path, language, before + hole.suffix.encode())
    return CompletionRequest(document, len(before), Trigger.INVOKED)


def _varied(model: ModelSpec, variant: Variant) -> ModelSpec:
    change: dict[str, object] = {}
    if variant.layout is not None:
        change["layouts"] = (variant.layout,)
    if not variant.with_header:
        change["file"] = None
    return model.model_copy(update={"fim": model.template.model_copy(update=change)})

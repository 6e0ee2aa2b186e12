"""What the product had to choose from at a place, with everything that the gate is told of each answer.

A `Recorder` stands before the engine and keeps what it said, so that the same answer can be looked at again under
other rules without being generated again. Knows the waist and the product's own path, no holes.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Collection, Hashable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from completion import gate, idle, inline
from completion.checking import finish
from completion.gate import Features
from completion.memory import PATIENT, SWITCHED_OFF, Memory
from completion.models.catalog import ModelSpec
from completion.prompt import fim
from completion.settings import Settings
from completion.trace import Trace
from completion.types import Backend, Capabilities, Chunk, CompletionRequest, Prompt, Suggestion
from completion.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer that came through the checks: before and after them, and what the gate is told of it.

    So many characters behind the cursor are `replaced`.
    """

    raw: str
    text: str
    replaced: int
    features: Features

    @property
    def confidence(self) -> float:
        """How sure the gate is of it, 0..1."""
        return gate.confidence(self.features)


@dataclass(slots=True)
class _Record:
    chunks: list[Chunk]
    whole: bool = False
    milliseconds: float = 0.0


class Recorder:
    """A backend that says the same again when it is asked the same again, until it is told to `forget`.

    `milliseconds` is how long the engine behind it took for what was said since `begin`, now or when it was recorded;
    `replayed` the part of all such times that was not spent again.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._known: dict[Hashable, _Record] = {}
        self._latest = _Record([])
        self.milliseconds = 0.0
        self.replayed = 0.0

    @property
    def capabilities(self) -> Capabilities:
        return self._backend.capabilities

    @property
    def model(self) -> str:
        return self._backend.model

    @property
    def logprobs(self) -> tuple[float, ...]:
        """Natural-log probabilities of the first line's tokens of the newest answer, as the product counts them."""
        text, found = "", list[float]()
        for chunk in self._latest.chunks:
            if "\n" not in text:
                found.extend(chunk.logprobs)
            text += chunk.text
        return tuple(found)

    def begin(self) -> None:
        """Another question."""
        self._latest, self.milliseconds = _Record([]), 0.0

    def forget(self) -> None:
        """Nothing of what was said will be asked again."""
        self._known.clear()

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        key = replace(prompt, slot="", purpose="answer")
        record = self._known.setdefault(key, _Record([]))
        self._latest = record
        self.milliseconds += record.milliseconds
        self.replayed += record.milliseconds
        for chunk in tuple(record.chunks):
            yield chunk
        if record.whole:
            return
        skipped = len(record.chunks)
        begun = time.perf_counter()
        try:
            async with aclosing(self._backend.stream(prompt)) as chunks:
                async for chunk in chunks:
                    if skipped:
                        skipped -= 1
                        continue
                    record.chunks.append(chunk)
                    record.whole = bool(chunk.finish_reason)
                    yield chunk
        finally:
            taken = (time.perf_counter() - begun) * 1000
            record.milliseconds += taken
            self.milliseconds += taken

    async def aclose(self) -> None:
        """The backend belongs to somebody else."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of one request: what the product showed, what it had to choose from, and milliseconds.

    `raw` is the text of the surest answer before any check; `own_ms` is the time outside the engine, `prepared_ms` what
    had been spent before the question, while nobody waits.
    """

    suggestion: Suggestion | None
    raw: str
    generated: str
    judged: tuple[Judged, ...]
    rules: tuple[str, ...]
    own_ms: float
    engine_ms: float
    prepared_ms: float = 0.0


async def ask(
    request: CompletionRequest,
    backend: Recorder,
    model: ModelSpec,
    settings: Settings,
    *,
    without: Collection[str] | None = None,
    workspace: Workspace | None = None,
    judge: bool = True,
) -> Asked:
    """The product's answer with a fresh memory. Raises `EngineError`.

    `without` are filters and sources that are not used (None: those that the product does not use); a `workspace` lets
    the request see the rest of its repository. Without `judge` nothing is told of the answers' features.
    """
    trace = Trace()
    off = SWITCHED_OFF if without is None else tuple(without)
    memory = Memory(PATIENT, workspace=workspace, without=off)
    # A tree made anew, outside of the time: one that was edited may have other errors, and what an earlier question has
    # found out about the place would be for nothing.
    inline.forget(request.document.path)
    inline.look(request)
    prepared_ms = await prepare(request, backend, model, settings, memory) if workspace is not None else 0.0
    backend.begin()
    begun = time.perf_counter()
    suggestion = await inline.complete(
        request, backend=backend, model=model, memory=memory, settings=settings, trace=trace
    )
    taken = (time.perf_counter() - begun) * 1000
    raw = trace.candidates[0].text if trace.candidates else ""
    judged = judged_of(request, trace, backend.logprobs, settings, memory) if judge else ()
    own = trace.before_ms + trace.after_ms if trace.mode else taken
    return Asked(suggestion, raw, trace.generated, judged, trace.rules, own, backend.milliseconds, prepared_ms)


async def prepare(
    request: CompletionRequest, backend: Recorder, model: ModelSpec, settings: Settings, memory: Memory
) -> float:
    """What the product prepares after an earlier request in this document: context from other files in front of it.

    Milliseconds that it took, engine and all.
    """
    backend.begin()
    begun, replayed = time.perf_counter(), backend.replayed
    tokens = fim.text_tokens(model)
    memory.anchors.view(request.document.path, request.prefix, request.suffix, tokens, tokens)
    await idle.prepare(request, None, backend=backend, model=model, memory=memory, settings=settings)
    return (time.perf_counter() - begun) * 1000 + backend.replayed - replayed


def judged_of(
    request: CompletionRequest, trace: Trace, logprobs: Sequence[float], settings: Settings, memory: Memory
) -> tuple[Judged, ...]:
    """Every answer that came through the checks, in the order in which they were tried."""
    parsed, syntax = inline.look(request)
    draft = replace(inline.draft_of(request, syntax, settings), language=request.document.language)
    found = []
    for candidate in trace.candidates:
        if candidate.source not in ("engine", "copy"):
            continue
        told = Trace()
        suggestion = finish(request, parsed, syntax, draft, candidate, told, memory)
        if suggestion is None:
            continue
        text = suggestion.text.replace("\r\n", "\n")
        features = gate.describe(
            draft.with_text(text),
            "engine" if candidate.source == "engine" else "copy",
            candidate.text,
            generated=trace.generated,
            logprobs=logprobs,
            guess=trace.guess,
            unknown_names=len(told.unknown_names),
        )
        found.append(Judged(candidate.text, text, suggestion.end - suggestion.start, features))
    return tuple(found)

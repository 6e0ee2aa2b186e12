"""The story of one keystroke: from a request to a suggestion, or to nothing.

Two may answer: the model, and what stands nearby already (`completion.copy`); the surer one is tried first.
Knows the waist (`Backend`), not what answers behind it. Being superseded is being cancelled: nothing
here catches `CancelledError`.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from completion import copy, gate, postprocess
from completion.cache import SuggestionCache
from completion.errors import EngineRejected
from completion.models.catalog import ModelSpec
from completion.postprocess.block import block_has_ended
from completion.postprocess.draft import Draft
from completion.prompt import fim
from completion.settings import Settings
from completion.syntax import context, languages, verify
from completion.syntax.tree import Parsed, TreeStore
from completion.types import Backend, CompletionRequest, Mode, Prompt, Suggestion, SyntaxContext, Trigger, Usage

RETRY_SHARE = 0.4

_ids = itertools.count(1)
_trees = TreeStore()


@dataclass(frozen=True, slots=True)
class Candidate:
    """One possible answer before it is checked; `probability` is that of its first line being exactly right."""

    source: str
    text: str
    probability: float


@dataclass(slots=True)
class Trace:
    """What happened on the way, for logs, `--json` and benchmarks; milliseconds where named `_ms`.

    `candidates` stand in the order in which they were tried; `logprob` is the sum of the generated first
    line's natural-log token probabilities; `finish` is the engine's reason ("stop", "length", "cancelled"),
    or ours ("block end", "deadline"). `first_ms` and `line_ms` are the times from the question to the first
    token and to the end of the first line.
    """

    mode: str = ""
    reason: str = ""
    source: str = ""
    rules: tuple[str, ...] = ()
    generated: str = ""
    finish: str = ""
    logprob: float = 0.0
    guess: copy.Guess | None = None
    candidates: tuple[Candidate, ...] = ()
    usage: Usage = field(default_factory=Usage)
    before_ms: float = 0.0
    first_ms: float = 0.0
    line_ms: float = 0.0
    engine_ms: float = 0.0
    after_ms: float = 0.0


async def complete(
    request: CompletionRequest,
    *,
    backend: Backend,
    model: ModelSpec,
    cache: SuggestionCache,
    settings: Settings,
    on_text: Callable[[str], None] | None = None,
    trace: Trace | None = None,
) -> Suggestion | None:
    """The suggestion for `request`, or None. `on_text` sees the raw text as it is generated.

    Raises `EngineError` when the engine cannot answer.
    """
    trace = trace if trace is not None else Trace()
    started = time.perf_counter()
    prefix, suffix = request.prefix, request.suffix
    if not settings.enabled or request.document.language in settings.disabled_languages:
        trace.reason = "switched off"
        return None
    known = cache.find(request.document.path, prefix, suffix, request.offset)
    if known is not None:
        trace.source, trace.reason = "cache", "typing through a suggestion"
        trace.before_ms = _since(started)
        return known
    parsed, syntax = look(request)
    trace.mode, trace.reason = syntax.mode.value, syntax.reason
    if syntax.mode is Mode.NONE:
        return None
    prompt = fim.render(request, model, syntax.mode)
    draft = draft_of(request, syntax, settings)
    trace.before_ms = _since(started)
    if request.trigger is Trigger.AUTOMATIC:
        await asyncio.sleep(settings.debounce_ms / 1000)
    resumed = time.perf_counter()
    trace.guess = copy.predict(draft.prefix, draft.suffix, [_plain(other.source) for other in request.neighbours])
    trace.before_ms += _since(resumed)
    asked = time.perf_counter()
    try:
        text, logprobs = await _generate(backend, prompt, draft, settings, on_text, trace, asked)
    except EngineRejected:
        # Text with few letters has more tokens than estimated, and only the engine can count them.
        prompt = fim.render(request, model, syntax.mode, share=RETRY_SHARE)
        text, logprobs = await _generate(backend, prompt, draft, settings, on_text, trace, asked)
    answered = time.perf_counter()
    trace.engine_ms = (answered - asked) * 1000
    trace.generated, trace.logprob = text, sum(logprobs)
    trace.candidates = _ranked(text, logprobs, trace.guess)
    suggestion = None
    if not trace.candidates:
        trace.reason = "the model had nothing to say"
    for candidate in trace.candidates:
        suggestion = finish(request, parsed, syntax, draft, candidate, trace)
        if suggestion is not None:
            cache.keep(request.document.path, prefix, suffix, suggestion)
            break
    trace.source, trace.after_ms = suggestion.source if suggestion else "engine", _since(answered)
    return suggestion


def look(request: CompletionRequest) -> tuple[Parsed | None, SyntaxContext]:
    """The tree (None where there is no grammar) and what it says of the cursor."""
    language = languages.find(request.document.language)
    parsed = _trees.parse(request.document, language) if language is not None else None
    return parsed, context.describe(request, parsed)


def draft_of(request: CompletionRequest, syntax: SyntaxContext, settings: Settings) -> Draft:
    """An empty draft in the surroundings of the cursor."""
    prefix, suffix = request.prefix.replace("\r\n", "\n"), request.suffix.replace("\r\n", "\n")
    return Draft("", prefix, suffix, syntax.mode, settings.max_lines)


def _plain(source: bytes) -> str:
    return source.decode("utf-8", "replace").replace("\r\n", "\n")


def _ranked(text: str, logprobs: list[float], guess: copy.Guess | None) -> tuple[Candidate, ...]:
    """The candidates, the surer one first; an empty generation is none."""
    found = []
    if text.strip():
        found.append(Candidate("engine", text, gate.of_model(logprobs)))
    if guess is not None:
        found.append(Candidate("copy", guess.text, gate.of_copy(guess)))
    return tuple(sorted(found, key=lambda candidate: -candidate.probability))


async def _generate(
    backend: Backend,
    prompt: Prompt,
    draft: Draft,
    settings: Settings,
    on_text: Callable[[str], None] | None,
    trace: Trace,
    asked: float,
) -> tuple[str, list[float]]:
    """Read the stream until a stop rule, the end or the deadline; closing it stops the engine.

    Returns the text and its first line's natural-log token probabilities.
    """
    text, logprobs = "", list[float]()
    try:
        async with asyncio.timeout(None) as limit, aclosing(backend.stream(prompt)) as chunks:
            async for chunk in chunks:
                if not trace.first_ms:
                    trace.first_ms = _since(asked)
                    # The clock starts with the answer: loading and queueing have bounds of their own.
                    limit.reschedule(asyncio.get_running_loop().time() + settings.deadline_ms / 1000)
                # Our host sends a chunk a token; of one with more, the tokens after the newline count too.
                if "\n" not in text:
                    logprobs.extend(chunk.logprobs)
                text += chunk.text
                if not trace.line_ms and "\n" in text.lstrip("\n"):
                    trace.line_ms = _since(asked)
                if on_text is not None and chunk.text:
                    on_text(chunk.text)
                if chunk.usage is not None:
                    trace.usage = chunk.usage
                trace.finish = chunk.finish_reason
                if not trace.finish and block_has_ended(draft.with_text(text)):
                    trace.finish = "block end"
                if trace.finish:
                    break
    except TimeoutError:
        trace.finish = "deadline"
        text = _at_clean_boundary(text)
    trace.line_ms = trace.line_ms or _since(asked)
    return text, logprobs


def finish(
    request: CompletionRequest,
    parsed: Parsed | None,
    syntax: SyntaxContext,
    draft: Draft,
    candidate: Candidate,
    trace: Trace,
) -> Suggestion | None:
    """A candidate after filters and verification, or None where nothing is left of it."""
    text, trace.rules = postprocess.clean(draft.with_text(candidate.text))
    if text and parsed is not None:
        checked = verify.longest_clean(parsed, request.offset, request.offset, text)
        if checked != text:
            trace.rules += ("longest_clean",)
        text = checked
    if not text.strip():
        trace.reason = "nothing was left after checking"
        return None
    if b"\r\n" in request.document.source:
        text = text.replace("\n", "\r\n")
    return Suggestion(
        text=text,
        start=request.offset,
        end=request.offset,
        id=f"{os.getpid()}-{next(_ids)}",
        source=candidate.source,
        confidence=candidate.probability,
        checked=syntax.checked and parsed is not None,
        timings={"first_ms": trace.first_ms, "engine_ms": trace.engine_ms},
    )


def _at_clean_boundary(text: str) -> str:
    """What ends with a whole word: a deadline may fall into the middle of one."""
    end = len(text)
    while end and (text[end - 1].isalnum() or text[end - 1] == "_"):
        end -= 1
    return text[:end].rstrip()


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000

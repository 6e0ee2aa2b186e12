"""The story of one keystroke: from a request to a suggestion, or to nothing.

Knows the waist (`Backend`), not what answers behind it. Being superseded is being cancelled: nothing
here catches `CancelledError`.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import os
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from completion import postprocess
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


@dataclass(slots=True)
class Trace:
    """What happened on the way, for logs, `--json` and benchmarks; milliseconds where named `_ms`."""

    mode: str = ""
    reason: str = ""
    source: str = ""
    rules: tuple[str, ...] = ()
    generated: str = ""
    usage: Usage = field(default_factory=Usage)
    before_ms: float = 0.0
    first_ms: float = 0.0
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
    parsed, syntax = _look(request)
    trace.mode, trace.reason = syntax.mode.value, syntax.reason
    if syntax.mode is Mode.NONE:
        return None
    prompt = fim.render(request, model, syntax.mode)
    draft = Draft("", prefix.replace("\r\n", "\n"), suffix.replace("\r\n", "\n"), syntax.mode, settings.max_lines)
    trace.before_ms = _since(started)
    if request.trigger is Trigger.AUTOMATIC:
        await asyncio.sleep(settings.debounce_ms / 1000)
    asked = time.perf_counter()
    try:
        text, logprobs = await _generate(backend, prompt, draft, settings, on_text, trace, asked)
    except EngineRejected:
        # Text with few letters has more tokens than estimated, and only the engine can count them.
        prompt = fim.render(request, model, syntax.mode, share=RETRY_SHARE)
        text, logprobs = await _generate(backend, prompt, draft, settings, on_text, trace, asked)
    answered = time.perf_counter()
    trace.engine_ms = (answered - asked) * 1000
    suggestion = _finish(request, parsed, syntax, draft.with_text(text), logprobs, trace)
    if suggestion is not None:
        cache.keep(request.document.path, prefix, suffix, suggestion)
    trace.source, trace.after_ms = "engine", _since(answered)
    return suggestion


def _look(request: CompletionRequest) -> tuple[Parsed | None, SyntaxContext]:
    language = languages.find(request.document.language)
    parsed = _trees.parse(request.document, language) if language is not None else None
    return parsed, context.describe(request, parsed)


async def _generate(
    backend: Backend,
    prompt: Prompt,
    draft: Draft,
    settings: Settings,
    on_text: Callable[[str], None] | None,
    trace: Trace,
    asked: float,
) -> tuple[str, list[float]]:
    """Read the stream until a stop rule, the end or the deadline; closing it stops the engine."""
    text, logprobs = "", list[float]()
    try:
        async with asyncio.timeout(None) as limit, aclosing(backend.stream(prompt)) as chunks:
            async for chunk in chunks:
                if not trace.first_ms:
                    trace.first_ms = _since(asked)
                    # The clock starts with the answer: loading and queueing have bounds of their own.
                    limit.reschedule(asyncio.get_running_loop().time() + settings.deadline_ms / 1000)
                text += chunk.text
                logprobs.extend(chunk.logprobs)
                if on_text is not None and chunk.text:
                    on_text(chunk.text)
                if chunk.usage is not None:
                    trace.usage = chunk.usage
                if chunk.finish_reason or block_has_ended(draft.with_text(text)):
                    break
    except TimeoutError:
        text = _at_clean_boundary(text)
    trace.generated = text
    return text, logprobs


def _finish(
    request: CompletionRequest,
    parsed: Parsed | None,
    syntax: SyntaxContext,
    draft: Draft,
    logprobs: list[float],
    trace: Trace,
) -> Suggestion | None:
    text, trace.rules = postprocess.clean(draft)
    if text and parsed is not None:
        checked = verify.longest_clean(parsed, request.offset, request.offset, text)
        if checked != text:
            trace.rules += ("longest_clean",)
        text = checked
    if not text.strip():
        trace.reason = "nothing was left after checking" if draft.text.strip() else "the model had nothing to say"
        return None
    if b"\r\n" in request.document.source:
        text = text.replace("\n", "\r\n")
    confidence = math.exp(sum(logprobs) / len(logprobs)) if logprobs else 1.0
    return Suggestion(
        text=text,
        start=request.offset,
        end=request.offset,
        id=f"{os.getpid()}-{next(_ids)}",
        confidence=confidence,
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

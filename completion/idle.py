"""What is prepared while the person reads: the rest of the answer, the one after it, a better window in the spare slot.

Runs when nobody waits for an answer and may be cancelled at any time; what is half done is lost, nothing else.
Knows the waist, like `inline`.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace

from completion import inline
from completion.errors import EngineError
from completion.memory import Memory
from completion.models.catalog import ModelSpec
from completion.prompt import fim
from completion.prompt.anchors import Piece, Window
from completion.prompt.budget import estimate
from completion.prompt.snippets import Snippet, Surroundings, gather
from completion.question import Question
from completion.settings import Settings
from completion.types import Backend, CompletionRequest, Document, Suggestion, Trigger

CONTEXT_SHARE = 0.25
"""Of the tokens for text, those for other places."""

LIKELY = 0.25
"""Confidence from which on a suggestion may be accepted often enough that the answer after it is worth making."""

WIDE_SECONDS = 6.0
"""A window is no wider than what the engine reads in this time: the rest would take all that a slow machine has."""

LEAST_TOKENS = 256

AFFORDABLE_SECONDS = 2.0
"""What is shown of other places is only changed for its own sake where all is evaluated again in so long."""


async def prepare(
    request: CompletionRequest,
    suggestion: Suggestion | None,
    *,
    backend: Backend,
    model: ModelSpec,
    memory: Memory,
    settings: Settings,
) -> None:
    """Use the time after `request` was answered with `suggestion`. Never raises an `EngineError`."""
    try:
        if suggestion is not None:
            if suggestion.goes_on:
                suggestion = await _whole(request, suggestion, backend, model, memory, settings)
                await _room_for_a_key()
            if suggestion.confidence >= LIKELY:
                following = after(request, suggestion)
                await inline.complete(following, backend=backend, model=model, memory=memory, settings=settings)
                await _room_for_a_key()
        await _better_window(request, backend, model, memory)
    except EngineError:
        # Whoever asks next hears of it.
        return


def after(request: CompletionRequest, suggestion: Suggestion) -> CompletionRequest:
    """The request that comes when `suggestion` is accepted."""
    document = request.document
    text = suggestion.text.encode("utf-8")
    source = document.source[: suggestion.start] + text + document.source[suggestion.end :]
    accepted = Document(document.path, document.language, source, document.version)
    return replace(request, document=accepted, offset=suggestion.start + len(text), trigger=Trigger.AHEAD)


async def _room_for_a_key() -> None:
    """A key that came meanwhile is first, and ends this."""
    await asyncio.sleep(0)


async def _whole(
    request: CompletionRequest,
    suggestion: Suggestion,
    backend: Backend,
    model: ModelSpec,
    memory: Memory,
    settings: Settings,
) -> Suggestion:
    """The suggestion with the rest of its answer; it itself where there is no more."""
    parsed, syntax = inline.look(request)
    draft = inline.draft_of(request, syntax, settings, model)
    before = memory.generation(request.document.path)
    said = before.said_behind(draft) if before is not None else ""
    begun = draft.with_text(said if said.startswith(suggestion.text) else suggestion.text)
    asked = replace(request, trigger=Trigger.AHEAD)
    generated = await Question(asked, begun, backend, model, memory, settings).rest()
    candidate = inline.Candidate("engine", generated.text, suggestion.confidence)
    found = inline.finish(request, parsed, syntax, draft, candidate, inline.Trace(), memory)
    if found is None or len(found.text) <= len(suggestion.text) or not found.text.startswith(suggestion.text):
        return suggestion
    whole = replace(found, goes_on=generated.finish == "cancelled")
    memory.cache.keep(request.document.path, request.prefix, request.suffix, whole)
    return whole


async def _better_window(request: CompletionRequest, backend: Backend, model: ModelSpec, memory: Memory) -> None:
    if 0 < backend.capabilities.slots < 2:
        # The only slot holds what the next key appends to.
        return
    path = request.document.path
    prefix, suffix = request.prefix.replace("\r\n", "\n"), request.suffix.replace("\r\n", "\n")
    tokens, rate = fim.text_tokens(model), memory.rate_for(model)
    if rate:
        tokens = min(tokens, max(LEAST_TOKENS, int(rate * WIDE_SECONDS)))
    chosen = memory.snippets.get(path, ())

    def pieces(now: Window, new: Window) -> tuple[Piece, ...] | None:
        nonlocal chosen
        if not model.shows_context:
            return None
        budget = int(tokens * CONTEXT_SHARE)
        found = _snippets(request, new.head + new.suffix, budget, memory, chosen)
        size = estimate(new.head + new.suffix) + sum(snippet.tokens for snippet in found)
        if now.pieces and rate and size / rate > AFFORDABLE_SECONDS:
            return None
        chosen = found
        return tuple(snippet.piece for snippet in found)

    share = 1 - CONTEXT_SHARE if model.shows_context else 1
    window = memory.anchors.better(path, prefix, suffix, int(tokens * share), pieces)
    if window is None:
        return
    finish = ""
    async with aclosing(backend.stream(fim.warm(path, window, model))) as chunks:
        async for chunk in chunks:
            finish = chunk.finish_reason or finish
    if finish != "cancelled":
        memory.anchors.adopt(path, window)
        memory.show(path, chosen if window.pieces else ())


def show_context(request: CompletionRequest, model: ModelSpec, memory: Memory) -> None:
    """Choose what is shown of other places before the first question, where there is no time between two keys."""
    if not model.shows_context:
        return
    path, tokens = request.document.path, fim.text_tokens(model)
    prefix, suffix = request.prefix.replace("\r\n", "\n"), request.suffix.replace("\r\n", "\n")
    room = int(tokens * (1 - CONTEXT_SHARE))
    window = memory.anchors.view(path, prefix, suffix, room, room).window
    chosen = _snippets(request, window.head + window.suffix, int(tokens * CONTEXT_SHARE), memory, ())
    memory.anchors.adopt(path, replace(window, pieces=tuple(snippet.piece for snippet in chosen)))
    memory.show(path, chosen)


def _snippets(
    request: CompletionRequest, shown: str, budget: int, memory: Memory, before: tuple[Snippet, ...]
) -> tuple[Snippet, ...]:
    parsed, syntax = inline.look(request)
    around = Surroundings(request, parsed, syntax, memory.workspace)
    return gather(around, shown, budget, estimate, before=before, without=memory.without)

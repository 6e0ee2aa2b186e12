"""The story of one keystroke: from a request to a suggestion, or to nothing.

Two may answer: the model, and what stands nearby already (`completion.copy`); the surer one is tried first.
Knows the waist (`Backend`), not what answers behind it. Being superseded is being cancelled: nothing
here catches `CancelledError`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from completion import copy, gate
from completion.checking import finish, judge
from completion.memory import Memory
from completion.models.catalog import ModelSpec
from completion.postprocess.draft import Draft
from completion.prompt.anchors import CLOSERS
from completion.question import Question
from completion.running import UNSURE, Generated
from completion.settings import Settings
from completion.syntax import context, languages
from completion.syntax.tree import Parsed, TreeStore
from completion.trace import Candidate, Trace
from completion.types import Backend, CompletionRequest, Mode, Suggestion, SyntaxContext, Trigger
from completion.workspace import secrets
from completion.workspace.ignore import refusal

__all__ = ["Candidate", "Trace", "complete", "draft_of", "finish", "forget", "look", "probability_of"]

TIME_SHARE = 0.8
"""Of `latency_ms`: after so long an automatic request is answered with what has been said; the rest is the way back."""

LATE_SECONDS = 0.1
"""Where nothing could be shown in time, what has been said is looked at again after each of these."""

_STAND_INS = "xxxxxx"

SURE = 0.5
"""Probability from which on what stands nearby is shown while the model has said nothing yet."""

_trees = TreeStore()


async def complete(
    request: CompletionRequest,
    *,
    backend: Backend,
    model: ModelSpec,
    memory: Memory,
    settings: Settings,
    on_text: Callable[[str], None] | None = None,
    trace: Trace | None = None,
) -> Suggestion | None:
    """The suggestion for `request`, or None. `on_text` sees the raw text as it is generated.

    An automatic request is answered in time with what has been said by then, if that can stand alone: the suggestion
    goes on, then (`idle.prepare`). Raises `EngineError` when the engine cannot answer.
    """
    trace = trace if trace is not None else Trace()
    started = time.perf_counter()
    path = request.document.path
    if not settings.enabled or request.document.language in settings.disabled_languages:
        trace.reason = "switched off"
        return None
    refused = memory.workspace.refusal(path) if memory.workspace is not None else refusal(path)
    if refused is not None:
        trace.mode, trace.reason = refused.mode.value, refused.reason
        return None
    known = memory.cache.find(path, request.prefix, request.suffix, request.offset)
    if known is not None and not (known.goes_on and request.trigger is Trigger.INVOKED):
        trace.source, trace.reason = "cache", "typing through a suggestion"
        trace.before_ms = _since(started)
        return known
    prefix, suffix = request.prefix.replace("\r\n", "\n"), request.suffix.replace("\r\n", "\n")
    remembered = (
        (memory.cache.behind_closers(path, request.prefix, request.suffix), "typing through a suggestion"),
        (memory.cache.reindented(path, request.prefix, request.suffix), "re-indented"),
    )
    running = memory.generation(path)
    typed = running.typed(prefix, suffix) if running is not None else None
    waited = 0.0
    if typed is None and request.trigger is Trigger.AUTOMATIC and not any(text for text, _ in remembered):
        if running is not None:
            # It would only keep the engine from what is wanted now.
            running.stop()
        # Before the parser's work, which is for nothing where the next key is there sooner.
        waiting = time.perf_counter()
        await asyncio.sleep(memory.rhythm.wait(settings.debounce_ms / 1000))
        waited = time.perf_counter() - waiting
    parsed, syntax = look(request)
    trace.mode, trace.reason = syntax.mode.value, syntax.reason
    if syntax.mode is Mode.NONE or (request.trigger is Trigger.AHEAD and _is_unsure(request, parsed)):
        return None
    draft = draft_of(request, syntax, settings, model)
    for again, reason in remembered:
        candidate = Candidate("cache", again.replace("\r\n", "\n"), gate.UNKNOWN)
        if again and (found := finish(request, parsed, syntax, draft, candidate, trace, memory)) is not None:
            trace.source, trace.reason = "cache", reason
            memory.cache.keep(path, request.prefix, request.suffix, found)
            return found
        if again and not again.strip(CLOSERS):
            trace.source, trace.reason = "cache", "the rest of the suggestion stands there"
            return None
    trace.context = tuple(map(str, memory.snippets.get(path, ())))
    trace.before_ms = _since(started) - waited * 1000
    if running is None or typed is None or running.draft.mode is not draft.mode:
        if running is not None:
            running.stop()
        if request.trigger is Trigger.AUTOMATIC and not waited:
            await asyncio.sleep(memory.rhythm.wait(settings.debounce_ms / 1000))
        running, typed = None, ""
    resumed = time.perf_counter()
    trace.guess = _copied(draft, request)
    trace.before_ms += _since(resumed)
    asked = time.perf_counter()
    patience = None
    if request.trigger is Trigger.AUTOMATIC:
        patience = started + TIME_SHARE * settings.latency_ms / 1000 - asked
    question = Question(request, draft, backend, model, memory, settings, on_text)
    generated = await question.answer(running, typed, patience)
    suggestion, unsure = None, ""
    while suggestion is None:
        answered = time.perf_counter()
        trace.engine_ms += (answered - asked) * 1000
        trace.finish, trace.usage = generated.finish, generated.usage
        trace.first_ms, trace.line_ms = generated.first_ms, generated.line_ms
        trace.generated, trace.logprob = generated.text, sum(generated.logprobs)
        trace.candidates = _ranked(generated, trace.guess)
        if not trace.candidates:
            unsure = "not sure enough" if generated.finish == UNSURE else ""
            trace.reason = unsure or "the model had nothing to say"
        for candidate in trace.candidates:
            found = finish(request, parsed, syntax, draft, candidate, trace, memory)
            if found is None:
                continue
            found = judge(found, candidate, draft, generated, trace)
            if "gate" not in memory.without and not gate.shows(found.confidence, request.trigger):
                unsure = f"not sure enough ({found.confidence:.2f})"
                continue
            suggestion = replace(found, goes_on=generated.goes_on and candidate.source == "engine")
            trace.reason = syntax.reason
            memory.cache.keep(path, request.prefix, request.suffix, suggestion)
            break
        trace.source, trace.after_ms = suggestion.source if suggestion else "engine", trace.after_ms + _since(answered)
        if suggestion is None and unsure:
            # More of it would not make it surer.
            trace.reason = unsure
            break
        if not generated.goes_on:
            break
        if suggestion is None:
            # What there was by then cannot stand alone: late is better than never.
            asked = time.perf_counter()
            generated = await question.answer_late(LATE_SECONDS)
    if generated.goes_on:
        question.stop()
    question.learn(generated)
    return suggestion


def look(request: CompletionRequest) -> tuple[Parsed | None, SyntaxContext]:
    """The tree (None where there is no grammar, or one that cannot take the text) and what it says of the cursor."""
    language = languages.find(request.document.language)
    # What is asked ahead is a text that may never be.
    parse = _trees.preview if request.trigger is Trigger.AHEAD else _trees.parse
    parsed = parse(request.document, language) if language is not None else None
    syntax = context.describe(request, parsed)
    if language is not None and parsed is None and syntax.mode is not Mode.NONE:
        syntax = replace(syntax, reason=f"{syntax.reason}; unchecked: {_trees.refusal(request.document, language)}")
    return parsed, syntax


def forget(path: str) -> None:
    """Drop the trees of a closed file."""
    _trees.forget(path)


def draft_of(
    request: CompletionRequest, syntax: SyntaxContext, settings: Settings, model: ModelSpec | None = None
) -> Draft:
    """An empty draft in the surroundings of the cursor; with a model its own control tokens are filtered too."""
    controls = (*model.template.controls, *model.template.stops) if model is not None else ()
    prefix, suffix = request.prefix.replace("\r\n", "\n"), request.suffix.replace("\r\n", "\n")
    return Draft("", prefix, suffix, syntax.mode, settings.max_lines, request.document.language, controls)


def _is_unsure(request: CompletionRequest, parsed: Parsed | None) -> bool:
    """Whether a grammar that there is could not tell: what nobody has asked for yet is not offered unchecked then."""
    return parsed is None and languages.find(request.document.language) is not None


def probability_of(generated: Generated) -> float:
    """How sure the model is of the first line that it generated."""
    return gate.of_model(generated.logprobs)


def _copied(draft: Draft, request: CompletionRequest) -> copy.Guess | None:
    """What stands nearby as an answer; nothing of a secret, also where only lines above say that it is one."""
    before, behind = draft.prefix[-copy.REACH :], draft.suffix[: copy.REACH]
    text = secrets.masked(before + behind).text
    others = [_plain(other.source) for other in request.neighbours]
    guess = copy.predict(text[: len(before)], text[len(before) :], others)
    return None if guess is None or _STAND_INS in guess.text else guess


@lru_cache(maxsize=8)
def _plain(source: bytes) -> str:
    """A neighbour's text, masked: it is the same one at many keys."""
    return secrets.masked(source.decode("utf-8", "replace").replace("\r\n", "\n")).text


def _ranked(generated: Generated, guess: copy.Guess | None) -> tuple[Candidate, ...]:
    """The candidates, the surer one first; an empty generation is none."""
    found = []
    if generated.text.strip():
        found.append(Candidate("engine", generated.text, probability_of(generated)))
    if guess is not None and (found or not generated.goes_on or gate.of_copy(guess) >= SURE):
        found.append(Candidate("copy", guess.text, gate.of_copy(guess)))
    return tuple(sorted(found, key=lambda candidate: -candidate.probability))


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000

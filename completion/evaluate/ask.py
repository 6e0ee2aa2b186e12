"""Asks the product at a hole: its own prompt, healing, filters and checks, and what each of the two would show.

A fresh memory of suggestions for every hole: an answer is generated, never remembered.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from completion import copy, gate, inline
from completion.evaluate.holes import Hole
from completion.memory import PATIENT, Memory
from completion.models.catalog import ModelSpec
from completion.settings import Settings
from completion.syntax import verify
from completion.syntax.tree import Parsed
from completion.types import Backend, CompletionRequest
from completion.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Answer:
    """What was shown at a hole ("" for nothing), after how many milliseconds.

    `parses` says of the text before the checks whether the file with its first line has no new syntax error; None
    where there was no text, or the language has no grammar.
    """

    shown: str
    parses: bool | None
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Answers:
    """Of the model alone, and of the surer of model and copy predictor: what a person gets."""

    alone: Answer
    mixed: Answer


def settings_for(settings: Settings) -> Settings:
    """A person's settings, without what would keep the product from answering at once."""
    return settings.model_copy(update={"enabled": True, "disabled_languages": (), "debounce_ms": 0})


async def ask(
    hole: Hole, backend: Backend, model: ModelSpec, settings: Settings, workspace: Workspace | None = None
) -> Answers:
    """Ask a model, in a workspace if one is given. Raises `EngineError`."""
    request, trace = hole.request(), inline.Trace()
    begun = time.perf_counter()
    suggestion = await inline.complete(
        request,
        backend=backend,
        model=model,
        memory=Memory(PATIENT, workspace=workspace),
        settings=settings,
        trace=trace,
    )
    taken = (time.perf_counter() - begun) * 1000
    parsed, syntax = inline.look(request)
    draft = inline.draft_of(request, syntax, settings)
    own = next((candidate for candidate in trace.candidates if candidate.source == "engine"), None)
    shown = inline.finish(request, parsed, syntax, draft, own, inline.Trace()) if own is not None else None
    alone = Answer(shown.text if shown else "", _parses(parsed, request, own.text if own else ""), taken)
    first = trace.candidates[0].text if trace.candidates else ""
    return Answers(alone, Answer(suggestion.text if suggestion else "", _parses(parsed, request, first), taken))


def copied(hole: Hole, settings: Settings) -> Answer:
    """What the copy predictor shows without any model."""
    request = hole.request()
    begun = time.perf_counter()
    parsed, syntax = inline.look(request)
    draft = inline.draft_of(request, syntax, settings)
    guess = copy.predict(draft.prefix, draft.suffix)
    shown = None
    if guess is not None:
        candidate = inline.Candidate("copy", guess.text, gate.of_copy(guess))
        shown = inline.finish(request, parsed, syntax, draft, candidate, inline.Trace())
    taken = (time.perf_counter() - begun) * 1000
    return Answer(shown.text if shown else "", _parses(parsed, request, guess.text if guess else ""), taken)


def _parses(parsed: Parsed | None, request: CompletionRequest, text: str) -> bool | None:
    first = text.split("\n", 1)[0]
    if parsed is None or not first.strip():
        return None
    return verify.longest_clean(parsed, request.offset, request.offset, first) == first

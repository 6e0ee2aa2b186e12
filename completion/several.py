"""Up to three different answers for somebody who asked by hand: the best one, what stands nearby, and sampled ones."""

from __future__ import annotations

import math
import time
from dataclasses import replace

from completion import inline
from completion.checking import finish, judge
from completion.errors import EngineError
from completion.memory import Memory
from completion.models.catalog import ModelSpec
from completion.question import Question
from completion.running import Generated
from completion.settings import Settings
from completion.trace import Candidate, Trace
from completion.types import Backend, CompletionRequest, Mode, Sampling, Suggestion, Trigger

MOST = 3
TRIES = 4
"""Sampled answers that are asked for where some are equal."""

TEMPERATURE, TOP_P = 0.8, 0.95


async def complete(
    request: CompletionRequest,
    *,
    backend: Backend,
    model: ModelSpec,
    memory: Memory,
    settings: Settings,
    trace: Trace | None = None,
    most: int = MOST,
) -> tuple[Suggestion, ...]:
    """Suggestions for `request`, the best first; more than one only where it was made by hand.

    They differ in their first line. Takes as long as the first one and at most `deadline_ms` more. Raises
    `EngineError` when the engine cannot give the first one.
    """
    trace = trace if trace is not None else Trace()
    first = await inline.complete(request, backend=backend, model=model, memory=memory, settings=settings, trace=trace)
    if request.trigger is not Trigger.INVOKED or trace.mode == Mode.NONE.value or trace.reason == "switched off":
        return (first,) if first is not None else ()
    found = [first] if first is not None else []
    until = time.perf_counter() + settings.deadline_ms / 1000
    parsed, syntax = inline.look(request)
    draft = inline.draft_of(request, syntax, settings, model)
    if syntax.mode is Mode.NONE:
        return tuple(found)

    def add(candidate: Candidate, own: Trace, generated: Generated) -> None:
        suggestion = finish(request, parsed, syntax, draft, candidate, own, memory)
        if suggestion is not None and all(_first_line(suggestion) != _first_line(other) for other in found):
            found.append(judge(suggestion, candidate, draft, generated, own))

    for candidate in trace.candidates:
        if len(found) < most:
            # Of the model's own tokens no more than the sum is known here.
            said = Generated(trace.generated, (trace.logprob,), trace.finish, trace.usage, 0.0, 0.0)
            add(candidate, replace(trace), said)
    question = Question(request, draft, backend, model, memory, settings)
    for seed in range(1, TRIES + 1):
        left = until - time.perf_counter()
        if len(found) >= most or left <= 0:
            break
        try:
            generated = await question.sampled(Sampling(TEMPERATURE, TOP_P, seed), left)
        except EngineError:
            # There is an answer already; whoever asks next hears of it.
            break
        # A damaged model gives numbers that are none; what it says means nothing.
        if generated.text.strip() and not math.isnan(sum(generated.logprobs)):
            candidate = Candidate("engine", generated.text, inline.probability_of(generated))
            add(candidate, Trace(generated=generated.text, guess=trace.guess), generated)
    return tuple(found)


def _first_line(suggestion: Suggestion) -> str:
    return suggestion.text.strip().split("\n", 1)[0].strip()

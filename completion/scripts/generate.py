"""The story of one script: asked, streamed, checked, and asked for again where a check objects.

Closing the generator of `write` closes the engine's stream at once and kills checks that run. The checks run in a
thread, since they start programs; nothing that was generated is executed.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from completion.errors import CopilotError, EngineRejected, EngineUnavailable
from completion.models.catalog import ModelSpec
from completion.scripts import goal as goals
from completion.scripts import grammar, grounding, prompts, repair, risk, translate
from completion.scripts.answer import Listener, Script
from completion.scripts.checks import table, tools
from completion.scripts.goal import Goal
from completion.scripts.kinds.base import says_something
from completion.scripts.prompts import Asked
from completion.scripts.types import Attempt, Event, Finding, How, Outcome, Piece, Round, ScriptRequest, Verdict
from completion.types import Backend

SMALLER_SHARE = 0.6
"""Of the room for a prompt, where the engine has counted more tokens than were estimated."""

_numbers = itertools.count(1)


async def write(request: ScriptRequest, backend: Backend, model: ModelSpec) -> AsyncGenerator[Event, None]:
    """Write, translate, fix or explain a script; the last event is the `Outcome`.

    Raises `InputError` for what cannot be asked, `EngineError` from the engine, and `CopilotError` where the model
    cannot do it or has said nothing.
    """
    goal = goals.of(request)
    if request.task == "translate" and request.kind == goal.kind.name == "sql":
        attempt = await _translated(request, goal)
        yield Piece(attempt.text)
        yield Outcome(attempt, (attempt,))
        return
    if request.task in ("translate", "explain"):
        goals.demand_instructions(model, request.task)
    # A slot of its own: a newer answer in the same one would stop this one.
    slot = f"script:{goal.kind.name}:{os.getpid()}-{next(_numbers)}"
    attempts: list[Attempt] = []
    shape = await _shape(request, goal, backend, model)
    plan: repair.Plan | None = repair.first(request, model, shape)
    while plan is not None:
        if attempts:
            yield Round(len(attempts), plan.how, plan.reason)
        script = Script("", finished=True)
        async with aclosing(_said(request, goal, backend, model, plan, slot)) as events:
            async for event in events:
                if isinstance(event, Script):
                    script = event
                else:
                    yield event
        if request.task == "explain":
            attempts.append(Attempt(script.text, plan.how, finished=script.finished))
            break
        attempts.append(await examined(script, plan.how, goal))
        plan = repair.further(request, model, attempts, shape)
    chosen = repair.best(attempts)
    if not (chosen.text.strip() if request.task == "explain" else says_something(chosen.text, goal.kind.marker)):
        raise CopilotError(
            "The model has written nothing for this request.", advice="Say it in other words, or use a larger model."
        )
    yield Outcome(chosen, tuple(attempts))


async def _shape(request: ScriptRequest, goal: Goal, backend: Backend, model: ModelSpec) -> str:
    """The grammar of the answer, "" where none is known or the engine follows none."""
    if not backend.capabilities.grammar or request.task == "explain":
        return ""
    wanted = replace(request, kind=goal.kind.name, material=goal.material)
    if goals.follows_instructions(model):
        return await asyncio.to_thread(grammar.of, wanted)
    frame = goal.kind.frame(goal.material)
    shape = await asyncio.to_thread(grammar.of, wanted, frame.head)
    return shape or repair.without_comments(goal.kind.marker, frame.opening if frame.in_script else "")


async def examined(script: Script, how: How, goal: Goal) -> Attempt:
    """A script with all that can be said of it; being cancelled kills the checks that run."""
    if not says_something(script.text, goal.kind.marker):
        empty = Verdict("answer", "invalid", (Finding("answer", "the model has written nothing"),))
        return Attempt(script.text, how, (empty,), finished=script.finished)
    with tools.Leash():
        return await asyncio.to_thread(_judged, script, how, goal)


def _judged(script: Script, how: How, goal: Goal) -> Attempt:
    kind, material, text = goal.kind.name, goal.material, script.text
    return Attempt(
        text,
        how,
        table.examine(kind, text, material),
        risk.find(kind, text, material.dialect),
        grounding.unverified(kind, text, material),
        script.finished,
    )


async def _said(
    request: ScriptRequest, goal: Goal, backend: Backend, model: ModelSpec, plan: repair.Plan, slot: str
) -> AsyncGenerator[Piece | Script, None]:
    """The pieces of one attempt, and at last the script."""
    for share in (1.0, SMALLER_SHARE):
        # A schema is read for it, and secrets are looked for in whole files.
        asked = await asyncio.to_thread(
            prompts.ask,
            request,
            goal,
            model,
            earlier=plan.earlier,
            sampling=plan.sampling,
            grammar=plan.grammar,
            share=share,
        )
        asked = replace(asked, prompt=replace(asked.prompt, slot=slot))
        try:
            async with aclosing(_heard(request, goal, backend, model, asked)) as events:
                async for event in events:
                    yield event
            return
        except EngineRejected:
            # Only the engine can count tokens; nothing was said yet.
            if share == SMALLER_SHARE:
                raise


async def _heard(
    request: ScriptRequest, goal: Goal, backend: Backend, model: ModelSpec, asked: Asked
) -> AsyncGenerator[Piece | Script, None]:
    kind = None if request.task == "explain" else goal.kind
    listener = Listener(kind, head=asked.head, in_fence=asked.in_fence, in_file=asked.in_file, controls=model.controls)
    reason = ""
    async with aclosing(backend.stream(asked.prompt)) as chunks:
        async for chunk in chunks:
            shown = listener.feed(chunk.text) if chunk.text else ""
            if shown:
                yield Piece(shown)
            reason = chunk.finish_reason or reason
            if listener.ended:
                break
    if reason == "cancelled" and not listener.ended:
        raise EngineUnavailable("the engine gave the script up for another request.", advice="Ask again.")
    script = listener.result(reason)
    rest = listener.rest(script)
    if rest:
        yield Piece(rest)
    yield script


async def _translated(request: ScriptRequest, goal: Goal) -> Attempt:
    source = goals.of(replace(request, task="fix")).material.dialect or "sqlite"
    text, missing = await asyncio.to_thread(translate.sql, request.source, source, goal.material.dialect)
    attempt = await examined(Script(text, finished=True), "translated", goal)
    if not missing:
        return attempt
    lacks = Verdict("translation", "not checked", missing, "not all of it has a counterpart there")
    return replace(attempt, verdicts=(*attempt.verdicts, lacks))

"""What is left of a candidate after filters and checks. Nothing is shown that did not come through here."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass, replace

from completion import gate, postprocess
from completion.memory import Memory
from completion.postprocess.closers import replaced_closers
from completion.postprocess.draft import Draft
from completion.running import Generated
from completion.syntax import names, verify
from completion.syntax.tree import Parsed, SlowGrammar
from completion.trace import Candidate, Trace
from completion.types import CompletionRequest, Suggestion, SyntaxContext, Trigger
from completion.workspace import secrets

_ids = itertools.count(1)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a candidate would stand: the request, its tree, an empty draft of it, and what is remembered."""

    request: CompletionRequest
    parsed: Parsed | None
    draft: Draft
    memory: Memory


def finish(
    request: CompletionRequest,
    parsed: Parsed | None,
    syntax: SyntaxContext,
    draft: Draft,
    candidate: Candidate,
    trace: Trace,
    memory: Memory | None = None,
) -> Suggestion | None:
    """A candidate after filters and verification, or None where nothing is left of it; `trace` hears of both.

    `draft` is an empty one; `memory` knows the workspace, and what is switched off.
    """
    place = _Place(request, parsed, draft, memory or Memory())
    draft = draft.with_text(candidate.text)
    text, replaced = "", replaced_closers(draft)
    if replaced:
        behind = replace(draft, suffix=draft.suffix[replaced:])
        text, trace.rules = _clean(place, behind, replaced)
        # What was cut behind them does not replace them any more.
        replaced = replaced_closers(draft.with_text(text))
    if not replaced:
        text, trace.rules = _clean(place, draft, 0)
    if not text.strip():
        trace.reason = "nothing was left after checking"
        return None
    end = request.offset + replaced
    trace.unknown_names = _unknown_names(place, end, text)
    if b"\r\n" in request.document.source:
        text = text.replace("\n", "\r\n")
    return Suggestion(
        text=text,
        start=request.offset,
        end=end,
        id=f"{os.getpid()}-{next(_ids)}",
        source=candidate.source,
        confidence=candidate.probability,
        checked=syntax.checked and parsed is not None,
        timings={"first_ms": trace.first_ms, "engine_ms": trace.engine_ms},
    )


def judge(suggestion: Suggestion, candidate: Candidate, draft: Draft, generated: Generated, trace: Trace) -> Suggestion:
    """The suggestion with how sure we are of it, which `candidate` was and `trace` knows more of."""
    text = suggestion.text.replace("\r\n", "\n")
    copied = candidate.source == "copy"
    features = gate.describe(
        draft.with_text(text),
        "copy" if copied else "engine",
        # What was cut from an answer that goes on was only not finished.
        text if generated.goes_on and not copied else candidate.text,
        generated=generated.text,
        logprobs=generated.logprobs,
        guess=trace.guess,
        unknown_names=len(trace.unknown_names),
    )
    return replace(suggestion, confidence=gate.confidence(features))


def _clean(place: _Place, draft: Draft, replaced: int) -> tuple[str, tuple[str, ...]]:
    """The text after all filters and checks, and the names of those that changed it."""
    without, request = place.memory.without, place.request
    text, rules = postprocess.clean(draft, without)
    if text and "drop_secrets" not in without and (found := secrets.find_written(draft.prefix[-400:], text)):
        # The line with the secret and what follows: half of it means nothing.
        text, rules = text[: found[0].start].rpartition("\n")[0].rstrip(), (*rules, "drop_secrets")
    parsed, end = place.parsed, request.offset + replaced
    # A file that parses is not broken by what nobody has asked for, not even until the next key.
    strict = request.trigger is not Trigger.INVOKED and parsed is not None and parsed.error_count() == 0
    while text and parsed is not None and "longest_clean" not in without:
        checked = verify.longest_clean(parsed, request.offset, end, text, ending="whole" if strict else "open")
        # What is left may be what a filter looks for.
        kept, more = postprocess.clean(draft.with_text(checked), without) if checked else ("", ())
        rules = (*rules, *(("longest_clean",) if checked != text else ()), *more)
        text = kept
        if kept == checked:
            break
    return text, rules


def _unknown_names(place: _Place, end: int, text: str) -> tuple[str, ...]:
    """Names in the suggestion that neither the file, its imports, the language nor the workspace knows."""
    if place.parsed is None or "unknown_names" in place.memory.without:
        return ()
    start, written, workspace = place.request.offset, text.encode(), place.memory.workspace
    try:
        with_it = place.parsed.with_replaced(start, end, written)
    except SlowGrammar:
        return ()
    language = place.request.document.language
    return names.unknown(
        with_it,
        start,
        start + len(written),
        lambda name: workspace is not None and workspace.index.knows(name, language),
    )

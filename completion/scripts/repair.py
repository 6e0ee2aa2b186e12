"""What is done about an attempt that a check objects to, and which of several attempts is the best. Pure functions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from completion.models.catalog import ModelSpec
from completion.scripts.goal import follows_instructions
from completion.scripts.prompts import Earlier
from completion.scripts.types import Attempt, Finding, How, ScriptRequest
from completion.types import Sampling

MOST_FINDINGS = 6
"""Findings that a model is told of: the first are often the cause of the others."""

SMALL = 100_000_000
"""Parameters below which a base model does not get the shape of a script right by itself (docs/measurements.md)."""

WARMTH = 0.5
"""Temperature of another try of a model that cannot be told what was wrong."""

_RANK = {"valid": 0, "not checked": 1, "invalid": 2}


@dataclass(frozen=True, slots=True)
class Plan:
    """The next attempt: under a grammar, or behind what was wrong with an earlier one, and how it is drawn."""

    how: How
    sampling: Sampling
    grammar: str = ""
    earlier: Earlier | None = None
    reason: str = ""


def first(request: ScriptRequest, model: ModelSpec, grammar: str) -> Plan:
    """The first attempt: the model alone, a very small one under the grammar at once."""
    drawn = Sampling(temperature=request.temperature, seed=request.seed)
    if grammar and not follows_instructions(model) and (model.parameters or SMALL) < SMALL:
        return Plan("constrained", drawn, grammar)
    return Plan("first", drawn)


def further(request: ScriptRequest, model: ModelSpec, attempts: Sequence[Attempt], grammar: str) -> Plan | None:
    """What comes after `attempts`; None where the last one is good or no round is left.

    `grammar` is one that this backend can follow, "" for none; it is tried once, because a second answer under it
    would be the same.
    """
    last, rounds = attempts[-1], len(attempts) - 1
    if last.state != "invalid" or rounds >= request.repairs:
        return None
    reason = last.errors[0].message if last.errors else "a check objects"
    drawn = Sampling(temperature=request.temperature, seed=request.seed)
    if grammar and all(attempt.how != "constrained" for attempt in attempts):
        return Plan("constrained", drawn, grammar, reason=reason)
    if follows_instructions(model):
        tried = best(attempts)
        return Plan("repaired", drawn, earlier=Earlier(tried.text, told(tried.errors)), reason=reason)
    warm = Sampling(max(request.temperature, WARMTH), seed=(request.seed + len(attempts)) % 2**32)
    return Plan("repaired", warm, grammar, reason=reason)


def without_comments(marker: str, opening: str) -> str:
    """A grammar (GBNF) of lines that are no comments, the first of which begins with `opening`.

    A small model goes on with comments where one stands above.
    """
    sign = marker[0]
    code = rf"[^{sign} \t\n] [^\n]*"
    begun = json.dumps(opening) + " " if opening else ""
    return rf'root ::= {begun}{code} ("\n" line)*' + "\n" + rf"line ::= ([ \t]* {code})?" + "\n"


def told(findings: Sequence[Finding]) -> str:
    """Findings as a model is told them, one a line, with their places."""
    lines = []
    for finding in findings[:MOST_FINDINGS]:
        where = f"line {finding.line}, column {finding.column}: " if finding.line else ""
        lines.append(f"- {where}{finding.message} ({finding.check})")
    return "The script is wrong:\n" + "\n".join(lines)


def best(attempts: Sequence[Attempt]) -> Attempt:
    """Valid before not checked before invalid, then fewer errors, a whole one, fewer risks; the earlier of equals."""
    return min(attempts, key=_order)


def _order(attempt: Attempt) -> tuple[int, int, int, bool, int]:
    risks = sum(risk.severity != "note" for risk in attempt.risks)
    return (not attempt.text.strip(), _RANK[attempt.state], len(attempt.errors), not attempt.finished, risks)

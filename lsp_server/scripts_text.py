"""A script's evidence in words: what each check says, what is risky, what nobody could verify, and tables for programs.

Knows neither the terminal nor LSP. What a check says may quote the script: it goes to the user and never into a log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from completion.scripts.types import Attempt, Finding, Outcome, Round, Verdict

NOTHING_SAYS = "no check could say anything"


def headline(attempt: Attempt) -> str:
    """The state in one line, with the checks that it rests on."""
    says: dict[str, list[str]] = {"valid": [], "invalid": [], "not checked": []}
    for verdict in attempt.verdicts:
        says[verdict.state].append(verdict.check)
    if attempt.state == "not checked":
        return f"not checked: {NOTHING_SAYS}"
    found = f"{attempt.state} ({', '.join(says[attempt.state])})"
    return f"{found}; not checked: {', '.join(says['not checked'])}" if says["not checked"] else found


def evidence(attempt: Attempt) -> list[str]:
    """Every verdict, risk and unverified name, a line each; findings are indented below their check."""
    lines: list[str] = []
    for verdict in attempt.verdicts:
        lines.append(_verdict(verdict))
        lines += [f"    {_finding(finding)}" for finding in verdict.findings]
    lines += [f"⚠ {risk(finding)}" for finding in attempt.risks]
    lines += [f"? {_located(finding, finding.message)}" for finding in attempt.unverified]
    if not attempt.finished:
        lines.append("⚠ the model was cut off at its limit of tokens: the end is missing")
    return lines


def risk(finding: Finding) -> str:
    """A risk as a sentence with its line; a note that risks could not be judged stands as it is."""
    return _located(finding, f"this {finding.message}" if finding.severity == "warning" else finding.message)


def round_of(event: Round, number: int) -> str:
    """What a new round is, the first of which was number 1, for whoever watches."""
    words = {"first": "the model's first answer", "translated": "translated by a library, without a model"}
    words |= {"constrained": "held to a grammar", "repaired": "repaired"}
    because = f" because {event.reason.rstrip('.')}" if event.reason else ""
    return f"round {number}: {words[event.how]}{because}"


def first_sentence(text: str, longest: int) -> str:
    """The beginning of an explanation, on one line: as many whole sentences as `longest` characters hold, or a part."""
    flat = " ".join(text.split())
    if len(flat) <= longest:
        return flat
    end = max(flat.rfind(mark, 0, longest) for mark in (". ", "! ", "? "))
    return flat[: end + 1] if end > 0 else flat[:longest].rstrip() + " …"


def shown(text: str) -> str:
    """Text for a terminal: line breaks and tabs stay, other control characters cannot steer it."""
    return "".join(char if char.isprintable() or char in "\n\t" else "\ufffd" for char in text)


def table(outcome: Outcome) -> dict[str, Any]:
    """The result for programs: the best attempt's `text`, `state` and evidence, and all attempts in their order."""
    return {**attempt_table(outcome.best), "attempts": [attempt_table(each) for each in outcome.attempts]}


def attempt_table(attempt: Attempt) -> dict[str, Any]:
    """One attempt as plain values; `state` is valid, invalid or not checked."""
    rows: Mapping[str, Iterable[Verdict | Finding]] = {
        "verdicts": attempt.verdicts,
        "risks": attempt.risks,
        "unverified": attempt.unverified,
    }
    return {
        "text": attempt.text,
        "state": attempt.state,
        "how": attempt.how,
        "finished": attempt.finished,
        **{key: [asdict(each) for each in values] for key, values in rows.items()},
    }


def _verdict(verdict: Verdict) -> str:
    match verdict.state:
        case "valid":
            return f"✓ {verdict.check}: valid"
        case "invalid":
            return f"✗ {verdict.check}: invalid"
        case _:
            return f"– {verdict.check}: not checked because {verdict.reason}"


def _finding(finding: Finding) -> str:
    where = f"{finding.line}:{finding.column} " if finding.line and finding.column else ""
    where = where or (f"{finding.line} " if finding.line else "")
    rule = f" [{finding.rule}]" if finding.rule else ""
    kind = "" if finding.severity == "error" else f"{finding.severity}: "
    return f"{where}{kind}{finding.message}{rule}"


def _located(finding: Finding, message: str) -> str:
    return f"line {finding.line}: {message}" if finding.line else message

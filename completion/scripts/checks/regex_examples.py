"""Regular expressions: compiled and tried on the user's examples, in a process that can be stopped.

The flavour is Python's `re`; an example counts as matched where the expression is found in it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from completion.scripts.checks import tools
from completion.scripts.checks.verdicts import Late, Unchecked, verdict
from completion.scripts.types import Finding, Material

_PROGRAM = Path(__file__).with_name("programs") / "regex_examples.py"
_FLAVOURS = ("", "python", "re")
# Texts on which expressions that try every split of a repetition take for ever.
_PROBES = ("a" * 40 + "!", "1" * 40 + "!", " " * 40 + "!", "a1" * 20 + "!", "a." * 20 + "!", "a@" + "a" * 40 + "!")


@verdict("re")
def check(text: str, material: Material) -> Sequence[Finding]:
    """Errors of the pattern with their position, examples that it gets wrong, and the one on which it hangs."""
    if material.dialect not in _FLAVOURS:
        raise Unchecked(f"expressions are tried in Python's flavour, not in that of {material.dialect}")
    asked: dict[str, Sequence[str]] = {
        "matching": material.matching,
        "other": material.other,
        "probes": [*(example * (1 + 40 // len(example)) + "!" for example in material.matching if example), *_PROBES],
    }
    late = ""
    try:
        said = tools.run_python(_PROGRAM, json.dumps({"pattern": text.rstrip("\n"), **asked})).stdout
    except Late as error:
        said, late = error.said, str(error)
    lines = _lines(said)
    if not lines:
        raise Unchecked(late or "the expression could not be tried")
    if "error" in lines[0]:
        return (Finding("re", str(lines[0]["error"]), int(lines[0]["line"]), int(lines[0]["column"]), rule="pattern"),)
    findings = [Finding("re", message, 1, 1, "warning", "pattern") for message in lines[0]["warnings"]]
    for begin, end in zip(lines[1::2], [*lines[2::2], None], strict=False):
        example = asked[begin["group"]][begin["begin"]]
        findings += _example(begin["group"], example, end)
    return findings


def _example(group: str, example: str, end: dict[str, Any] | None) -> list[Finding]:
    shown = repr(example if len(example) <= 60 else example[:57] + "...")
    if end is None:
        if group == "probes":
            message = f"on a text such as {shown} it does not come to an end"
            return [Finding("re", message, 1, 1, "warning", "backtracking")]
        return [Finding("re", f"it does not come to an end on {shown}", 1, 1, rule="backtracking")]
    if group == "matching" and not end["found"]:
        return [Finding("re", f"it does not match {shown}", 1, 1, rule="example")]
    if group == "other" and end["found"]:
        return [Finding("re", f"it matches {shown}, which it must not", 1, 1, rule="example")]
    return []


def _lines(said: str) -> list[dict[str, Any]]:
    lines = []
    for line in said.splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:
            break
    return lines

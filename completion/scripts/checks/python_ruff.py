"""Python: ruff's rules for errors (E9) and Pyflakes (F), with every configuration and comment to it ignored."""

from __future__ import annotations

import json
from collections.abc import Sequence

from completion.scripts.checks import tools
from completion.scripts.checks.verdicts import Unchecked, verdict
from completion.scripts.types import Finding, Material

_ARGUMENTS = ("check", "--isolated", "--no-cache", "--ignore-noqa", "--select", "E9,F", "--output-format", "json")
# What fails when it is reached: undefined names, wrong formats, syntax that only the compiler refuses.
_FAILS = ("E9", "F50", "F52", "F62", "F633", "F70", "F72", "F82", "F83", "invalid-syntax")
_BENDS = frozenset({"F504", "F522", "F523"})  # Arguments that are not used.


@verdict("ruff")
def check(text: str, material: Material) -> Sequence[Finding]:
    """Syntax errors and undefined names are errors, unused things are warnings."""
    output = tools.run("ruff", (*_ARGUMENTS, "--stdin-filename", "script.py", "-"), text)
    try:
        said = json.loads(output.stdout)
    except ValueError:
        raise Unchecked(f"ruff gave no report (status {output.status})") from None
    return [
        Finding(
            "ruff",
            str(one["message"]),
            int(one["location"]["row"]),
            int(one["location"]["column"]),
            "error" if _fails(str(one["code"] or "invalid-syntax")) else "warning",
            str(one["code"] or "invalid-syntax"),
        )
        for one in said
    ]


def _fails(code: str) -> bool:
    return code.startswith(_FAILS) and code not in _BENDS

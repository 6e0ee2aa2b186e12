"""Dockerfile: hadolint, where it is installed. What a build refuses too is an error; the rest is advice."""

from __future__ import annotations

import json
from collections.abc import Sequence

from completion.scripts.checks import tools
from completion.scripts.checks.verdicts import Unchecked, verdict
from completion.scripts.types import Finding, Material, Severity

_LEVELS: dict[str, Severity] = {"error": "warning", "warning": "warning", "info": "note", "style": "note"}
# What a build refuses too. DL1000 is "cannot be read", which hadolint also says of some here-documents.
_REFUSED = frozenset({"DL1000", "DL3011", "DL3021", "DL3023", "DL3024", "DL3043", "DL3061"})


@verdict("hadolint")
def check(text: str, material: Material) -> Sequence[Finding]:
    """All that hadolint says, without its configuration and without the `ignore` comments in the text."""
    arguments = ("--no-color", "--no-fail", "--disable-ignore-pragma", "--format", "json", "-")
    output = tools.run("hadolint", arguments, text)
    try:
        said = json.loads(output.stdout)
    except ValueError:
        raise Unchecked(f"hadolint gave no report (status {output.status})") from None
    refused = _REFUSED - ({"DL1000"} if "<<" in text else set())
    return [
        Finding(
            "hadolint",
            str(one["message"]),
            int(one["line"]),
            int(one["column"]),
            "error" if one["code"] in refused else _LEVELS.get(one["level"], "note"),
            str(one["code"]),
        )
        for one in said
    ]

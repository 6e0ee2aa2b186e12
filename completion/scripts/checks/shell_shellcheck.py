"""Shell: ShellCheck, with every configuration of it ignored, also that in the script's own comments."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from completion.scripts.checks import shell_dialect, tools
from completion.scripts.checks.verdicts import Unchecked, verdict
from completion.scripts.types import Finding, Material, Severity

_NAMES = {"sh": "sh", "bash": "bash", "mksh": "ksh"}
_LEVELS: dict[str, Severity] = {"error": "error", "warning": "warning", "info": "note", "style": "note"}
# ShellCheck's "errors" that are bad habits: the script runs as it says.
_HABITS = frozenset({1075, 2068, 2145, 2148, 2239})


@verdict("shellcheck")
def check(text: str, material: Material) -> Sequence[Finding]:
    """All that ShellCheck says. Its errors make a script invalid, warnings and notes do not."""
    dialect = shell_dialect.of(text, material)
    if dialect not in _NAMES:
        raise Unchecked(f"ShellCheck does not read the dialect {dialect}")
    # A model must not be able to switch its own checks off; the comment keeps its length.
    deaf = re.sub(r"#(\s*)shellcheck\b", lambda match: f"#{match.group(1)}shellchec_", text)
    output = tools.run("shellcheck", ("--norc", "--format=json1", f"--shell={_NAMES[dialect]}", "-"), deaf)
    try:
        comments = json.loads(output.stdout)["comments"]
    except (ValueError, KeyError, TypeError):
        raise Unchecked(f"ShellCheck gave no report (status {output.status})") from None
    return [
        Finding(
            "shellcheck",
            str(comment["message"]),
            int(comment["line"]),
            int(comment["column"]),
            "warning" if comment["code"] in _HABITS else _LEVELS.get(comment["level"], "note"),
            f"SC{comment['code']}",
        )
        for comment in comments
    ]

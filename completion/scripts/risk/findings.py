"""How the risk rules say what they have found."""

from __future__ import annotations

import re

from completion.scripts.risk.shell_values import MAYBE, PRINTED, SURE
from completion.scripts.types import Finding


def finding(rule: str, message: str, line: int = 0, column: int = 0) -> Finding:
    """A risk by name, with the reason as the end of a sentence that begins with "This"."""
    # What is not known of a path was a mark in it.
    shown = re.sub(f"[{MAYBE}{SURE}{PRINTED}]", "…", message)
    return Finding("risk", shown, line, column, "warning", rule)


def unjudged(reason: str, line: int = 0) -> Finding:
    """The note that risks may have been missed because of `reason`."""
    return Finding("risk", f"risks could not be judged fully: {reason}", line, 0, "note", "unjudged")

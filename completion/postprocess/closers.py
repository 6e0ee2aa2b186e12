"""Closing brackets and quotes behind the cursor that the text writes itself: it replaces them, as editors offer it.

The editor has closed a call at once, and the text closes it and goes on (`self):` in front of `)`). Inserted, the
bracket would stand there twice; cut before it, the rest would be lost.
"""

from __future__ import annotations

from completion.postprocess.draft import Draft
from completion.syntax import brackets

_CLOSERS = ")]}>\"'`"


def replaced_closers(draft: Draft) -> int:
    """How many characters behind the cursor the text replaces: all of the line's rest, or none (0)."""
    rest = draft.rest_of_line
    tight = "".join(rest.split())
    if not tight or tight.strip(_CLOSERS):
        return 0
    line = draft.text.split("\n", 1)[0]
    end = _end_of(tight, line, draft.language)
    # Where nothing follows it is cut off like any other repetition.
    return len(rest.rstrip()) if end and draft.text[end:].strip() else 0


def _end_of(closers: str, line: str, language: str) -> int:
    """Where in `line` these closers, which nothing in it opens, are all written; 0 where they are not."""
    if closers.strip(")]}"):
        at = line.find(closers)
        return at + len(closers) if at >= 0 else 0
    found = brackets.scan(line, language).closers[: len(closers)]
    return found[-1][0] + 1 if "".join(closer for _, closer in found) == closers else 0

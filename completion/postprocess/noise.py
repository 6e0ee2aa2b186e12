"""Text that no one wants to see: control look-alikes, invisible characters, loops, blanks."""

from __future__ import annotations

import re

from completion.postprocess.draft import Draft

_CONTROL = re.compile(r"<[|｜][^<>|｜\n]{1,40}[|｜]>|</s>|<(?:PRE|SUF|MID|EOT)>")
_LICENCE = re.compile(r"copyright|all rights reserved|spdx-|licensed under|permission is hereby", re.IGNORECASE)
# Bidirectional overrides, zero-width characters, byte order marks, the tags block.
_INVISIBLE = re.compile(
    "[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f\x00-\x08\x0b-\x1f\x7f]"
)


def drop_control_text(draft: Draft) -> str:
    """Cut the text before anything that looks like a control token and is not already in the file."""
    match = _CONTROL.search(draft.text)
    if match is None or match.group() in draft.prefix or match.group() in draft.suffix:
        return draft.text
    return draft.text[: match.start()]


def drop_invisible(draft: Draft) -> str:
    """Remove characters that a reader cannot see but a compiler can."""
    return _INVISIBLE.sub("", draft.text)


def drop_licence_text(draft: Draft) -> str:
    """Cut the text before a line that claims a licence or an owner which the file does not name."""
    for match in _LICENCE.finditer(draft.text):
        if match.group() not in draft.prefix and match.group() not in draft.suffix:
            return draft.text[: draft.text.rfind("\n", 0, match.start()) + 1].rstrip()
    return draft.text


def drop_loops(draft: Draft) -> str:
    """Cut a text that repeats itself: a line three times, or a run of characters four times."""
    lines = draft.text.split("\n")
    for index in range(2, len(lines)):
        if lines[index].strip() and lines[index] == lines[index - 1] == lines[index - 2]:
            return "\n".join(lines[: index - 1])
    for match in re.finditer(r"(.{3,40}?)\1{3,}", draft.text):
        if match.group(1).strip(" -=#*/_.~"):
            return draft.text[: match.start() + len(match.group(1))].rstrip()
    return draft.text


def drop_blank(draft: Draft) -> str:
    """Drop a suggestion of nothing but blanks."""
    return draft.text if draft.text.strip() else ""

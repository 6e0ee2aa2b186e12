"""A text that goes round in circles, and claims that nobody asked for."""

from __future__ import annotations

import re

from completion.postprocess.draft import Draft

_LICENCE = re.compile(r"copyright|all rights reserved|spdx-|licensed under|permission is hereby", re.IGNORECASE)

# Units of so many characters are a loop when they stand so many times in a row.
_REPEATS = ((3, 60, 4), (2, 2, 8), (1, 1, 24))
# A model that calculates with broken numbers says one mark for ever.
_BROKEN = re.compile(r"([!@$%^&?])\1{7,}")
_LOOKED_AT = 4000


def drop_licence_text(draft: Draft) -> str:
    """Cut the text before a line that claims a licence or an owner which the file does not name."""
    for match in _LICENCE.finditer(draft.text):
        if match.group() not in draft.prefix and match.group() not in draft.suffix:
            return draft.text[: draft.text.rfind("\n", 0, match.start()) + 1].rstrip()
    return draft.text


def drop_loops(draft: Draft) -> str:
    """Cut a text that repeats itself after the first time: lines three times over, or pieces of a line.

    What the file itself repeats as data may be repeated as often again.
    """
    text = _without_line_loop(draft)
    broken = _BROKEN.search(text)
    if broken is not None and broken.group() not in draft.prefix:
        text = text[: broken.start()].rstrip()
    for shortest, longest, times in _REPEATS:
        text = _without_loop(draft.with_text(text), shortest, longest, times)
    return text


def _without_line_loop(draft: Draft) -> str:
    lines = draft.text.split("\n")
    indented = lines if draft.line_before.strip() else [draft.line_before + lines[0], *lines[1:]]
    for size in range(1, len(lines) // 3 + 1):
        for start in range(len(lines) - 3 * size + 1):
            group = indented[start : start + size]
            if not any(any(character.isalnum() for character in line) for line in group):
                continue
            if group * 3 != indented[start : start + 3 * size]:
                continue
            if "\n".join(group * 3) not in draft.prefix[-_LOOKED_AT:]:
                return "\n".join(lines[: start + size])
    return draft.text


def _without_loop(draft: Draft, shortest: int, longest: int, times: int) -> str:
    pattern = re.compile(rf"([^\n]{{{shortest},{longest}}}?)\1{{{times - 1},}}")
    # A loop may have begun before the cursor.
    whole, before = draft.line_before + draft.text, len(draft.line_before)
    for match in pattern.finditer(whole):
        unit = match.group(1)
        if match.end() <= before or not any(character.isalnum() for character in unit):
            continue
        allowed = _longest_run(draft, unit)
        if (match.end() - match.start()) // len(unit) <= allowed:
            continue
        end = match.start() + len(unit) * max(allowed, 1)
        return whole[before : max(before, end)].rstrip()
    return draft.text


def _longest_run(draft: Draft, unit: str) -> int:
    """How often in a row the file says `unit`, at most; runs on the cursor's own line are no evidence."""
    around = "\n".join((*draft.lines_above(60), *draft.lines_below(60)))[:_LOOKED_AT]
    count = 0
    while unit * (count + 1) in around:
        count += 1
    # The last one of a row often lacks its blank.
    return count + 1 if count > 1 else 0

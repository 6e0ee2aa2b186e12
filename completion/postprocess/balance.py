"""Brackets of a suggestion and of what stands around it must fit each other."""

from __future__ import annotations

import re

from completion.postprocess.draft import Draft
from completion.syntax import brackets, languages

_LOOKED_AT = 4000
_UNFINISHED = re.compile(r"[(\[{,.=+\-*/%&|<>!?:\\]$")


def balance_brackets(draft: Draft) -> str:
    """Cut the text before a bracket that closes what the suffix closes already; close what it opens before a closer.

    Editors close brackets by themselves: behind the cursor stands `)` while the model, which does not see it,
    closes the call as well.
    """
    text = _without_surplus(draft)
    return _closed_on_its_line(draft.with_text(text)) if text and "\n" not in text else text


def _without_surplus(draft: Draft) -> str:
    found = brackets.scan(draft.text, draft.language)
    if not found.closers:
        return draft.text
    before, after = _around(draft)
    allowed, _ = brackets.surplus(before, after)
    for count in range(len(found.closers), -1, -1):
        cut = count < len(found.closers)
        text = draft.text[: found.closers[count][0]] if cut else draft.text
        opened = [needed for _, needed in (brackets.scan(text, draft.language) if cut else found).openers]
        unused, stack = brackets.surplus(before, [closer for _, closer in found.closers[:count]])
        more, _ = brackets.surplus([*stack, *opened], after)
        if unused + more <= allowed:
            break
    if not cut:
        return draft.text
    head, _, line = text.rpartition("\n")
    return text.rstrip() if line.strip() else head.rstrip()


def _around(draft: Draft) -> tuple[list[str], list[str]]:
    """Closing brackets that the text before the cursor needs, outermost first, and those that come after it."""
    before, after = draft.line_before, draft.rest_of_line
    if languages.find(draft.language) is not None:
        before, after = draft.prefix[-_LOOKED_AT:], draft.suffix[:_LOOKED_AT]
        if len(before) < len(draft.prefix):
            before = before[before.find("\n") + 1 :]
    openers = [needed for _, needed in brackets.scan(before, draft.language).openers]
    return openers, [closer for _, closer in brackets.scan(after, draft.language).closers]


def _closed_on_its_line(draft: Draft) -> str:
    rest = [closer for _, closer in brackets.scan(draft.rest_of_line, draft.language).closers]
    found = brackets.scan(draft.text, draft.language)
    if not rest or not found.openers or not draft.rest_of_line.lstrip().startswith(tuple(brackets.PAIRS.values())):
        return draft.text
    before = [needed for _, needed in brackets.scan(draft.line_before, draft.language).openers]
    _, open_without = brackets.surplus(before, rest)
    _, stack = brackets.surplus(before, [closer for _, closer in found.closers])
    _, open_with = brackets.surplus([*stack, *(needed for _, needed in found.openers)], rest)
    missing = len(open_with) - len(open_without)
    if missing <= 0:
        return draft.text
    own = found.openers[-missing:]
    if _UNFINISHED.search(draft.text.rstrip()):
        return draft.text[: own[0][0]].rstrip()
    return draft.text.rstrip() + "".join(needed for _, needed in reversed(own))

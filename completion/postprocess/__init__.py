"""Stop rules and filters: what a generated text must go through before anyone sees it.

Each is one pure function of a `Draft`; `RULES` runs them in order. A filter returns the text it
leaves, "" to drop the suggestion.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from completion.postprocess.balance import balance_brackets
from completion.postprocess.block import cut_at_block_end
from completion.postprocess.characters import drop_blank, drop_invisible, match_indentation, trim_line_ends
from completion.postprocess.control import drop_control_text
from completion.postprocess.draft import Draft
from completion.postprocess.loops import drop_licence_text, drop_loops
from completion.postprocess.overlap import (
    cut_repeated_tail,
    cut_suffix_overlap,
    drop_repeated_line,
    strip_repeated_prefix,
)

Rule = Callable[[Draft], str]

# Characters first: an invisible one would hide the others' subject. Then where the text ends, then what it repeats.
RULES: tuple[Rule, ...] = (
    drop_invisible,
    drop_control_text,
    drop_licence_text,
    match_indentation,
    strip_repeated_prefix,
    cut_at_block_end,
    cut_suffix_overlap,
    balance_brackets,
    drop_loops,
    cut_repeated_tail,
    drop_repeated_line,
    trim_line_ends,
    drop_blank,
)


def clean(draft: Draft, without: Collection[str] = ()) -> tuple[str, tuple[str, ...]]:
    """Run all rules but those `without`. Returns the remaining text and the names of the rules that changed it."""
    changed: list[str] = []
    for rule in RULES:
        if rule.__name__ in without:
            continue
        text = rule(draft)
        if text != draft.text:
            changed.append(rule.__name__)
            draft = draft.with_text(text)
        if not text:
            return "", tuple(changed)
    return draft.text, tuple(changed)


__all__ = ["RULES", "Draft", "clean"]

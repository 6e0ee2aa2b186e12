"""Stop rules and filters: what a generated text must go through before anyone sees it.

Each is one pure function of a `Draft`; `RULES` runs them in order. A filter returns the text it
leaves, "" to drop the suggestion.
"""

from __future__ import annotations

from collections.abc import Callable

from completion.postprocess.block import cut_at_block_end
from completion.postprocess.draft import Draft
from completion.postprocess.noise import drop_blank, drop_control_text, drop_invisible, drop_licence_text, drop_loops
from completion.postprocess.overlap import cut_suffix_overlap, drop_repeated_line, strip_repeated_prefix

Rule = Callable[[Draft], str]

RULES: tuple[Rule, ...] = (
    drop_control_text,
    drop_invisible,
    drop_licence_text,
    cut_at_block_end,
    cut_suffix_overlap,
    strip_repeated_prefix,
    drop_loops,
    drop_repeated_line,
    drop_blank,
)


def clean(draft: Draft) -> tuple[str, tuple[str, ...]]:
    """Run all rules. Returns the remaining text and the names of the rules that changed it."""
    changed: list[str] = []
    for rule in RULES:
        text = rule(draft)
        if text != draft.text:
            changed.append(rule.__name__)
            draft = draft.with_text(text)
        if not text:
            return "", tuple(changed)
    return draft.text, tuple(changed)


__all__ = ["RULES", "Draft", "clean"]

"""Where a suggestion ends: at its line, or where its block ends."""

from __future__ import annotations

from completion.postprocess.draft import Draft
from completion.types import Mode


def cut_at_block_end(draft: Draft) -> str:
    """Line mode: the first line. Block mode: lines indented as deep as the first, at most `max_lines`."""
    lines = draft.text.split("\n")
    if draft.mode is not Mode.BLOCK:
        return lines[0].rstrip()
    depth = _indentation(draft.line_before + lines[0])
    kept = [lines[0]]
    for line in lines[1 : draft.max_lines]:
        if line.strip() and _indentation(line) < depth:
            break
        kept.append(line)
    return "\n".join(kept).rstrip()


def block_has_ended(draft: Draft) -> bool:
    """Whether generation can stop: a complete line lies beyond the block, or the limit is reached."""
    complete = draft.text.split("\n")[:-1]
    if draft.mode is not Mode.BLOCK:
        return bool(complete)
    if len(complete) >= draft.max_lines:
        return True
    depth = _indentation(draft.line_before + draft.text.split("\n", 1)[0])
    return any(line.strip() and _indentation(line) < depth for line in complete[1:])


def _indentation(line: str) -> int:
    expanded = line.expandtabs(8)
    return len(expanded) - len(expanded.lstrip())

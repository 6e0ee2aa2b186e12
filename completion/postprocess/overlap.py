"""Text that stands there already is not suggested again."""

from __future__ import annotations

from completion.postprocess.draft import Draft


def cut_suffix_overlap(draft: Draft) -> str:
    """Cut the end of the text where it repeats the rest of the cursor's line, e.g. closing brackets."""
    rest = draft.rest_of_line.strip()
    text = draft.text
    if not rest or "\n" in text:
        return text
    for length in range(min(len(rest), len(text)), 0, -1):
        if text.endswith(rest[:length]) and (length == len(rest) or not rest[:length].isalnum()):
            return text[:-length]
    return text


def drop_repeated_line(draft: Draft) -> str:
    """Drop a suggestion that writes the following line again; cut a block before it."""
    following = draft.next_line
    if len(following) < 2:
        return draft.text
    lines = draft.text.split("\n")
    if (draft.line_before + lines[0]).strip() == following:
        return ""
    for index, line in enumerate(lines[1:], start=1):
        # A lone closing bracket below may rightly stand twice.
        if line.strip() == following and any(character.isalnum() for character in following):
            return "\n".join(lines[:index]).rstrip()
    return draft.text


def strip_repeated_prefix(draft: Draft) -> str:
    """Drop a suggestion that writes the line above again word for word, without adding to it."""
    above = draft.previous_line
    whole = (draft.line_before + draft.text.split("\n", 1)[0]).strip()
    if len(above) >= 8 and whole == above and not draft.line_before.strip():
        return ""
    return draft.text

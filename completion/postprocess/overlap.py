"""Text that stands there already is not suggested again."""

from __future__ import annotations

from completion.postprocess.draft import Draft
from completion.syntax import brackets

# They end blocks as brackets do, so equal ones rightly follow each other.
_END_WORDS = frozenset(
    {"fi", "done", "esac", "end", "endif", "endfor", "endwhile", "else", "then", "do", "begin", "finally", ";;"}
)


def cut_suffix_overlap(draft: Draft) -> str:
    """Cut the end of the text where it repeats the rest of the cursor's line, blanks aside."""
    rest, text = draft.rest_of_line.strip(), draft.text
    if not rest or "\n" in text:
        return text
    tight = "".join(rest.split())
    for end in range(len(text)):
        if "".join(text[end:].split()) == tight and _may_go(draft, end):
            return text[:end] if text[:end].strip() else ""
    for length in range(min(len(rest), len(text)), 0, -1):
        if text.endswith(rest[:length]) and not rest[:length].isalnum() and _may_go(draft, len(text) - length):
            return text[:-length]
    return text


def cut_repeated_tail(draft: Draft) -> str:
    """Cut the end of a block where its last lines are the next lines of the file, blanks aside."""
    lines = draft.text.split("\n")
    below = [line.strip() for line in draft.lines_below(len(lines))]
    for index in range(len(lines)):
        whole = draft.line_before + lines[index] if index == 0 else lines[index]
        tail = [line.strip() for line in (whole, *lines[index + 1 :]) if line.strip()]
        # One lone closing bracket may rightly stand twice; the parser knows.
        if tail and tail == below[: len(tail)] and (len(tail) > 1 or _says_something(tail[0])):
            return "\n".join(lines[:index]).rstrip()
    return draft.text


def drop_repeated_line(draft: Draft) -> str:
    """Drop a suggestion that writes the following line again; cut a block before it."""
    following = "".join(draft.next_line.split())
    if len(following) < 2:
        return draft.text
    lines = draft.text.split("\n")
    if "".join((draft.line_before + lines[0] + ("" if len(lines) > 1 else draft.rest_of_line)).split()) == following:
        return ""
    if not _says_something(draft.next_line):
        return draft.text
    for index, line in enumerate(lines[1:], start=1):
        if "".join(line.split()) == following:
            return "\n".join(lines[:index]).rstrip()
    return draft.text


def strip_repeated_prefix(draft: Draft) -> str:
    """Remove an echo: what was typed on the line, written again; the lines above, written again, drop the text."""
    before = draft.line_before.strip()
    if sum(character.isalnum() for character in before) >= 4 and draft.text.lstrip().startswith(before):
        # The comma of a row of equal values is no echo.
        if before.endswith(","):
            return draft.text
        return draft.text.lstrip()[len(before) :].lstrip() if draft.line_before[-1:].isspace() else draft.text
    if before:
        return draft.text
    lines = [line.strip() for line in draft.text.split("\n") if line.strip()]
    above = [line.strip() for line in draft.lines_above(max(2, len(lines)))]
    if not lines or not above or sum(map(len, lines)) < 8:
        return draft.text
    if len(above) > 1 and above[0] == above[1]:
        # The file repeats lines itself: they are data.
        return draft.text
    if lines[0] == above[0] and len(lines[0]) >= 8:
        return ""
    return "" if len(lines) > 1 and lines == above[: len(lines)][::-1] else draft.text


def _may_go(draft: Draft, end: int) -> bool:
    """Whether the text may be cut at `end` as far as its brackets go."""
    piece = draft.text[end:].strip()
    # How often a bracket must stand is counted elsewhere (`balance_brackets`).
    if piece and len(brackets.scan(piece, draft.language).closers) == len(piece):
        return False
    kept, whole = brackets.scan(draft.text[:end], draft.language), brackets.scan(draft.text, draft.language)
    return len(kept.openers) <= len(whole.openers)


def _says_something(line: str) -> bool:
    return any(character.isalnum() for character in line) and line.strip(" ;").lower() not in _END_WORDS

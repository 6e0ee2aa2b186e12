"""Characters that a reader cannot see but a compiler can, and blanks in the wrong places."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from completion.postprocess.draft import Draft

# Bidirectional controls (Boucher and Anderson, "Trojan Source", arXiv 2111.00169), zero-width characters, byte order
# marks, fillers, variation selectors, tags, and the control characters but for tab and newline.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Blanks that are not U+0020: compilers refuse most of them outside strings.
_BLANKS = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_TAB_WIDTH = 4
_LINES_LOOKED_AT = 200


def drop_invisible(draft: Draft) -> str:
    """Remove characters that a reader cannot see but a compiler can."""
    return _INVISIBLE.sub("", draft.text)


def match_indentation(draft: Draft) -> str:
    """Indent with tabs in a file of tabs and with blanks in a file of blanks; nothing else begins a line."""
    lines = draft.text.split("\n")
    mark, width = _indentation_of(draft)
    first = 0 if not draft.line_before.strip() else 1
    for index in range(first, len(lines)):
        body = lines[index].lstrip()
        blanks = _BLANKS.sub(" ", lines[index][: len(lines[index]) - len(body)])
        if mark == " ":
            blanks = blanks.replace("\t", " " * width)
        elif mark == "\t":
            columns = len(blanks.expandtabs(width))
            # Blanks behind tabs align, as a comment's asterisk is aligned.
            blanks = "\t" * (columns // width) + " " * (columns % width)
        lines[index] = blanks + body
    return "\n".join(lines)


def trim_line_ends(draft: Draft) -> str:
    """Remove blanks at the ends of lines; at the end of the text, unless something follows on its line."""
    lines = draft.text.split("\n")
    last = lines.pop()
    if not draft.rest_of_line.strip():
        last = last.rstrip()
    return "\n".join([*(line.rstrip() for line in lines), last])


def drop_blank(draft: Draft) -> str:
    """Drop a suggestion of nothing but blanks."""
    return draft.text if draft.text.strip() else ""


def _indentation_of(draft: Draft) -> tuple[str, int]:
    """The character that the lines around the cursor are indented with ("" where they differ), and columns a step."""
    around = [*draft.lines_above(_LINES_LOOKED_AT), *draft.lines_below(_LINES_LOOKED_AT)]
    indents = [line[: len(line) - len(line.lstrip(" \t"))] for line in around]
    indents = [indent for indent in indents if indent]
    if not indents:
        own = draft.line_before
        indents = [own] if own and not own.strip(" \t") else []
    marks = {indent[0] for indent in indents}
    if len(marks) != 1:
        return "", _TAB_WIDTH
    mark = marks.pop()
    if mark == " " and any("\t" in indent for indent in indents):
        return "", _TAB_WIDTH
    if mark == "\t":
        return mark, _TAB_WIDTH
    steps = Counter(abs(len(one) - len(other)) for one, other in pairwise(indents))
    steps[len(min(indents, key=len))] += 1
    likely = [step for step, _ in steps.most_common() if step in (2, 3, 4, 8)]
    return mark, likely[0] if likely else _TAB_WIDTH

"""Does the file still parse with the suggestion in it?

The file itself is the measure: as it stands, or without the line that is being written, whichever has
fewer syntax errors (a half-written line is an error of its own). A suggestion may not add to them. One
that does is cut to its longest clean part, line by line and then word by word, or dropped. A single
line may end where more must follow (an open bracket, the head of a block): it is then judged with the
shortest text that would follow.
"""

from __future__ import annotations

import re

from completion.syntax.languages import Language
from completion.syntax.tree import Parsed

_MAX_CANDIDATES = 8
_CLOSERS = {"(": ")", "[": "]", "{": "}"}
_STRINGS = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\\n]|\\.)*`")


def longest_clean(parsed: Parsed, start: int, end: int, text: str) -> str:
    """The longest beginning of `text` that adds no syntax error when it replaces bytes `start`..`end`.

    Returns "" where every beginning would.
    """
    allowed = _allowed_errors(parsed, start)
    line = parsed.source[parsed.source.rfind(b"\n", 0, start) + 1 : start].decode("utf-8", "replace")
    for candidate in _candidates(text):
        for following in _continuations(parsed.language, line, candidate):
            changed = parsed.with_replaced(start, end, (candidate + following).encode())
            if changed.error_count() <= allowed:
                return candidate
    return ""


def _allowed_errors(parsed: Parsed, offset: int) -> int:
    """Errors of the file as it stands or without the line at `offset`, whichever is less."""
    errors = parsed.error_count()
    if errors == 0:
        return 0
    line_start = parsed.source.rfind(b"\n", 0, offset) + 1
    line_end = parsed.source.find(b"\n", offset)
    without = parsed.with_replaced(line_start, len(parsed.source) if line_end < 0 else line_end, b"")
    return min(errors, without.error_count())


def _candidates(text: str) -> list[str]:
    """`text` and shorter beginnings of it, longest first."""
    lines = text.split("\n")
    candidates = ["\n".join(lines[:count]).rstrip() for count in range(len(lines), 0, -1)]
    first = lines[0]
    ends = [match.start() for match in re.finditer(r"[\s,;)\]}]", first)]
    candidates += [first[:position].rstrip() for position in reversed(ends)]
    unique = list(dict.fromkeys([text, *candidates]))
    return [candidate for candidate in unique if candidate.strip()][:_MAX_CANDIDATES]


def _continuations(language: Language, line_before: str, candidate: str) -> tuple[str, ...]:
    """Texts that may have to follow a candidate before the file can parse; always "" first."""
    if "\n" in candidate:
        return ("",)
    line = line_before + candidate
    closers = _open_brackets(line)
    indentation = line[: len(line) - len(line.lstrip())]
    last_word = line.rsplit(maxsplit=1)[-1] if line.strip() else ""
    if language.id == "python" and line.rstrip().endswith(":"):
        return ("", closers, f"\n{indentation}    pass")
    if language.id == "shellscript" and last_word in _SHELL_ENDS:
        return ("", f"\n{indentation}:\n{indentation}{_SHELL_ENDS[last_word]}")
    if closers:
        return ("", closers, closers + " {}", closers + ";")
    return ("",)


_SHELL_ENDS = {"then": "fi", "do": "done", "else": "fi", "{": "}"}


def _open_brackets(line: str) -> str:
    """The closing brackets that `line` still needs, innermost first."""
    stack: list[str] = []
    for character in _STRINGS.sub("", line):
        if character in _CLOSERS:
            stack.append(_CLOSERS[character])
        elif stack and character == stack[-1]:
            stack.pop()
    return "".join(reversed(stack))

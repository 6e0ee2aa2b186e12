"""Brackets in a piece of text, without those in strings and comments: what it closes, what it leaves open.

A scan of the text alone, for pieces that are no whole file; what a whole file means, its tree says. Where a
text has a form that the scan does not know (a regular expression literal), it may be wrong, so nothing that is
clean to the parser should be refused because of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from completion.syntax import languages

PAIRS = {"(": ")", "[": "]", "{": "}"}
_BRACKETS = frozenset("()[]{}")

# A quote mark holds one character there, and stands alone in a lifetime or a digit group.
_CHARACTERS = frozenset({"rust", "c", "cpp", "java", "csharp", "kotlin", "go"})
_BLOCK_COMMENTS = frozenset({"rust", "c", "cpp", "java", "csharp", "kotlin", "go", "php", "css", "sql"}) | frozenset(
    {"typescript", "typescriptreact", "javascript"}
)
_TRIPLE = frozenset({"python", "kotlin", "java", "toml", "csharp"})
# Between backticks anything may stand, over lines.
_BACKTICKS = frozenset({"typescript", "typescriptreact", "javascript", "go"})


@dataclass(frozen=True, slots=True)
class Scan:
    """What a piece of text does to the brackets around it.

    `closers` are the brackets that close what was opened before the text, `openers` the closing brackets that it
    still needs, outermost first; each with its character position in the text. `literals` are the positions
    (start, end) of strings and comments; the last one may lack its end. `depths` has for each line the depth at
    its end and the least depth on it, counted from the text's beginning.
    """

    closers: tuple[tuple[int, str], ...]
    openers: tuple[tuple[int, str], ...]
    literals: tuple[tuple[int, int], ...]
    depths: tuple[tuple[int, int], ...]

    def inside(self, position: int) -> bool:
        """Whether a string or a comment holds the character at `position`."""
        return any(start < position < end for start, end in self.literals)


def scan(text: str, language: str = "") -> Scan:
    """Scan `text` in a language of the table (LSP id); "" for any other."""
    row = languages.find(language)
    name = row.id if row is not None else ""
    pattern = _pattern(name, row.comment if row is not None else "")
    pairs = {"{": "}"} if name == "shellscript" else PAIRS
    closers, openers, literals = list[tuple[int, str]](), list[tuple[int, str]](), list[tuple[int, int]]()
    steps = list[tuple[int, int]]()
    for match in pattern.finditer(text):
        mark = match.group()
        if mark not in _BRACKETS:
            literals.append(match.span())
        elif mark in pairs:
            openers.append((match.start(), pairs[mark]))
            steps.append((match.start(), 1))
        elif mark in pairs.values():
            steps.append((match.start(), -1))
            if any(needed == mark for _, needed in openers):
                while openers.pop()[1] != mark:
                    continue
            else:
                closers.append((match.start(), mark))
    return Scan(tuple(closers), tuple(openers), tuple(literals), _depths(text, steps))


def surplus(open_before: Sequence[str], closers: Sequence[str]) -> tuple[int, tuple[str, ...]]:
    """How many of `closers` close nothing, and what stays open.

    `open_before` are closing brackets that are needed, outermost first.
    """
    stack, count = list(open_before), 0
    for closer in closers:
        if closer in stack:
            while stack.pop() != closer:
                continue
        else:
            count += 1
    return count, tuple(stack)


@cache
def _pattern(language: str, comment: str) -> re.Pattern[str]:
    parts = []
    if language in _TRIPLE or not language:
        parts.append(r'"""[\s\S]*?(?:"""|\Z)|\'\'\'[\s\S]*?(?:\'\'\'|\Z)')
    if language in _BLOCK_COMMENTS:
        parts.append(r"/\*[\s\S]*?(?:\*/|\Z)")
    if language == "html":
        parts.append(r"<!--[\s\S]*?(?:-->|\Z)")
    if language in ("shellscript", "yaml", "dockerfile"):
        # In the middle of a word the mark is a character like any other.
        parts.append(rf"(?<!\S){comment}[^\n]*")
    elif comment:
        parts.append(rf"{re.escape(comment)}[^\n]*")
    parts.append(r'"(?:[^"\\\n]|\\.)*"')
    parts.append(r"'(?:\\.[^'\n]{0,8}|[^'\\\n])'" if language in _CHARACTERS else r"'(?:[^'\\\n]|\\.)*'")
    if language in _BACKTICKS or not language:
        parts.append(r"`(?:[^`\\]|\\.)*(?:`|\Z)" if language in _BACKTICKS else r"`(?:[^`\\\n]|\\.)*`")
    parts.append(r"[()\[\]{}]")
    return re.compile("|".join(parts))


def _depths(text: str, steps: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    found, depth, position, index = list[tuple[int, int]](), 0, 0, 0
    for line in text.split("\n"):
        position += len(line) + 1
        least = depth
        while index < len(steps) and steps[index][0] < position:
            depth += steps[index][1]
            least = min(least, depth)
            index += 1
        found.append((depth, least))
    return tuple(found)

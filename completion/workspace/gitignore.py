"""Lines of an ignore file as patterns that are asked about one entry at a time, as git asks.

pathspec translates a line into a regular expression that also matches everything below a folder; git decides folder by
folder from the top, so that a pattern is asked about this very entry only. That makes the difference where a folder is
taken back (`!build/`) and its files are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from pathspec.patterns.gitignore import GitIgnorePatternError
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

# What pathspec makes of lines like `*` and `*/`, and the beginning of a line that counts at every depth.
_ANYTHING = "."
_FOLDERS = ("/", "(?P<ps_d>/)")
_ANY_DEPTH = "^(?:.+/)?"
# Beyond this many wildcards a pattern could cost a backtracking matcher minutes.
_MOST_WILDCARDS = 8
_WILDCARDS = re.compile(r"\*+")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line: its number (from 1), its text, and whether it ignores or takes back."""

    line: int
    text: str
    ignores: bool
    _regex: re.Pattern[str]
    _kind: Literal["anything", "folders", "below", "entry"]

    def matches(self, path: str) -> bool:
        """Whether the line names this entry. `path` is as `last_match` makes it."""
        if self._kind == "entry":
            match = self._regex.search(path)
            return match is not None and match.end() == len(path)
        if self._kind == "below":
            path = path.rstrip("/")
            match = self._regex.search(path)
            return match is not None and match.end() < len(path)
        return self._kind == "anything" or path.endswith("/")

    @property
    def for_names(self) -> str:
        """A regular expression for one name, without groups; what it matches may be named by the line."""
        return self._regex.pattern.removeprefix(_ANY_DEPTH).replace("(?P<ps_d>/)", "/")


def read(text: str) -> tuple[Pattern, ...]:
    """The patterns of an ignore file, the first one first; lines that git would not take either are left out."""
    return tuple(_patterns(text.removeprefix("\ufeff").split("\n")))


def last_match(patterns: Iterable[Pattern], path: str) -> Pattern | None:
    """The pattern that decides: of those that match, the last one. `patterns` come in reverse order.

    `path` is relative to the file that the patterns are of; folders end with a slash.
    """
    path = _bytewise(path)
    for pattern in patterns:
        if pattern.matches(path):
            return pattern
    return None


def _patterns(lines: Iterable[str]) -> Iterator[Pattern]:
    for number, line in enumerate(lines, 1):
        text = line.removesuffix("\r")
        plain = _bounded(_bytewise(text))
        try:
            made = GitIgnoreSpecPattern(plain)
        except (GitIgnorePatternError, re.error):
            continue
        if made.include is not None and made.regex is not None:
            yield Pattern(number, text, made.include, made.regex, _kind(made.regex.pattern, plain))


def _kind(expression: str, line: str) -> Literal["anything", "folders", "below", "entry"]:
    if expression == _ANYTHING:
        return "anything"
    if expression in _FOLDERS:
        return "folders"
    return "below" if line.rstrip().endswith("/**") else "entry"


def _bytewise(text: str) -> str:
    """A character for every byte, because git's `?` is a byte; a line break, which no regular expression here crosses,
    becomes something else."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1").replace("\n", "\x00")


def _bounded(text: str) -> str:
    """A pattern with too many wildcards, widened to one with few: it ignores more, and takes back nothing."""
    wildcards = list(_WILDCARDS.finditer(text))
    if len(wildcards) <= _MOST_WILDCARDS:
        return text
    return "" if text.startswith("!") else text[: wildcards[_MOST_WILDCARDS - 1].start()] + "**"

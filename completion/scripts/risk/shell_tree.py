"""The neutral tree of a shell script: commands, pipelines and blocks with words in pieces.

Two parsers make it (`shell_shfmt`, `shell_grammar`), so the rules need not know which was there. Knows nothing of what
a command does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

MAX_LEVELS = 100
"""Deeper trees are not walked."""


class Unparsable(Exception):
    """A parser could not make a tree of this text, or is not there; says why in a few words."""


@dataclass(frozen=True, slots=True)
class Text:
    """Letters that stand for themselves, with quotes and backslashes already taken away."""

    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Variable:
    """A parameter; `operator` is what follows its name, as in `:-`, and `default` the word behind that."""

    name: str
    operator: str = ""
    default: Word | None = None


@dataclass(frozen=True, slots=True)
class Substitution:
    """What commands print, in place (`$(…)`) or as a file (`<(…)`)."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command; `line` and `column` count from 1."""

    pieces: tuple[Piece, ...]
    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True)
class Assignment:
    """`name=value`; an array's elements are several values."""

    name: str
    values: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Redirection:
    """`operator` as written; `word` is the file, or the text of a here-document or here-string."""

    operator: str
    word: Word


@dataclass(frozen=True, slots=True)
class Command:
    """A simple command."""

    words: tuple[Word, ...]
    assignments: tuple[Assignment, ...] = ()
    redirections: tuple[Redirection, ...] = ()
    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands of which each reads what the one before prints."""

    stages: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Commands one after another: a list, a loop, a condition, a subshell, a function (then with its `name`).

    `loop` is the variable of a `for` and the words that it goes through.
    """

    nodes: tuple[Node, ...]
    kind: Literal["list", "subshell", "background", "function"] = "list"
    name: str = ""
    redirections: tuple[Redirection, ...] = ()
    loop: Assignment | None = None
    line: int = 1
    column: int = 1


Piece = Text | Variable | Substitution
Node = Command | Pipeline | Block


def unescaped(text: str) -> str:
    """Unquoted letters without their backslashes; a line that goes on is joined."""
    return re.sub(r"\\(.)", r"\1", text.replace("\\\n", ""), flags=re.DOTALL)


def unescaped_in_quotes(text: str) -> str:
    """Letters in double quotes, where a backslash stands for itself but before a few."""
    return re.sub(r'\\([$`"\\])', r"\1", text.replace("\\\n", ""))


def unescaped_as_in_c(text: str) -> str:
    """The letters of `$'…'`."""
    named = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "e": "\x1b"}

    def letter(match: re.Match[str]) -> str:
        code = match[1]
        if code[0] in "xuU" and len(code) > 1:
            return chr(min(int(code[1:], 16), 0x10FFFF))
        return chr(int(code, 8) & 0xFF) if code.isdigit() else named.get(code, code)

    return re.sub(r"\\(x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|U[0-9a-fA-F]{1,8}|[0-7]{1,3}|.)", letter, text, flags=re.S)

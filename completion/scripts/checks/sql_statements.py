"""SQL cut into statements by quotes and comments alone, so that every statement keeps its place in the text.

Parsers lose the place or the statement where something is wrong; this scanner loses neither. It knows no grammar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from completion.scripts.checks.verdicts import Unchecked, place
from completion.scripts.types import Finding

_BODY = re.compile(
    r"create\s+(?:or\s+replace\s+|temp(?:orary)?\s+|definer\s*=\s*\S+\s+)*(?:trigger|procedure|function)\b", re.I
)
_DOLLAR = re.compile(r"\$(?:[A-Za-z_]\w*)?\$")
_WORD = re.compile(r"[^\W\d]\w*")
_BRACKETS = frozenset({"sqlite", "tsql"})


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a quoted thing, a number or one sign, at a character offset of the whole text."""

    text: str
    offset: int

    @property
    def upper(self) -> str:
        """The word as keywords are written; a quoted thing stays what it is."""
        return self.text.upper()


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement without its semicolon, at a character offset of the whole text."""

    text: str
    offset: int
    tokens: tuple[Token, ...] = field(default=())

    def first(self) -> str:
        """The first word in capitals."""
        return self.tokens[0].upper if self.tokens else ""


def statements(text: str, dialect: str) -> tuple[list[Statement], list[Finding]]:
    """All statements, and a finding where a quote or a comment is not closed.

    Raises Unchecked for scripts that change the delimiter, which is a command of a client and no SQL.
    """
    if re.search(r"^\s*delimiter\s+\S", text, re.I | re.M):
        raise Unchecked("DELIMITER is a command of the mysql client, which is not read here")
    try:
        tokens = list(tokenize(text, dialect))
    except Unclosed as unclosed:
        line, column = place(text, unclosed.offset)
        return [], [Finding("sql", f"{unclosed.what} is not closed", line, column, rule="unclosed")]
    found: list[Statement] = []
    part: list[Token] = []
    depth = 0
    for token in tokens:
        if token.text == ";" and depth == 0:
            _add(found, text, part)
            part = []
            continue
        before = part[-1].upper if part else ""
        part.append(token)
        if before == "END" and token.upper in ("IF", "LOOP", "WHILE", "REPEAT"):
            depth += 1  # It closed no BEGIN.
        elif before != "END" and token.upper in ("BEGIN", "CASE") and before and _BODY.match(text, part[0].offset):
            depth += 1
        elif token.upper == "END" and depth:
            depth -= 1
    _add(found, text, part)
    return found, []


def unbalanced(text: str, statement: Statement) -> Iterator[Finding]:
    """Brackets that are not closed, or close nothing."""
    opened: list[Token] = []
    for token in statement.tokens:
        if token.text == "(":
            opened.append(token)
        elif token.text == ")":
            if not opened:
                yield Finding("sql", "this ) closes nothing", *place(text, token.offset), rule="bracket")
                return
            opened.pop()
    for token in opened[-1:]:
        yield Finding("sql", "this ( is not closed", *place(text, token.offset), rule="bracket")


class Unclosed(Exception):
    """A quote or a comment runs to the end of the text."""

    def __init__(self, what: str, offset: int) -> None:
        super().__init__(what)
        self.what = what
        self.offset = offset


def tokenize(text: str, dialect: str) -> Iterator[Token]:
    """Tokens without comments. Raises Unclosed."""
    at = 0
    while at < len(text):
        character = text[at]
        if character.isspace():
            at += 1
            continue
        end = _comment(text, at, dialect)
        if end > at:
            at = end
            continue
        end = _quoted(text, at, dialect)
        if end == at:
            word = _WORD.match(text, at)
            number = re.compile(r"\d[\w.]*").match(text, at)
            end = word.end() if word else number.end() if number else at + 1
        yield Token(text[at:end], at)
        at = end


def _comment(text: str, at: int, dialect: str) -> int:
    if text.startswith("--", at) or (dialect == "mysql" and text[at] == "#"):
        end = text.find("\n", at)
        return len(text) if end < 0 else end
    if text.startswith("/*", at):
        end = text.find("*/", at + 2)
        if end < 0:
            raise Unclosed("the comment", at)
        return end + 2
    return at


def _quoted(text: str, at: int, dialect: str) -> int:
    """The end of what is quoted at `at`, or `at` itself."""
    quote = text[at]
    if quote == "$" and dialect in ("postgres", "duckdb"):
        mark = _DOLLAR.match(text, at)
        if not mark:
            return at
        end = text.find(mark.group(), mark.end())
        if end < 0:
            raise Unclosed(f"the quoted text that begins with {mark.group()}", at)
        return end + len(mark.group())
    if quote == "[" and dialect in _BRACKETS:
        quote = "]"
    elif quote not in "'\"`":
        return at
    escapes = quote != "]" and (dialect in ("mysql", "bigquery") or (at > 0 and text[at - 1] in "eE" and quote == "'"))
    position = at + 1
    while position < len(text):
        if escapes and text[position] == "\\":
            position += 2
        elif text[position] != quote:
            position += 1
        elif text.startswith(quote * 2, position) and quote != "]":
            position += 2
        else:
            return position + 1
    raise Unclosed(f"the quote {text[at]}", at)


def _add(found: list[Statement], text: str, part: list[Token]) -> None:
    if part:
        begin, end = part[0].offset, part[-1].offset + len(part[-1].text)
        found.append(Statement(text[begin:end], begin, tuple(part)))

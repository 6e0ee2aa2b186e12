"""The rules of `secret_rules.toml`: read, checked, and compiled when their keywords first occur.

A rule tells where in a line a secret stands. That a line is looked at once, and secrets of many lines, are the
neighbours' business (`secret_lines.py`, `secret_blocks.py`).
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from importlib import resources
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from completion.errors import ConfigError

RULES_FILE = "secret_rules.toml"
BASE64_LINE = "base64-line"
"""The rule for a line of nothing but base 64, which is a secret only in company."""

# What may stand between a name and what it is given: the rest of the name, closing quotes or a bracket, a type, a sign
# of giving, opening brackets and quotes, and a line break after the sign. (The like of gitleaks' shared part.)
_GIVEN = (
    r"""[ \t\w.-]{0,20}[ \t'"\]]{0,4}(?::[ \t]{0,4}[\w<>\[\]. ?|&]{1,30})?(?:=|>|:{1,3}=|\|\||:|=>|\?=|,|\()"""
    r"""[\s=(]{0,40}(?:[bfru@$]{0,2}["'`]{1,3})?"""
)
_PLACEHOLDER = re.compile(
    r"example|placeholder|change[-_ ]?(?:me|it)|your[-_]|redacted|dummy|fixme|xxxx|\*\*\*|\.\.\."
    r"|<[^>]*>|\$\{|\{\{|\$\(|%\(",
    re.IGNORECASE,
)
_WHOLE_PLACEHOLDER = re.compile(r"(.)\1*|\$\w+|%\w+%|@\w+@|\{\w*\}")
# A word with a number, a dotted name, a path; and what people type who want no secret.
_NAME = re.compile(
    r".*(?:12345678|abcdefgh|00000000|deadbeef).*|[A-Za-z_-]+[0-9]{0,2}|(?:[A-Za-z_]\w*\.)+[A-Za-z_]\w*"
    r"|/(?:bin|etc|home|mnt|opt|run|tmp|usr|var|Users)/[\w ./-]+|\.{0,2}/[\w./-]*\.[a-z]{1,5}"
)


class Rule(BaseModel):
    """One rule. `pattern` stands alone; `name` and `value` stand for "a thing of that name is given this value".

    `keywords` (lower case) are an early no: where none of them is in the line, nothing can match. A `short` rule is
    asked of every line, the others only of lines with a long enough word (see `secret_lines.py`). A `guess` leaves
    alone what looks like a name or a path.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: str
    keywords: list[str] = []
    pattern: str = ""
    name: str = ""
    value: str = ""
    entropy: float = 0.0
    digits: int = 0
    short: bool = False
    guess: bool = False

    @model_validator(mode="after")
    def _has_one_shape(self) -> Self:
        if bool(self.pattern) == bool(self.name and self.value):
            raise ValueError("expected either a pattern or a name with a value")
        if any(keyword != keyword.lower() for keyword in self.keywords):
            raise ValueError("keywords are written in lower case")
        return self

    @cached_property
    def expression(self) -> str:
        """The whole regular expression."""
        return self.pattern or f"(?i:(?:{self.name}){_GIVEN}({self.value})(?![\\w-]))"


Woken = tuple[tuple[str, tuple[Rule, ...]], ...]


@cache
def rules() -> tuple[Rule, ...]:
    """All rules in the order of the file. Raises `ConfigError` where the file is damaged."""
    text = (resources.files(__package__) / RULES_FILE).read_text("utf-8")
    return read(text, RULES_FILE)


def read(text: str, where: str) -> tuple[Rule, ...]:
    """Rules from TOML. Raises `ConfigError`, which names the file and the rule."""
    try:
        tables = tomllib.loads(text).get("rule", [])
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where}: {error}.") from None
    found = []
    for position, table in enumerate(tables, 1):
        try:
            found.append(Rule.model_validate(table))
        except ValidationError as error:
            what = error.errors()[0]["msg"]
            raise ConfigError(f"{where}: rule {position} ({table.get('id', 'without id')}): {what}.") from None
    return tuple(found)


@cache
def ranks() -> Mapping[str, int]:
    """The place of every rule in the file."""
    return {rule.id: place for place, rule in enumerate(rules())}


@cache
def short_rules() -> Woken:
    """Every keyword of the short rules once, with the rules that it wakes."""
    return _woken(rule for rule in rules() if rule.short)


@cache
def long_rules() -> Woken:
    """The same of all other rules."""
    return _woken(rule for rule in rules() if not rule.short)


def spans(rule: Rule, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the rule finds secrets in `text[start:end]`: first and behind the last character of each."""
    # A value is rarer than a name and quicker to look for.
    if rule.value and not _compiled(f"(?i:{rule.value})").search(text, start, end):
        return
    for match in _compiled(rule.expression).finditer(text, start, end):
        first, last = match.span(match.lastindex or 0)
        if rule.pattern and rule.id != BASE64_LINE:
            last = _tail_end(text, last, end)
        if first < last and _is_secret(rule, text[first:last]):
            yield first, last


def entropy(text: str) -> float:
    """Shannon entropy of the characters of `text`, in bits per character."""
    total = len(text)
    return -sum(count / total * math.log2(count / total) for count in Counter(text).values()) if total else 0.0


def is_placeholder(text: str) -> bool:
    """Whether this stands for a secret without being one: an example, a variable, one character over and over."""
    return _PLACEHOLDER.search(text) is not None or _WHOLE_PLACEHOLDER.fullmatch(text) is not None


def _woken(some: Iterable[Rule]) -> Woken:
    woken: dict[str, list[Rule]] = {}
    for rule in some:
        for keyword in rule.keywords:
            woken.setdefault(keyword, []).append(rule)
    return tuple((keyword, tuple(found)) for keyword, found in woken.items())


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.ASCII)


_TAIL = re.compile(r"[\w-]*", re.ASCII)


def _tail_end(text: str, position: int, end: int) -> int:
    """Behind the token that `position` stands in: a token longer than its rule says must not show its end."""
    match = _TAIL.match(text, position, end) if text[position - 1 : position].isalnum() else None
    return match.end() if match else position


def _is_secret(rule: Rule, value: str) -> bool:
    if rule.digits and sum(map(str.isdigit, value)) < rule.digits:
        return False
    if rule.entropy and entropy(value) <= rule.entropy:
        return False
    if rule.guess and _NAME.fullmatch(value):
        return False
    return not is_placeholder(value)

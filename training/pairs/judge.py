"""How good an answer is: valid for its validator, equal in effect to the right one, and true to the names asked for.

An answer stands in the place of `item.answer`. SQL runs in a database in memory, patterns in a child process with a
time limit; shell and Dockerfiles are compared as text, since nothing generated is executed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from training.pairs.checks import dockerfile, kubernetes, package, patterns, regex, shell, sql, sql_state
from training.pairs.items import Item

QUOTED = re.compile(r"""'([^'"$`\\!]*)'""")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`valid`: its validator passes. `equal`: it does the same. `slots`: every name and number is there."""

    valid: bool
    equal: bool
    slots: bool


def judge(item: Item, answer: str) -> Verdict:
    """The verdict about an answer to an item. Raises `NotInstalled` where its validator is missing."""
    answered = replace(item, answer=answer)
    valid = bool(answer.strip()) and not _complaint(answered)
    return Verdict(valid, valid and _equal(item, answer), has_slots(item, answer))


def has_slots(item: Item, answer: str) -> bool:
    """Whether an answer has all names and numbers of the request."""
    return all(_occurs(slot, answer) for slot in item.slots)


def _complaint(item: Item) -> str:
    if item.domain == "sql":
        if item.dialect == "postgres":
            return sql.parse(item.answer)
        return sql.cheap([item])[0]
    if item.domain == "shell":
        return shell.cheap([item])[0] or shell.deep([item])[0]
    if item.domain == "dockerfile":
        return dockerfile.deep([item])[0]
    if item.domain == "yaml":
        return kubernetes.deep([item])[0]
    return regex.syntax(item)


def _equal(item: Item, answer: str) -> bool:
    if item.domain == "sql":
        if item.dialect == "postgres":
            return _trees(item.answer) == _trees(answer)
        return sql_state.same(item, answer)
    if item.domain == "yaml":
        right = kubernetes.documents(item.text)
        return bool(kubernetes.documents(replace(item, answer=answer).text) == right)
    if item.domain == "regex":
        return _same_pattern(item, answer)
    normal = _shell_text if item.domain == "shell" else _docker_text
    return normal(item.answer) == normal(answer)


def _trees(text: str) -> list[Any]:
    # Trees are equal without regard to case and comments; text in quotes counts as it is.
    sqlglot: Any = package("sqlglot", "sqlglot")
    folded = package("sqlglot.optimizer.normalize_identifiers", "sqlglot").normalize_identifiers
    return [folded(tree, dialect="postgres") for tree in sqlglot.parse(text, read="postgres") if tree is not None]


def _same_pattern(item: Item, answer: str) -> bool:
    right, other = patterns.extract(item.language, item.answer), patterns.extract(item.language, answer)
    if right is None or other is None or item.examples is None:
        return False
    texts = (*item.examples.matches, *item.examples.others)
    expected = [patterns.verdict(right, text) for text in texts]
    found = expected if other == right else patterns.verdicts(other, texts)
    if found is None:
        return False
    if re.compile(right.pattern).groups:
        return found == expected
    return [bool(one) for one in found] == [bool(one) for one in expected]


def _shell_text(text: str) -> list[str]:
    text = text.replace("\\\n", " ")
    lines = (re.sub(r"\s+", " ", QUOTED.sub(r'"\1"', line)).strip().rstrip(";") for line in text.split("\n"))
    return [line for line in lines if line and not line.startswith("#")]


def _docker_text(text: str) -> list[str]:
    return [re.sub(r"\s+", " ", line) for line in dockerfile.logical_lines(text)]


def _occurs(slot: str, answer: str) -> bool:
    if slot.isdigit():
        return re.search(rf"(?<!\d){slot}(?!\d)", answer) is not None
    return slot in answer

"""Sentences and code from one plan: a small template language with choices, synonyms and held-out wordings.

A plan holds values, skeletons of sentences and styles of code. In both, `«name»` stands for a value. A sentence
also has choices `[a|b|]` and synonym classes `<find>`; code has choices `⟦a¦b⟧`, since it uses every ASCII bracket
itself. `~` in front of a choice, a synonym or a whole skeleton holds that wording out: it is never used in training.
Knows no domain and no language.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Generic, TypeVar

from training.pairs.items import Examples
from training.pairs.wordings import FRAMES, SYNONYMS

Ground = TypeVar("Ground")
"""What a plan is drawn from: random choices and, in some domains, a schema."""

HELD = "~"
TRIES = 8
TOKEN = re.compile(r"«(\w+)»|<([a-z_]+)>|\[|\]|\||[^«<\[\]|]+|.", re.DOTALL)
CODE_TOKEN = re.compile(r"«(\w+)»|⟦|⟧|¦|[^«⟦⟧¦]+", re.DOTALL)
ARTICLE = re.compile(r"\b([Aa]) (?=[aeioAEIO](?!ne\b)|u(?!ni|s[aei]|rl|ti|uid))")


@dataclass(frozen=True, slots=True)
class Value:
    """A value as the sentence says it and as the code writes it."""

    spoken: str
    code: str


@dataclass(frozen=True, slots=True)
class Plan:
    """One drawn intent: skeletons of sentences and styles of code over the same values."""

    says: tuple[str, ...]
    codes: tuple[str, ...]
    values: Mapping[str, Value | str] = field(default_factory=dict)
    language: str = ""
    path: str = ""
    dialect: str = ""
    examples: Examples | None = None


@dataclass(frozen=True, slots=True)
class Intent(Generic[Ground]):
    """Something that can be asked for."""

    name: str
    plan: Callable[[Ground], Plan]


@dataclass(frozen=True, slots=True)
class Pair:
    """A rendered plan. `family` names the skeleton, `held` the held-out wordings in the sentence.

    `loose` are values that only one of the two has: always empty, which a test holds.
    """

    intent: str
    family: str
    held: tuple[str, ...]
    sentence: str
    code: str
    slots: tuple[str, ...]
    loose: tuple[str, ...]
    plan: Plan


@dataclass(frozen=True, slots=True)
class Slot:
    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    options: tuple[tuple[Node, ...], ...]
    held: tuple[tuple[str, tuple[Node, ...]], ...] = ()


Node = str | Slot | Choice


def intents(*plans: Callable[[Ground], Plan]) -> tuple[Intent[Ground], ...]:
    """Intents named after their functions."""
    return tuple(Intent(plan.__name__.replace("_", "-"), plan) for plan in plans)


def render(name: str, plan: Plan, rng: random.Random, *, held_out: bool = False) -> Pair | None:
    """Sentence and code of a plan; with `held_out` a wording that training never sees, None where it has none."""
    rows = list(enumerate(plan.says))
    if not held_out:
        rows = [row for row in rows if not row[1].startswith(HELD)]
    elif (kept := [row for row in rows if row[1].startswith(HELD)]) and rng.random() < 0.6:
        rows = kept
    for _ in range(TRIES if held_out else 1):
        index, skeleton = rng.choice(rows)
        held = [skeleton] if skeleton.startswith(HELD) else []
        used: set[str] = set()
        sentence = "".join(_say(parse(skeleton.removeprefix(HELD)), plan.values, rng, held_out, held, used))
        if held or not held_out:
            break
    else:
        return None
    written: set[str] = set()
    code = "".join(_write(parse_code(rng.choice(plan.codes)), plan.values, rng, written))
    sentence = _finish(sentence, skeleton.removeprefix(HELD).startswith("<"), rng)
    slots = tuple(dict.fromkeys(_slots(plan.values, used & written, code)))
    loose = tuple(slot for slot in sorted(written ^ used) if not _free(plan.values[slot]))
    return Pair(name, f"{name}/{index}", tuple(held), sentence, code, slots, loose, plan)


@lru_cache(maxsize=1 << 15)
def parse(template: str) -> tuple[Node, ...]:
    """The nodes of a sentence template. Raises `ValueError` for an unknown synonym class or a stray bracket."""
    return _tree(template, TOKEN, "[", "]", "|")


@lru_cache(maxsize=1 << 15)
def parse_code(template: str) -> tuple[Node, ...]:
    """The nodes of a code template. Raises `ValueError` for a stray bracket."""
    return _tree(template, CODE_TOKEN, "⟦", "⟧", "¦")


def _tree(template: str, tokens: re.Pattern[str], opening: str, closing: str, bar: str) -> tuple[Node, ...]:
    stack: list[list[list[Node]]] = [[[]]]
    for token in tokens.finditer(template):
        text = token.group()
        if token.group(1):
            stack[-1][-1].append(Slot(token.group(1)))
        elif tokens is TOKEN and token.group(2):
            stack[-1][-1].append(_synonyms(token.group(2)))
        elif text == opening:
            stack.append([[]])
        elif text == bar and len(stack) > 1:
            stack[-1].append([])
        elif text == closing and len(stack) > 1:
            options = stack.pop()
            stack[-1][-1].append(_choice(options))
        else:
            stack[-1][-1].append(text)
    if len(stack) != 1:
        raise ValueError(f"a bracket is not closed: {template!r}")
    return tuple(stack[0][0])


def _choice(options: list[list[Node]]) -> Choice:
    plain: list[tuple[Node, ...]] = []
    held: list[tuple[str, tuple[Node, ...]]] = []
    for option in options:
        first = option[0] if option else ""
        if isinstance(first, str) and first.startswith(HELD):
            nodes: tuple[Node, ...] = (first[1:], *option[1:])
            held.append((first, nodes))
        else:
            plain.append(tuple(option))
    return Choice(tuple(plain), tuple(held))


def _synonyms(name: str) -> Choice:
    if name not in SYNONYMS:
        raise ValueError(f"no synonyms for <{name}>")
    words = SYNONYMS[name]
    held = tuple((word, (word[1:],)) for word in words if word.startswith(HELD))
    return Choice(tuple((word,) for word in words if not word.startswith(HELD)), held)


def _say(
    nodes: tuple[Node, ...],
    values: Mapping[str, Value | str],
    rng: random.Random,
    held_out: bool,
    held: list[str],
    used: set[str],
) -> list[str]:
    out: list[str] = []
    for node in nodes:
        if isinstance(node, str):
            out.append(node)
        elif isinstance(node, Slot):
            value = values[node.name]
            out.append(value if isinstance(value, str) else value.spoken)
            used.add(node.name)
        else:
            if held_out and node.held and rng.random() < 0.7:
                name, option = rng.choice(node.held)
                held.append(name)
            else:
                option = rng.choice(node.options)
            out += _say(option, values, rng, held_out, held, used)
    return out


def _write(
    nodes: tuple[Node, ...], values: Mapping[str, Value | str], rng: random.Random, written: set[str]
) -> list[str]:
    out: list[str] = []
    for node in nodes:
        if isinstance(node, str):
            out.append(node)
        elif isinstance(node, Slot):
            value = values[node.name]
            out.append(value if isinstance(value, str) else value.code)
            written.add(node.name)
        else:
            out += _write(rng.choice(node.options), values, rng, written)
    return out


def _slots(values: Mapping[str, Value | str], names: set[str], code: str) -> list[str]:
    # A value counts where the sentence spells what the code needs; "here" for "." is understanding, not copying.
    found: list[str] = []
    for name, value in values.items():
        if name in names:
            spoken, text = (value, value) if isinstance(value, str) else (value.spoken, value.code)
            if text in code and (plain := _plain(text)) and plain in _plain(spoken):
                found.append(text)
    return found


def _free(value: Value | str) -> bool:
    # A value without words is a choice of style (a loop variable, a message), one without code is words only.
    return isinstance(value, Value) and not (value.spoken and value.code)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


def _finish(sentence: str, imperative: bool, rng: random.Random) -> str:
    sentence = ARTICLE.sub(r"\1n ", re.sub(r"\s+", " ", sentence).replace(" ,", ",").strip(" ,"))
    if rng.random() < 0.2:  # notes to oneself leave the articles out
        sentence = re.sub(r"\b(?:the|all the) (?!first|last|same|home|current|top|whole|past)", "", sentence)
    if imperative and rng.random() < 0.15:
        sentence = rng.choice(FRAMES).format(sentence)
    draw = rng.random()
    first = sentence.split(" ", 1)[0]
    if draw < 0.4 and first.isalpha() and first.islower():
        sentence = sentence[0].upper() + sentence[1:]
    if draw < 0.15 or draw > 0.95:
        sentence += "."
    elif draw > 0.92:
        sentence += ":"
    return sentence

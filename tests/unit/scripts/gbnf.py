"""A reader of GBNF that draws random texts from a grammar, for tests of what grammars promise.

Written from the notation's description alone, so it also tells where a grammar is not what we think it is.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(
    r'\s*(?:(?P<text>"(?:\\.|[^"\\])*")|(?P<set>\[(?:\\.|[^\]\\])*\])|(?P<name>[a-zA-Z][a-zA-Z0-9-]*)'
    r"|(?P<times>\{\d+(?:,\d*)?\})|(?P<sign>[()|*+?]))"
)
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|.)", re.S)
_NAMED = {"n": "\n", "r": "\r", "t": "\t"}
MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Node:
    """`text` a literal or the signs of a set; `parts` what a sequence, choice or repetition holds."""

    kind: str
    text: str = ""
    parts: tuple[Node, ...] = ()
    least: int = 1
    most: int = 1


@lru_cache(maxsize=64)
def parsed(grammar: str) -> dict[str, Node]:
    """The rules of a grammar. Raises ValueError where it is none, or names a rule that is not there."""
    rules: dict[str, Node] = {}
    for line in grammar.splitlines():
        name, separator, body = line.partition(" ::= ")
        if not separator or not re.fullmatch(r"[a-z][a-z0-9-]*", name) or name in rules:
            raise ValueError(f"no rule: {line[:80]}")
        tokens = _tokens(body)
        rules[name], rest = _choice(tokens)
        if rest:
            raise ValueError(f"{name}: {rest[0]} is too much")
    for name, node in rules.items():
        for used in _names(node):
            if used not in rules:
                raise ValueError(f"{name} needs {used}, which is not there")
    return rules


def sample(grammar: str, rng: random.Random, *, patience: int = 400) -> str:
    """A random text of the grammar. Beyond `patience` choices it takes the shortest way out."""
    rules = parsed(grammar)
    costs = _costs(grammar)
    out: list[str] = []
    spent = [0]
    prices: dict[int, int] = _prices(grammar)

    def price(node: Node) -> int:
        if id(node) not in prices:
            prices[id(node)] = _cost(node, costs)
        return prices[id(node)]

    def write(node: Node) -> None:
        spent[0] += 1
        tired = spent[0] > patience
        if node.kind == "text":
            out.append(node.text)
        elif node.kind == "set":
            out.append(rng.choice(node.text))
        elif node.kind == "name":
            write(rules[node.text])
        elif node.kind == "sequence":
            for part in node.parts:
                write(part)
        elif node.kind == "choice":
            ways = node.parts
            if tired:
                best = min(price(part) for part in ways)
                ways = tuple(part for part in ways if price(part) == best)
            write(rng.choice(ways))
        else:
            for _ in range(node.least if tired else rng.randint(node.least, min(node.most, node.least + 6))):
                write(node.parts[0])

    write(rules["root"])
    return "".join(out)


@lru_cache(maxsize=64)
def _prices(grammar: str) -> dict[int, int]:
    """What is known of nodes by their identity, as long as the parsed grammar lives."""
    return {}


@lru_cache(maxsize=64)
def _costs(grammar: str) -> dict[str, int]:
    rules = parsed(grammar)
    costs = dict.fromkeys(rules, MOST)
    changed = True
    while changed:
        changed = False
        for name, node in rules.items():
            cost = _cost(node, costs)
            if cost < costs[name]:
                costs[name], changed = cost, True
    endless = [name for name, cost in costs.items() if cost >= MOST]
    if endless:
        raise ValueError(f"{endless[0]} never ends")
    return costs


def _cost(node: Node, costs: dict[str, int]) -> int:
    if node.kind in ("text", "set"):
        return 1
    if node.kind == "name":
        return min(MOST, 1 + costs[node.text])
    inner = [_cost(part, costs) for part in node.parts]
    if node.kind == "choice":
        return min(inner)
    return min(MOST, sum(inner) if node.kind == "sequence" else node.least * inner[0])


def _names(node: Node) -> list[str]:
    own = [node.text] if node.kind == "name" else []
    return own + [name for part in node.parts for name in _names(part)]


def _tokens(body: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while body[at:].strip():
        match = _TOKEN.match(body, at)
        if match is None:
            raise ValueError(f"cannot read {body[at : at + 40]!r}")
        found.append((str(match.lastgroup), match.group(str(match.lastgroup))))
        at = match.end()
    return found[::-1]


def _choice(tokens: list[tuple[str, str]]) -> tuple[Node, list[tuple[str, str]]]:
    ways = [_sequence(tokens)]
    while tokens and tokens[-1] == ("sign", "|"):
        tokens.pop()
        ways.append(_sequence(tokens))
    return (ways[0] if len(ways) == 1 else Node("choice", parts=tuple(ways))), tokens


def _sequence(tokens: list[tuple[str, str]]) -> Node:
    parts: list[Node] = []
    while tokens and tokens[-1] not in (("sign", "|"), ("sign", ")")):
        kind, value = tokens.pop()
        if kind == "text":
            parts.append(Node("text", _unescaped(value[1:-1])))
        elif kind == "set":
            parts.append(Node("set", _signs(value[1:-1])))
        elif kind == "name":
            parts.append(Node("name", value))
        elif value == "(":
            inner, _ = _choice(tokens)
            if not tokens or tokens.pop() != ("sign", ")"):
                raise ValueError("a bracket is not closed")
            parts.append(inner)
        else:
            if not parts:
                raise ValueError(f"{value} repeats nothing")
            parts.append(Node("times", "", (parts.pop(),), *_bounds(value)))
    return parts[0] if len(parts) == 1 else Node("sequence", parts=tuple(parts))


def _bounds(value: str) -> tuple[int, int]:
    if value[0] == "{":
        least, comma, most = value[1:-1].partition(",")
        return int(least), int(most or MOST) if comma else int(least)
    return {"*": (0, MOST), "+": (1, MOST), "?": (0, 1)}[value]


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(
        lambda match: (
            chr(int(match[1][1:], 16)) if match[1][0] == "x" and len(match[1]) == 3 else _NAMED.get(match[1], match[1])
        ),
        text,
    )


def _signs(body: str) -> str:
    negated = body.startswith("^")
    units = [_unescaped(unit) for unit in re.findall(r"\\x[0-9A-Fa-f]{2}|\\.|.", body[negated:], re.S)]
    signs: list[str] = []
    at = 0
    while at < len(units):
        if at + 2 < len(units) and units[at + 1] == "-":
            signs += [chr(code) for code in range(ord(units[at]), ord(units[at + 2]) + 1)]
            at += 3
        else:
            signs.append(units[at])
            at += 1
    if negated:
        signs = [chr(code) for code in range(32, 127) if chr(code) not in signs] + [
            sign for sign in "é€" if sign not in signs
        ]
    if not signs:
        raise ValueError("a set has no sign in it")
    return "".join(signs)

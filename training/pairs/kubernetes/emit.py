"""YAML text from plain objects, in the style of a file. Knows nothing of Kubernetes.

Strings may hold placeholders `«name»`; whether they need quotes is decided by the values behind them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from training.pairs.grammar import Value
from training.pairs.names import Draw

HOLE = "«hole»"
"""A key that marks where a part is missing; its line is the only one with this text."""

PLAIN = re.compile(
    r"[A-Za-z/_.$(][\w./@%+=$()-]*(?::[\w./@%+=-]+)*(?: [\w./@%+=$-][\w./@%+=$:-]*(?<!:))*|\d+(?:m|[KMGT]i)"
)
WORDS = frozenset("true false yes no on off null none y n".split())
NUMBER = re.compile(r"[-+.\d][\d._eExXoO:+-]*")
SLOT = re.compile(r"«(\w+)»")


@dataclass(frozen=True, slots=True)
class Raw:
    """A number or a truth value: written as it is."""

    text: str


Node = str | int | bool | Raw | list["Node"] | dict[str, "Node"]


@dataclass(frozen=True, slots=True)
class Look:
    """How YAML of one file looks."""

    list_indent: int
    quote: str


def look(draw: Draw) -> Look:
    return Look(draw.one((2, 2, 0)), draw.one(('"', '"', '"', "'")))


def emit(node: Node, style: Look, values: Mapping[str, Value | str], depth: int = 0) -> list[str]:
    """The lines of a mapping or a list."""
    pad = " " * depth
    lines: list[str] = []
    if isinstance(node, dict):
        for key, value in node.items():
            if key == HOLE:
                lines.append(pad + HOLE)
            elif isinstance(value, str) and "\n" in value:
                lines.append(f"{pad}{key}: |")
                lines += [f"{pad}  {line}" if line else "" for line in value.rstrip("\n").split("\n")]
            elif isinstance(value, (dict, list)) and value:
                lines.append(f"{pad}{_scalar(key, style, values)}:")
                lines += emit(value, style, values, depth + (style.list_indent if isinstance(value, list) else 2))
            else:
                lines.append(f"{pad}{_scalar(key, style, values)}: {_scalar(value, style, values)}")
    elif isinstance(node, list):
        for value in node:
            if isinstance(value, (dict, list)):
                inner = emit(value, style, values, depth + 2)
                lines += [f"{pad}- {inner[0][depth + 2 :]}", *inner[1:]]
            else:
                lines.append(f"{pad}- {_scalar(value, style, values)}")
    return lines


def _scalar(node: Node, style: Look, values: Mapping[str, Value | str]) -> str:
    if isinstance(node, Raw):
        return node.text
    if isinstance(node, bool):
        return "true" if node else "false"
    if isinstance(node, int):
        return str(node)
    if isinstance(node, dict):
        return "{}"
    if isinstance(node, list):
        return "[]"
    known = SLOT.sub(lambda found: _code(values[found.group(1)]), node)
    if PLAIN.fullmatch(known) and known.lower() not in WORDS and not NUMBER.fullmatch(known):
        return node
    quote = "'" if '"' in known or "\\" in known else style.quote
    return f"{quote}{node}{quote}"


def _code(value: Value | str) -> str:
    return value if isinstance(value, str) else value.code

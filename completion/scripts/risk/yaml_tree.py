"""YAML with the place of every key. Makes nodes only, never Python objects, and refuses what grows without end."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from completion.scripts.risk.shell_tree import Unparsable

MAX_CHARACTERS = 100_000
"""A parser with positions takes 10 s for a megabyte."""

MAX_NODES = 50_000
MAX_ALIASES = 500
MAX_LEVELS = 60


@dataclass(frozen=True, slots=True)
class Place:
    """A node of the document: `key` is what it is called in its mapping, `line` and `column` are the key's, from 1.

    In a sequence `key` is "" and the place is the item's. `path` are the keys above, without sequences.
    """

    node: Node
    key: str
    line: int
    column: int
    path: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The scalar, "" where it is a mapping or a sequence."""
        return str(self.node.value) if isinstance(self.node, ScalarNode) else ""

    @property
    def true(self) -> bool:
        """Whether it is true, as YAML 1.1 and 1.2 write that, without quotes."""
        plain = isinstance(self.node, ScalarNode) and self.node.style is None
        return plain and self.text.lower() in ("true", "yes", "on")

    def child(self, key: str) -> Place | None:
        """What stands under `key`; None where nothing does."""
        return next((each for each in self.children() if each.key == key), None)

    def children(self) -> Iterator[Place]:
        """The values of a mapping or the items of a sequence."""
        if isinstance(self.node, MappingNode):
            for key, value in self.node.value:
                mark = key.start_mark
                name = str(key.value) if isinstance(key, ScalarNode) else ""
                yield Place(value, name, mark.line + 1, mark.column + 1, (*self.path, name))
        elif isinstance(self.node, SequenceNode):
            for value in self.node.value:
                yield Place(value, "", value.start_mark.line + 1, value.start_mark.column + 1, self.path)

    def walk(self) -> Iterator[Place]:
        """All places below, each node once however many aliases it has."""
        seen: set[int] = set()
        stack = [(self, 0)]
        while stack:
            place, level = stack.pop()
            if id(place.node) in seen:
                continue
            seen.add(id(place.node))
            if level > MAX_LEVELS or len(seen) > MAX_NODES:
                raise Unparsable("it is nested too deeply or too large")
            yield place
            stack.extend((child, level + 1) for child in reversed(list(place.children())))


def documents(text: str) -> tuple[Place, ...]:
    """The documents in `text`. Raises `Unparsable` where it is no YAML, or a bomb."""
    if text.count("*") > MAX_ALIASES and text.count("&") > 1 and _aliases(text) > MAX_ALIASES:
        raise Unparsable("it has too many aliases")
    if len(text) > MAX_CHARACTERS:
        raise Unparsable(f"it is longer than {MAX_CHARACTERS} characters")
    if text.count("[") + text.count("{") > MAX_LEVELS and _brackets(text) > MAX_LEVELS:
        raise Unparsable("it is nested too deeply")
    try:
        nodes = list(YAML(typ="safe", pure=True).compose_all(text))
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        raise Unparsable(f"it cannot be read as YAML{where}") from error
    except (RecursionError, ValueError, AttributeError) as error:
        raise Unparsable("it cannot be read as YAML") from error
    return tuple(
        Place(node, "", node.start_mark.line + 1, node.start_mark.column + 1) for node in nodes if node is not None
    )


def _brackets(text: str) -> int:
    """How many brackets are open at once, those in texts too; the parser takes a quadratic time over them."""
    depths = itertools.accumulate((each in "[{") - (each in "]}") for each in text if each in "[]{}")
    return max(depths, default=0)


def _aliases(text: str) -> int:
    return sum(word.startswith("*") and len(word) > 1 for word in text.replace("[", " ").replace(",", " ").split())

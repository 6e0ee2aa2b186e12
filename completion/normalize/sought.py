"""What is looked for in texts: rules, reference tables, words that say nothing. It knows no text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from completion.normalize import fold
from completion.normalize.reference import Reference
from completion.normalize.tokens import Token, fillers
from completion.normalize.types import SPAN_KINDS, Rule


def _anything(_column: str, _value: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Sought:
    """Rules by column, references by column, words that say nothing beside the built-in ones; `holds` says whether a
    value could stand in a column at all.
    """

    rules: Mapping[str, Rule]
    references: Mapping[str, Reference]
    ignored: frozenset[str] = frozenset()
    holds: Callable[[str, str], bool] = _anything

    def columns(self) -> list[str]:
        """The columns whose values stand in texts, in the order in which they are looked for."""
        return [name for kind in SPAN_KINDS for name, rule in self.rules.items() if rule.kind == kind]


def says_nothing(piece: Token, sought: Sought) -> bool:
    """Whether a word may stand anywhere: a filler, or a word that many names of a reference table have."""
    spelt = fold.key(piece.text)
    if piece.kind != "word" or spelt in fillers() or spelt in sought.ignored:
        return piece.kind == "word"
    return any(spelt in reference.generic for reference in sought.references.values())

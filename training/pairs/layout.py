"""Comments and files around an answer: what all domains share of laying out an item."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from training.pairs.grammar import Pair
from training.pairs.items import Examples, Item, Split
from training.pairs.names import Draw

WIDTH = 96


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer stands: the file, what is above and below, and how far in."""

    domain: str
    language: str
    path: str
    above: str = ""
    below: str = "\n"
    indent: str = ""
    marker: str = "#"
    setup: str = ""
    dialect: str = ""


def comment(draw: Draw, sentence: str, marker: str = "#", indent: str = "") -> str:
    """The sentence as one or more comment lines, with their newline."""
    if marker == "--" and draw.chance(0.05):
        return f"{indent}/* {sentence} */\n"
    gap = " " if draw.chance(0.96) else ""
    if len(sentence) <= WIDTH:
        return f"{indent}{marker}{gap}{sentence}\n"
    lines = textwrap.wrap(sentence, WIDTH - 12, break_long_words=False, break_on_hyphens=False)
    return "".join(f"{indent}{marker} {line}\n" for line in lines)


def indented(code: str, indent: str) -> str:
    """All lines but the first moved in; the first one stands behind the indentation already."""
    if not indent:
        return code
    first, *rest = code.split("\n")
    return "\n".join([first, *(indent + line if line else line for line in rest)])


def written(draw: Draw, pair: Pair, marker: str = "#", indent: str = "") -> str:
    """A request with its answer, as they stand in a file."""
    return comment(draw, pair.sentence, marker, indent) + indent + indented(pair.code, indent) + "\n"


def item(draw: Draw, place: Place, pair: Pair, *, held_out: bool) -> Item:
    """The item of a pair in its place. Whether its intent is held out is for the caller to say."""
    split: Split = "wording" if held_out else "train"
    before = place.above + comment(draw, pair.sentence, place.marker, place.indent) + place.indent
    examples: Examples | None = pair.plan.examples
    return Item(
        place.domain, pair.intent, pair.family, pair.held, split, place.language, place.path, before,
        indented(pair.code, place.indent), place.below, pair.sentence, pair.slots, place.setup, place.dialect, examples,
    )  # fmt: skip

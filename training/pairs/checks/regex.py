"""Regular expressions: the pattern is taken out of the line as data and tried on its examples. No code is run."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from training.pairs.checks.patterns import extract, verdict
from training.pairs.items import Item


def cheap(items: Sequence[Item]) -> list[str]:
    """The pattern compiles, accepts what it must and nothing that it must not."""
    return [_complaint(item) for item in items]


def syntax(item: Item) -> str:
    """The complaint about the code around the pattern and the pattern's own syntax, '' for none."""
    found = extract(item.language, item.answer)
    if found is None:
        return "regex: no pattern in the answer"
    try:
        re.compile(found.pattern, found.flags)
        if item.language == "python":
            ast.parse(item.text)
    except (re.error, SyntaxError, OverflowError, RecursionError) as error:
        return f"regex: {error}"
    return ""


def _complaint(item: Item) -> str:
    if complaint := syntax(item):
        return complaint
    found, examples = extract(item.language, item.answer), item.examples
    if found is None or examples is None:
        return "regex: no examples"
    missed = [text for text in examples.matches if not verdict(found, text)]
    wrong = [text for text in examples.others if verdict(found, text)]
    if missed or wrong:
        return f"regex: {found.pattern} misses {missed}, accepts {wrong}"
    return ""

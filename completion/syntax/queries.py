"""The query files in `queries/`, one for each language: read in sections, compiled on first use.

A section begins with a line `; definitions`, `; imports`, `; names` (what their captures mean: `symbols.py`) or
`; strays`. `; inherits NAME` in the first line takes the sections of another file first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from tree_sitter import Node, Query, QueryCursor

from completion.syntax.languages import Language, grammar

Section = Literal["definitions", "imports", "names", "strays"]
FOLDER = Path(__file__).with_name("queries")


@cache
def query_of(language: Language, section: Section) -> Query | None:
    """The query of a section; None where the language has none."""
    text = _sections(language.queries).get(section)
    return Query(grammar(language), text) if text else None


def strays(language: Language, root: Node) -> tuple[int, ...]:
    """Byte offsets of end marks that stand alone and that the grammar takes for something else.

    To the grammars `fi` without its `if` is a command, an `end` too many a name, and `</b>` in `<p>` no error.
    """
    query = query_of(language, "strays")
    if query is None:
        return ()
    return tuple(sorted(node.start_byte for node in QueryCursor(query).captures(root).get("stray", ())))


@cache
def _sections(name: str) -> Mapping[str, str]:
    path = FOLDER / f"{name}.scm"
    if not path.is_file():
        return {}
    text = path.read_text("utf-8")
    inherited = re.match(r"; inherits (\w+)\n", text)
    sections = dict(_sections(inherited[1])) if inherited else {}
    for part in re.split(r"^; (?=(?:definitions|imports|names|strays)\n)", text, flags=re.MULTILINE)[1:]:
        title, body = part.split("\n", 1)
        sections[title] = sections.get(title, "") + body
    return sections

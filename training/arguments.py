"""Holes between the brackets of calls: what is written where an editor has closed the bracket already. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

from completion.syntax import languages
from completion.syntax.tree import TreeStore
from completion.types import Document
from training.holes import LARGEST_FILE, TRIES, Hole
from training.shards import Source

LONGEST = 100
_CALLS = frozenset({"argument_list", "arguments", "value_arguments"})


def arguments(sources: Sequence[Source], count: int, rng: random.Random) -> list[Hole]:
    """`count` arguments of calls, each on one line; fewer where the files have no more."""
    files, trees = [source for source in sources if 0 < len(source.text) <= LARGEST_FILE], TreeStore()
    found, failed = dict[tuple[str, str, int], Hole](), 0
    while files and len(found) < count and failed < TRIES:
        source = rng.choice(files)
        span = pick(source.path, source.language, source.text, trees, rng)
        place = (source.package, source.path, len(span[0])) if span is not None else None
        if span is None or place is None or place in found:
            failed += 1
            continue
        failed = 0
        found[place] = Hole(source.path, source.language, "separator", *span)
    return list(found.values())


def pick(path: str, language: str, text: str, trees: TreeStore, rng: random.Random) -> tuple[str, str, str] | None:
    """What stands before, between and after the brackets of a random call; None where there is none on one line."""
    row = languages.of_path(path) or languages.find(language)
    parsed = trees.parse(Document(path, row.id, text.encode()), row) if row is not None else None
    spans = list(_spans(parsed.tree.root_node)) if parsed is not None else []
    if parsed is None or not spans:
        return None
    start, end = rng.choice(spans)
    before, between, after = (part.decode() for part in _parts(parsed.source, start, end))
    return (before, between, after) if between.strip() and "\n" not in between and len(between) <= LONGEST else None


def _parts(source: bytes, start: int, end: int) -> tuple[bytes, bytes, bytes]:
    return source[:start], source[start:end], source[end:]


def _spans(root: Any) -> Iterator[tuple[int, int]]:
    """Bytes between the brackets of each call."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node.type in _CALLS and node.child_count > 2 and not node.has_error:
            first, last = node.children[0], node.children[-1]
            if (first.type, last.type) == ("(", ")"):
                yield first.end_byte, last.start_byte
        stack.extend(node.children)

"""Endless distinct items of a domain and split, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from training.pairs.domains import Domain
from training.pairs.items import Item, Split
from training.pairs.names import Draw, Vocabulary

BATCH = 200
TRIES = 60
"""Give up where this many items in a row, times the batch, bring nothing new."""


@dataclass(slots=True)
class Tally:
    """What became of the items that were tried."""

    tried: int = 0
    kept: int = 0
    rejected: int = 0
    duplicates: int = 0
    reasons: list[str] = field(default_factory=list)

    def refuse(self, item: Item, complaint: str) -> None:
        """Count an item that a check complains of, and keep the complaint."""
        self.rejected += 1
        self.reasons.append(f"{item.domain} {item.intent}: {complaint}")


def generate(
    domain: Domain,
    split: Split,
    count: int,
    *,
    seed: int = 0,
    vocabulary: Vocabulary | None = None,
    tally: Tally | None = None,
) -> Iterator[Item]:
    """Up to `count` distinct items that pass the cheap check; fewer where the grammar is exhausted."""
    draw, tally = draw_for(seed, domain, split, vocabulary), tally if tally is not None else Tally()
    seen: set[tuple[str, str]] = set()
    quiet = 0
    while len(seen) < count and quiet < TRIES:
        fresh: list[Item] = []
        for _ in range(min(BATCH, max(20, count - len(seen)))):
            item = compose(domain, split, draw)
            if item is None:
                continue
            tally.tried += 1
            if item.key in seen:
                tally.duplicates += 1
            else:
                seen.add(item.key)
                fresh.append(item)
        quiet = 0 if fresh else quiet + 1
        for item, complaint in zip(fresh, domain.cheap(fresh), strict=True):
            if complaint:
                seen.discard(item.key)
                tally.refuse(item, complaint)
            elif tally.kept < count:
                tally.kept += 1
                yield item


def draw_for(seed: int, domain: Domain, what: str, vocabulary: Vocabulary | None = None) -> Draw:
    """The dice of one stream of items."""
    return Draw(random.Random(f"{seed}/{domain.name}/{what}"), vocabulary or Vocabulary())


def compose(domain: Domain, split: Split, draw: Draw, name: str = "") -> Item | None:
    """One item of a split, of the named intent if one is named; None where it cannot be worded as asked."""
    held = domain.held_out
    names = held if split == "intent" else tuple(one for one in domain.intents if one not in held)
    item = domain.compose(draw, name or draw.one(names), held_out=split == "wording")
    return None if item is None else replace(item, split=split)

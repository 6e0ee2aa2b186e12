"""Names of things: composable vocabularies that give hundreds of thousands of identifiers, and mined ones.

Words are chosen so that they are reserved in none of the five domains. Mined identifiers come from a corpus folder
and are only words that many files use, so that nothing private slips in.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from training.pairs.vocabulary import ADJECTIVES, NOUNS, SUFFIXES
from training.shards import read, training_shards

T = TypeVar("T")

WORD = re.compile(r"\b[a-z]{3,12}(?:_[a-z]{3,12}){0,2}\b")
MINED_FILES = 3000
MINED_LEAST = 4
MINED_MOST = 40_000
RESERVED = frozenset(
    """select from where group order having limit offset join left right inner outer cross natural union intersect except
    values insert update delete create alter drop table index view trigger into set null not and exists case when then
    else end primary foreign key references check default unique constraint begin commit rollback transaction window
    over partition filter row rows range current for while until done esac function return local export readonly the
    this that with distinct all any between like glob match cast collate using add column rename recursive temp
    temporary virtual without explain analyze vacuum attach detach pragma replace ignore abort fail isnull notnull
    as on in by or is to no if do of at returning generated always plan query each after before instead raise restrict cascade deferrable initially
    user grant revoke analyse array both asc desc authorization leading trailing placing symmetric some only old new
    true false yes none import class def self lambda raise pass global print int str float bool list dict tuple async
    await yield const var let typeof interface enum public private protected static void unset echo eval exec source
    """.split()
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Where names come from. `mined` holds whole identifiers in snake case, singular as far as one can tell."""

    nouns: tuple[str, ...] = NOUNS
    adjectives: tuple[str, ...] = ADJECTIVES
    suffixes: tuple[str, ...] = SUFFIXES
    mined: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draw:
    """Random choices for one item."""

    rng: random.Random
    vocabulary: Vocabulary

    def one(self, options: Sequence[T]) -> T:
        return options[int(self.rng.random() * len(options))]

    def some(self, options: Sequence[T], least: int, most: int) -> list[T]:
        """Distinct options in random order, as many as there are at most."""
        return self.rng.sample(options, min(len(options), self.number(least, most)))

    def number(self, least: int, most: int) -> int:
        return least + int(self.rng.random() * (most - least + 1))

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def noun(self) -> str:
        """A thing in snake case: `invoice`, `billing_account`, `guest_booking_log`."""
        vocabulary, draw = self.vocabulary, self.rng.random()
        if vocabulary.mined and draw < 0.3:
            return self.one(vocabulary.mined)
        noun = self.one(vocabulary.nouns)
        if draw > 0.52:
            noun = f"{self.one(vocabulary.adjectives)}_{noun}"
        if draw > 0.84:
            noun = f"{noun}_{self.one(vocabulary.suffixes)}"
        return noun

    def nouns(self, count: int) -> list[str]:
        """Distinct things whose first words differ, so that their short names can differ too."""
        found: list[str] = []
        while len(found) < count:
            noun = self.noun()
            if all(noun.split("_")[0] != other.split("_")[0] for other in found):
                found.append(noun)
        return found

    def slug(self) -> str:
        """A name of a service or an application: `invoice-api`, `guest-booking-worker`."""
        noun = self.noun().replace("_", "-")
        return noun + self.one(("", "", "-api", "-service", "-worker", "-web", "-app", "-server", "-job", "-gateway"))


def mine(corpus: Path) -> tuple[str, ...]:
    """Identifiers that several files of a corpus use. Raises `FileNotFoundError` where there are no shards."""
    counts: Counter[str] = Counter()
    for shard in training_shards(corpus):
        for source in islice(read(shard), MINED_FILES):
            if source.answer is None:
                counts.update(set(WORD.findall(source.text[:20_000])))
    frequent = [name for name, count in counts.most_common(MINED_MOST) if count >= MINED_LEAST and _usable(name)]
    return tuple(sorted(frequent))


def plural(noun: str) -> str:
    """`category` to `categories`, `box` to `boxes`, `guest_booking` to `guest_bookings`."""
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh", "z")) else "s")


def spaced(name: str) -> str:
    """`unit_price` as people say it."""
    return name.replace("_", " ").replace("-", " ")


def pascal(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[_\-]", name))


def camel(name: str) -> str:
    joined = pascal(name)
    return joined[:1].lower() + joined[1:]


def _usable(name: str) -> bool:
    parts = name.split("_")
    return not name.endswith("s") and not any(part in RESERVED for part in parts) and len(name) <= 24

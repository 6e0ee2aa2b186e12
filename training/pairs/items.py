"""The nouns of this package: an item is one file with a request in it, and the answer in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from training.shards import Source

Split = Literal["train", "intent", "wording"]
"""`train` is trained on; `intent` asks for something never trained on, `wording` in words never trained on."""

SPLITS: tuple[Split, ...] = ("train", "intent", "wording")


@dataclass(frozen=True, slots=True)
class Examples:
    """Strings that a regular expression must and must not accept."""

    matches: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A file as `before + answer + after`; `before` ends with the request and the indentation of the answer.

    `slots` are the names and numbers that the request gives and the answer must contain. `setup` is what the SQL
    of the file needs and does not show (the tables), `dialect` says which SQL it is.
    """

    domain: str
    intent: str
    family: str
    held: tuple[str, ...]
    split: Split
    language: str
    path: str
    before: str
    answer: str
    after: str
    request: str
    slots: tuple[str, ...]
    setup: str = ""
    dialect: str = ""
    examples: Examples | None = None

    @property
    def text(self) -> str:
        return self.before + self.answer + self.after

    @property
    def key(self) -> tuple[str, str]:
        """What makes an item distinct: two files that differ only in their surroundings are the same lesson."""
        return self.request.lower(), self.answer


def as_row(item: Item) -> dict[str, object]:
    """The item as plain data, with all that is needed to judge an answer."""
    return asdict(item)


def from_row(row: Mapping[str, Any]) -> Item:
    """The item behind `as_row`, through JSON as well."""
    known = {**row, "held": tuple(row["held"]), "slots": tuple(row["slots"])}
    if examples := row["examples"]:
        known["examples"] = Examples(tuple(examples["matches"]), tuple(examples["others"]))
    return Item(**known)


def as_source(item: Item) -> Source:
    """The item as a file of a training shard."""
    start = len(item.before)
    return Source(f"pairs-{item.domain}", item.language, item.path, item.text, (start, start + len(item.answer)))

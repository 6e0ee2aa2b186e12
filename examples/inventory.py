"""A small inventory service: items, stock levels and reports."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from pathlib import Path

logger = logging.getLogger(__name__)


@dataclass
class Item:
    """One article in the store."""

    name: str
    price: float
    quantity: int = 0
    tags: list[str] = field(default_factory=list)

    def total(self) -> float:
        """The value of all pieces in stock."""
        return self.price * self.quantity

    def is_empty(self) -> bool:
        """Whether nothing is left."""
        return self.quantity == 0


class Inventory:
    """All items by name, kept in a JSON file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.items: dict[str, Item] = {}

    def add(self, item: Item) -> None:
        """Add an item, or raise `ValueError` if it exists."""
        if item.name in self.items:
            raise ValueError(f"item {item.name!r} exists")
        self.items[item.name] = item
        logger.info("added %s", item.name)

    def remove(self, name: str) -> Item:
        """Remove an item, or raise `KeyError` if it does not exist."""
        if name not in self.items:
            raise KeyError(f"item {name!r} does not exist")
        logger.info("removed %s", name)
        return self.items.pop(name)

    def total(self) -> float:
        """The value of the whole stock."""
        return sum(item.total() for item in self.items.values())

    def save(self) -> None:
        """Write all items to the file."""
        data = {name: vars(item) for name, item in self.items.items()}
        self.path.write_text(json.dumps(data, indent=2), encoding="utf-8")

    def load(self) -> None:
        """Read all items from the file."""
        data = json.loads(self.path.read_text(encoding="utf-8"))
        self.items = {name: Item(**values) for name, values in data.items()}

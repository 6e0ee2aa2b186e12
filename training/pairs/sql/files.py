"""SQL files: tables above, statements below them, one request among them."""

from __future__ import annotations

import re

from training.pairs.grammar import Intent, Pair, render
from training.pairs.items import Item
from training.pairs.layout import Place, item, written
from training.pairs.names import Draw
from training.pairs.sql import aggregate, ddl, joins, postgres, postgres_ddl, select, windows, writes
from training.pairs.sql.schema import Ground, Table, ground
from training.pairs.sql.schema import ddl as tables_text

NAME = "sql"
POSTGRES_ONLY = frozenset(intent.name for intent in (*postgres.INTENTS, *postgres_ddl.INTENTS))
SQLITE_ONLY = frozenset({"touch-trigger", "audit-trigger"})
HARMLESS = (*select.INTENTS, *aggregate.INTENTS, *joins.INTENTS, *windows.INTENTS)
"""What may stand before or after any other statement of a file."""

INTENTS: tuple[Intent[Ground], ...] = (
    *HARMLESS,
    *writes.INTENTS,
    *ddl.INTENTS,
    *postgres.INTENTS,
    *postgres_ddl.INTENTS,
)
BY_NAME = {intent.name: intent for intent in INTENTS}

# One or two of every kind of statement: a model that only recalls templates fails on all of them.
HELD_OUT: tuple[str, ...] = (
    "between-dates", "default-for-missing", "share-of-group", "most-common-value", "with-many-children", "in-subquery",
    "moving-average", "above-average", "clear-value", "delete-orphans", "drop-column", "create-joined-view",
    "delete-returning", "add-unique",
)  # fmt: skip

FOLDERS = ("", "", "sql/", "db/", "queries/", "database/", "migrations/", "scripts/", "reports/")


def compose(draw: Draw, name: str, *, held_out: bool) -> Item | None:
    """A file with a request for one intent; None where it has no held-out wording."""
    if name in POSTGRES_ONLY:
        found = ground(draw, "postgres")
    else:
        found = ground(draw, "sqlite" if name in SQLITE_ONLY or draw.chance(0.85) else "postgres")
    intent = BY_NAME[name]
    pair = render(name, intent.plan(found), draw.rng, held_out=held_out)
    if pair is None:
        return None
    earlier = [_neighbour(found) for _ in range(draw.one((0, 0, 0, 0, 1, 1, 2)))]
    later = [_neighbour(found)] if intent in HARMLESS and draw.chance(0.25) else []
    schema = tables_text(found, _needed(found, [pair, *earlier, *later]))
    shown = draw.chance(0.86)
    above = schema + "\n\n" if shown else ""
    above += "".join(written(draw, one, "--") + "\n" for one in earlier)
    below = "\n" + "".join("\n" + written(draw, one, "--") for one in later)
    place = Place(
        NAME, "sql", _path(draw, found, intent), above, below, marker="--",
        setup="" if shown else schema, dialect=found.dialect,
    )  # fmt: skip
    return item(draw, place, pair, held_out=held_out)


def _needed(found: Ground, pairs: list[Pair]) -> tuple[Table, ...]:
    # The tables in use and a few that only distract: a small model sees a few hundred words at a time.
    code = " ".join(pair.code for pair in pairs)
    return tuple(one for one in found.tables if re.search(rf"\b{one.name}\b", code) or found.draw.chance(0.35))


def _neighbour(found: Ground) -> Pair:
    intent = found.draw.one(HARMLESS)
    while intent.name in HELD_OUT:
        intent = found.draw.one(HARMLESS)
    pair = render(intent.name, intent.plan(found), found.draw.rng)
    assert pair is not None
    return pair


def _path(draw: Draw, found: Ground, intent: Intent[Ground]) -> str:
    table = draw.one(found.tables).name
    if intent in ddl.INTENTS or draw.chance(0.1):
        stem = draw.one(
            (
                "schema",
                "init",
                f"{draw.number(1, 40):03d}_{table}",
                f"{draw.number(1, 60):04d}_update_{table}",
                "tables",
            )
        )
    else:
        stem = draw.one(
            ("queries", "report", "stats", table, f"{table}_report", "dashboard", "cleanup", "analysis", "maintenance")
        )
    return f"{draw.one(FOLDERS)}{stem}.sql"

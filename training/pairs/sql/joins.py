"""Questions over two to four tables."""

from __future__ import annotations

from training.pairs.grammar import Plan, intents
from training.pairs.names import RESERVED
from training.pairs.sql.aggregate import FUNCTIONS, words
from training.pairs.sql.conditions import many, rows, singular, sql
from training.pairs.sql.schema import Ground, Table, Values, column, lay, nest, table_name


def short_names(ground: Ground, *tables: Table) -> list[str]:
    """An alias for each table, or its own name: `order_items` is `oi`, `o` or `order_items`."""
    draw = ground.draw.rng.random()
    if draw < 0.25:
        return [table.name for table in tables]
    found = ["".join(part[0] for part in table.name.split("_")) if draw < 0.7 else table.name[0] for table in tables]
    clash = len(set(found)) < len(found) or any(name in RESERVED or len(name) > 3 for name in found)
    return [table.name for table in tables] if clash else found


def source(table: Table, alias: str) -> str:
    """The table in FROM or JOIN."""
    return table.name if alias == table.name else f"{table.name} {alias}"


def on(parent: Table, child_alias: str, parent_alias: str, ground: Ground) -> str:
    """The join condition, in either order."""
    sides = [f"{child_alias}.{parent.noun}_id", f"{parent_alias}.id"]
    if ground.draw.chance(0.35):
        sides.reverse()
    return " = ".join(sides)


def joined_rows(ground: Ground) -> Plan:
    values, draw = Values(), ground.draw
    parent, child = ground.link()
    p, c = short_names(ground, parent, child)
    shown = column(ground, values, draw.one(child.of("text", "number", "moment")))
    of_parent = column(ground, values, draw.one(parent.of("text")))
    some = rows(ground, values, child, 0, 1, c)
    says = (f"<list> {shown} of {some.said} [together |]with the {of_parent} of their {singular(parent)}",
            f"{shown} of [all |]{some.said} and the {of_parent} of the {singular(parent)} [they belong to|]",
            f"<join> {some.said} with {parent.name} and show {shown} and [the |]{singular(parent)} {of_parent}")  # fmt: skip
    code = lay(ground, "SELECT", [f"{c}.{shown}", f"{p}.{of_parent}"], f"FROM {source(child, c)}",
               f"JOIN {source(parent, p)} ON {on(parent, c, p, ground)}", some.where)  # fmt: skip
    return sql(ground, values, says, code)


def count_children(ground: Ground) -> Plan:
    values, draw = Values(), ground.draw
    parent, child = ground.link()
    p, c = short_names(ground, parent, child)
    name, kids, parents = (
        column(ground, values, draw.one(parent.of("text"))),
        table_name(ground, values, child),
        table_name(ground, values, parent),
    )
    outer = draw.chance(0.5)
    tail = f", including {parents} without any" if outer else ""
    says = (f"<count> {kids} per {singular(parent)} [with its {name}|and show the {name}]{tail}", f"{name} of each {singular(parent)} with the number of [its |]{kids}{tail}",
            f"how many {kids} does each {singular(parent)} have, with {name}{tail}", f"~{kids} tallied for each {singular(parent)} [by|with] {name}{tail}")  # fmt: skip
    code = lay(ground, "SELECT", [f"{p}.{name}", f"COUNT({c}.id) AS {child.noun}_count"], f"FROM {source(parent, p)}",
               f"{'LEFT ' if outer else ''}JOIN {source(child, c)} ON {on(parent, c, p, ground)}", f"GROUP BY {p}.id, {p}.{name}")  # fmt: skip
    return sql(ground, values, says, code)


def aggregate_children(ground: Ground) -> Plan:
    values, draw = Values(), ground.draw
    parent, child = ground.link()
    p, c = short_names(ground, parent, child)
    name, number = (
        column(ground, values, draw.one(parent.of("text"))),
        column(ground, values, draw.one(child.of("number"))),
    )
    function = draw.one(tuple(FUNCTIONS))
    some = rows(ground, values, child, 0, 1, c)
    top = values.hold(draw.number(2, 25)) if draw.chance(0.4) else ""
    alias = f"{function.lower()}_{number}"
    if top:
        says = (f"top {top} {many(parent)} by {words(function)} {number} of [their |]{some.said}, [with {name}|showing {name}]",
                f"{name} of the {top} {many(parent)} with the highest {words(function)} {number} over {some.said}")  # fmt: skip
    else:
        says = (
            f"{words(function)} {number} of {some.said} per {singular(parent)}, [with|showing] {name}",
            f"{name} of each {singular(parent)} and the {words(function)} {number} of its {some.said}",
        )
    code = lay(ground, "SELECT", [f"{p}.{name}", f"{function}({c}.{number}) AS {alias}"], f"FROM {source(parent, p)}",
               f"JOIN {source(child, c)} ON {on(parent, c, p, ground)}", some.where, f"GROUP BY {p}.id, {p}.{name}",
               *((f"ORDER BY {alias} DESC", f"LIMIT {top}") if top else ()))  # fmt: skip
    return sql(ground, values, says, code)


def without_children(ground: Ground) -> Plan:
    values, draw = Values(), ground.draw
    parent, child = ground.link()
    p, c = short_names(ground, parent, child)
    parents, kids = table_name(ground, values, parent), table_name(ground, values, child)
    says = (
        f"<find> {parents} <without> {kids}",
        f"{parents} that have no {kids}",
        f"<list> [all |]{parents} that never had any {kids}",
        f"~childless {parents}: no {kids} at all",
    )
    if draw.chance(0.5):
        code = lay(
            ground,
            "SELECT",
            [f"{p}.*"],
            f"FROM {source(parent, p)}",
            f"LEFT JOIN {source(child, c)} ON {on(parent, c, p, ground)}",
            f"WHERE {c}.id IS NULL",
        )
    else:
        inner = lay(ground, "SELECT", ["1"], f"FROM {source(child, c)}", f"WHERE {on(parent, c, p, ground)}")
        code = lay(ground, "SELECT", ["*"], f"FROM {source(parent, p)}", "WHERE NOT EXISTS ") + nest(ground, inner)
    return sql(ground, values, says, code)


def with_children_that(ground: Ground) -> Plan:
    values = Values()
    parent, child = ground.link()
    p, c = short_names(ground, parent, child)
    parents = table_name(ground, values, parent)
    some = rows(ground, values, child, 1, 1, c)
    says = (f"<find> {parents} that have [at least one of the |]{some.said}", f"{parents} with any {some.said}")
    inner = lay(
        ground, "SELECT", ["1"], f"FROM {source(child, c)}", f"WHERE {on(parent, c, p, ground)} AND {some.condition}"
    )
    return sql(
        ground,
        values,
        says,
        lay(ground, "SELECT", ["*"], f"FROM {source(parent, p)}", "WHERE EXISTS ") + nest(ground, inner),
    )


def with_many_children(ground: Ground) -> Plan:
    values, draw = Values(), ground.draw
    parent, child = ground.link()
    p, c = short_names(ground, parent, child)
    parents, kids, limit = (
        table_name(ground, values, parent),
        table_name(ground, values, child),
        values.hold(draw.number(2, 60)),
    )
    name = column(ground, values, draw.one(parent.of("text")))
    sign, said = draw.one(((">", "<more>"), (">=", "<least>"), ("<", "<less>")))
    says = (
        f"{name} of {parents} with {said} {limit} {kids}",
        f"<find> {parents} having {said} {limit} {kids}, show {name}",
    )
    code = lay(ground, "SELECT", [f"{p}.{name}"], f"FROM {source(parent, p)}", f"JOIN {source(child, c)} ON {on(parent, c, p, ground)}",
               f"GROUP BY {p}.id, {p}.{name}", f"HAVING COUNT(*) {sign} {limit}")  # fmt: skip
    return sql(ground, values, says, code)


def chain(ground: Ground) -> Plan:
    values, draw = Values(), ground.draw
    tables = ground.tables
    aliases = short_names(ground, *tables)
    shown = [column(ground, values, draw.one(table.of("text"))) for table in tables]
    last, rest = tables[-1], tables[:-1]
    some = rows(ground, values, last, 0, 1, aliases[-1])
    others = " and ".join(
        f"the {singular(table)} {name}" for table, name in zip(reversed(rest), reversed(shown[:-1]), strict=True)
    )
    says = (
        f"<list> {shown[-1]} of {some.said} with {others}",
        f"<join> {some.said} up to {tables[0].name} and show {shown[-1]}, {others}",
    )
    joins = [
        f"JOIN {source(tables[at], aliases[at])} ON {on(tables[at], aliases[at + 1], aliases[at], ground)}"
        for at in range(len(tables) - 2, -1, -1)
    ]
    columns = [f"{alias}.{name}" for alias, name in zip(reversed(aliases), reversed(shown), strict=True)]
    return sql(
        ground, values, says, lay(ground, "SELECT", columns, f"FROM {source(last, aliases[-1])}", *joins, some.where)
    )


def total_over_chain(ground: Ground) -> Plan:
    values, draw = Values(), ground.draw
    tables = ground.tables
    aliases = short_names(ground, *tables)
    top, last = tables[0], tables[-1]
    name, number = column(ground, values, draw.one(top.of("text"))), column(ground, values, draw.one(last.of("number")))
    function = draw.one(("SUM", "AVG", "MAX"))
    says = (
        f"{words(function)} {number} of {table_name(ground, values, last)} per {singular(top)} {name}",
        f"<per> {singular(top)} {name}, {words(function)} {singular(last)} {number}",
    )
    joins = [
        f"JOIN {source(tables[at], aliases[at])} ON {on(tables[at - 1], aliases[at], aliases[at - 1], ground)}"
        for at in range(1, len(tables))
    ]
    code = lay(
        ground,
        "SELECT",
        [f"{aliases[0]}.{name}", f"{function}({aliases[-1]}.{number})"],
        f"FROM {source(top, aliases[0])}",
        *joins,
        f"GROUP BY {aliases[0]}.{name}",
    )
    return sql(ground, values, says, code)


def last_child(ground: Ground) -> Plan:
    values, draw = Values(), ground.draw
    parent, child = ground.link()
    p, c = short_names(ground, parent, child)
    name, moment = (
        column(ground, values, draw.one(parent.of("text"))),
        column(ground, values, draw.one(child.of("moment"))),
    )
    alias = f"last_{moment}"
    says = (f"{name} of each {singular(parent)} with the [last|latest|most recent] {moment} of its {table_name(ground, values, child)}",
            f"<per> {singular(parent)}, {name} and when it last had a {singular(child)} by {moment}")  # fmt: skip
    code = lay(ground, "SELECT", [f"{p}.{name}", f"MAX({c}.{moment}) AS {alias}"], f"FROM {source(parent, p)}",
               f"JOIN {source(child, c)} ON {on(parent, c, p, ground)}", f"GROUP BY {p}.id, {p}.{name}")  # fmt: skip
    return sql(ground, values, says, code)


def in_subquery(ground: Ground) -> Plan:
    values = Values()
    parent, child = ground.link()
    kids = table_name(ground, values, child)
    some = rows(ground, values, parent, 1, 1)
    says = (
        f"<list> {kids} that belong to {some.said}",
        f"[all |]{kids} of {some.said}",
        f"<find> the {kids} of {some.said}",
    )
    inner = lay(ground, "SELECT", ["id"], f"FROM {parent.name}", some.where)
    return sql(
        ground,
        values,
        says,
        lay(ground, "SELECT", ["*"], f"FROM {kids}", f"WHERE {parent.noun}_id IN ") + nest(ground, inner),
    )


INTENTS = intents(
    joined_rows, count_children, aggregate_children, without_children, with_children_that, with_many_children, chain,
    total_over_chain, last_child, in_subquery,
)  # fmt: skip

"""What only PostgreSQL says, or says in its own way."""

from __future__ import annotations

from training.pairs import vocabulary as words
from training.pairs.grammar import Plan, intents
from training.pairs.sql.aggregate import group_column
from training.pairs.sql.conditions import rows, singular, sql
from training.pairs.sql.schema import Ground, Values, cased, column, lay, table_name
from training.pairs.sql.writes import literal, new_row


def distinct_on(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    group, moment = group_column(ground, values, table), column(ground, values, draw.one(table.of("moment")))
    table_ = table_name(ground, values, table)
    says = (
        f"[latest|newest] row of {table_} <per> {group} by {moment}, with distinct on",
        f"distinct on {group}: the most recent of {table_} by {moment}",
    )
    return sql(
        ground,
        values,
        says,
        lay(ground, f"SELECT DISTINCT ON ({group})", ["*"], f"FROM {table_}", f"ORDER BY {group}, {moment} DESC"),
    )


def insert_returning(ground: Ground) -> Plan:
    values, table = Values(), ground.table()
    table_ = table_name(ground, values, table)
    names, literals, said = new_row(ground, values, table, 2, 3, "text", "number", "parent")
    says = (
        f"<insert> a {singular(table)} with {said} and return its id",
        f"new row in {table_} with {said}, give back the id",
    )
    return sql(
        ground,
        values,
        says,
        lay(
            ground, "INSERT INTO", [f"{table_} ({', '.join(names)})"], f"VALUES ({', '.join(literals)})", "RETURNING id"
        ),
    )


def delete_returning(ground: Ground) -> Plan:
    values, table = Values(), ground.table()
    some = rows(ground, values, table, 1, 1)
    says = (f"<delete> {some.said} and return the deleted rows", f"<delete> {some.said}, returning what was removed")
    return sql(ground, values, says, lay(ground, "DELETE FROM", [table.name], some.where, "RETURNING *"))


def json_field(ground: Ground) -> Plan:
    values, draw = Values(), ground.draw
    table = draw.one([one for one in ground.tables if one.of("json")])
    table_, key = table_name(ground, values, table), values.hold(draw.noun())
    field, word = values.hold(table.of("json")[0].name), values.hold(draw.one(words.STATES + words.KINDS))
    says = (
        f"<find> {table_} whose {field} json has {key} {word}",
        f"{table_} where the {key} in {field} (jsonb) is {word}",
    )
    condition = draw.one((f"WHERE {field}->>'{key}' = '{word}'", f'WHERE {field} @> \'{{"{key}": "{word}"}}\''))
    return sql(ground, values, says, lay(ground, "SELECT", ["*"], f"FROM {table_}", condition))


def array_contains(ground: Ground) -> Plan:
    values, draw = Values(), ground.draw
    table = draw.one([one for one in ground.tables if one.of("array")])
    table_, name, word = (
        table_name(ground, values, table),
        values.hold(table.of("array")[0].name),
        values.hold(draw.noun()),
    )
    says = (
        f"<find> {table_} whose {name} array contains {word}",
        f"{table_} with {word} among their {name} (text array)",
    )
    return sql(ground, values, says, lay(ground, "SELECT", ["*"], f"FROM {table_}", f"WHERE '{word}' = ANY({name})"))


def top_lateral(ground: Ground) -> Plan:
    values, draw = Values(), ground.draw
    parent, child = ground.link()
    count, moment, kids = (
        values.hold(draw.number(2, 12)),
        column(ground, values, draw.one(child.of("moment"))),
        table_name(ground, values, child),
    )
    name = column(ground, values, draw.one(parent.of("text")))
    says = (
        f"{name} of each {singular(parent)} with its {count} <newest> {kids} by {moment}, using a lateral join",
        f"lateral join: the {count} <newest> {kids} by {moment} for every {singular(parent)}, with {name}",
    )
    inner = lay(
        ground,
        "SELECT",
        ["*"],
        f"FROM {kids}",
        f"WHERE {kids}.{parent.noun}_id = p.id",
        f"ORDER BY {moment} DESC",
        f"LIMIT {count}",
    )
    pad = ground.style.indent
    nested = f"({inner})" if "\n" not in inner else "(\n" + "\n".join(pad + line for line in inner.split("\n")) + "\n)"
    head = lay(ground, "SELECT", [f"p.{name}", "latest.*"], f"FROM {parent.name} p", "CROSS JOIN LATERAL ")
    return sql(ground, values, says, head + nested + cased(ground.style, " AS latest"))


def update_from_join(ground: Ground) -> Plan:
    values, draw = Values(), ground.draw
    parent, child = ground.link()
    target, some = draw.one(child.of("text", "number")), rows(ground, values, parent, 1, 1, parent.name)
    name, new, kids = column(ground, values, target), literal(ground, values, target), table_name(ground, values, child)
    says = (
        f"<set> {name} of {kids} to {new.strip(chr(39))} where the {singular(parent)} is among {some.said}",
        f"<set> {name} to {new.strip(chr(39))} for all {kids} of {some.said}",
    )
    code = lay(
        ground,
        f"UPDATE {kids}",
        [],
        f"SET {name} = {new}",
        f"FROM {parent.name}",
        f"WHERE {parent.name}.id = {kids}.{parent.noun}_id AND {some.condition}",
    )
    return sql(ground, values, says, code)


INTENTS = intents(
    distinct_on, insert_returning, delete_returning, json_field, array_contains, top_lateral, update_from_join,
)  # fmt: skip

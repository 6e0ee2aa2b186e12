"""What only PostgreSQL says, or says in its own way."""

from __future__ import annotations

from training.pairs import vocabulary as words
from training.pairs.grammar import Plan, intents
from training.pairs.sql.aggregate import group_column
from training.pairs.sql.conditions import rows, singular, sql
from training.pairs.sql.schema import Ground, Values, cased, column, lay, table_name
from training.pairs.sql.writes import fresh_table, literal, new_row


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


def add_json_column(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    table_, name = (
        table_name(ground, values, table),
        values.hold(draw.one(("payload", "metadata", "attributes", "settings", "extra"))),
    )
    says = (
        f"<add> a jsonb column {name} to {table_}, an empty object by default",
        f"{table_} gets a jsonb {name} column that defaults to an empty object",
    )
    return sql(
        ground,
        values,
        says,
        cased(ground.style, f"ALTER TABLE {table_} ADD COLUMN {name} JSONB NOT NULL DEFAULT '{{}}'::JSONB"),
    )


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


def concurrent_index(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    table_, name = (
        table_name(ground, values, table),
        column(ground, values, draw.one(table.of("text", "moment", "parent"))),
    )
    says = (f"<add> an index on {table_} {name} without locking the table", f"index {name} of {table_} concurrently")
    return sql(
        ground, values, says, cased(ground.style, f"CREATE INDEX CONCURRENTLY idx_{table_}_{name} ON {table_} ({name})")
    )


def gin_index(ground: Ground) -> Plan:
    values = Values()
    table = ground.draw.one([one for one in ground.tables if one.of("json", "array")])
    table_, name = table_name(ground, values, table), values.hold(ground.draw.one(table.of("json", "array")).name)
    says = (f"<add> a gin index on {name} of {table_}", f"gin index for searching the {name} of {table_}")
    return sql(
        ground, values, says, cased(ground.style, f"CREATE INDEX idx_{table_}_{name} ON {table_} USING GIN ({name})")
    )


def materialized_view(ground: Ground) -> Plan:
    values, table = Values(), ground.table()
    group, table_ = group_column(ground, values, table), table_name(ground, values, table)
    name = values.hold(f"{table.noun}_{ground.draw.one(('counts', 'stats', 'totals', 'rollup'))}")
    says = (
        f"<create> a materialized view {name} with the number of {table_} <per> {group}",
        f"materialized view {name}: {table_} counted <per> {group}",
    )
    head = cased(ground.style, f"CREATE MATERIALIZED VIEW {name} AS")
    return sql(
        ground,
        values,
        says,
        f"{head}\n" + lay(ground, "SELECT", [group, "COUNT(*) AS total"], f"FROM {table_}", f"GROUP BY {group}"),
    )


def add_check(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    table_, name, limit = (
        table_name(ground, values, table),
        column(ground, values, draw.one(table.of("number"))),
        values.hold(draw.one((0, 1, 10, 100))),
    )
    says = (
        f"<add> a constraint so that {name} of {table_} is at least {limit}",
        f"check constraint on {table_}: {name} >= {limit}",
    )
    return sql(
        ground,
        values,
        says,
        cased(ground.style, f"ALTER TABLE {table_} ADD CONSTRAINT {table_}_{name}_check CHECK ({name} >= {limit})"),
    )


def add_foreign_key(ground: Ground) -> Plan:
    values, draw = Values(), ground.draw
    first, second = draw.rng.sample(ground.tables, 2)
    a, b = table_name(ground, values, first), table_name(ground, values, second)
    name = values.hold(f"{second.noun}_id")
    rule, said = draw.one(
        (
            ("", ""),
            (" ON DELETE CASCADE", ", deleting with it"),
            (" ON DELETE SET NULL", ", set to null when it is deleted"),
        )
    )
    says = (f"<add> a foreign key from {a}.{name} to {b}{said}", f"{name} of {a} must refer to the id of {b}{said}")
    return sql(
        ground,
        values,
        says,
        cased(
            ground.style, f"ALTER TABLE {a} ADD CONSTRAINT fk_{a}_{name} FOREIGN KEY ({name}) REFERENCES {b} (id){rule}"
        ),
    )


def add_unique(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    table_, name = table_name(ground, values, table), column(ground, values, draw.one(table.of("text")))
    says = (f"make {name} of {table_} unique", f"<add> a unique constraint on {table_} {name}")
    return sql(
        ground,
        values,
        says,
        cased(ground.style, f"ALTER TABLE {table_} ADD CONSTRAINT {table_}_{name}_key UNIQUE ({name})"),
    )


def require_column(ground: Ground) -> Plan:
    values, table = Values(), ground.table()
    table_, name = (
        table_name(ground, values, table),
        column(ground, values, ground.draw.one(table.of("text", "number"))),
    )
    says = (f"make {name} of {table_} [required|not null]", f"{table_}.{name} must not be null any more")
    return sql(ground, values, says, cased(ground.style, f"ALTER TABLE {table_} ALTER COLUMN {name} SET NOT NULL"))


def identity_table(ground: Ground) -> Plan:
    values, draw, pad = Values(), ground.draw, ground.style.indent
    _, table = fresh_table(ground)
    name, text = table_name(ground, values, table), values.hold(draw.one(words.TEXTS))
    says = (
        f"<create> a table {name} with an identity key, a required {text} and created_at defaulting to now",
        f"table {name}: generated identity id, {text} not null, created_at is now by default",
    )
    rows_ = (
        "id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        f"{text} TEXT NOT NULL",
        "created_at TIMESTAMPTZ NOT NULL DEFAULT NOW()",
    )
    return sql(
        ground,
        values,
        says,
        cased(ground.style, f"CREATE TABLE {name} (\n" + ",\n".join(pad + row for row in rows_) + "\n);"),
    )


def enum_type(ground: Ground) -> Plan:
    values, draw = Values(), ground.draw
    name = values.hold(f"{draw.noun()}_{draw.one(('status', 'state', 'kind'))}")
    states = [values.hold(word) for word in draw.rng.sample(words.STATES, draw.number(2, 5))]
    says = (f"<create> an enum type {name} with {', '.join(states)}", f"enum {name}: {', '.join(states)}")
    return sql(
        ground,
        values,
        says,
        cased(ground.style, f"CREATE TYPE {name} AS ENUM (" + ", ".join(f"'{state}'" for state in states) + ")"),
    )


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


def grant_read(ground: Ground) -> Plan:
    values, draw = Values(), ground.draw
    table_, role = (
        table_name(ground, values, ground.table()),
        values.hold(
            draw.one(("reporting", "readonly", "analyst", "app_user", "metabase", "support", "auditor", "etl"))
        ),
    )
    rights, said = draw.one(
        (
            ("SELECT", "read access"),
            ("SELECT, INSERT", "read and insert rights"),
            ("SELECT, INSERT, UPDATE, DELETE", "full access to the rows"),
        )
    )
    says = (f"give {role} {said} on {table_}", f"grant {said} on {table_} to {role}")
    return sql(ground, values, says, cased(ground.style, f"GRANT {rights} ON {table_} TO {role}"))


INTENTS = intents(
    distinct_on, insert_returning, delete_returning, json_field, add_json_column, array_contains, concurrent_index,
    gin_index, materialized_view, add_check, add_foreign_key, add_unique, require_column, identity_table, enum_type,
    top_lateral, update_from_join, grant_read,
)  # fmt: skip

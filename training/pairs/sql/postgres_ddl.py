"""PostgreSQL's own ways of changing a schema."""

from __future__ import annotations

from training.pairs import vocabulary as words
from training.pairs.grammar import Plan, intents
from training.pairs.sql.aggregate import group_column
from training.pairs.sql.conditions import sql
from training.pairs.sql.schema import Ground, Values, cased, column, lay, table_name
from training.pairs.sql.writes import fresh_table


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
    add_json_column, concurrent_index, gin_index, materialized_view, add_check, add_foreign_key, add_unique, require_column, identity_table, enum_type, grant_read,
)  # fmt: skip

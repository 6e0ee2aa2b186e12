"""Statements that change the schema, in words that SQLite and PostgreSQL both know unless said otherwise."""

from __future__ import annotations

from training.pairs import vocabulary as words
from training.pairs.grammar import Plan, intents
from training.pairs.names import spaced
from training.pairs.sql.conditions import listed, rows, singular, sql
from training.pairs.sql.schema import (
    Ground,
    Values,
    cased,
    column,
    lay,
    number_column,
    table_name,
    text_column,
)
from training.pairs.sql.writes import fresh_table


def types(ground: Ground) -> dict[str, str]:
    """Type names of the dialect."""
    if ground.dialect == "postgres":
        return {
            "key": "BIGSERIAL PRIMARY KEY",
            "ref": "BIGINT",
            "text": "TEXT",
            "number": "⟦INTEGER¦NUMERIC(10,2)⟧",
            "moment": "TIMESTAMPTZ",
            "flag": "BOOLEAN",
        }
    return {
        "key": "INTEGER PRIMARY KEY",
        "ref": "INTEGER",
        "text": "TEXT",
        "number": "⟦INTEGER¦REAL⟧",
        "moment": "⟦TEXT¦TIMESTAMP¦DATETIME⟧",
        "flag": "⟦INTEGER¦BOOLEAN⟧",
    }


def create_table(ground: Ground) -> Plan:
    values, draw, type_ = Values(), ground.draw, types(ground)
    _, table = fresh_table(ground)
    name = table_name(ground, values, table)
    columns, said = [f"id {type_['key']}"], []
    if draw.chance(0.5):
        parent = ground.table()
        columns.append(f"{parent.noun}_id {type_['ref']} NOT NULL REFERENCES {parent.name}(id)")
        said.append(f"[a reference to {parent.name}|the {singular(parent)} it belongs to|{parent.noun}_id]")
    texts = [text_column(draw, type_["text"]) for _ in range(draw.number(1, 2))]
    for one in {found.name: found for found in texts}.values():
        text = column(ground, values, one)
        rule, words_ = draw.one((("", ""), (" NOT NULL", ""), (" NOT NULL UNIQUE", "a unique ")))
        columns.append(f"{text} {type_['text']}{rule}")
        said.append(words_ + text)
    number = column(ground, values, number_column(draw, "REAL"))
    columns.append(f"{number} {type_['number']}")
    said.append(number)
    if draw.chance(0.6):
        moment = values.hold(f"{draw.one(words.MOMENTS)}_at")
        columns.append(f"{moment} {type_['moment']}")
        said.append(moment)
    says = (
        f"<create> a table {name} with {listed(said)}",
        f"table {name}: {', '.join(said)}",
        f"<create> the table for {name}, with {listed(said)}",
    )
    return sql(ground, values, says, _body(ground, name, columns))


def create_link_table(ground: Ground) -> Plan:
    values, draw, type_ = Values(), ground.draw, types(ground)
    first, second = draw.rng.sample(ground.tables, 2)
    a, b = table_name(ground, values, first), table_name(ground, values, second)
    name = f"{first.noun}_{second.name}"
    columns = [
        f"{one.noun}_id {type_['ref']} NOT NULL REFERENCES {one.name}(id) ON DELETE CASCADE" for one in (first, second)
    ]
    columns.append(f"PRIMARY KEY ({first.noun}_id, {second.noun}_id)")
    says = (
        f"[join|link|many-to-many] table between {a} and {b}",
        f"many to many relation of {a} and {b}, rows go when either side is deleted",
        f"<create> a table that links {a} with {b}",
    )
    return sql(ground, values, says, _body(ground, name, columns))


def create_checked_table(ground: Ground) -> Plan:
    values, draw, type_ = Values(), ground.draw, types(ground)
    _, table = fresh_table(ground)
    name, number = table_name(ground, values, table), column(ground, values, number_column(draw, "REAL"))
    states = [values.hold(word) for word in draw.rng.sample(words.STATES, draw.number(2, 4))]
    low = draw.one(("must be positive", "must not be negative"))
    check = f"{number} {'>' if 'positive' in low else '>='} 0"
    inside = ", ".join(f"'{state}'" for state in states)
    columns = [
        f"id {type_['key']}",
        f"status {type_['text']} NOT NULL DEFAULT '{states[0]}' CHECK (status IN ({inside}))",
        f"{number} {type_['number']} NOT NULL CHECK ({check})",
    ]
    says = (
        f"<create> a table {name} with a status ({', '.join(states)}; default {states[0]}) and a {number} that {low}",
        f"table {name}: status is one of {', '.join(states)} and {states[0]} by default, {number} {low}",
    )
    return sql(ground, values, says, _body(ground, name, columns))


def add_column(ground: Ground) -> Plan:
    values, draw, type_ = Values(), ground.draw, types(ground)
    table = ground.table()
    table_ = table_name(ground, values, table)
    taken = {one.name for one in table.columns}
    kind = draw.one(("text", "number", "moment", "flag"))
    name = {
        "text": text_column(draw, "").name,
        "number": number_column(draw, "").name,
        "moment": f"{draw.one(words.MOMENTS)}_at",
        "flag": draw.one(words.FLAGS),
    }[kind]
    if name in taken:
        name = f"{draw.one(words.MODIFIERS)}_{name}"
    shown, tail, rule = values.hold(name, spaced(name) if ground.style.spoken_columns else name), "", ""
    if kind == "text" and draw.chance(0.5):
        word = values.hold(draw.one(words.STATES + words.KINDS))
        tail, rule = f" with default {word}", f" NOT NULL DEFAULT '{word}'"
    elif kind == "number" and draw.chance(0.5):
        number = values.hold(draw.one((0, 1, 5, 10, 100)))
        tail, rule = f" with default {number}", f" NOT NULL DEFAULT {number}"
    elif kind == "flag":
        tail, rule = ", false by default", f" NOT NULL DEFAULT {'FALSE' if ground.dialect == 'postgres' else '0'}"
    said = {"text": "text column", "number": "numeric column", "moment": "timestamp column", "flag": "boolean column"}[
        kind
    ]
    says = (
        f"<add> a {said} {shown} to {table_}{tail}",
        f"<add> {shown} ([a |]{said}) to the table {table_}{tail}",
        f"{table_} needs a {said} {shown}{tail}",
    )
    return sql(
        ground, values, says, cased(ground.style, f"ALTER TABLE {table_} ADD COLUMN {shown} {type_[kind]}{rule}")
    )


def rename_column(ground: Ground) -> Plan:
    values, draw, table = Values(), ground.draw, ground.table()
    old = column(ground, values, draw.one(table.of("text", "number", "moment")))
    fresh = f"{draw.one(words.MODIFIERS)}_{draw.one(words.TEXTS + words.AMOUNTS)}"
    new, table_ = values.hold(fresh), table_name(ground, values, table)
    says = (f"<rename> [the column |]{old} of {table_} to {new}", f"<rename> {old} in {table_} to {new}")
    return sql(ground, values, says, cased(ground.style, f"ALTER TABLE {table_} RENAME COLUMN {old} TO {new}"))


def rename_table(ground: Ground) -> Plan:
    values, table = Values(), ground.table()
    _, fresh = fresh_table(ground)
    old, new = table_name(ground, values, table), values.hold(fresh.name)
    says = (f"<rename> [the |]table {old} to {new}", f"{old} is now called {new}")
    return sql(ground, values, says, cased(ground.style, f"ALTER TABLE {old} RENAME TO {new}"))


def drop_column(ground: Ground) -> Plan:
    values, table = Values(), ground.table()
    name, table_ = (
        column(ground, values, ground.draw.one(table.of("number", "moment", "flag"))),
        table_name(ground, values, table),
    )
    says = (f"<delete> the column {name} from {table_}", f"{table_} no longer needs {name}, drop the column")
    return sql(ground, values, says, cased(ground.style, f"ALTER TABLE {table_} DROP COLUMN {name}"))


def drop_table(ground: Ground) -> Plan:
    values = Values()
    name = table_name(ground, values, ground.tables[-1])
    says = (f"drop [the table |]{name} if it exists", f"<delete> the [whole |]table {name} if it is there")
    return sql(ground, values, says, cased(ground.style, f"DROP TABLE IF EXISTS {name}"))


def create_index(ground: Ground) -> Plan:
    values, draw, table = Values(), ground.draw, ground.table()
    found = draw.some(table.of("text", "number", "moment", "parent"), 1, 2)
    names, table_ = [column(ground, values, one) for one in found], table_name(ground, values, table)
    unique = draw.chance(0.3)
    index = "_".join((draw.one(("idx", "idx", "ix")), table_, *names))
    word = "unique " if unique else ""
    says = (
        f"<add> a {word}index on {listed(names)} of {table_}",
        f"<add> a {word}index on {table_} {listed(names)}",
        f"{word}index [for lookups |]on {table_} by {listed(names)}",
    )
    return sql(
        ground,
        values,
        says,
        cased(ground.style, f"CREATE {word.upper()}INDEX {index} ON {table_} ({', '.join(names)})"),
    )


def partial_index(ground: Ground) -> Plan:
    values, draw, table = Values(), ground.draw, ground.table()
    name, table_ = (
        column(ground, values, draw.one(table.of("number", "moment", "parent"))),
        table_name(ground, values, table),
    )
    found = draw.one([one for one in table.of("text") if one.values] or table.of("text"))
    other, word = column(ground, values, found), values.hold(draw.one(found.values or words.STATES))
    says = (
        f"<add> a partial index on {name} of {table_} where {other} is {word}",
        f"index on {table_} {name} only for rows with {other} {word}",
    )
    code = f"CREATE INDEX idx_{table_}_{name}_{word.lower()} ON {table_} ({name}) WHERE {other} = '{word}'"
    return sql(ground, values, says, cased(ground.style, code.replace(f"_{word} ON", " ON")))


def create_view(ground: Ground) -> Plan:
    values, draw, table = Values(), ground.draw, ground.table()
    some = rows(ground, values, table, 1, 2)
    shown = [column(ground, values, one) for one in draw.some(table.of("key", "text", "number"), 2, 3)]
    name = values.hold(f"{draw.one(('current', 'open', 'recent', 'reported', 'visible', 'selected'))}_{table.name}")
    says = (
        f"<create> a view {name} with {listed(shown)} of {some.said}",
        f"view {name}: {listed(shown)} of {some.said}",
    )
    head = cased(ground.style, f"CREATE VIEW {name} AS")
    return sql(ground, values, says, f"{head}\n" + lay(ground, "SELECT", shown, f"FROM {table.name}", some.where))


def create_joined_view(ground: Ground) -> Plan:
    values, draw = Values(), ground.draw
    parent, child = ground.link()
    a, b = (
        column(ground, values, draw.one(child.of("text", "number"))),
        column(ground, values, draw.one(parent.of("text"))),
    )
    name, kids = (
        values.hold(f"{child.noun}_{draw.one(('overview', 'report', 'summary', 'details'))}"),
        table_name(ground, values, child),
    )
    says = (
        f"<create> a view {name} of {kids} with {a} and the {singular(parent)} {b}",
        f"view {name}: {a} of {kids} joined with {b} of the {singular(parent)}",
    )
    head = cased(ground.style, f"CREATE VIEW {name} AS")
    shown = [f"c.{a}", f"p.{b} AS {parent.noun}_{b}"]
    return sql(
        ground,
        values,
        says,
        f"{head}\n"
        + lay(ground, "SELECT", shown, f"FROM {kids} c", f"JOIN {parent.name} p ON p.id = c.{parent.noun}_id"),
    )


def touch_trigger(ground: Ground) -> Plan:
    """SQLite only."""
    values, table, pad = Values(), ground.table(), ground.style.indent
    name, table_ = column(ground, values, ground.draw.one(table.of("moment"))), table_name(ground, values, table)
    says = (
        f"trigger that sets {name} to now whenever a row of {table_} is updated",
        f"keep {name} of {table_} current on every update",
        f"<create> a trigger to refresh {name} after an update of {table_}",
    )
    code = f"CREATE TRIGGER {table_}_set_{name}\nAFTER UPDATE ON {table_}\nBEGIN\n{pad}UPDATE {table_} SET {name} = CURRENT_TIMESTAMP WHERE id = NEW.id;\nEND;"
    return sql(ground, values, says, cased(ground.style, code))


def audit_trigger(ground: Ground) -> Plan:
    """SQLite only."""
    values, table, pad = Values(), ground.table(), ground.style.indent
    name = ground.draw.one(("audit_log", "change_log", "deletions", "deleted_rows"))
    log, table_ = values.hold(name), table_name(ground, values, table)
    says = (
        f"<log> deleted {table_} ids into {log}, with a trigger",
        f"trigger that writes the id of every deleted {singular(table)} into a new table {log}",
    )
    code = (f"CREATE TABLE {log} (\n{pad}row_id INTEGER NOT NULL,\n{pad}deleted_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP\n);\n\n"
            f"CREATE TRIGGER {table_}_{log}\nAFTER DELETE ON {table_}\nBEGIN\n{pad}INSERT INTO {log} (row_id) VALUES (OLD.id);\nEND;")  # fmt: skip
    return sql(ground, values, says, cased(ground.style, code))


def _body(ground: Ground, name: str, columns: list[str]) -> str:
    pad = ground.style.indent
    return cased(ground.style, f"CREATE TABLE {name} (\n" + ",\n".join(pad + line for line in columns) + "\n);")


INTENTS = intents(
    create_table, create_link_table, create_checked_table, add_column, rename_column, rename_table, drop_column,
    drop_table, create_index, partial_index, create_view, create_joined_view, touch_trigger, audit_trigger,
)  # fmt: skip

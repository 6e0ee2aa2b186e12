"""Statements that change rows."""

from __future__ import annotations

from training.pairs import vocabulary as words
from training.pairs.grammar import Plan, intents
from training.pairs.names import plural
from training.pairs.sql.conditions import DAYS, NUMBERS, days_ago, listed, rows, singular, sql, text_value
from training.pairs.sql.schema import Column, Ground, Kind, Table, Values, cased, column, lay, nest, table_name


def literal(ground: Ground, values: Values, found: Column) -> str:
    """A value of the column as SQL writes it, its text held as a slot."""
    draw = ground.draw
    if found.kind == "text":
        return f"'{values.hold(text_value(ground, found))}'"
    if found.kind in ("number", "parent"):
        return values.hold(draw.one(NUMBERS))
    return f"'{values.hold(f'{draw.number(2018, 2026)}-{draw.number(1, 12):02d}-{draw.number(1, 28):02d}')}'"


def new_row(
    ground: Ground, values: Values, table: Table, least: int, most: int, *kinds: Kind
) -> tuple[list[str], list[str], str]:
    """Columns and literals of a new row, with all that it cannot do without, and how they are said."""
    found = [one for one in table.required() if one.kind in kinds]
    free = [one for one in table.of(*kinds) if one not in found]
    found += ground.draw.some(free, max(0, least - len(found)), max(0, most - len(found)))
    names, literals = [column(ground, values, one) for one in found], [literal(ground, values, one) for one in found]
    return (
        names,
        literals,
        listed([f"{name} {text.strip(chr(39))}" for name, text in zip(names, literals, strict=True)]),
    )


def insert_row(ground: Ground) -> Plan:
    values, table = Values(), ground.table()
    table_ = table_name(ground, values, table)
    names, literals, said = new_row(ground, values, table, 2, 4, "text", "number", "parent")
    says = (
        f"<insert> a row into {table_} with {said}",
        f"<insert> a {singular(table)} with {said}",
        f"new {singular(table)}: {said}",
    )
    code = lay(ground, "INSERT INTO", [f"{table_} ({', '.join(names)})"], f"VALUES ({', '.join(literals)})")
    return sql(ground, values, says, code)


def insert_rows(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.tables[0], ground.draw
    table_ = table_name(ground, values, table)
    found = draw.one(table.required() or [one for one in table.of("text") if one.values] or table.of("text"))
    name = column(ground, values, found)
    texts = [
        f"'{values.hold(text)}'" for text in dict.fromkeys(text_value(ground, found) for _ in range(draw.number(2, 4)))
    ]
    plain = [text.strip("'") for text in texts]
    says = (
        f"<insert> {table_} with the {name} values {listed(plain)}",
        f"<insert> rows into {table_} for {name} {listed(plain)}",
    )
    joiner = ", " if ground.style.layout == "line" else f",\n{ground.style.indent}"
    tail = joiner.join(f"({text})" for text in texts)
    code = lay(
        ground,
        "INSERT INTO",
        [f"{table_} ({name})"],
        "VALUES" + (" " if ground.style.layout == "line" else f"\n{ground.style.indent}") + tail,
    )
    return sql(ground, values, says, code)


def copy_rows(ground: Ground) -> Plan:
    values, table = Values(), ground.table()
    some = rows(ground, values, table, 1, 2)
    target = values.hold(f"{table.name}_{ground.draw.one(('archive', 'backup', 'copy', 'history', 'old'))}")
    says = (f"<copy> {some.said} into [a new table |]{target}", f"create {target} from {some.said}")
    head = lay(ground, f"CREATE TABLE {target} AS", [])
    joiner = " " if ground.style.layout == "line" else "\n"
    return sql(ground, values, says, head + joiner + lay(ground, "SELECT", ["*"], f"FROM {table.name}", some.where))


def update_rows(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    found = draw.one(table.of("text", "number"))
    name, new = column(ground, values, found), literal(ground, values, found)
    some = rows(ground, values, table, 1, 2)
    word = new.strip("'")
    says = (f"<set> {name} to {word} for [all |]{some.said}", f"<set> the {name} of {some.said} to {word}", f"mark {some.said} as {word} ({name})" if found.name.endswith(("status", "state")) else f"{name} of {some.said} becomes {word}",
            f"~give {some.said} the {name} {word}")  # fmt: skip
    return sql(ground, values, says, lay(ground, f"UPDATE {table.name}", [], f"SET {name} = {new}", some.where))


def change_number(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    name = column(ground, values, draw.one(table.of("number")))
    some = rows(ground, values, table, 0, 1)
    number = draw.one((5, 10, 15, 20, 25, 30, 50))
    up = draw.chance(0.6)
    verb = "[increase|raise|~bump]" if up else "[decrease|reduce|lower|~cut]"
    if draw.chance(0.5):
        factor = values.hold(f"{1 + (number if up else -number) / 100:.2f}", number)
        says = (f"{verb} {name} of {some.said} by {factor} percent", f"{verb} the {name} by {factor}% for {some.said}")
        change = f"SET {name} = {name} * {factor}"
    else:
        step = values.hold(number)
        says = (f"{verb} {name} of {some.said} by {step}", f"{verb} the {name} by {step} for {some.said}")
        change = f"SET {name} = {name} {'+' if up else '-'} {step}"
    return sql(ground, values, says, lay(ground, f"UPDATE {table.name}", [], change, some.where))


def update_from_children(ground: Ground) -> Plan:
    values, draw = Values(), ground.draw
    parent, child = ground.link()
    target, number = (
        column(ground, values, draw.one(parent.of("number"))),
        column(ground, values, draw.one(child.of("number"))),
    )
    kids, parents = table_name(ground, values, child), table_name(ground, values, parent)
    function, said = draw.one((("SUM", "sum of the"), ("MAX", "highest"), ("AVG", "average")))
    says = (
        f"<set> {target} of {parents} to the {said} {number} of their {kids}",
        f"<set> each {singular(parent)} {target} to the {said} {number} over its {kids}",
    )
    inner = lay(
        ground,
        "SELECT",
        [f"{function}({kids}.{number})"],
        f"FROM {kids}",
        f"WHERE {kids}.{parent.noun}_id = {parents}.id",
    )
    return sql(ground, values, says, lay(ground, f"UPDATE {parents}", [], f"SET {target} = ") + nest(ground, inner))


def clear_value(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    name = column(ground, values, draw.one(table.of("text", "moment", "number")))
    some = rows(ground, values, table, 1, 1)
    says = (f"clear {name} of {some.said}", f"<set> {name} to null for {some.said}", f"empty the {name} of {some.said}")
    return sql(ground, values, says, lay(ground, f"UPDATE {table.name}", [], f"SET {name} = NULL", some.where))


def delete_rows(ground: Ground) -> Plan:
    values, table = Values(), ground.table()
    some = rows(ground, values, table, 1, 2)
    says = (f"<delete> [all |]{some.said}", f"<delete> {some.said} [for good|]")
    return sql(ground, values, says, lay(ground, "DELETE FROM", [table.name], some.where))


def delete_old(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    moment, days = column(ground, values, draw.one(table.of("moment"))), values.hold(draw.one(DAYS))
    table_ = table_name(ground, values, table)
    says = (
        f"<delete> {table_} older than {days} days [by {moment}|according to {moment}]",
        f"<delete> {table_} whose {moment} is more than {days} days ago",
        f"keep only the <past> {days} days of {table_} by {moment}",
    )
    return sql(ground, values, says, lay(ground, "DELETE FROM", [table_], f"WHERE {moment} < {days_ago(ground, days)}"))


def delete_orphans(ground: Ground) -> Plan:
    values = Values()
    parent, child = ground.link()
    kids, parents = table_name(ground, values, child), table_name(ground, values, parent)
    says = (
        f"<delete> {kids} whose {singular(parent)} no longer exists",
        f"<delete> orphaned {kids} [without a row in|that point to missing] {parents}",
    )
    inner = lay(ground, "SELECT", ["id"], f"FROM {parents}")
    return sql(
        ground,
        values,
        says,
        lay(ground, "DELETE FROM", [kids], f"WHERE {parent.noun}_id NOT IN ") + nest(ground, inner),
    )


def delete_duplicates(ground: Ground) -> Plan:
    values, table = Values(), ground.table()
    name, table_ = column(ground, values, ground.draw.one(table.of("text"))), table_name(ground, values, table)
    says = (
        f"<delete> duplicate {table_} with the same {name}, keep the [lowest id|oldest id|first one]",
        f"keep only the first row of {table_} per {name}",
        f"deduplicate {table_} by {name}, keeping the smallest id",
    )
    inner = lay(ground, "SELECT", ["MIN(id)"], f"FROM {table_}", f"GROUP BY {name}")
    return sql(ground, values, says, lay(ground, "DELETE FROM", [table_], "WHERE id NOT IN ") + nest(ground, inner))


def upsert_row(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    names, literals, said = new_row(ground, values, table, 1, 2, "text", "number", "parent")
    number, table_ = values.hold(draw.number(1, 999)), table_name(ground, values, table)
    says = (f"upsert {singular(table)} {number} with {said}", f"<insert> {singular(table)} {number} with {said} or <update> it if the id exists",
            f"<insert> into {table_} id {number} with {said}, on conflict <update> the row")  # fmt: skip
    changes = ", ".join(f"{name} = EXCLUDED.{name}" for name in names)
    code = lay(
        ground,
        "INSERT INTO",
        [f"{table_} ({', '.join(['id', *names])})"],
        f"VALUES ({', '.join([number, *literals])})",
        f"ON CONFLICT (id) DO UPDATE SET {changes}",
    )
    return sql(ground, values, says, code.replace("EXCLUDED", "excluded"))


def insert_if_new(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    names, literals, said = new_row(ground, values, table, 1, 2, "text", "number", "parent")
    number, table_ = values.hold(draw.number(1, 999)), table_name(ground, values, table)
    says = (
        f"<insert> {singular(table)} {number} with {said} [unless the id exists|, ignoring conflicts on id]",
        f"<insert> into {table_} id {number} with {said} and do nothing if it is already there",
    )
    code = lay(
        ground,
        "INSERT INTO",
        [f"{table_} ({', '.join(['id', *names])})"],
        f"VALUES ({', '.join([number, *literals])})",
        "ON CONFLICT (id) DO NOTHING",
    )
    return sql(ground, values, says, code)


def move_amount(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    name, table_ = column(ground, values, draw.one(table.of("number"))), table_name(ground, values, table)
    a, b = draw.rng.sample(range(1, 999), 2)
    amount, source, target = values.hold(draw.one(NUMBERS)), values.hold(a), values.hold(b)
    says = (
        f"move {amount} {name} from {singular(table)} {source} to {target} in one transaction",
        f"transaction that transfers {amount} {name} from {table_} id {source} to id {target}",
    )
    parts = (
        f"UPDATE {table_} SET {name} = {name} - {amount} WHERE id = {source};",
        f"UPDATE {table_} SET {name} = {name} + {amount} WHERE id = {target};",
    )
    return sql(ground, values, says, cased(ground.style, "\n".join(("BEGIN;", *parts, "COMMIT;"))))


def insert_child_by_name(ground: Ground) -> Plan:
    values, draw = Values(), ground.draw
    parent, child = ground.link()
    key = draw.one(parent.of("text"))
    names, literals, said = new_row(ground, values, child, 1, 2, "text", "number")
    key_name, word, kids = (
        column(ground, values, key),
        values.hold(text_value(ground, key)),
        table_name(ground, values, child),
    )
    says = (
        f"<insert> a row into {kids} with {said} for the {singular(parent)} whose {key_name} is {word}",
        f"<insert> a {singular(child)} with {said} for [the |]{singular(parent)} with {key_name} {word}",
    )
    select = lay(ground, "SELECT", ["id", *literals], f"FROM {parent.name}", f"WHERE {key_name} = '{word}'")
    head = lay(ground, "INSERT INTO", [f"{kids} ({', '.join([f'{parent.noun}_id', *names])})"])
    return sql(ground, values, says, head + (" " if ground.style.layout == "line" else "\n") + select)


def fresh_table(ground: Ground) -> tuple[str, Table]:
    """A table that the schema does not have yet."""
    noun = ground.draw.noun()
    while any(table.noun.split("_")[0] == noun.split("_")[0] for table in ground.tables):
        noun = ground.draw.noun()
    return noun, Table(plural(noun), noun, ())


def replace_in_text(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    name, table_ = column(ground, values, draw.one(table.of("text"))), table_name(ground, values, table)
    old, new = (values.hold(word) for word in draw.rng.sample(words.KINDS + words.STATES, 2))
    says = (
        f"<replace> {old} with {new} in [the |]{name} of [all |]{table_}",
        f"{name} of {table_}: <replace> every {old} by {new}",
    )
    return sql(
        ground, values, says, lay(ground, f"UPDATE {table_}", [], f"SET {name} = REPLACE({name}, '{old}', '{new}')")
    )


INTENTS = intents(
    insert_row, insert_rows, copy_rows, update_rows, change_number, update_from_children, clear_value, delete_rows,
    delete_old, delete_orphans, delete_duplicates, upsert_row, insert_if_new, move_amount, insert_child_by_name,
    replace_in_text,
)  # fmt: skip

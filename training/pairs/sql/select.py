"""Questions about the rows of one table."""

from __future__ import annotations

from training.pairs.grammar import Plan, intents
from training.pairs.sql.conditions import NUMBERS, chosen, listed, rows, singular, sql, text_value
from training.pairs.sql.schema import Column, Ground, Kind, Values, column, lay, nest, table_name

MONTHS = "January February March April May June July August September October November December".split()


def select_columns(ground: Ground) -> Plan:
    values, table = Values(), ground.table()
    said, names = chosen(ground, values, table)
    some = rows(ground, values, table)
    says = (
        f"<list> [the |]{said} of [all |the |]{some.said}", f"<list> [all |]{some.said} with their {said}" if not some.where else f"<list> {said} for {some.said}",
        f"{said} of {some.said}", f"~what are the {said} of {some.said}",
    )  # fmt: skip
    return sql(ground, values, says, lay(ground, "SELECT", names, f"FROM {table.name}", some.where))


def select_all(ground: Ground) -> Plan:
    values, table = Values(), ground.table()
    some = rows(ground, values, table, 1, 2)
    says = (f"<list> [all |]{some.said}", f"all {some.said}", f"<find> {some.said}", f"~which {some.said} do we have")
    return sql(ground, values, says, lay(ground, "SELECT", ["*"], f"FROM {table.name}", some.where))


def top_rows(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    by = draw.one(table.of("number"))
    name, count = column(ground, values, by), values.hold(draw.number(2, 40))
    some = rows(ground, values, table)
    shown = [column(ground, values, one) for one in draw.some(table.of("key", "text"), 1, 2)]
    if draw.chance(0.4):
        shown, tail = ["*"], ""
    else:
        tail = f"[, showing {listed([*shown, name])}| with {listed([*shown, name])}]"
        shown.append(name)
    if draw.chance(0.65):
        order = " DESC"
        says = tails(tail, f"<list> [the |]top {count} {some.said} <by_order> {name}", f"top {count} {some.said} by {name}",
                f"[the |]{count} {some.said} with the highest {name}", f"~{count} {some.said} leading in {name}")  # fmt: skip
    else:
        order = "⟦ ASC¦¦⟧"
        says = tails(tail, f"[the |]{count} {some.said} with the lowest {name}", f"bottom {count} {some.said} by {name}",
                f"<list> [the |]{count} {some.said} with the smallest {name}")  # fmt: skip
    code = lay(ground, "SELECT", shown, f"FROM {table.name}", some.where, f"ORDER BY {name}{order}", f"LIMIT {count}")
    return sql(ground, values, says, code)


def newest_rows(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    by = column(ground, values, draw.one(table.of("moment")))
    count = values.hold(draw.one((1, 3, 5, 10, 15, 20, 25, 50, 100)))
    some = rows(ground, values, table, 0, 1)
    newest = draw.chance(0.75)
    says = (f"<list> the {count} {'<newest>' if newest else 'oldest'} {some.said} by {by}",
            f"{'last' if newest else 'first'} {count} {some.said} by {by}")  # fmt: skip
    order = f"ORDER BY {by}" + (" DESC" if newest else "")
    return sql(
        ground, values, says, lay(ground, "SELECT", ["*"], f"FROM {table.name}", some.where, order, f"LIMIT {count}")
    )


def sorted_rows(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    first, second = draw.some(table.of("text", "number", "moment"), 2, 2)
    some = rows(ground, values, table, 0, 1)
    a, b = column(ground, values, first), column(ground, values, second)
    down = draw.chance(0.5)
    says = (f"<list> [all |]{some.said} <by_order> {a} and then {b}{' descending' if down else ''}",
            f"{some.said} <by_order> {a}, then by {b}{' (descending)' if down else ''}")  # fmt: skip
    order = f"ORDER BY {a}, {b}" + (" DESC" if down else "")
    return sql(ground, values, says, lay(ground, "SELECT", ["*"], f"FROM {table.name}", some.where, order))


def page_of_rows(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    by = column(ground, values, draw.one(table.of("number", "moment", "text")))
    size, page = draw.one((10, 20, 25, 50, 100)), draw.number(2, 9)
    count, number = values.hold(size), values.hold(f"{(page - 1) * size}", page)
    name = table_name(ground, values, table)
    says = (f"page {number} of {name}, {count} per page, <by_order> {by}",
            f"<list> page {number} of the {name} with {count} rows per page, <by_order> {by}",
            f"~{name} <by_order> {by}, page {number} at {count} rows a page")  # fmt: skip
    code = lay(ground, "SELECT", ["*"], f"FROM {name}", f"ORDER BY {by}", f"LIMIT {count} OFFSET {number}")
    return sql(ground, values, says, code)


def distinct_values(ground: Ground) -> Plan:
    values, table = Values(), ground.table()
    name = column(ground, values, ground.draw.one(table.of("text")))
    some = rows(ground, values, table, 0, 1)
    ordered = ground.draw.chance(0.4)
    says = tails(", sorted" if ordered else "", f"<list> [all |the |]distinct {name} values of {some.said}", f"[unique|distinct] {name} of {some.said}",
            f"which {name} values occur in {some.said}", f"~every different {name} among {some.said}")  # fmt: skip
    order = f"ORDER BY {name}" if ordered else ""
    return sql(ground, values, says, lay(ground, "SELECT DISTINCT", [name], f"FROM {table.name}", some.where, order))


def search_text(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    name, word = column(ground, values, draw.one(table.of("text"))), values.hold(draw.noun().split("_")[0])
    said, pattern = draw.one((("contains", f"%{word}%"), ("starts with", f"{word}%"), ("ends with", f"%{word}")))
    table_ = table_name(ground, values, table)
    operator = "⟦ILIKE¦LIKE⟧" if ground.dialect == "postgres" else "LIKE"
    says = (f"<find> {table_} whose {name} {said} {word}", f"<list> [all |]{table_} where [the |]{name} {said} '{word}'",
            f"search {table_} for a {name} that {said} {word}")  # fmt: skip
    return sql(
        ground, values, says, lay(ground, "SELECT", ["*"], f"FROM {table_}", f"WHERE {name} {operator} '{pattern}'")
    )


def one_of_values(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    found = draw.one([one for one in table.of("text") if one.values] or table.of("text"))
    name = column(ground, values, found)
    picked = [values.hold(word) for word in dict.fromkeys(text_value(ground, found) for _ in range(draw.number(2, 4)))]
    table_ = table_name(ground, values, table)
    words = " or ".join([", ".join(picked[:-1]), picked[-1]] if len(picked) > 1 else picked)
    negated = draw.chance(0.25)
    says = (
        (f"<list> {table_} whose {name} is neither {words.replace(' or ', ' nor ')}", f"[all |]{table_} except those with {name} {words}")
        if negated
        else (f"<list> [all |]{table_} whose {name} is {words}", f"{table_} with {name} {words}", f"<find> {table_} in {name} {words}")
    )  # fmt: skip
    inside = ", ".join(f"'{word}'" for word in picked)
    condition = f"WHERE {name} {'NOT IN' if negated else 'IN'} ({inside})"
    return sql(ground, values, says, lay(ground, "SELECT", ["*"], f"FROM {table_}", condition))


def between_numbers(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    name = column(ground, values, draw.one(table.of("number")))
    low, high = sorted(draw.rng.sample(NUMBERS, 2))
    a, b = values.hold(low), values.hold(high)
    said, names = chosen(ground, values, table, 1, 2)
    table_ = table_name(ground, values, table)
    says = (f"<list> {said} of {table_} with {name} between {a} and {b}", f"{said} of {table_} whose {name} is from {a} to {b}",
            f"~{said} of {table_}, {name} in the range {a} to {b}")  # fmt: skip
    return sql(
        ground, values, says, lay(ground, "SELECT", names, f"FROM {table_}", f"WHERE {name} BETWEEN {a} AND {b}")
    )


def between_dates(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    name = column(ground, values, draw.one(table.of("moment")))
    table_ = table_name(ground, values, table)
    year, month = draw.number(2015, 2026), draw.number(1, 12)
    if draw.chance(0.5):
        following = f"{year + month // 12}-{month % 12 + 1:02d}-01"
        start, end = f"{year}-{month:02d}-01", following
        said = f"in {MONTHS[month - 1]} {year}"
    elif draw.chance(0.5):
        start, end, said = f"{year}-01-01", f"{year + 1}-01-01", f"in [the year |]{year}"
    else:
        start, end = f"{year}-{month:02d}-{draw.number(1, 28):02d}", f"{year + 1}-{draw.number(1, 12):02d}-01"
        said = f"[from {start} up to but not including|on or after {start} and before] {end}"
    says = (
        f"<list> {table_} {name} {said}",
        f"[all |]{table_} with {name} {said}",
        f"<find> {table_} [that were |]{name} {said}",
    )
    condition = f"WHERE {name} >= '{start}' AND {name} < '{end}'"
    return sql(ground, values, says, lay(ground, "SELECT", ["*"], f"FROM {table_}", condition))


def missing_values(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    name, table_ = (
        column(ground, values, draw.one(table.of("text", "number", "moment"))),
        table_name(ground, values, table),
    )
    missing = draw.chance(0.7)
    says = (
        (f"<find> {table_} <without> a {name}", f"<list> {table_} where {name} is [missing|null|not set|empty]", f"{table_} with no {name}")
        if missing
        else (f"<list> {table_} that have a {name}", f"{table_} where {name} is [set|not null|present]")
    )  # fmt: skip
    condition = f"WHERE {name} IS {'' if missing else 'NOT '}NULL"
    return sql(ground, values, says, lay(ground, "SELECT", ["*"], f"FROM {table_}", condition))


def bucketed_numbers(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    name, table_ = column(ground, values, draw.one(table.of("number"))), table_name(ground, values, table)
    low, high = (values.hold(number) for number in sorted(draw.rng.sample(NUMBERS, 2)))
    a, b, c = draw.one((("low", "medium", "high"), ("small", "medium", "large"), ("bronze", "silver", "gold")))
    label = draw.one(("bucket", "band", "size_class", "tier_label"))
    says = (f"label {table_} as {a} (below {low}), {b} (below {high}) or {c} by {name}",
            f"<list> {table_} with their {name} classed as {a} under {low}, {b} under {high}, else {c}")  # fmt: skip
    inner = f"CASE WHEN {name} < {low} THEN '{a}' WHEN {name} < {high} THEN '{b}' ELSE '{c}' END AS {label}"
    if ground.style.layout != "line":
        pad = ground.style.indent
        inner = (
            inner.replace(" WHEN", f"\n{pad * 2}WHEN")
            .replace(" ELSE", f"\n{pad * 2}ELSE")
            .replace(" END", f"\n{pad}END")
        )
    return sql(ground, values, says, lay(ground, "SELECT", ["id", name, inner], f"FROM {table_}"))


def default_for_missing(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    found: Column = draw.one(table.of("text"))
    name, table_ = column(ground, values, found), table_name(ground, values, table)
    word = values.hold(draw.one(("unknown", "n/a", "none", "other", "not set", "missing")))
    says = (f"<list> id and {name} of {table_}, with {word} where {name} is [missing|null]",
            f"{name} of all {table_}, '{word}' instead of null, with the id")  # fmt: skip
    code = lay(ground, "SELECT", ["id", f"COALESCE({name}, '{word}') AS {name}"], f"FROM {table_}")
    return sql(ground, values, says, code)


def any_row(ground: Ground) -> Plan:
    values, table = Values(), ground.table()
    some = rows(ground, values, table, 1, 2)
    says = (
        f"<check> whether [there are any|any] {some.said} [exist|]",
        f"are there any {some.said}",
        f"is there at least one row of {some.said}",
    )
    inner = lay(ground, "SELECT", ["1"], f"FROM {table.name}", some.where)
    return sql(ground, values, says, lay(ground, "SELECT EXISTS ", []) + nest(ground, inner))


def random_rows(ground: Ground) -> Plan:
    values, table = Values(), ground.table()
    count = values.hold(ground.draw.number(1, 50))
    some = rows(ground, values, table, 0, 1)
    says = (
        f"<list> {count} random {some.said}",
        f"random sample of {count} {some.said}",
        f"pick {count} {some.said} at random",
    )
    return sql(ground, values, says, lay(ground, "SELECT", ["*"], f"FROM {table.name}", some.where, "ORDER BY RANDOM()", f"LIMIT {count}"))  # fmt: skip


def row_by_id(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    said, names = chosen(ground, values, table, 1, 3)
    one, number = singular(table), values.hold(draw.number(1, 9999))
    key = ground.tables[ground.tables.index(table) - 1] if table.of("parent") else None
    if key is not None and draw.chance(0.6):
        says = (
            f"{said} of the {table.name} of {singular(key)} {number}",
            f"<list> {said} for all {table.name} that belong to {singular(key)} {number}",
        )
        condition = f"WHERE {key.noun}_id = {number}"
    else:
        says = (f"<list> [the |]{said} of {one} {number}", f"{said} of the {one} with id {number}")
        condition = f"WHERE id = {number}"
    return sql(ground, values, says, lay(ground, "SELECT", names, f"FROM {table.name}", condition))


def combined_tables(ground: Ground) -> Plan:
    values, draw = Values(), ground.draw
    first, second = draw.rng.sample(ground.tables, 2)
    kinds: tuple[Kind, ...] = ("text", "number", "moment")
    kind = draw.one(kinds)
    a, b = (column(ground, values, draw.one(table.of(kind))) for table in (first, second))
    left, right = table_name(ground, values, first), table_name(ground, values, second)
    whole = draw.chance(0.5)
    extra = ", keeping duplicates" if whole else ", [without duplicates|each once]"
    says = (
        f"<merge> {a} of {left} and {b} of {right} into one [list|result]{extra}",
        f"union of {left} {a} and {right} {b}{extra}",
    )
    parts = [lay(ground, "SELECT", [a], f"FROM {left}"), lay(ground, "SELECT", [b], f"FROM {right}")]
    word = lay(ground, "UNION ALL" if whole else "UNION", [])
    joiner = f" {word} " if ground.style.layout == "line" else f"\n{word}\n"
    return sql(ground, values, says, joiner.join(parts))


def tails(tail: str, *says: str) -> tuple[str, ...]:
    """All sentences with the same end."""
    return tuple(said + tail for said in says)


INTENTS = intents(
    select_columns, select_all, top_rows, newest_rows, sorted_rows, page_of_rows, distinct_values, search_text,
    one_of_values, between_numbers, between_dates, missing_values, bucketed_numbers, default_for_missing, any_row,
    random_rows, row_by_id, combined_tables,
)  # fmt: skip

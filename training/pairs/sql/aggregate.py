"""Counts, sums and groups over one table."""

from __future__ import annotations

from training.pairs.grammar import Plan, intents
from training.pairs.sql.conditions import NUMBERS, rows, sql, text_value
from training.pairs.sql.schema import Ground, Table, Values, column, lay, table_name

FUNCTIONS: dict[str, tuple[str, ...]] = {
    "AVG": ("average", "mean", "~typical"), "SUM": ("total", "sum of", "~overall"),
    "MAX": ("highest", "maximum", "largest", "~greatest"), "MIN": ("lowest", "minimum", "smallest", "~least"),
}  # fmt: skip
PERIODS = (
    ("day", "%Y-%m-%d"),
    ("month", "%Y-%m"),
    ("year", "%Y"),
    ("hour", "%Y-%m-%d %H:00"),
    ("weekday", "%w"),
    ("week", "%Y-%W"),
)


def words(function: str) -> str:
    """The function as a choice in a sentence."""
    return "[" + "|".join(FUNCTIONS[function]) + "]"


def group_column(ground: Ground, values: Values, table: Table) -> str:
    """A column worth grouping by."""
    good = [one for one in table.of("text") if one.values] or table.of("text")
    return column(ground, values, ground.draw.one(good))


def count_rows(ground: Ground) -> Plan:
    values, table = Values(), ground.table()
    some = rows(ground, values, table)
    says = (
        f"<count> {some.said}",
        f"how many {some.said} [are there|do we have|exist]",
        f"number of {some.said}",
        f"~size of the set of {some.said}",
    )
    star = "COUNT(*)⟦¦¦ AS total¦ AS count⟧" if ground.style.upper else "COUNT(*)⟦¦¦ AS total⟧"
    return sql(ground, values, says, lay(ground, "SELECT", [star], f"FROM {table.name}", some.where))


def aggregate_all(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    name, function = column(ground, values, draw.one(table.of("number"))), draw.one(tuple(FUNCTIONS))
    some = rows(ground, values, table, 0, 2)
    says = (
        f"[<compute> the |]{words(function)} {name} of [all |]{some.said}",
        f"what is the {words(function)} {name} of {some.said}",
    )
    return sql(ground, values, says, lay(ground, "SELECT", [f"{function}({name})"], f"FROM {table.name}", some.where))


def aggregate_per_group(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    name, function = column(ground, values, draw.one(table.of("number"))), draw.one(tuple(FUNCTIONS))
    group = group_column(ground, values, table)
    some = rows(ground, values, table, 0, 1)
    down = draw.chance(0.3)
    tail = ", [highest first|descending]" if down else ""
    alias = f"{function.lower()}_{name}"
    says = (f"[<compute> the |]{words(function)} {name} [of {some.said} |]<per> {group}{tail}" if not some.where else f"{words(function)} {name} of {some.said} <per> {group}{tail}",
            f"<per> {group}, the {words(function)} {name} of {some.said}{tail}")  # fmt: skip
    code = lay(ground, "SELECT", [group, f"{function}({name}) AS {alias}"], f"FROM {table.name}", some.where,
               f"GROUP BY {group}", f"ORDER BY {alias} DESC" if down else "")  # fmt: skip
    return sql(ground, values, says, code)


def count_per_group(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    group = group_column(ground, values, table)
    some = rows(ground, values, table, 0, 1)
    down = draw.chance(0.5)
    tail = ", [most frequent first|largest first|descending]" if down else ""
    says = (
        f"<count> {some.said} <per> {group}{tail}",
        f"how many {some.said} <per> {group}{tail}",
        f"number of {some.said} <per> {group}{tail}",
    )
    code = lay(ground, "SELECT", [group, "COUNT(*) AS total"], f"FROM {table.name}", some.where, f"GROUP BY {group}",
               "ORDER BY total DESC" if down else "")  # fmt: skip
    return sql(ground, values, says, code)


def groups_with_many(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    group, limit = group_column(ground, values, table), values.hold(draw.one(NUMBERS))
    name = table_name(ground, values, table)
    sign, words_ = draw.one(((">", "<more>"), (">=", "<least>"), ("<", "<less>")))
    if draw.chance(0.5):
        says = (f"{group} values with {words_} {limit} {name}", f"<list> each {group} that has {words_} {limit} {name}")
        code = lay(
            ground,
            "SELECT",
            [group, "COUNT(*)"],
            f"FROM {name}",
            f"GROUP BY {group}",
            f"HAVING COUNT(*) {sign} {limit}",
        )
    else:
        number = column(ground, values, draw.one(table.of("number")))
        function = draw.one(("SUM", "AVG"))
        said = words(function)
        says = (
            f"<list> every {group} of {name} whose {said} {number} is {words_} {limit}",
            f"{group} groups of {name} with {said} {number} {words_} {limit}",
        )
        code = lay(
            ground,
            "SELECT",
            [group, f"{function}({number})"],
            f"FROM {name}",
            f"GROUP BY {group}",
            f"HAVING {function}({number}) {sign} {limit}",
        )
    return sql(ground, values, says, code)


def duplicate_values(ground: Ground) -> Plan:
    values, table = Values(), ground.table()
    name, table_ = column(ground, values, ground.draw.one(table.of("text"))), table_name(ground, values, table)
    says = (f"<find> duplicate {name} [values |]in {table_}", f"{name} values that [appear|occur] more than once in {table_}",
            f"which {name} is used by several {table_}", f"~repeated {name} entries among {table_}")  # fmt: skip
    return sql(
        ground,
        values,
        says,
        lay(ground, "SELECT", [name, "COUNT(*)"], f"FROM {table_}", f"GROUP BY {name}", "HAVING COUNT(*) > 1"),
    )


def count_distinct(ground: Ground) -> Plan:
    values, table = Values(), ground.table()
    name = column(ground, values, ground.draw.one(table.of("text", "parent")))
    some = rows(ground, values, table, 0, 1)
    says = (
        f"how many [different|distinct] {name} values {some.said} have",
        f"<count> the distinct {name} values of {some.said}",
        f"number of unique {name} among {some.said}",
    )
    return sql(
        ground, values, says, lay(ground, "SELECT", [f"COUNT(DISTINCT {name})"], f"FROM {table.name}", some.where)
    )


def count_per_period(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    name, table_ = column(ground, values, draw.one(table.of("moment"))), table_name(ground, values, table)
    period, pattern = draw.one(PERIODS)
    if ground.dialect == "postgres":
        period = "day" if period == "weekday" else period
        bucket = f"DATE_TRUNC('{period}', {name})"
    else:
        bucket = f"DATE({name})" if period == "day" and draw.chance(0.6) else f"strftime('{pattern}', {name})"
    if draw.chance(0.5) and table.of("number"):
        number = column(ground, values, draw.one(table.of("number")))
        measure, said = f"SUM({number}) AS total", f"total {number} of {table_}"
    else:
        measure, said = "COUNT(*) AS total", f"[number of {table_}|{table_}]"
    says = (
        f"{said} per {period} [by {name}|of {name}]",
        f"{said} for each {period} of {name}",
        f"~a breakdown by {period} of {name}: {said}",
    )
    code = lay(
        ground,
        "SELECT",
        [f"{bucket} AS {period}", measure],
        f"FROM {table_}",
        f"GROUP BY {period}",
        f"ORDER BY {period}",
    )
    return sql(ground, values, says, code)


def several_aggregates(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    name = column(ground, values, draw.one(table.of("number")))
    some = rows(ground, values, table, 0, 1)
    functions = draw.some(tuple(FUNCTIONS), 2, 3)
    said = ", ".join(words(function) for function in functions[:-1]) + f" and {words(functions[-1])}"
    group = group_column(ground, values, table) if draw.chance(0.5) else ""
    tail = f" <per> {group}" if group else ""
    said = said.replace("sum of", "summed")  # "the sum of and highest price" is no English
    says = (f"<compute> {said} {name} of {some.said}{tail}", f"{said} {name} of {some.said}{tail}")
    shown = ([group] if group else []) + [f"{function}({name}) AS {function.lower()}_{name}" for function in functions]
    return sql(
        ground,
        values,
        says,
        lay(ground, "SELECT", shown, f"FROM {table.name}", some.where, f"GROUP BY {group}" if group else ""),
    )


def conditional_counts(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    found = draw.one([one for one in table.of("text") if one.values] or table.of("text"))
    name, table_ = column(ground, values, found), table_name(ground, values, table)
    a, b = (values.hold(word) for word in draw.rng.sample(sorted({text_value(ground, found) for _ in range(12)}), 2))
    slug = [f"{one}_count" for one in ("first", "second")]
    says = (f"one row with the number of {table_} whose {name} is {a} and the number whose {name} is {b}",
            f"<count> {table_} with {name} {a} and with {name} {b} in one query")  # fmt: skip
    if ground.dialect == "postgres" or draw.chance(0.3):
        shown = [
            f"COUNT(*) FILTER (WHERE {name} = '{one}') AS {label}" for one, label in zip((a, b), slug, strict=True)
        ]
    else:
        shown = [
            f"SUM(CASE WHEN {name} = '{one}' THEN 1 ELSE 0 END) AS {label}"
            for one, label in zip((a, b), slug, strict=True)
        ]
    return sql(ground, values, says, lay(ground, "SELECT", shown, f"FROM {table_}"))


def share_of_group(ground: Ground) -> Plan:
    values, table = Values(), ground.table()
    group, table_ = group_column(ground, values, table), table_name(ground, values, table)
    says = (
        f"[percentage|percent] of {table_} <per> {group}",
        f"what percentage of {table_} has each {group}",
        f"<compute> the share of each {group} among {table_} in percent",
    )
    share = f"ROUND(100.0 * COUNT(*) / (SELECT COUNT(*) FROM {table_}), 2) AS percentage"
    return sql(ground, values, says, lay(ground, "SELECT", [group, share], f"FROM {table_}", f"GROUP BY {group}"))


def joined_values(ground: Ground) -> Plan:
    values, table = Values(), ground.table()
    first, second = ground.draw.rng.sample(
        table.of("text", "parent") if len(table.of("text", "parent")) > 1 else table.of("key", "text"), 2
    )
    group, name = column(ground, values, first), column(ground, values, second)
    table_ = table_name(ground, values, table)
    says = (
        f"comma separated {name} values of {table_} <per> {group}",
        f"<per> {group}, all {name} values of {table_} in one comma separated string",
    )
    function = f"STRING_AGG({name}, ', ')" if ground.dialect == "postgres" else f"GROUP_CONCAT({name}, ', ')"
    return sql(ground, values, says, lay(ground, "SELECT", [group, function], f"FROM {table_}", f"GROUP BY {group}"))


def last_moment_per_group(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    group, moment = group_column(ground, values, table), column(ground, values, draw.one(table.of("moment")))
    table_ = table_name(ground, values, table)
    last = draw.chance(0.65)
    word = "[last|latest|most recent]" if last else "[first|earliest]"
    says = (f"{word} {moment} of {table_} <per> {group}", f"<per> {group}, the {word} {moment} of {table_}")
    return sql(
        ground,
        values,
        says,
        lay(ground, "SELECT", [group, f"{'MAX' if last else 'MIN'}({moment})"], f"FROM {table_}", f"GROUP BY {group}"),
    )


def most_common_value(ground: Ground) -> Plan:
    values, table = Values(), ground.table()
    name = group_column(ground, values, table)
    some = rows(ground, values, table, 0, 1)
    says = (
        f"most [common|frequent] {name} of {some.said}",
        f"which {name} do most {some.said} have",
        f"~the {name} that dominates among {some.said}",
    )
    code = lay(
        ground,
        "SELECT",
        [name],
        f"FROM {table.name}",
        some.where,
        f"GROUP BY {name}",
        "ORDER BY COUNT(*) DESC",
        "LIMIT 1",
    )
    return sql(ground, values, says, code)


INTENTS = intents(
    count_rows, aggregate_all, aggregate_per_group, count_per_group, groups_with_many, duplicate_values,
    count_distinct, count_per_period, several_aggregates, conditional_counts, share_of_group, joined_values,
    last_moment_per_group, most_common_value,
)  # fmt: skip

"""Window functions, common table expressions, and rows compared with an aggregate."""

from __future__ import annotations

from training.pairs.grammar import Plan, intents
from training.pairs.sql.aggregate import group_column, words
from training.pairs.sql.conditions import days_ago, many, rows, singular, sql
from training.pairs.sql.schema import Ground, Values, cased, column, lay, nest, table_name


def latest_per_group(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    group = group_column(ground, values, table)
    by = draw.one(table.of("moment", "number"))
    order, table_ = column(ground, values, by), table_name(ground, values, table)
    word = "[latest|newest|most recent]" if by.kind == "moment" else "[highest|largest|top]"
    says = (
        f"the {word} row of {table_} <per> {group} by {order}",
        f"<per> {group}, only the {word} of the {table_} by {order}",
        f"~one {singular(table)} <per> {group}: the {word} by {order}",
    )
    inner = lay(
        ground,
        "SELECT",
        ["*", f"ROW_NUMBER() OVER (PARTITION BY {group} ORDER BY {order} DESC) AS position"],
        f"FROM {table_}",
    )
    return sql(
        ground,
        values,
        says,
        with_(ground, "ranked", inner, lay(ground, "SELECT", ["*"], "FROM ranked", "WHERE position = 1")),
    )


def top_n_per_group(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    group, order = group_column(ground, values, table), column(ground, values, draw.one(table.of("number")))
    count, table_ = values.hold(draw.number(2, 20)), table_name(ground, values, table)
    says = (
        f"top {count} {table_} by {order} <per> {group}",
        f"<per> {group}, the {count} {table_} with the highest {order}",
    )
    inner = lay(
        ground,
        "SELECT",
        ["*", f"ROW_NUMBER() OVER (PARTITION BY {group} ORDER BY {order} DESC) AS position"],
        f"FROM {table_}",
    )
    return sql(
        ground,
        values,
        says,
        with_(ground, "ranked", inner, lay(ground, "SELECT", ["*"], "FROM ranked", f"WHERE position <= {count}")),
    )


def rank_rows(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    order, table_ = column(ground, values, draw.one(table.of("number"))), table_name(ground, values, table)
    shown = column(ground, values, draw.one(table.of("text")))
    group = group_column(ground, values, table) if draw.chance(0.5) else ""
    inside = f"PARTITION BY {group} " if group else ""
    function, gaps = draw.one((("RANK", ""), ("DENSE_RANK", " without gaps")))
    tail = f" within each {group}" if group else ""
    says = (
        f"<rank> {table_} by {order}{tail}{gaps}, highest first, [with|and show] {shown}",
        f"{shown} of {table_} with their rank by {order} (highest first){tail}{gaps}",
    )
    columns = [shown, order, f"{function}() OVER ({inside}ORDER BY {order} DESC) AS position"]
    return sql(ground, values, says, lay(ground, "SELECT", columns, f"FROM {table_}"))


def running_total(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    moment, number = (
        column(ground, values, draw.one(table.of("moment"))),
        column(ground, values, draw.one(table.of("number"))),
    )
    table_ = table_name(ground, values, table)
    group = group_column(ground, values, table) if draw.chance(0.4) else ""
    tail, inside = (f" <per> {group}", f"PARTITION BY {group} ") if group else ("", "")
    says = (
        f"running total of {number} over {table_} [ordered |]by {moment}{tail}",
        f"cumulative {number} of {table_} by {moment}{tail}",
        f"~{number} of {table_} added up row after row by {moment}{tail}",
    )
    columns = ([group] if group else []) + [moment, f"SUM({number}) OVER ({inside}ORDER BY {moment}) AS running_total"]
    return sql(ground, values, says, lay(ground, "SELECT", columns, f"FROM {table_}"))


def moving_average(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    moment, number = (
        column(ground, values, draw.one(table.of("moment"))),
        column(ground, values, draw.one(table.of("number"))),
    )
    table_, size = table_name(ground, values, table), draw.number(3, 30)
    rows_ = values.hold(size - 1, size)
    says = (
        f"moving average of {number} over {rows_} rows of {table_} by {moment}",
        f"{rows_}-row moving average of {table_} {number}, ordered by {moment}",
    )
    window = f"AVG({number}) OVER (ORDER BY {moment} ROWS BETWEEN {rows_} PRECEDING AND CURRENT ROW) AS moving_average"
    return sql(ground, values, says, lay(ground, "SELECT", [moment, number, window], f"FROM {table_}"))


def difference_to_previous(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    moment, number = (
        column(ground, values, draw.one(table.of("moment"))),
        column(ground, values, draw.one(table.of("number"))),
    )
    table_ = table_name(ground, values, table)
    says = (
        f"change of {number} from the previous row of {table_} by {moment}",
        f"difference in {number} between consecutive {table_} ordered by {moment}",
    )
    window = f"{number} - LAG({number}) OVER (ORDER BY {moment}) AS difference"
    return sql(ground, values, says, lay(ground, "SELECT", [moment, number, window], f"FROM {table_}"))


def quantiles(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    order, table_ = column(ground, values, draw.one(table.of("number"))), table_name(ground, values, table)
    number, said = draw.one(
        ((4, "quartiles"), (10, "deciles"), (5, "5 equal groups"), (3, "3 equal groups"), (100, "percentiles"))
    )
    says = (f"<split> {table_} into {said} by {order}", f"id and {order} of {table_} with {said} by {order}")
    return sql(
        ground,
        values,
        says,
        lay(ground, "SELECT", ["id", order, f"NTILE({number}) OVER (ORDER BY {order}) AS tile"], f"FROM {table_}"),
    )


def above_average(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    number, table_ = column(ground, values, draw.one(table.of("number"))), table_name(ground, values, table)
    above = draw.chance(0.7)
    word, sign = ("above", ">") if above else ("below", "<")
    says = (
        f"<find> {table_} with a {number} {word} [the |]average",
        f"{table_} whose {number} is {word} the average {number}",
    )
    if draw.chance(0.5):
        code = lay(
            ground, "SELECT", ["*"], f"FROM {table_}", f"WHERE {number} {sign} (SELECT AVG({number}) FROM {table_})"
        )
    else:
        inner = lay(ground, "SELECT", [f"AVG({number}) AS average"], f"FROM {table_}")
        code = with_(
            ground,
            "overall",
            inner,
            lay(ground, "SELECT", [f"{table_}.*"], f"FROM {table_}, overall", f"WHERE {number} {sign} overall.average"),
        )
    return sql(ground, values, says, code)


def rows_of_maximum(ground: Ground) -> Plan:
    values, table = Values(), ground.table()
    name, table_ = column(ground, values, ground.draw.one(table.of("number"))), table_name(ground, values, table)
    high = ground.draw.chance(0.6)
    word = "[highest|largest|maximum]" if high else "[lowest|smallest|minimum]"
    says = (
        f"<find> all {table_} that have the {word} {name}",
        f"{table_} whose {name} equals the {word} {name}",
        f"every {singular(table)} with the {word} {name}, ties included",
    )
    condition = f"WHERE {name} = (SELECT {'MAX' if high else 'MIN'}({name}) FROM {table_})"
    return sql(ground, values, says, lay(ground, "SELECT", ["*"], f"FROM {table_}", condition))


def above_group_average(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    number, table_ = column(ground, values, draw.one(table.of("number"))), table_name(ground, values, table)
    group = group_column(ground, values, table)
    says = (
        f"<find> {table_} whose {number} is above the average of their {group}",
        f"{table_} with a {number} higher than the average {number} in the same {group}",
    )
    inner = lay(ground, "SELECT", [group, f"AVG({number}) AS average"], f"FROM {table_}", f"GROUP BY {group}")
    outer = lay(
        ground,
        "SELECT",
        ["t.*"],
        f"FROM {table_} t",
        f"JOIN averages a ON a.{group} = t.{group}",
        f"WHERE t.{number} > a.average",
    )
    return sql(ground, values, says, with_(ground, "averages", inner, outer))


def totals_then_filter(ground: Ground) -> Plan:
    values, draw = Values(), ground.draw
    parent, child = ground.link()
    number, limit = (
        column(ground, values, draw.one(child.of("number"))),
        values.hold(draw.one((50, 100, 250, 500, 1000, 5000))),
    )
    name, key = column(ground, values, draw.one(parent.of("text"))), f"{parent.noun}_id"
    some = rows(ground, values, child, 0, 1)
    says = (f"{name} of {many(parent)} whose {words('SUM').replace('sum of', 'summed')} {number} of {some.said} is <more> {limit}, using a CTE",
            f"CTE with the total {number} of {some.said} per {singular(parent)}, then {name} of those over {limit}")  # fmt: skip
    inner = lay(ground, "SELECT", [key, f"SUM({number}) AS total"], f"FROM {child.name}", some.where, f"GROUP BY {key}")
    outer = lay(
        ground,
        "SELECT",
        [f"p.{name}", "t.total"],
        "FROM totals t",
        f"JOIN {parent.name} p ON p.id = t.{key}",
        f"WHERE t.total > {limit}",
    )
    return sql(ground, values, says, with_(ground, "totals", inner, outer))


def days_series(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    moment, table_, days = (
        column(ground, values, draw.one(table.of("moment"))),
        table_name(ground, values, table),
        values.hold(draw.number(5, 90)),
    )
    says = (
        f"number of {table_} per day of {moment} for the <past> {days} days, days without any included",
        f"<count> {table_} per day by {moment} over the <past> {days} days and keep empty days",
    )
    if ground.dialect == "postgres":
        head = f"FROM generate_series(CURRENT_DATE - {days}, CURRENT_DATE, INTERVAL '1 day') AS d(day)"
        code = lay(
            ground,
            "SELECT",
            ["d.day", f"COUNT({table_}.id) AS total"],
            head,
            f"LEFT JOIN {table_} ON {table_}.{moment}::date = d.day",
            "GROUP BY d.day",
            "ORDER BY d.day",
        )
        return sql(ground, values, says, code)
    inner = lay(
        ground,
        "SELECT",
        [f"{days_ago(ground, days)} AS day"],
        "UNION ALL",
        "SELECT date(day, '+1 day') FROM days",
        "WHERE day < date('now')",
    )
    outer = lay(
        ground,
        "SELECT",
        ["days.day", f"COUNT({table_}.id) AS total"],
        "FROM days",
        f"LEFT JOIN {table_} ON date({table_}.{moment}) = days.day",
        "GROUP BY days.day",
    )
    code = (
        with_(ground, "days(day)", inner, outer)
        .replace("WITH ", "WITH RECURSIVE ", 1)
        .replace("with ", "with recursive ", 1)
    )
    return sql(ground, values, says, code)


def share_of_total(ground: Ground) -> Plan:
    values, table, draw = Values(), ground.table(), ground.draw
    number, table_ = column(ground, values, draw.one(table.of("number"))), table_name(ground, values, table)
    shown = column(ground, values, draw.one(table.of("text")))
    says = (
        f"{shown} and {number} of {table_} with the share of the total {number} in percent",
        f"<per> row of {table_}, {shown}, {number} and its percentage of the sum of all {number}",
    )
    return sql(
        ground,
        values,
        says,
        lay(
            ground,
            "SELECT",
            [shown, number, f"100.0 * {number} / SUM({number}) OVER () AS percentage"],
            f"FROM {table_}",
        ),
    )


def with_(ground: Ground, name: str, inner: str, outer: str) -> str:
    """`WITH name AS (inner) outer`, on several lines where the parts are."""
    head = cased(ground.style, f"WITH {name} AS ")
    if ground.draw.chance(0.8) and "\n" not in inner:
        return f"{head}(\n{ground.style.indent}{inner}\n)\n{outer}"
    return f"{head}{nest(ground, inner)}\n{outer}"


INTENTS = intents(
    latest_per_group, top_n_per_group, rank_rows, running_total, moving_average, difference_to_previous, quantiles,
    above_average, rows_of_maximum, above_group_average, totals_then_filter, days_series, share_of_total,
)  # fmt: skip

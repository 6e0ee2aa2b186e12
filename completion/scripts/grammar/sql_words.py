"""Values and functions of SQL as rules: literals that the request mentions, and what each dialect calls its functions.

Knows no table.
"""

from __future__ import annotations

from completion.scripts.grammar.mentions import Mentions
from completion.scripts.grammar.notation import Rules, add, choice, literal, words

POSTGRES = frozenset({"postgres", "duckdb", "redshift", "cockroachdb", "materialize", "risingwave"})
MYSQL = frozenset({"mysql", "mariadb", "doris", "starrocks", "tidb"})
STRICT = POSTGRES | {"tsql", "oracle", "snowflake", "bigquery", "trino", "presto", "databricks", "spark"}
"""Dialects that refuse a selected column that is neither grouped nor aggregated."""

_UNITS = ("day", "week", "month", "year")


def add_values(rules: Rules, mentions: Mentions, dialect: str) -> None:
    """The rules `sp`, `cm`, `number`, `whole`, `text`, `moment`, `value`, `name`, `type`."""
    add(rules, "sp", '" " | "\\n" [ ]{0,12}')
    add(rules, "os", '"" | "\\n" [ ]{0,12}')
    add(rules, "cm", '"," sp')
    add(rules, "name", "[a-z_] [a-z0-9_]{2,40}")
    if mentions.numbers:
        whole = [number for number in mentions.numbers if "." not in number]
        add(rules, "whole", words((*whole, "0", "1")))
        add(rules, "number", words((*mentions.numbers, "0", "1", *_shares(mentions.numbers))))
    else:
        add(rules, "whole", '"0" | [1-9] [0-9]{0,4}')
        add(rules, "number", 'whole ( "." [0-9]{1,2} )?')
    add(rules, "text", _text(mentions))
    moments = _moments(mentions, dialect)
    add(rules, "moment", moments)
    add(rules, "value", choice(("number", "text", "moment", "NULL", *(("TRUE", "FALSE") if dialect != "tsql" else ()))))
    add(rules, "type", _types(dialect))


def dates(column: str, dialect: str) -> str:
    """A body: what makes a part of a date of the rule `column`."""
    if dialect in POSTGRES:
        units = words(f"'{unit}'" for unit in _UNITS)
        return f'( DATE_TRUNC "(" {units} cm {column} ")" | DATE "(" {column} ")" | EXTRACT "(" ( YEAR | MONTH | DAY | HOUR ) sp FROM sp {column} ")" )'
    if dialect in MYSQL:
        return f'( ( YEAR | MONTH | DAY | DATE | HOUR ) "(" {column} ")" | DATE_FORMAT "(" {column} cm format ")" )'
    return f'( DATE "(" {column} ")" | STRFTIME "(" format cm {column} ")" )'


def add_formats(rules: Rules) -> None:
    """The rule `format`: how dates are written in parts."""
    add(rules, "format", words(f"'{each}'" for each in ("%Y-%m", "%Y", "%m", "%Y-%m-%d", "%d", "%H", "%W", "%w")))


def _shares(numbers: tuple[str, ...]) -> tuple[str, ...]:
    """Per cents as factors: by 10 per cent more is `* 1.10`."""
    found: list[str] = []
    for number in numbers:
        if number.isdigit() and 0 < int(number) < 100:
            share = f"{int(number):02d}"
            found += [
                f"1.{share}",
                f"0.{share}",
                f"{1 - int(number) / 100:.2f}",
                f"1.{share}".rstrip("0"),
                f"0.{share}".rstrip("0"),
            ]
    return tuple(found)


def _text(mentions: Mentions) -> str:
    safe = [word.replace("'", "''") for word in (*mentions.quoted, *mentions.words)]
    said = [word for word in safe if "%" not in word and "\\" not in word]
    if not said:
        return '"\'" [a-z0-9 _.@:/-]{0,40} "\'"'
    some = words(dict.fromkeys((*said, *(word.lower() for word in said))))
    return f'"\'" "%"? {some} ( [ ._@-] {some} ){{0,3}} "%"? "\'"'


def _moments(mentions: Mentions, dialect: str) -> str:
    units = choice(
        literal(unit) for unit in ("minutes", "hours", "days", "day", "weeks", "months", "month", "years", "year")
    )
    if dialect in POSTGRES:
        now = '( CURRENT_DATE | CURRENT_TIMESTAMP | NOW "()" )'
        return f'{now} ( " - " INTERVAL sp "\'" whole " " {units} "\'" )?'
    if dialect in MYSQL:
        now = '( CURRENT_DATE | CURDATE "()" | NOW "()" )'
        unit = "( MINUTE | HOUR | DAY | WEEK | MONTH | YEAR )"
        return f'{now} ( " - " INTERVAL sp whole sp {unit} )? | DATE_SUB "(" {now} cm INTERVAL sp whole sp {unit} ")"'
    if dialect == "sqlite":
        back = f'cm "\'-" whole " " {units} "\'"'
        return f'( DATE | DATETIME ) "(\'now\'" ( {back} )? ")" | CURRENT_TIMESTAMP | CURRENT_DATE'
    return "CURRENT_TIMESTAMP | CURRENT_DATE"


def _types(dialect: str) -> str:
    if dialect in POSTGRES:
        serial = ("SERIAL", "BIGSERIAL", "TIMESTAMPTZ", "JSONB", "UUID") if dialect == "postgres" else ("UUID",)
        return choice(("INTEGER", "BIGINT", "TEXT", "BOOLEAN", "DATE", "TIMESTAMP", "REAL", *serial, _SIZED, _DECIMAL))
    if dialect in MYSQL:
        return choice(
            ("INT", "INTEGER", "BIGINT", "TEXT", "BOOLEAN", "DATE", "DATETIME", "TIMESTAMP", "DOUBLE", _SIZED, _DECIMAL)
        )
    return choice(("INTEGER", "TEXT", "REAL", "BOOLEAN", "DATE", "DATETIME", "TIMESTAMP", "BLOB", _SIZED, _DECIMAL))


_SIZED = 'VARCHAR "(" [1-9] [0-9]{0,2} ")"'
_DECIMAL = '( NUMERIC | DECIMAL ) "(" [1] [0-8] "," " "? [0-6] ")"'

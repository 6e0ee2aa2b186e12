"""Random tables that belong together, their CREATE TABLE text, and the style that a whole file is written in."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from training.pairs import vocabulary as words
from training.pairs.grammar import Value
from training.pairs.names import Draw, plural, spaced

Dialect = Literal["sqlite", "postgres"]
Kind = Literal["key", "parent", "text", "number", "moment", "flag", "json", "array"]

NOT_FUNCTIONS = frozenset("IN VALUES AS ON OVER AND OR NOT EXISTS KEY UNIQUE CHECK USING FILTER BY FROM".split())
CONJUNCTION = re.compile(r"(BETWEEN \S+ AND )| AND ")
UPPER_WORD = re.compile(r"'[^']*'|\b[A-Z][A-Z_]+\b(\s?\()?")


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    kind: Kind
    type: str
    values: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `noun` is what one row of it is."""

    name: str
    noun: str
    columns: tuple[Column, ...]

    def of(self, *kinds: Kind) -> list[Column]:
        return [column for column in self.columns if column.kind in kinds]

    def required(self) -> list[Column]:
        """What a new row cannot do without."""
        return [column for column in self.columns if column.required]


@dataclass(frozen=True, slots=True)
class Style:
    """How statements of one file look."""

    upper: bool
    upper_functions: bool
    layout: Literal["line", "clauses", "tall"]
    indent: str
    spoken_columns: bool


@dataclass(frozen=True, slots=True)
class Ground:
    """What a statement is drawn from. Table `n + 1` refers to table `n`."""

    draw: Draw
    tables: tuple[Table, ...]
    dialect: Dialect
    style: Style

    def table(self) -> Table:
        return self.draw.one(self.tables)

    def link(self) -> tuple[Table, Table]:
        """A table and one whose rows refer to it."""
        at = self.draw.number(0, len(self.tables) - 2)
        return self.tables[at], self.tables[at + 1]


class Values(dict[str, Value | str]):
    """The values of a plan while it is drawn; `hold` gives the placeholder of a new one.

    Tables are of the kind `t`: a sentence may say them through their rows (`each order`).
    """

    def hold(self, code: object, spoken: object | None = None, kind: str = "v") -> str:
        name = f"{kind}{len(self)}"
        self[name] = Value(str(code if spoken is None else spoken), str(code))
        return f"«{name}»"


def style(draw: Draw) -> Style:
    upper = draw.chance(0.78)
    return Style(
        upper,
        upper and draw.chance(0.75),
        draw.one(("line", "clauses", "clauses", "tall")),
        draw.one(("    ", "    ", "  ")),
        draw.chance(0.45),
    )


def column(ground: Ground, values: Values, found: Column) -> str:
    """The placeholder of a column, said as people say it where the file does so."""
    return values.hold(found.name, spaced(found.name) if ground.style.spoken_columns else found.name)


def table_name(ground: Ground, values: Values, table: Table) -> str:
    return values.hold(table.name, spaced(table.name) if ground.style.spoken_columns else table.name, kind="t")


def ground(draw: Draw, dialect: Dialect) -> Ground:
    """A schema of two to four tables."""
    nouns = draw.nouns(draw.one((2, 2, 2, 3, 3, 4)))
    types = _types(draw, dialect)
    tables: list[Table] = []
    for noun in nouns:
        columns = [Column("id", "key", types["key"])]
        if tables:
            parent = tables[-1]
            rule = " NOT NULL" if (required := draw.chance(0.5)) else ""
            type_ = f"{types['ref']}{rule} REFERENCES {parent.name}(id)"
            columns.append(Column(f"{parent.noun}_id", "parent", type_, required=required))
        own = _own(draw, types)
        if draw.chance(0.5):
            own[0] = replace(own[0], type=f"{own[0].type} NOT NULL", required=True)
        columns += own
        if dialect == "postgres" and (draw.chance(0.2) or noun == nouns[-1]):
            columns.append(Column(draw.one(("payload", "metadata", "attributes", "settings", "data")), "json", "JSONB"))
        if dialect == "postgres" and (draw.chance(0.15) or noun == nouns[-1]):
            columns.append(Column(draw.one(("tags", "labels", "roles", "topics", "keywords")), "array", "TEXT[]"))
        tables.append(Table(plural(noun), noun, tuple(columns)))
    return Ground(draw, tuple(tables), dialect, style(draw))


def _types(draw: Draw, dialect: Dialect) -> dict[str, str]:
    if dialect == "postgres":
        key = draw.one(("SERIAL PRIMARY KEY", "BIGSERIAL PRIMARY KEY", "BIGINT PRIMARY KEY"))
        return {
            "key": key, "ref": "BIGINT" if "BIG" in key else "INTEGER", "text": draw.one(("TEXT", "VARCHAR(100)")),
            "whole": "INTEGER", "real": draw.one(("NUMERIC(10,2)", "NUMERIC(12,2)")),
            "moment": draw.one(("TIMESTAMPTZ", "TIMESTAMP")), "flag": "BOOLEAN",
        }  # fmt: skip
    return {
        "key": "INTEGER PRIMARY KEY", "ref": "INTEGER", "text": "TEXT", "whole": "INTEGER",
        "real": draw.one(("REAL", "NUMERIC(10,2)")), "moment": draw.one(("TEXT", "TIMESTAMP", "DATETIME")),
        "flag": draw.one(("INTEGER", "BOOLEAN")),
    }  # fmt: skip


def _own(draw: Draw, types: dict[str, str]) -> list[Column]:
    found = [text_column(draw, types["text"])]
    if draw.chance(0.65):
        found.append(Column(*_state(draw), types["text"], words.STATES))
    found += [text_column(draw, types["text"]) for _ in range(draw.one((0, 0, 1)))]
    found += [number_column(draw, draw.one((types["whole"], types["real"]))) for _ in range(draw.number(1, 2))]
    if draw.chance(0.2):
        found.append(Column(draw.one(words.FLAGS), "flag", types["flag"]))
    suffix = draw.one(("_at", "_at", "_on"))
    found += [
        Column(word + suffix, "moment", types["moment"]) for word in draw.some(words.MOMENTS, 1, draw.one((1, 1, 2)))
    ]
    return list({column.name: column for column in reversed(found)}.values())[::-1]


def text_column(draw: Draw, type_: str) -> Column:
    """A column of text and the words that may stand in it."""
    draw_ = draw.rng.random()
    if draw_ < 0.18:
        return Column(draw.one(("city", "home_city", "location", "branch_city", "origin")), "text", type_, words.PLACES)
    if draw_ < 0.3:
        return Column(draw.one(("country", "country_code", "market", "region_code")), "text", type_, words.COUNTRIES)
    if draw_ < 0.45:
        return Column(
            draw.one(("first_name", "name", "owner", "assignee", "author", "contact_name")), "text", type_, words.PEOPLE
        )
    if draw_ < 0.55:
        return Column(draw.one(("email", "contact_email", "billing_email")), "text", type_, ())
    if draw_ < 0.78:
        name = draw.one(("type", "category", "channel", "tier", "plan", "source", "grade", "level", "kind", "segment"))
        return Column(draw.one(("", "", "", draw.one(words.NOUNS) + "_")) + name, "text", type_, words.KINDS)
    return Column(draw.one(words.TEXTS), "text", type_, ())


def number_column(draw: Draw, type_: str) -> Column:
    name = draw.one(words.AMOUNTS)
    if draw.chance(0.45):
        name = f"{draw.one(words.MODIFIERS)}_{name}"
    return Column(name, "number", type_)


def _state(draw: Draw) -> tuple[str, Kind]:
    return draw.one(("status", "status", "status", "state", "payment_status", "stage", "review_status")), "text"


def ddl(ground_: Ground, tables: tuple[Table, ...]) -> str:
    """CREATE TABLE statements."""
    indent = ground_.style.indent
    found: list[str] = []
    for table in tables:
        lines = [f"{indent}{column.name} {column.type}" for column in table.columns]
        found.append(f"CREATE TABLE {table.name} (\n" + ",\n".join(lines) + "\n);")
    return cased(ground_.style, "\n\n".join(found))


def cased(style_: Style, code: str) -> str:
    """Keywords and functions in the case of the file; strings stay as they are."""
    if style_.upper and style_.upper_functions:
        return code

    def lower(found: re.Match[str]) -> str:
        text = found.group()
        if text.startswith("'"):
            return text
        is_function = bool(found.group(1)) and not text.endswith(" (") and text.rstrip("( ") not in NOT_FUNCTIONS
        return text.lower() if is_function or not style_.upper else text

    return UPPER_WORD.sub(lower, code)


def lay(ground_: Ground, head: str, columns: list[str], *clauses: str) -> str:
    """One statement or subquery from its head, its list and its clauses, in the layout of the file, without `;`."""
    layout, indent = ground_.style.layout, ground_.style.indent
    kept = [clause for clause in clauses if clause]
    if layout == "line":
        return cased(ground_.style, " ".join([head + " " + ", ".join(columns) if columns else head, *kept]))
    if layout == "tall" and len(columns) > 1:
        first = head + "\n" + ",\n".join(indent + column for column in columns)
    else:
        first = head + " " + ", ".join(columns) if columns else head
    kept = [CONJUNCTION.sub(lambda found: found.group(1) or f"\n{indent}AND ", clause) for clause in kept]
    return cased(ground_.style, "\n".join([first, *kept]))


def nest(ground_: Ground, code: str) -> str:
    """A laid out statement in parentheses, indented where it has several lines."""
    if "\n" not in code:
        return f"({code})"
    indent = ground_.style.indent
    return "(\n" + "\n".join(indent + line for line in code.split("\n")) + "\n)"

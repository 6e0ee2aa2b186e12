"""The ways in which a statement can name tables, and which columns it may then use, qualified and bare.

A grammar without memory cannot tie an alias to its table, so every way to name one or two tables is a scope of its own
with its own rules. Which tables get scopes, the request decides: those that it mentions, or all of a small schema.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from completion.scripts.schema import Column, Table

MOST_TABLES = 4
MOST_COLUMNS = 40
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEYISH = re.compile(r"(?:.*_)?(?:id|key|code|uuid)", re.I)
# Words that databases reserve and that schemas use as names all the same.
_RESERVED = frozenset(
    [
        "all",
        "alter",
        "and",
        "as",
        "asc",
        "between",
        "by",
        "case",
        "check",
        "column",
        "constraint",
        "create",
        "cross",
        "current_date",
        "current_time",
        "default",
        "delete",
        "desc",
        "distinct",
        "drop",
        "else",
        "end",
        "except",
        "exists",
        "from",
        "full",
        "group",
        "having",
        "in",
        "index",
        "inner",
        "insert",
        "intersect",
        "into",
        "is",
        "join",
        "key",
        "left",
        "like",
        "limit",
        "natural",
        "not",
        "null",
        "offset",
        "on",
        "or",
        "order",
        "outer",
        "primary",
        "references",
        "right",
        "rows",
        "select",
        "set",
        "table",
        "then",
        "to",
        "transaction",
        "union",
        "unique",
        "update",
        "user",
        "using",
        "values",
        "when",
        "where",
        "window",
        "with",
    ]
)


@dataclass(frozen=True, slots=True)
class Part:
    """A table in a scope: as it stands behind FROM (its alias with it), and what may stand before its columns' dots."""

    table: Table
    written: str
    qualifier: str


@dataclass(frozen=True, slots=True)
class Scope:
    """One or two tables under the names that they have there; `name` is unlike that of any other scope."""

    name: str
    parts: tuple[Part, ...]

    @property
    def aliased(self) -> bool:
        """Whether a table has an alias."""
        return any(part.written != part.qualifier for part in self.parts)


def identifier(name: str, dialect: str) -> str:
    """A name as a statement of the dialect writes it."""
    if _PLAIN.fullmatch(name) and name.lower() not in _RESERVED:
        return name
    mark = "`" if dialect in ("mysql", "bigquery") else '"'
    return mark + name.replace(mark, mark * 2) + mark


def mentioned(tables: Sequence[Table], request: str) -> tuple[Table, ...]:
    """The tables that a request is about, the surest first; the first ones where it names none."""
    said = " ".join(re.findall(r"[a-z0-9]+", request.lower()))
    ranked = sorted(tables, key=lambda table: -_mention(table, said))
    found = [table for table in ranked if _mention(table, said) >= 2.0]
    return tuple(found or ranked)[:MOST_TABLES]


def scopes(tables: Sequence[Table], dialect: str) -> tuple[Scope, ...]:
    """One scope for each table and each pair of tables, under their names and under the usual aliases."""
    found: list[Scope] = []
    for number, table in enumerate(tables):
        for index, part in enumerate(_parts(table, dialect)):
            found.append(Scope(f"s{number}-{index}", (part,)))
    for first, second in combinations(range(len(tables)), 2):
        pairs = zip(_parts(tables[first], dialect), _parts(tables[second], dialect), strict=False)
        for index, (one, other) in enumerate(pairs):
            if one.qualifier == other.qualifier:
                other = _aliased(other.table, dialect, other.qualifier + "2")
            found.append(Scope(f"p{first}{second}-{index}", (one, other)))
    return tuple(found)


def references(scope: Scope, dialect: str) -> tuple[str, ...]:
    """Every column as it may be written: bare where that is clear, and behind its table's name."""
    names = [column.name.lower() for part in scope.parts for column in part.table.columns]
    bare = [
        identifier(column.name, dialect)
        for part in scope.parts
        for column in part.table.columns[:MOST_COLUMNS]
        if names.count(column.name.lower()) == 1
    ]
    return (*bare, *(reference for part in scope.parts for reference in qualified(part, dialect)))


def qualified(part: Part, dialect: str, columns: Sequence[Column] | None = None) -> tuple[str, ...]:
    """The columns of a table behind its name or alias."""
    chosen = part.table.columns[:MOST_COLUMNS] if columns is None else columns
    return tuple(f"{part.qualifier}.{identifier(column.name, dialect)}" for column in chosen)


def keys(part: Part) -> tuple[Column, ...]:
    """The columns that joins are made on, as their names tell; all where none tells."""
    found = tuple(column for column in part.table.columns if column.key or _KEYISH.fullmatch(column.name))
    return (found or part.table.columns)[:MOST_COLUMNS]


def joined(first: Part, second: Part) -> tuple[tuple[Column, Column], ...]:
    """Pairs of columns that refer to each other by their names: `customer_id` and the `id` of `customers`."""
    return tuple(_referring(first, second)) + tuple((one, other) for other, one in _referring(second, first))


def _referring(first: Part, second: Part) -> list[tuple[Column, Column]]:
    row = _singular(second.table.name.lower())
    wanted = {
        f"{row}_{column.name.lower()}": column
        for column in second.table.columns
        if column.key or column.name.lower() == "id"
    }
    short = {f"{row.rpartition('_')[2]}_{column.name.lower()}": column for column in wanted.values()}
    found = [(column, wanted[column.name.lower()]) for column in first.table.columns if column.name.lower() in wanted]
    return found or [
        (column, short[column.name.lower()]) for column in first.table.columns if column.name.lower() in short
    ]


def _mention(table: Table, said: str) -> float:
    words = re.findall(r"[a-z0-9]+", table.name.lower())
    text = " ".join(words)
    singular = _singular(text)
    if re.search(rf"\b(?:{re.escape(text)}|{re.escape(singular)}s?)\b", said):
        return 3.0 + len(words)
    if re.search(rf"\b{re.escape(singular.split()[-1])}(?:s|es)?\b", said):
        return 2.0
    return (
        float(
            sum(
                re.search(rf"\b{re.escape(column.name.lower().replace('_', ' '))}\b", said) is not None
                for column in table.columns
            )
        )
        / 10
    )


def _singular(text: str) -> str:
    for end, instead in (
        ("ies", "y"),
        ("sses", "ss"),
        ("xes", "x"),
        ("ches", "ch"),
        ("shes", "sh"),
        ("ss", "ss"),
        ("s", ""),
    ):
        if text.endswith(end):
            return text[: -len(end)] + instead
    return text


def _parts(table: Table, dialect: str) -> list[Part]:
    words = re.findall(r"[a-z0-9]+", table.name.lower()) or ["t"]
    initials = "".join(word[0] for word in words)[:4]
    name = identifier(table.name, dialect)
    aliases = [alias for alias in dict.fromkeys((initials, words[-1][0])) if alias.isalpha()]
    return [Part(table, name, name), *(_aliased(table, dialect, alias) for alias in aliases if alias not in _SHORT)]


def _aliased(table: Table, dialect: str, alias: str) -> Part:
    return Part(table, f"{identifier(table.name, dialect)} {alias}", alias)


_SHORT = frozenset(["as", "at", "by", "do", "go", "if", "in", "is", "no", "of", "on", "or", "to", "up"]) | _RESERVED

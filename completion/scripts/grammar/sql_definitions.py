"""CREATE, ALTER and DROP as rules: what is made has names of the request's, what is changed is in the schema.

Knows no queries but that there is a rule `query`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from completion.scripts.grammar.mentions import COMMON, Mentions, has
from completion.scripts.grammar.notation import Rules, add, choice, literal, words
from completion.scripts.grammar.sql_scopes import identifier
from completion.scripts.grammar.sql_words import MYSQL, POSTGRES
from completion.scripts.schema import Table

_ABSENT = "( IF sp NOT sp EXISTS sp )?"
_USUAL = ("name", "title", "description", "email", "status", "type", "quantity", "price", "amount", "is_active",
          "created_at", "updated_at")  # fmt: skip
_NO_COLUMNS = frozenset(
    [
        "table",
        "tables",
        "column",
        "columns",
        "create",
        "make",
        "index",
        "view",
        "key",
        "primary",
        "foreign",
        "unique",
        "database",
        "sql",
    ]
)
MOST_COLUMNS = 24


def add_definitions(
    rules: Rules, tables: Sequence[Table], mentions: Mentions, request: str, dialect: str, wanted: frozenset[str]
) -> None:
    """The rules `made` (CREATE and ADD) and `taken` (RENAME and DROP, after which no name is sure)."""
    real = [table for table in tables if not table.view]
    there = {name.lower() for table in tables for name in (table.name, *(column.name for column in table.columns))}
    columns = [word for word in mentions.words if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{1,40}", word)]
    add(rules, "new", choice(("name", *(literal(word) for word in columns if _fresh(word, there)))))
    # A free name could be that of a table which is there.
    fresh = [word for word in columns if _fresh(word, there) and word not in COMMON | _NO_COLUMNS]
    add(rules, "new-table", words(fresh) if fresh else "name")
    made: list[str] = []
    taken: list[str] = []
    if "table" in wanted:
        made.append(_table(rules, real, columns, dialect))
        made += ["CREATE sp TABLE sp new-table sp AS sp query"] if dialect != "tsql" else []
        if has(request, "drop", "remove", "delete", "get rid", "wipe"):
            taken.append(f"DROP sp TABLE sp ( IF sp EXISTS sp )? {_names(real, dialect)}")
    if "view" in wanted:
        again = f"VIEW sp {_ABSENT}" if dialect == "sqlite" else "( OR sp REPLACE sp )? VIEW sp"
        made.append(f"CREATE sp {again} new sp AS sp query")
    if "index" in wanted:
        absent = _ABSENT if dialect not in MYSQL else ""
        for name, column in _each(real, dialect):
            made.append(
                f'CREATE sp ( UNIQUE sp )? INDEX sp {absent} new sp ON sp {name} " "? "(" {column} ( cm {column} ){{0,2}} ")"'
            )
    dropping = has(request, "drop", "remove", "delete", "purge", "get rid")
    if "alter" in wanted:
        known: list[Table | None] = [*real]
        for (name, column), table in zip(_each(real, dialect), known or [None], strict=True):
            made += _added(name, column, dialect)
            plain = (
                [identifier(each.name, dialect) for each in table.columns if not each.key and not each.bound]
                if table
                else []
            )
            taken.append(f"ALTER sp TABLE sp {name} sp RENAME sp ( TO sp new | ( COLUMN sp )? {column} sp TO sp new )")
            if dropping and (plain or table is None):
                taken.append(f"ALTER sp TABLE sp {name} sp DROP sp COLUMN sp {words(plain) if plain else column}")
    add(rules, "made", choice(made or taken))
    add(rules, "taken", choice(taken or made))


def _fresh(word: str, there: set[str]) -> bool:
    plain = re.fullmatch("[a-z][a-z0-9_]{3,}", word) is not None
    return plain and word not in there and word == identifier(word, "postgres")


def _each(tables: Sequence[Table], dialect: str) -> list[tuple[str, str]]:
    """Name and columns of each table as bodies; free ones where nothing is known."""
    if not tables:
        return [("name", "name")]
    return [
        (literal(identifier(table.name, dialect)), words(identifier(column.name, dialect) for column in table.columns))
        for table in tables
    ]


def _names(tables: Sequence[Table], dialect: str) -> str:
    return choice(name for name, _ in _each(tables, dialect))


def _added(name: str, column: str, dialect: str) -> list[str]:
    default = "( sp DEFAULT sp ( number | text ) )?"
    found = [f"ALTER sp TABLE sp {name} sp ADD sp ( COLUMN sp )? new sp type {default}"]
    if dialect in POSTGRES | MYSQL and dialect != "duckdb":
        found.append(f'ALTER sp TABLE sp {name} sp ADD sp CONSTRAINT sp new sp UNIQUE " "? "(" {column} ")"')
    if dialect == "postgres":
        found.append(f"ALTER sp TABLE sp {name} sp ALTER sp COLUMN sp {column} sp ( SET | DROP ) sp NOT sp NULL")
    return found


def _table(rules: Rules, tables: Sequence[Table], mentioned: Sequence[str], dialect: str) -> str:
    """Columns in the order in which the request and habit name them, none of them twice."""
    keyed = [(identifier(table.name, dialect), [each.name for each in table.columns if each.key]) for table in tables]
    foreign = [
        f'{literal(name)} " "? "(" {literal(identifier(keys[0], dialect))} ")"'
        for name, keys in keyed
        if len(keys) == 1
    ]
    free = "" if tables else '( sp REFERENCES sp name " "? "(" name ")" )?'
    references = f"( sp REFERENCES sp {choice(foreign)} )?" if foreign else free
    default = "( sp DEFAULT sp ( number | text | CURRENT_TIMESTAMP ) )?"
    add(rules, "defined", f"sp type ( sp NOT sp NULL )? ( sp UNIQUE )? {default} {references}")
    serial = {"sqlite": "( sp AUTOINCREMENT )?"}.get(dialect, "( sp AUTO_INCREMENT )?" if dialect in MYSQL else "")
    whole = "( INTEGER | BIGINT | SERIAL | BIGSERIAL )" if dialect == "postgres" else "INTEGER"
    key = f'"id" sp {whole} sp PRIMARY sp KEY {serial}'
    names = _columns(mentioned)
    for index in range(len(names) - 1, -1, -1):
        following = f"| columns-{index + 1}" if index + 1 < len(names) else ""
        add(
            rules,
            f"columns-{index}",
            f"{literal(names[index])} defined ( cm ( columns-{index + 1} ) )? {following}"
            if following
            else f"{literal(names[index])} defined",
        )
    return f'CREATE sp TABLE sp {_ABSENT} new-table " "? "(" os ( {key} ( cm columns-0 )? | columns-0 ) os ")"'


def _columns(mentioned: Sequence[str]) -> list[str]:
    said = [word.lower() for word in mentioned]
    pairs = [f"{first}_{second}" for first, second in pairwise(said)]
    found: list[str] = []
    for index, word in enumerate(said):
        for name in (word, pairs[index] if index < len(pairs) else "", f"{word}_id"):
            parts = name.split("_")
            if (
                name
                and len(name) > 2
                and not set(parts) & _NO_COLUMNS
                and name == identifier(name, "postgres")
                and name != "id"
            ):
                found.append(name)
    plain = list(dict.fromkeys(found))
    return list(dict.fromkeys((*plain[: MOST_COLUMNS * 3], *_USUAL)))

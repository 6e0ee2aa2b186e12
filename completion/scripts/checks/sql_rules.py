"""SQL: what sqlglot lets pass although databases do not, told by tokens alone.

Each rule is a function from a statement and a dialect to (message, token) pairs, and `RULES` names them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from completion.scripts.checks.sql_statements import Statement, Token

Said = Iterator[tuple[str, Token]]

# Dialects that allow a comma after the last of several expressions.
_TRAILING = frozenset({"bigquery", "duckdb", "snowflake", "clickhouse", "databricks"})
_CLAUSES = frozenset(
    [
        "FROM",
        "WHERE",
        "GROUP",
        "ORDER",
        "HAVING",
        "LIMIT",
        "UNION",
        "INTERSECT",
        "EXCEPT",
        "RETURNING",
        "ON",
        "VALUES",
        "SET",
        "INTO",
        "OFFSET",
        "WINDOW",
    ]
)
_ENDS = _CLAUSES - {"ON"}
_STRICT = frozenset({"postgres", "redshift", "tsql", "oracle", "snowflake"})
# What may stand first in a table's brackets and is no column.
_CONSTRAINTS = frozenset(
    [
        "PRIMARY",
        "FOREIGN",
        "UNIQUE",
        "CHECK",
        "CONSTRAINT",
        "KEY",
        "INDEX",
        "EXCLUDE",
        "LIKE",
        "FULLTEXT",
        "SPATIAL",
        "PERIOD",
    ]
)
# What may follow a column's name only where the type is missing.
_AFTER_TYPE = frozenset({",", ")", "NOT", "NULL", "PRIMARY", "UNIQUE", "DEFAULT", "REFERENCES", "CHECK", "CONSTRAINT"})


def trailing_comma(statement: Statement, dialect: str) -> Said:
    """A comma before a clause, a closing bracket or the end."""
    if dialect in _TRAILING:
        return
    for token, following in _pairs(statement):
        if token.text == "," and (following is None or following.text == ")" or following.upper in _CLAUSES):
            before = following.upper if following else "the end of the statement"
            yield f"a comma before {before}", token


def doubled_comma(statement: Statement, dialect: str) -> Said:
    """Two commas with nothing between them."""
    for token, following in _pairs(statement):
        if token.text == "," and following is not None and following.text == ",":
            yield "nothing stands between two commas", following


def empty_set(statement: Statement, dialect: str) -> Said:
    """UPDATE … SET with nothing to set."""
    if statement.first() != "UPDATE":
        return
    for token, following in _pairs(statement):
        if token.upper == "SET" and (following is None or following.upper in ("WHERE", "FROM", "RETURNING")):
            yield "SET says nothing to set", token


def column_without_type(statement: Statement, dialect: str) -> Said:
    """CREATE TABLE with a column that has no type, which SQLite alone allows."""
    tokens = statement.tokens
    words = [token.upper for token in tokens]
    if dialect == "sqlite" or words[:1] != ["CREATE"] or "TABLE" not in words[:4] or "(" not in words:
        return
    opening = words.index("(")
    if any(word in ("AS", "SELECT", "PARTITION", "VIRTUAL", "OF") for word in words[:opening]):
        return
    depth, first = 0, False
    for index in range(opening, len(tokens)):
        column = first and depth == 1 and words[index] not in _CONSTRAINTS and tokens[index].text not in "(),"
        if column and words[index + 1 : index + 2] and words[index + 1] in _AFTER_TYPE:
            yield f"the column {tokens[index].text} has no type", tokens[index]
        first = tokens[index].text in ("(", ",") and depth + (tokens[index].text == "(") == 1
        depth += {"(": 1, ")": -1}.get(tokens[index].text, 0)
        if depth == 0:
            return


def delete_without_from(statement: Statement, dialect: str) -> Said:
    """DELETE needs FROM; in MySQL the tables may stand before it."""
    tokens = statement.tokens
    if dialect not in ("postgres", "sqlite", "mysql", "redshift", "duckdb", "snowflake"):
        return
    reach = tokens[1:] if dialect == "mysql" else tokens[1:2]
    if statement.first() == "DELETE" and not any(token.upper == "FROM" for token in reach):
        yield "DELETE without FROM", tokens[0]


def insert_without_into(statement: Statement, dialect: str) -> Said:
    """INSERT needs INTO, but in MySQL and T-SQL."""
    if statement.first() != "INSERT" or dialect not in ("postgres", "sqlite", "duckdb", "redshift"):
        return
    if len(statement.tokens) < 2 or statement.tokens[1].upper not in ("INTO", "OR"):
        yield "INSERT without INTO", statement.tokens[0]


def join_without_on(statement: Statement, dialect: str) -> Said:
    """A JOIN that names no condition. CROSS and NATURAL joins need none, SQLite and MySQL's plain JOIN neither."""
    if statement.first() not in ("SELECT", "WITH", "UPDATE", "DELETE", "INSERT", "CREATE", "(", "EXPLAIN"):
        return
    waiting: list[list[Token]] = [[]]
    tokens = statement.tokens
    for index, token in enumerate(tokens):
        word = token.upper
        if word == "(":
            waiting.append([])
        elif word == "JOIN":
            before = {other.upper for other in tokens[max(0, index - 3) : index]}
            outer = before & {"LEFT", "RIGHT", "FULL"}
            if not before & {"CROSS", "NATURAL", "LATERAL", "APPLY"} and (
                dialect in _STRICT or (outer and dialect == "mysql")
            ):
                waiting[-1].append(token)
        elif word in ("ON", "USING") and waiting[-1]:
            waiting[-1].pop()
        elif (word in _ENDS or word == ")") and waiting[-1]:
            yield "JOIN without ON or USING", waiting[-1][0]
            waiting[-1].clear()
        if word == ")" and len(waiting) > 1:
            waiting.pop()
    if waiting[-1]:
        yield "JOIN without ON or USING", waiting[-1][0]


def having_nothing(statement: Statement, dialect: str) -> Said:
    """A statement that ends with a word that must be followed."""
    last = statement.tokens[-1]
    if last.upper in ("WHERE", "FROM", "AND", "OR", "BY", "SELECT", "VALUES", "INTO", "JOIN", "=", ","):
        yield f"nothing follows {last.upper}", last


RULES: tuple[Callable[[Statement, str], Said], ...] = (
    trailing_comma,
    doubled_comma,
    empty_set,
    column_without_type,
    delete_without_from,
    insert_without_into,
    join_without_on,
    having_nothing,
)


def _pairs(statement: Statement) -> Iterator[tuple[Token, Token | None]]:
    following = (*statement.tokens[1:], None)
    return zip(statement.tokens, following, strict=True)

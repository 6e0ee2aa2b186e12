"""SQL: statements in a dialect, on the tables of a schema."""

from __future__ import annotations

from completion.scripts.kinds.base import Example, Kind, lines
from completion.scripts.types import Material

TITLES = {
    "sqlite": "SQLite",
    "postgres": "PostgreSQL",
    "mysql": "MySQL",
    "duckdb": "DuckDB",
    "tsql": "SQL Server (T-SQL)",
    "bigquery": "BigQuery",
    "snowflake": "Snowflake",
    "oracle": "Oracle",
}
DEFAULT_DIALECT = "sqlite"


def wanted(material: Material) -> str:
    """The dialect, and that the schema is all there is."""
    dialect = material.dialect or DEFAULT_DIALECT
    said = f"The dialect is {TITLES.get(dialect, dialect)}."
    if material.schema or material.database:
        said += " The tables and columns of the schema are all that exist; use no others."
    return said


def boundary(text: str) -> str:
    """Up to the last semicolon at the end of a line, where there is one."""
    end = max(text.rfind(";\n"), len(text) - 1 if text.endswith(";") else -1)
    return text[: end + 1] + "\n" if end >= 0 else text


def clean(text: str) -> str:
    """Tidy lines, and a semicolon at the end of the last statement."""
    tidy = lines(text)
    last = tidy.rstrip().rsplit("\n", 1)[-1]
    if not last.strip() or last.rstrip().endswith(";") or last.lstrip().startswith(("--", "/*")) or "--" in last:
        return tidy
    return tidy.rstrip() + ";\n"


KIND = Kind(
    name="sql",
    title="SQL",
    fence="sql",
    languages=("sql",),
    marker="--",
    file="queries.sql",
    tokens=512,
    stops=("\n-- ", "\n--\n", "\n/*"),
    instruction=(
        "You write SQL. Answer with the statements only, in one fenced block, without any explanation. End every "
        "statement with a semicolon. Join tables by their foreign keys, name the columns that are asked for, and "
        "never delete or update rows without a condition unless all rows are asked for. Put no password and no "
        "other secret into the text."
    ),
    examples=(
        Example(
            "names of customers with more than 3 orders, most orders first",
            "SELECT c.name, COUNT(*) AS orders\n"
            "FROM customers c\n"
            "JOIN orders o ON o.customer_id = c.id\n"
            "GROUP BY c.id, c.name\n"
            "HAVING COUNT(*) > 3\n"
            "ORDER BY orders DESC;",
            "CREATE TABLE customers (\n    id INTEGER PRIMARY KEY,\n    name TEXT NOT NULL\n);\n\n"
            "CREATE TABLE orders (\n    id INTEGER PRIMARY KEY,\n"
            "    customer_id INTEGER NOT NULL REFERENCES customers(id),\n    total REAL\n);",
        ),
    ),
    wanted=wanted,
    boundary=boundary,
    clean=clean,
)

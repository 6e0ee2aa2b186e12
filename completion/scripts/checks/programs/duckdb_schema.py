"""Reads the schema of a DuckDB file, which is opened for reading alone and can reach no other file.

Standard input: {"path": absolute path}. Standard output: {"statements": [text]}, {"refused": message} or
{"missing": true} where DuckDB is not installed.
"""

import json
import sys
from typing import Any

_ASKED = (
    "SELECT DISTINCT 'CREATE SCHEMA IF NOT EXISTS \"' || schema_name || '\"' FROM duckdb_tables() "
    "WHERE NOT internal AND schema_name <> 'main'",
    "SELECT sql FROM duckdb_tables() WHERE NOT internal AND sql IS NOT NULL",
    "SELECT sql FROM duckdb_views() WHERE NOT internal AND sql IS NOT NULL",
)


def main() -> None:
    """Read, open, write."""
    try:
        import duckdb
    except ImportError:
        print(json.dumps({"missing": True}))
        return
    asked = json.load(sys.stdin)
    settings: dict[str, Any] = {"enable_external_access": "false", "threads": "1", "memory_limit": "256MB"}
    try:
        connection = duckdb.connect(asked["path"], read_only=True, config=settings)
        found = [str(row[0]).rstrip(";\n ") for query in _ASKED for row in connection.execute(query).fetchmany(5000)]
    except duckdb.Error as error:
        print(json.dumps({"refused": str(error).split("\n")[0]}))
        return
    print(json.dumps({"statements": found}))


if __name__ == "__main__":
    main()

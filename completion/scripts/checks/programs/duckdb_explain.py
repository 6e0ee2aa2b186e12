"""Explains statements in a private DuckDB that can reach no file and nothing outside.

Standard input: {"schema": [statement], "steps": [{"explain": statement or "", "changes": [statement]}]}. Standard
output: one {"message", "kind", "position"} for every step, with an empty message where DuckDB says nothing.
"""

import json
import sys
from typing import Any


def main() -> None:
    """Read, explain, write."""
    try:
        import duckdb
    except ImportError:
        print(json.dumps({"missing": True}))
        return
    asked = json.load(sys.stdin)
    connection = duckdb.connect(
        ":memory:", config={"enable_external_access": "false", "threads": "1", "memory_limit": "256MB"}
    )
    for setting in (
        "autoinstall_known_extensions=false",
        "autoload_known_extensions=false",
        "errors_as_json=true",
        "lock_configuration=true",
    ):
        connection.execute(f"SET {setting}")
    refused = ""
    for statement in asked["schema"]:
        refused = refused or _said(connection, statement)["message"]
    said = []
    for step in asked["steps"]:
        said.append(_said(connection, f"EXPLAIN {step['explain']}") if step["explain"] else _said_nothing())
        for change in step["changes"]:
            _said(connection, change)
    print(json.dumps({"refused": refused, "said": said}))


def _said(connection: Any, statement: str) -> dict[str, Any]:
    import duckdb

    try:
        connection.execute(statement)
    except duckdb.Error as error:
        try:
            told = json.loads(str(error)[str(error).index("{") :])
            position = int(told.get("position", -1))
            return {"message": told["exception_message"], "kind": told["exception_type"], "position": position}
        except (ValueError, KeyError):
            return {"message": str(error).split("\n")[0], "kind": type(error).__name__, "position": -1}
    return _said_nothing()


def _said_nothing() -> dict[str, Any]:
    return {"message": "", "kind": "", "position": -1}


if __name__ == "__main__":
    main()

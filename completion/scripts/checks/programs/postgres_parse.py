"""Parses a text with PostgreSQL's own grammar, where the package pglast is installed.

A program of its own also because pglast is under the GPL: nothing of it is imported into the product. Standard input:
the text; standard output: {"missing": true} or {"message", "position"}, the position counted in characters from 0.
"""

import json
import sys


def main() -> None:
    """Read, parse, write."""
    try:
        from pglast import parser
    except ImportError:
        print(json.dumps({"missing": True}))
        return
    text = sys.stdin.read()
    try:
        parser.parse_sql_json(text)
    except parser.ParseError as error:
        position = error.args[1] if len(error.args) > 1 else len(text)
        print(json.dumps({"message": str(error.args[0]), "position": position}))
        return
    print(json.dumps({"message": "", "position": 0}))


if __name__ == "__main__":
    main()

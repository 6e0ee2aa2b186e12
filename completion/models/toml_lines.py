"""On which line of a TOML text a key stands: for error messages. Knows nothing of what the keys mean."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from typing import Any

_HEADER = re.compile(r"\s*(\[\[?[^\]=]+\]\]?)\s*(#.*)?$")
_KEY = re.compile(r"""\s*([\w."'-]+)\s*=""")


def line_of(text: str, path: Sequence[str]) -> int:
    """The line (from 1) of the key `path`, or of the deepest table above it that has one; 0 where there is none.

    Lists count from 0. Lines are read one by one, so a key inside an inline table has the line of that table.
    """
    table: tuple[str, ...] = ()
    seen: dict[tuple[str, ...], int] = {}
    found, depth = 0, 0
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header:
            table = _names(header[1])
            if header[1].startswith("[["):
                seen[table] = seen.get(table, -1) + 1
                table = (*table, str(seen[table]))
            here = table
        else:
            key = _KEY.match(line)
            if not key:
                continue
            here = (*table, *_names(key[1] + " = 0"))
        if here[: len(path)] == tuple(path):
            return number
        if len(here) > depth and tuple(path[: len(here)]) == here:
            found, depth = number, len(here)
    return found


def _names(toml: str) -> tuple[str, ...]:
    """The names of a one-line TOML text with a single key or header."""
    try:
        value: Any = tomllib.loads(toml)
    except tomllib.TOMLDecodeError:
        return ()
    names: list[str] = []
    while isinstance(value, dict | list) and value:
        if isinstance(value, list):
            value = value[0]
            continue
        name, value = next(iter(value.items()))
        names.append(name)
    return tuple(names)

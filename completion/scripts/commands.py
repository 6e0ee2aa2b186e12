"""Programs that are on most machines or that everybody knows by name, for the shell: what a command may be called.

A name that is not in `commands.toml` may well exist; it only cannot be told without looking at the machine.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

_NAMES = tomllib.loads(Path(__file__).with_name("commands.toml").read_text("utf-8"))

BUILTINS: frozenset[str] = frozenset(_NAMES["builtins"])
COMMON: frozenset[str] = frozenset(_NAMES["common"])

"""The built-in table of files: which hold secrets by their name, and which folders and files nobody wrote.

The data are in `file_rules.toml`; a repository's own ignore files are the neighbour's business (`ignore.py`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Literal

from completion.workspace import gitignore
from completion.workspace.gitignore import Pattern

RULES_FILE = "file_rules.toml"

Kind = Literal["file", "folder"]


def secret_pattern(path: str, kind: Kind = "file") -> str:
    """The built-in pattern that makes this entry a secret one, or an empty text. `path` has slashes."""
    name = path[path.rfind("/") + 1 :].lower()
    found = _secret_name(name, kind == "folder")
    if not found and "/" in path and name in _last_names():
        found = _secret_path(path.lower(), kind == "folder")
    return found


def secret_anywhere(path: str) -> str:
    """The pattern for a whole path, of which any folder may be a secret one."""
    parts = [part for part in path.replace("\\", "/").split("/") if part]
    for depth in range(1, len(parts) + 1):
        kind: Kind = "folder" if depth < len(parts) else "file"
        if found := secret_pattern("/".join(parts[:depth]), kind):
            return found
    return ""


def skipped_folder(name: str) -> bool:
    """Whether a folder of this name holds nothing that anybody wrote."""
    return name in _skipped("folders")


def folder_marks() -> frozenset[str]:
    """Names of files by which a folder says that it can be made again."""
    return _skipped("marks")


@lru_cache(maxsize=16_384)
def machine_made(name: str) -> bool:
    """Whether a file of this name was written by a machine."""
    return gitignore.last_match(_machine_patterns(), name.lower()) is not None


@cache
def _loaded() -> Mapping[str, Any]:
    return tomllib.loads((resources.files(__package__) / RULES_FILE).read_text("utf-8"))


@cache
def _skipped(part: str) -> frozenset[str]:
    return frozenset(_loaded()["skipped"][part])


@cache
def _machine_patterns() -> tuple[Pattern, ...]:
    return gitignore.read("\n".join(sorted(_skipped("files"))))


@cache
def _secret_patterns() -> tuple[tuple[Pattern, ...], tuple[Pattern, ...]]:
    """Patterns of one name, and those of a path; last first."""
    # A path is known anywhere, not only at the root as git would have it.
    every = [line for group in _loaded()["secret_files"].values() for line in group]
    lines = [f"**/{line}" if "/" in line.rstrip("/") else line for line in every]
    found = gitignore.read("\n".join(lines))
    paths = tuple(pattern for pattern in reversed(found) if pattern.text.startswith("**/"))
    return tuple(pattern for pattern in reversed(found) if pattern not in paths), paths


@cache
def _last_names() -> frozenset[str]:
    return frozenset(pattern.text.rstrip("/").rpartition("/")[2] for pattern in _secret_patterns()[1])


@cache
def _secret_screen() -> re.Pattern[str]:
    """One expression for all names; what it does not match is in none of them."""
    return re.compile("|".join(pattern.for_names for pattern in _secret_patterns()[0] if pattern.ignores))


@lru_cache(maxsize=16_384)
def _secret_name(name: str, folder: bool) -> str:
    screened = _secret_screen().match(name + "/" if folder else name)
    return _deciding(_secret_patterns()[0], name, folder) if screened else ""


def _secret_path(path: str, folder: bool) -> str:
    return _deciding(_secret_patterns()[1], path, folder)


def _deciding(patterns: tuple[Pattern, ...], path: str, folder: bool) -> str:
    found = gitignore.last_match(patterns, path + ("/" if folder else ""))
    return found.text.removeprefix("**/") if found and found.ignores else ""

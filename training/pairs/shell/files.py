"""Shell scripts: a head with variables, earlier steps, the request, and sometimes what comes after."""

from __future__ import annotations

import re

from training.pairs.grammar import Intent, Pair, render
from training.pairs.items import Item
from training.pairs.layout import Place, item, written
from training.pairs.names import Draw
from training.pairs.shell import finding, moving, network, scripting, system, text
from training.pairs.shell.recipes import Script, script

NAME = "shell"
INTENTS: tuple[Intent[Script], ...] = (
    *finding.INTENTS, *text.INTENTS, *moving.INTENTS, *network.INTENTS, *scripting.INTENTS, *system.INTENTS,
)  # fmt: skip
BY_NAME = {intent.name: intent for intent in INTENTS}

# A few of every kind, near enough to trained ones that a model which understands the parts can compose them.
HELD_OUT: tuple[str, ...] = (
    "find-recent", "find-owned", "remove-empty-directories", "context-lines", "delete-lines", "filter-column", "unique-lines",
    "archive-excluding", "rename-extension", "symlink-current", "request-timeout", "json-filter", "copy-to-host",
    "require-directory", "pid-file", "retry-script", "time-limit", "cron-remove", "service-errors", "git-on-branch",
    "docker-logs", "restore-postgres",
)  # fmt: skip

SHEBANGS = ("#!/usr/bin/env bash", "#!/usr/bin/env bash", "#!/bin/bash")
OPTIONS = ("set -euo pipefail", "set -euo pipefail", "set -eu", "set -e", "")
STEMS = (
    "backup",
    "deploy",
    "cleanup",
    "run",
    "setup",
    "install",
    "build",
    "release",
    "check",
    "report",
    "sync",
    "rotate",
    "monitor",
    "update",
    "start",
    "provision",
    "import",
    "export",
    "migrate",
    "test",
)
FOLDERS = ("", "", "scripts/", "scripts/", "bin/", "tools/", "ops/", "ci/", "deploy/")


def compose(draw: Draw, name: str, *, held_out: bool) -> Item | None:
    """A script with a request for one intent; None where it has no held-out wording."""
    found = script(draw)
    pair = render(name, BY_NAME[name].plan(found), draw.rng, held_out=held_out)
    if pair is None:
        return None
    earlier = [_neighbour(found) for _ in range(draw.one((0, 0, 0, 1, 1, 2)))]
    later = [_neighbour(found)] if draw.chance(0.25) else []
    indent = "    " if draw.chance(0.1) and not any("<<" in one.code for one in (pair, *earlier, *later)) else ""
    body = "".join(written(draw, one, indent=indent) + "\n" for one in earlier)
    rest = "\n" + "".join("\n" + written(draw, one, indent=indent) for one in later)
    if indent:
        body, rest = "main() {\n" + body, rest + '}\n\nmain "$@"\n'
    elif not later and draw.chance(0.15):
        rest += "\n" + draw.one(('echo "done"\n', 'echo "finished"\n', "exit 0\n"))
    head = _head(draw, found, [pair, *earlier, *later])
    if not indent and "=" not in head and draw.chance(0.1):
        head = ""
    place = Place(NAME, "shell", _path(draw), head + body, rest, indent)
    return item(draw, place, pair, held_out=held_out)


def _head(draw: Draw, found: Script, pairs: list[Pair]) -> str:
    lines = [draw.one(SHEBANGS)]
    if option := draw.one(OPTIONS):
        lines += [""] * draw.one((0, 0, 1)) + [option]
    used = [one for one in found.variables if any(re.search(rf"\$\{{?{one.name}\b", pair.code) for pair in pairs)]
    if used:
        lines += ["", *(f'{one.name}="{one.value}"' if draw.chance(0.8) else f"{one.name}={one.value}" for one in used)]
    return "\n".join(lines) + "\n\n"


def _neighbour(found: Script) -> Pair:
    intent = found.draw.one(INTENTS)
    while intent.name in HELD_OUT:
        intent = found.draw.one(INTENTS)
    pair = render(intent.name, intent.plan(found), found.draw.rng)
    assert pair is not None
    return pair


def _path(draw: Draw) -> str:
    stem = draw.one(STEMS)
    if draw.chance(0.4):
        stem = f"{stem}{draw.one(('-', '_'))}{draw.noun().replace('_', '-')}"
    return f"{draw.one(FOLDERS)}{stem}{draw.one(('.sh', '.sh', '.sh', '.bash'))}"

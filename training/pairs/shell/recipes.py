"""Recipes: an intent as data. Sentences and code share the slots, and a slot is drawn by its name.

`«dir»`, `«dir2»` are two directories; what a name means stands in `POOLS`. `either` pairs words with code: each of
its slots takes one of the given (spoken, code) values. Variables of the script stand for directories and files where
the script has some.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from training.pairs.grammar import Intent, Plan, Value
from training.pairs.names import Draw, plural, spaced
from training.pairs.shell import words

SLOT = re.compile(r"«(\w+)»")


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that a script sets at its top: `BACKUP_DIR`, said as `the backup directory`."""

    name: str
    spoken: str
    value: str
    kind: str


@dataclass(frozen=True, slots=True)
class Script:
    """What a recipe is drawn from."""

    draw: Draw
    variables: tuple[Variable, ...] = ()


def recipe(
    name: str,
    says: tuple[str, ...],
    codes: tuple[str, ...],
    either: Mapping[str, tuple[tuple[str, str], ...]] | None = None,
) -> Intent[Script]:
    """An intent whose values are drawn by the names of its slots."""
    choices = either or {}
    slots = tuple(dict.fromkeys(slot for text in (*says, *codes) for slot in SLOT.findall(text)))

    def plan(script: Script) -> Plan:
        values: dict[str, Value | str] = {}
        for slot in slots:
            if slot in choices:
                values[slot] = Value(*script.draw.one(choices[slot]))
                continue
            pool = POOLS[slot.rstrip("0123456789")]
            values[slot] = found = pool(script)
            while slot[-1].isdigit() and _same(found, values.get(slot.rstrip("0123456789"))):
                values[slot] = found = pool(script)
        return Plan(says, codes, values, "shell")

    return Intent(name, plan)


def _same(one: Value | str, other: Value | str | None) -> bool:
    a, b = (
        "" if each is None else each if isinstance(each, str) else each.code.replace("{", "").replace("}", "")
        for each in (one, other)
    )
    return a == b


def script(draw: Draw) -> Script:
    """A script with up to three variables."""
    found: dict[str, Variable] = {}
    for _ in range(draw.one((0, 0, 1, 2, 3))):
        kind, stem, said, value = draw.one(words.VARIABLES)
        prefix = draw.one(("", "", f"{draw.noun()}_"))
        name = f"{prefix}{stem}".upper()
        thing = draw.noun().replace("_", draw.one(("-", "_")))
        found[name] = Variable(name, f"the {spaced(prefix)} {said}".replace("  ", " "), value.format(thing), kind)
    if draw.chance(0.15):
        found = {name.lower(): Variable(name.lower(), one.spoken, one.value, one.kind) for name, one in found.items()}
    return Script(draw, tuple(found.values()))


def _directory(script: Script) -> Value:
    draw = script.draw
    known = [one for one in script.variables if one.kind == "dir"]
    if known and draw.chance(0.6):
        one = draw.one(known)
        quoted = f'"${one.name}"' if draw.chance(0.85) else f'"${{{one.name}}}"'
        return Value(draw.one((one.spoken, one.spoken, f"${one.name}")), quoted)
    chosen = draw.rng.random()
    if chosen < 0.1:
        return Value(draw.one(("the current directory", "this directory", "the working directory")), ".")
    if chosen < 0.18:
        return Value(draw.one(("the directory given as first argument", "the first argument", "$1")), '"$1"')
    if chosen < 0.24:
        return Value(draw.one(("the home directory", "my home directory", "$HOME")), '"$HOME"')
    path = draw.one(words.PATHS).format(draw.noun().replace("_", "-"))
    return Value(path, path)


def _file(kind: str) -> Callable[[Script], Value]:
    endings = {
        "log": ("log",),
        "csv": ("csv",),
        "json": ("json",),
        "text": ("txt", "log", "list", "conf"),
        "yaml": ("yaml",),
    }[kind]

    def draw_file(script: Script) -> Value:
        draw = script.draw
        known = [one for one in script.variables if one.kind == kind]
        if known and draw.chance(0.6):
            one = draw.one(known)
            return Value(draw.one((one.spoken, f"${one.name}")), f'"${one.name}"')
        if draw.chance(0.08):
            return Value(draw.one(("the file given as first argument", "the first argument")), '"$1"')
        stem = draw.one((draw.noun(), plural(draw.noun()), draw.noun().replace("_", "-")))
        folder = draw.one(
            (
                "",
                "",
                "",
                "data/",
                "logs/" if kind == "log" else "out/",
                "/tmp/",
                "/var/log/" if kind == "log" else "/srv/",
            )
        )
        name = f"{folder}{stem}.{draw.one(endings)}"
        return Value(name, name)

    return draw_file


def _number(*numbers: int) -> Callable[[Script], str]:
    return lambda script: str(script.draw.one(numbers))


def _of(options: tuple[str, ...]) -> Callable[[Script], str]:
    return lambda script: script.draw.one(options)


def _host(script: Script) -> str:
    draw = script.draw
    stem = draw.noun().replace("_", "-")
    return draw.one(
        (
            f"{stem}.example.com",
            f"{stem}.internal",
            "localhost",
            f"{stem}-{draw.number(1, 9)}.example.org",
            f"{stem}.lan",
        )
    )


def _url(script: Script) -> str:
    draw = script.draw
    path = draw.one(
        (
            "health",
            "status",
            f"api/{plural(draw.noun())}",
            f"v1/{plural(draw.noun())}",
            f"{draw.noun()}.json",
            "metrics",
            f"api/v2/{draw.noun()}",
        )
    )
    host = _host(script)
    scheme = "http" if host == "localhost" or draw.chance(0.15) else "https"
    return f"{scheme}://{host}{draw.one(('', '', ':8080', ':3000'))}/{path}"


def _count(script: Script) -> str:
    draw = script.draw
    return str(
        draw.one((2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 50, 100)) if draw.chance(0.6) else draw.number(2, 120)
    )


def _poll(script: Script) -> Value:
    seconds = script.draw.one((2, 3, 5, 10, 15, 30))
    return Value(f", checking every {seconds} seconds", str(seconds)) if script.draw.chance(0.4) else Value("", "1")


POOLS: Mapping[str, Callable[[Script], Value | str]] = {
    "dir": _directory,
    "file": _file("text"), "log": _file("log"), "csv": _file("csv"), "json": _file("json"),
    "ext": _of(words.EXTENSIONS), "word": lambda script: script.draw.one((script.draw.one(words.PATTERNS), script.draw.noun())),
    "days": _count, "n": _count, "count": _count, "seconds": _number(1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 90, 120, 300),
    "tries": _number(2, 3, 4, 5, 6, 8, 10, 12, 20, 30), "minutes": _number(1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120),
    "size": lambda script: f"{script.draw.one((1, 2, 5, 10, 20, 50, 100, 200, 250, 500, 750))}{script.draw.one('kMMMG')}",
    "percent": _number(50, 60, 70, 75, 80, 85, 90, 95), "col": lambda script: str(script.draw.number(1, 12)),
    "port": lambda script: str(script.draw.one(words.PORTS) if script.draw.chance(0.7) else script.draw.number(1024, 9999)),
    "host": _host, "url": _url, "user": lambda script: script.draw.one(words.USERS),
    "service": lambda script: script.draw.slug(), "noun": lambda script: script.draw.noun(),
    "slug": lambda script: script.draw.noun().replace("_", "-"),
    "upper": lambda script: f"{script.draw.noun().upper()}_{script.draw.one(('URL', 'TOKEN', 'PATH', 'KEY', 'HOST', 'NAME', 'PORT', 'HOME', 'ENV'))}",
    "archive": lambda script: f"{script.draw.noun().replace('_', '-')}.tar.gz", "command": _of(words.COMMANDS),
    "branch": _of(("main", "master", "develop", "release", "staging", "production", "next", "stable")),
    "database": lambda script: script.draw.noun(), "item": lambda script: Value("", script.draw.one(("file", "f", "path", "entry"))),
    "key": lambda script: script.draw.noun(), "version": lambda script: f"{script.draw.number(0, 9)}.{script.draw.number(0, 20)}.{script.draw.number(0, 9)}",
    "hour": lambda script: str(script.draw.number(0, 23)), "minute": lambda script: str(script.draw.number(0, 59)),
    "script": lambda script: f"{script.draw.one(('/usr/local/bin', '/opt/scripts', '/srv/bin'))}/{script.draw.noun().replace('_', '-')}.sh",
    "poll": _poll, "line": lambda script: str(script.draw.number(1, 200)),
}  # fmt: skip

"""Typing traces: real functions of real files, cut out and typed again key by key.

The files are those that every installation has: the standard library, and scripts of other languages from this
repository and from packages beside it, as far as they are there. Enter brings the next line's indent, as editors
do; in every second trace the editor closes brackets and quotes by itself. Knows no server and no clock.
"""

from __future__ import annotations

import ast
import math
import random
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

PAUSE_MS = 400.0
"""A gap from which on a typist looks at what is offered."""

MEDIAN_MS, MEAN_MS = 150.0, 210.0
LONGEST_MS = 5000.0

_SIGMA = math.sqrt(2 * math.log(MEAN_MS / MEDIAN_MS))
_ROOT = Path(__file__).resolve().parents[1]
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_QUOTES = "\"'"
_LIBRARY = (
    *("argparse", "configparser", "csv", "difflib", "email/message", "gzip", "http/client", "json/decoder"),
    *("logging/handlers", "mailbox", "random", "shutil", "smtplib", "socketserver", "statistics", "string", "tarfile"),
    *("textwrap", "urllib/request", "zipfile"),
)
_OTHERS = (
    ("typescript", _ROOT, "examples/client.ts"),
    ("shellscript", _ROOT, "tests/editors/install.sh"),
    ("shellscript", _ROOT, "examples/backup.sh"),
    ("yaml", _ROOT, "examples/deployment.yaml"),
    ("javascript", Path(sysconfig.get_paths()["purelib"]), "matplotlib/backends/web_backend/js/mpl.js"),
    ("javascript", Path(sysconfig.get_paths()["purelib"]), "torch/utils/model_dump/code.js"),
    ("shellscript", Path(sysconfig.get_paths()["purelib"]), "tqdm/completion.sh"),
    ("yaml", Path(sysconfig.get_paths()["purelib"]), "torch/_export/serde/schema.yaml"),
)
_LEAST_CHARACTERS, _MOST_CHARACTERS = 140, 900


@dataclass(frozen=True, slots=True)
class Trace:
    """A file without one of its functions, that function's text, its keys, and the milliseconds after each key."""

    name: str
    language: str
    prefix: str
    typed: str
    suffix: str
    keys: tuple[str, ...]
    gaps: tuple[float, ...]
    auto_close: bool

    def cut(self, keys: int) -> Trace:
        """Only the first keys of it; the rest of the function stays unwritten."""
        return Trace(
            self.name,
            self.language,
            self.prefix,
            self.typed,
            self.suffix,
            self.keys[:keys],
            self.gaps[:keys],
            self.auto_close,
        )


@dataclass(frozen=True, slots=True)
class Edit:
    """`text` replaces so many characters behind the cursor of line and character (both from 0)."""

    line: int
    character: int
    replaced: int
    text: str


@dataclass(frozen=True, slots=True)
class State:
    """The document after a key: text before and after the cursor, where that is, and what the key changed."""

    index: int
    before: str
    after: str
    line: int
    character: int
    edit: Edit | None


def states(trace: Trace) -> Iterator[State]:
    """The document after each key. A closing bracket that the editor has put is typed over, and changes nothing."""
    typed, closers = "", ""
    row = trace.prefix.count("\n")
    column = len(trace.prefix) - trace.prefix.rfind("\n") - 1
    for index, key in enumerate(trace.keys):
        edit: Edit | None
        if trace.auto_close and closers and key == closers[0]:
            edit, closers = None, closers[1:]
        else:
            replaced = len(closers) if key.startswith("\n") else 0
            closer = _closer(key, typed) if trace.auto_close else ""
            edit = Edit(row, column, replaced, key + closer)
            closers = "" if replaced or key.startswith("\n") else closer + closers
        typed += key
        row += key.count("\n")
        column = len(key) - key.rfind("\n") - 1 if "\n" in key else column + len(key)
        yield State(index, trace.prefix + typed, closers + trace.suffix, row, column, edit)


def keys_of(text: str) -> tuple[str, ...]:
    """What each key press inserts."""
    found, at = list[str](), 0
    while at < len(text):
        end = at + 1
        if text[at] == "\n":
            while end < len(text) and text[end] in " \t":
                end += 1
        found.append(text[at:end])
        at = end
    return tuple(found)


def gaps_of(keys: Sequence[str], chance: random.Random) -> tuple[float, ...]:
    """Log-normal milliseconds after each key; the long ones where people stop to think, as far as there are such."""
    drawn = [min(LONGEST_MS, math.exp(chance.gauss(math.log(MEDIAN_MS), _SIGMA))) for _ in keys]
    long = [gap for gap in drawn if gap >= PAUSE_MS]
    short = [gap for gap in drawn if gap < PAUSE_MS]
    natural = [index for index, key in enumerate(keys) if is_natural_pause(key)]
    others = [index for index, key in enumerate(keys) if not is_natural_pause(key)]
    chance.shuffle(natural)
    chance.shuffle(others)
    order = natural + others
    gaps = dict(zip(order, long + short, strict=True))
    return tuple(round(gaps[index], 1) for index in range(len(keys)))


def is_natural_pause(key: str) -> bool:
    """Whether a typist thinks behind this key: a new line, the end of a word, an opening bracket, a dot."""
    return key.startswith("\n") or key in " (.[{=:,"


def material(seed: int, count: int) -> list[Trace]:
    """`count` traces (fewer where there is less), languages in turn, every second key by key from Python."""
    chance = random.Random(seed)
    python = list[Trace]()
    for name in _LIBRARY:
        path = Path(sysconfig.get_paths()["stdlib"]) / f"{name}.py"
        if path.is_file():
            python += _some(path, f"{name}.py", "python", 3, chance)
    others = dict[str, list[Trace]]()
    for language, root, name in _OTHERS:
        if (root / name).is_file():
            others.setdefault(language, []).extend(_some(root / name, name, language, 4, chance))
    chance.shuffle(python)
    for traces in others.values():
        chance.shuffle(traces)
    found = list[Trace]()
    turns = sorted(others)
    while len(found) < count and (python or any(others.values())):
        if python:
            found.append(python.pop())
        rest = [language for language in turns if others[language]]
        if rest:
            language = rest[0]
            found.append(others[language].pop())
            turns.remove(language)
            turns.append(language)
    return [_closing(trace, auto_close=index % 4 in (1, 2)) for index, trace in enumerate(found[:count])]


def _closing(trace: Trace, *, auto_close: bool) -> Trace:
    return Trace(
        trace.name,
        trace.language,
        trace.prefix,
        trace.typed,
        trace.suffix,
        trace.keys,
        trace.gaps,
        auto_close and trace.language != "yaml",
    )


def _some(path: Path, name: str, language: str, most: int, chance: random.Random) -> list[Trace]:
    """At most so many traces of one file."""
    text = path.read_text("utf-8", "replace")
    lines = text.splitlines(keepends=True)
    spans = _functions(text) if language == "python" else _blocks(lines)
    found = list[Trace]()
    chance.shuffle(spans)
    taken = set[int]()
    for first, end in spans:
        if not taken.isdisjoint(range(first, end)):
            continue
        typed = "".join(lines[first:end]).rstrip("\n")
        indent = typed[: len(typed) - len(typed.lstrip())]
        typed = typed.lstrip()
        if not (_LEAST_CHARACTERS <= len(typed) <= _MOST_CHARACTERS) or not typed.isascii() or "\t" in typed:
            continue
        taken.update(range(first, end))
        keys = keys_of(typed)
        rest = "\n" + "".join(lines[end:])
        where = f"{name}:{first + 1}"
        found.append(
            Trace(where, language, "".join(lines[:first]) + indent, typed, rest, keys, gaps_of(keys, chance), False)
        )
        if len(found) == most:
            break
    return found


def _functions(text: str) -> list[tuple[int, int]]:
    """Lines of functions (first, one past the last), their decorators left where they are."""
    return [
        (node.lineno - 1, node.end_lineno or node.lineno)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def _blocks(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Lines of what is indented below a line, with the line that closes it."""
    found = list[tuple[int, int]]()
    for first, line in enumerate(lines[:-1]):
        depth = _depth(line)
        if not line.strip() or _depth(lines[first + 1]) <= depth or not lines[first + 1].strip():
            continue
        end = first + 1
        while end < len(lines) and (not lines[end].strip() or _depth(lines[end]) > depth):
            end += 1
        if end < len(lines) and lines[end].strip() in ("}", "};", "});", "fi", "done", "esac"):
            end += 1
        while not lines[end - 1].strip():
            end -= 1
        found.append((first, end))
    return found


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _closer(key: str, typed: str) -> str:
    """What the editor closes by itself; a quote only where one can begin."""
    if key in _PAIRS:
        return _PAIRS[key]
    if key in _QUOTES and not (typed[-1:].isalnum() or typed[-1:] in ("_", *_QUOTES)):
        return key
    return ""

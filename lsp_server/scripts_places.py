"""Places of a document where a script can be asked for: its kind, comments that read like a request, whole lines.

Pure text: quick enough for every movement of a cursor. Knows neither LSP's types nor engines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

MOST_LINES = 20
"""Longer comments are documentation."""

_HEAD_BYTES = 20_000
_LANGUAGES = {
    "sql": "sql",
    "mysql": "sql",
    "postgres": "sql",
    "pgsql": "sql",
    "plsql": "sql",
    "shellscript": "shell",
    "sh": "shell",
    "bash": "shell",
    "dockerfile": "dockerfile",
    "dockercompose": "compose",
    "yaml.docker-compose": "compose",
    "python": "python",
}
_COMPOSE_FILE = re.compile(r"(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml", re.IGNORECASE)
_KUBERNETES = re.compile(r"^(?:apiVersion|kind):", re.MULTILINE)
_COMPOSE = re.compile(r"^services:", re.MULTILINE)

# Words with which a request begins: what to do, or, for a query, what is wanted.
_DOING = """
    add allow alter append archive ask backup build calculate call change check clean clone collect combine compare
    compress compute concatenate connect convert copy count create cron deduplicate delete deploy describe disable
    display download drop dump edit enable ensure exclude execute export expose extract fetch filter find fix
    generate get give grant group import increase index insert install join keep kill limit link list load log look
    lowercase make mark match merge mirror monitor mount move normalize open order output pack parse pin ping print
    process prune publish pull push put raise read rebuild record recreate reduce remove rename replace report reset
    resize restart restore retry return revoke roll rotate round run save scale scan schedule search select send set
    show shrink sort split start stop store strip sum summarize swap switch sync tag tail take tell test transform
    translate trim truncate turn uninstall unpack unzip update upload upsert use validate verify wait warn watch
    write zip
"""
_WANTED = """
    a all an any average customers daily each employees every first highest how largest last latest least longest
    lowest maximum minimum monthly most names newest number oldest orders percentage products rows sum the top total
    users weekly which who yearly
"""
_FIRST = frozenset(_DOING.split()) | frozenset(_WANTED.split())
_POLITE = re.compile(r"(?:TODO|FIXME|please|now|then|script|query|ai)\b[\s:,]*", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z][\w'-]*")
# Comments for machines, and lines of code that were taken out.
_NO_PROSE = re.compile(
    r"^(?:!|shellcheck\b|noqa\b|type:|pylint|ruff:|fmt:|isort:|mypy:|syntax=|escape=|check=|hadolint\b|yaml-language|vim:"
    r"|-\*-|copyright\b|licen[cs]e\b|spdx)|[;{}=]\s*$|^\w+\s*[=(]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of whole lines: `first`..`last` (from 0), its words on one line, and how far it is indented.

    `followed` says that code stands right below it.
    """

    first: int
    last: int
    words: str
    indent: str
    followed: bool


def kind_of(language: str, path: str, source: bytes) -> str:
    """The kind of script that a document is; "" where it is none, or YAML of another sort."""
    found = _LANGUAGES.get(language, "")
    if found or language != "yaml":
        return found
    name = PurePosixPath(path).name
    if _COMPOSE_FILE.fullmatch(name):
        return "compose"
    head = source[:_HEAD_BYTES].decode("utf-8", "replace")
    if _KUBERNETES.search(head):
        return "kubernetes"
    return "compose" if _COMPOSE.search(head) else ""


def marker_of(kind: str) -> str:
    """What begins a comment."""
    return "--" if kind == "sql" else "#"


def comment_at(lines: list[str], line: int, marker: str) -> Comment | None:
    """The comment of whole lines around `line` (from 0), None where there is none or a too long one."""
    if not 0 <= line < len(lines) or (indent := _indent(lines[line], marker)) is None:
        return None
    first = last = line
    while first > 0 and _indent(lines[first - 1], marker) == indent and last - first < MOST_LINES:
        first -= 1
    while last + 1 < len(lines) and _indent(lines[last + 1], marker) == indent and last - first < MOST_LINES:
        last += 1
    if last - first >= MOST_LINES:
        return None
    said = [each.strip().lstrip(marker[0]).strip() for each in lines[first : last + 1]]
    # A shebang and notes for tools may stand right above the request.
    while said and first < line and (not said[0] or _NO_PROSE.search(said[0])):
        first, said = first + 1, said[1:]
    followed = last + 1 < len(lines) and bool(lines[last + 1].strip())
    return Comment(first, last, " ".join(filter(None, said)), indent, followed)


def reads_like_request(words: str) -> bool:
    """Whether a comment asks for something: three words or more, of which the first is one of doing or wanting."""
    if not words or _NO_PROSE.search(words):
        return False
    words = _POLITE.sub("", words, count=2) if _POLITE.match(words) else words
    found = _WORD.findall(words)
    return len(found) >= 3 and (found[0].lower() in _FIRST) and words[:1].isalpha()


def whole_lines(start: tuple[int, int], end: tuple[int, int]) -> tuple[int, int]:
    """The lines (from 0, both included) that a selection touches; one that it ends in front of is not."""
    start, end = min(start, end), max(start, end)
    return start[0], max(start[0], end[0] - (end[1] == 0 and end[0] > start[0]))


def _indent(line: str, marker: str) -> str | None:
    """The blanks before a comment that is the whole line; None where it is something else."""
    body = line.lstrip(" \t")
    return line[: len(line) - len(body)] if body.startswith(marker) else None

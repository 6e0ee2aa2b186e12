"""Secrets of many lines: private keys, whole or cut by the edge of a window, and the data of Kubernetes Secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from completion.workspace.secret_lines import Hit
from completion.workspace.secret_rules import BASE64_LINE, is_placeholder

PRIVATE_KEY = "private-key"
KUBERNETES_SECRET = "kubernetes-secret"  # noqa: S105 - the name of a rule

_LABEL = r"[ A-Z0-9_-]{0,60}PRIVATE KEY(?: BLOCK)?-----"
_EDGE = re.compile(rf"-----(BEGIN|END){_LABEL}")
# A line of a key's body: base 64, quotes and escapes around it; or one of its few headers, or nothing.
_KEY_LINE = re.compile(
    r"""[ \t"'`#/*+>;,.\\nr-]{0,24}(?:[A-Za-z0-9+/]{4,}={0,2}(?:\\[nr]|["'`,;+\\ \t\r]){0,12}|=[A-Za-z0-9+/]{4}"""
    r"""|(?:Proc-Type|DEK-Info|Version|Comment|Hash):.{0,120})?[ \t\r]{0,8}"""
)
# Possessive, since its parts overlap: nothing may be tried twice.
_EDGE_LINE = re.compile(r"""(?:\\[nrt]|[A-Za-z0-9+/=]{16,}+|[ \t"'`#/*+>;,.\\-])*+""")
_LONGEST_KEY = 32_768
_LINES_TOGETHER = 3

_DOCUMENT = re.compile(r"^---.*$", re.MULTILINE)
_KIND = re.compile(r"^kind:[ \t]*[\"']?Secret[\"']?[ \t\r]*(?:#.*)?$", re.MULTILINE)
_DATA = re.compile(r"^(?:data|stringData):[ \t\r]*(?:#.*)?\n((?:[ \t]+.*(?:\n|$)|[ \t\r]*\n)+)", re.MULTILINE)
_ENTRY = re.compile(r"^([ \t]+)[\"']?[\w.-]+[\"']?:[ \t]*(.*?)[ \t\r]*$")
_WORD = re.compile(r"[^\s\"'`\\]*[A-Za-z0-9][^\s\"'`\\]*")


def hits(text: str, lines: Iterable[Hit]) -> list[Hit]:
    """All hits of many lines; `lines` are the hits of single lines, of which those of base 64 are taken together."""
    found = list(_together(text, lines))
    if "PRIVATE KEY" in text:
        found += _keys(text)
    if "Secret" in text:
        found += _manifests(text)
    return found


def _together(text: str, lines: Iterable[Hit]) -> Iterator[Hit]:
    """Lines of base 64 that follow one another: the inside of a key whose edges are not in sight, or of a file."""
    run: list[Hit] = []
    for hit in lines:
        if hit[2] != BASE64_LINE:
            continue
        if run and text.count("\n", run[-1][1], hit[0]) != 1:
            yield from _long_enough(run)
            run = []
        run.append(hit)
    yield from _long_enough(run)


def _long_enough(run: list[Hit]) -> list[Hit]:
    return [(start, end, PRIVATE_KEY) for start, end, _ in run] if len(run) >= _LINES_TOGETHER else []


def _keys(text: str) -> Iterator[Hit]:
    """The bodies of private keys: between both edges, or on from one edge as far as it looks like a key."""
    opened = -1
    for edge in _EDGE.finditer(text):
        if edge[1] == "BEGIN":
            if opened >= 0:
                yield from _body(text, opened, _end_of_key(text, opened, edge.start()))
            opened = edge.end()
        elif opened >= 0:
            limit = min(edge.start(), opened + _LONGEST_KEY)
            yield from _body(text, opened, limit)
            opened = -1
        else:
            yield from _body(text, _start_of_key(text, edge.start()), edge.start())
    if opened >= 0:
        yield from _body(text, opened, _end_of_key(text, opened, len(text)))


def _end_of_key(text: str, start: int, limit: int) -> int:
    """Where a key without its last line ends: before the first line that cannot be of a key."""
    end = start
    for line in text[start : min(limit, start + _LONGEST_KEY)].splitlines(keepends=True):
        # In one line with its edge a key has escapes for line breaks.
        if not (_KEY_LINE if end > start else _EDGE_LINE).fullmatch(line.rstrip("\n")):
            break
        end += len(line)
    return end


def _start_of_key(text: str, end: int) -> int:
    """Where a key without its first line begins."""
    start = end
    for line in reversed(text[max(0, end - _LONGEST_KEY) : end].splitlines(keepends=True)):
        if not (_KEY_LINE if start < end else _EDGE_LINE).fullmatch(line.rstrip("\n")):
            break
        start -= len(line)
    return start


def _body(text: str, start: int, end: int) -> Iterator[Hit]:
    """The words of a key's body, without the quotes, escapes and line breaks between them."""
    for part in re.finditer(r"\\[nrt]|([A-Za-z0-9+/=_-]*[A-Za-z0-9][A-Za-z0-9+/=_-]*)", text[start:end]):
        if part[1] and not re.fullmatch(r"x+", part[1]):
            yield start + part.start(1), start + part.end(1), PRIVATE_KEY


def _manifests(text: str) -> Iterator[Hit]:
    """The values under `data` and `stringData` of every Kubernetes Secret."""
    borders = [0, *(mark.start() for mark in _DOCUMENT.finditer(text)), len(text)]
    for start, end in pairwise(borders):
        document = text[start:end]
        if not _KIND.search(document):
            continue
        for block in _DATA.finditer(document):
            yield from _values(block[1], start + block.start(1))


def _values(block: str, offset: int) -> Iterator[Hit]:
    """The values of one block of entries; an entry with `|` or `>` has its value in the lines below it."""
    depth = -1
    for line in block.splitlines(keepends=True):
        entry = _ENTRY.match(line.rstrip("\n"))
        if entry and (depth < 0 or len(entry[1]) <= depth):
            depth = len(entry[1])
            value, position = entry[2], entry.start(2)
            if value[:1] in "|>":
                value = ""
        else:
            value, position = line, 0
        for word in _WORD.finditer(value):
            if not is_placeholder(word[0]) or word[0].isalnum():
                yield offset + position + word.start(), offset + position + word.end(), KUBERNETES_SECRET
        offset += len(line)

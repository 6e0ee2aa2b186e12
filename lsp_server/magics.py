"""Lines of a Python cell that are for IPython and not for Python: `%magics`, `!shell`, `help?`.

They are turned into comments (or blanks) of the same length in bytes, so that the cell parses and every offset stays
what it was. Only the beginning of a statement counts: a `%` inside brackets or a text is Python's own.
Knows no notebooks and no LSP.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PYTHON = "python"
UNKNOWN = "plaintext"

_LONGEST = 50_000
"""Bytes of a cell that are looked through at a key; what is larger is no notebook's cell."""

# Cell magics whose body is Python still, and the languages of some whose body is not.
_PYTHON_BODIES = frozenset({b"time", b"timeit", b"capture", b"prun", b"memit", b"debug", b"python", b"python3", b"px"})
_OTHER_BODIES = {
    b"bash": "shellscript",
    b"sh": "shellscript",
    b"script": "shellscript",
    b"sql": "sql",
    b"javascript": "javascript",
    b"js": "javascript",
    b"html": "html",
    b"markdown": "markdown",
    b"latex": "latex",
    b"ruby": "ruby",
    b"perl": "perl",
    b"R": "r",
}

_CELL_MAGIC = re.compile(rb"\s*%%(\w*)[^\n]*")
# Nothing in Python begins a statement with these, ends one with `?`, or assigns what begins with `!` or `%`.
_MAGIC = re.compile(rb"[ \t]*(?:[%!?]|[\w.*\x80-\xff]+\?{1,2}[ \t\r]*$|[\w.,\[\] \t*\x80-\xff]+=[ \t]*[!%])")
_TOKEN = re.compile(
    rb"#[^\n]*"
    rb'|"""(?:[^\\]|\\.)*?(?:"""|\Z)'
    rb"|'''(?:[^\\]|\\.)*?(?:'''|\Z)"
    rb'|"(?:[^"\\\n]|\\.)*"?'
    rb"|'(?:[^'\\\n]|\\.)*'?"
    rb"|\\\r?\n"
    rb"|[()\[\]{}\n]",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Masked:
    """A cell as its language sees it: `source` has the cell's length in bytes.

    `whole` is False where a bracket or a text is still open at the end: such a cell would swallow what follows it.
    """

    source: bytes
    language: str
    whole: bool = True


def mask(source: bytes) -> Masked:
    """A cell of an IPython notebook without what is not Python."""
    if len(source) > _LONGEST:
        return Masked(source, PYTHON)
    head = _CELL_MAGIC.match(source)
    if head is not None and head[1] not in _PYTHON_BODIES:
        # A comment is something else in every language; blanks are blanks.
        blank = re.sub(rb"[^\s]", b" ", head[0])
        return Masked(blank + source[head.end() :], _OTHER_BODIES.get(head[1], UNKNOWN), whole=False)
    masked, at, whole = bytearray(source), 0, True
    while at < len(source):
        end = _line_end(source, at)
        if _MAGIC.match(source[at:end]):
            at = _commented(masked, at)
        elif not whole:
            # What is open would have to be looked for at every line; lines are statements from here on.
            at = end + 1
        else:
            at, whole = _statement_end(source, at)
    return Masked(bytes(masked), PYTHON, whole)


def _line_end(source: bytes | bytearray, at: int) -> int:
    end = source.find(b"\n", at)
    return end if end >= 0 else len(source)


def _commented(masked: bytearray, at: int) -> int:
    """Turn the line at `at` and those that continue it into comments; returns where the next one begins."""
    while True:
        end = _line_end(masked, at)
        line = bytes(masked[at:end])
        if text := line.strip():
            first = at + line.index(text)
            size = len(text.decode("utf-8", "replace")[0].encode())
            masked[first : first + size] = b"#" + b" " * (size - 1)
        at = end + 1
        if not line.rstrip().endswith(b"\\") or at >= len(masked):
            return at


def _statement_end(source: bytes, at: int) -> tuple[int, bool]:
    """Where the next statement begins, and whether this one is complete (else: the next line)."""
    depth = 0
    for token in _TOKEN.finditer(source, at):
        text = token[0]
        if text in b"([{":
            depth += 1
        elif text in b")]}":
            depth = max(0, depth - 1)
        elif text == b"\n" and depth == 0:
            return token.end(), True
        elif text[:3] in (b'"""', b"'''") and (len(text) < 6 or not text.endswith(text[:3])):
            depth = 1
            break
    return (len(source), True) if depth == 0 else (_line_end(source, at) + 1, False)

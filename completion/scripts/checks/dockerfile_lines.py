"""A Dockerfile cut into instructions: continuation lines, comments, here-documents and parser directives.

Format: https://docs.docker.com/reference/dockerfile/. Knows no instruction by name, but that ONBUILD holds another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from completion.scripts.types import Finding

_DIRECTIVE = re.compile(r"#\s*([a-zA-Z][\w-]*)\s*=\s*(.+?)\s*$")
_HEREDOC = re.compile(r"<<(-?)([\"']?)([A-Za-z_][A-Za-z0-9_.]*)\2")
_TAKES_HEREDOC = frozenset({"RUN", "COPY", "ADD"})


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its word in capitals, its arguments in one line without flags, and where it stands.

    `flags` are `--name=value` words; `line` and `column` count from 1; `last` is its last line with its
    here-documents; `documents` are (first line, last line) of their bodies.
    """

    word: str
    arguments: str
    flags: tuple[str, ...]
    line: int
    column: int
    last: int
    own_last: int
    documents: tuple[tuple[int, int], ...] = ()


def instructions(text: str) -> tuple[list[Instruction], list[Finding], str]:
    """The instructions, what keeps the text from being read, and the escape character."""
    lines = text.split("\n")
    escape, findings = _directives(lines)
    found: list[Instruction] = []
    index = 0
    while index < len(lines):
        stripped = lines[index].strip()
        if not stripped or stripped.startswith("#"):
            index += 1
            continue
        first, parts = index, list[str]()
        open_end = False
        while index < len(lines):
            line = lines[index].rstrip()
            index += 1
            if parts and (not line.strip() or line.lstrip().startswith("#")):
                continue
            open_end = line.endswith(escape)
            parts.append(line[: -len(escape)] if open_end else line)
            if not open_end:
                break
        whole = "".join(parts).strip()
        word, _, rest = whole.partition(" ") if " " in whole else whole.partition("\t")
        own_last, documents = index, []
        if word.upper() in _TAKES_HEREDOC:
            for dash, _, mark in _HEREDOC.findall(rest):
                begin = index
                while index < len(lines) and (lines[index].lstrip("\t") if dash else lines[index]) != mark:
                    index += 1
                if index >= len(lines):
                    findings.append(Finding("dockerfile", f"the here-document {mark} is not closed", first + 1, 1))
                documents.append((begin + 1, index))
                index += 1
        flags, arguments = _flags(rest.strip())
        if open_end and not any(line.strip() for line in lines[index:]):
            last = text.rstrip().count("\n") + 1
            findings.append(Finding("dockerfile", "the file ends in a continued line", last, 1, "warning"))
        column = len(lines[first]) - len(lines[first].lstrip()) + 1
        found.append(
            Instruction(
                word.upper(), arguments, flags, first + 1, column, min(index, len(lines)), own_last, tuple(documents)
            )
        )
    return found, findings, escape


def _directives(lines: list[str]) -> tuple[str, list[Finding]]:
    """The escape character; only comments at the very top can be directives."""
    escape = "\\"
    for number, line in enumerate(lines, start=1):
        directive = _DIRECTIVE.match(line.strip())
        if not directive:
            break
        if directive.group(1).lower() == "escape":
            escape = directive.group(2)
            if escape not in ("\\", "`"):
                return "\\", [Finding("dockerfile", "escape must be \\ or `", number, 1, rule="directive")]
    return escape, []


def _flags(arguments: str) -> tuple[tuple[str, ...], str]:
    flags: list[str] = []
    while match := re.match(r"--[a-z][a-z-]*(?:=(?:\"[^\"]*\"|\S)*)?(?=\s|$)", arguments):
        flags.append(match.group())
        arguments = arguments[match.end() :].lstrip()
    return tuple(flags), arguments

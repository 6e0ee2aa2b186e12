"""What was found in the parts of open documents that somebody wanted checked, for as long as those lines stand there.

An edit moves the findings below it and takes away those in the lines that it touches. Knows documents by their URI and
edits by their ranges; whoever shows findings is told when they have changed.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace

from completion.scripts.types import Attempt, Finding, Material
from lsp_server.session import Change

_BREAK = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding at `line` of the document, from character `start` to `end` (from 0, in Unicode characters)."""

    line: int
    start: int
    end: int
    finding: Finding


@dataclass(frozen=True, slots=True)
class Part:
    """The lines `first`..`last` of a document, which are a script of `kind`, checked against `material`."""

    first: int
    last: int
    kind: str
    material: Material
    placed: tuple[Placed, ...] = ()


class Findings:
    """The checked parts of all documents. `on_change` hears the URI of a document whose findings are others now."""

    def __init__(self, on_change: Callable[[str], None]) -> None:
        self._on_change = on_change
        self._parts: dict[str, tuple[Part, ...]] = {}
        self._edited = asyncio.Event()

    def parts(self, uri: str) -> tuple[Part, ...]:
        """What was checked of a document."""
        return self._parts.get(uri, ())

    def put(self, uri: str, part: Part) -> None:
        """A part was checked; what was known of these lines is forgotten."""
        apart = [each for each in self.parts(uri) if each.last < part.first or each.first > part.last]
        self._parts[uri] = (*apart, part)
        self._on_change(uri)

    def edited(self, uri: str, changes: Iterable[Change]) -> None:
        """A document was edited."""
        self._edited.set()
        self._edited = asyncio.Event()
        before = after = self._parts.get(uri)
        if before is None or after is None:
            return
        for change in changes:
            after = tuple(moved for part in after if (moved := _moved(part, change)) is not None)
        if after:
            self._parts[uri] = after
        else:
            del self._parts[uri]
        if [part.placed for part in after if part.placed] != [part.placed for part in before if part.placed]:
            self._on_change(uri)

    def close(self, uri: str) -> None:
        """A document was closed."""
        if self._parts.pop(uri, None) is not None:
            self._on_change(uri)

    async def until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait until `condition` holds, looking after every edit, at most so long; whether it does."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not condition():
                    await self._edited.wait()
        return condition()


def placed(attempt: Attempt, first: int, indent: int, dropped: int = 0) -> tuple[Placed, ...]:
    """The evidence of a script whose line `dropped` + 1 stands in line `first` of a document, so far indented."""
    lines = attempt.text.split("\n")
    found = [finding for verdict in attempt.verdicts for finding in verdict.findings]
    rows = []
    for finding in (*found, *attempt.risks, *attempt.unverified):
        at = max(finding.line - 1, dropped)
        text = lines[at] if at < len(lines) else ""
        start = min(max(0, finding.column - 1), len(text)) if finding.line - 1 == at else 0
        start = start if finding.column else len(text) - len(text.lstrip())
        rows.append(Placed(first + at - dropped, indent + start, indent + max(start + 1, len(text.rstrip())), finding))
    return tuple(rows)


def _moved(part: Part, change: Change) -> Part | None:
    if change.start is None or change.end is None:
        return None
    (first, column), (last, _) = sorted((change.start, change.end))
    more = len(_BREAK.findall(change.text)) - (last - first)
    # Lines put in front of one leave it as it is.
    in_front = column == 0 and first == last and _BREAK.search(change.text[-1:]) is not None
    touched = first - 1 if in_front else last
    if part.last < first:
        return part
    kept = [each for each in part.placed if each.line < first or each.line > touched]
    rows = tuple(each if each.line < first else replace(each, line=each.line + more) for each in kept)
    start = part.first + more if part.first > touched else part.first
    moved = replace(part, first=start, last=part.last + more, placed=rows)
    return moved if moved.last >= moved.first else None

"""The open documents, as the editor sees them at this moment.

Edits are applied synchronously in the order in which they arrive; `snapshot` gives an immutable
view. Knows nothing of requests, engines and the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from completion.types import CompletionRequest, Diagnostic, Document, Trigger
from lsp_server import limits
from lsp_server.convert import Encoding, Text, display_path
from lsp_server.limits import MAX_BYTES, Limit

NEIGHBOURS = 3
NEIGHBOUR_BYTES = 200_000
"""Larger documents are not shown beside another one."""

Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Change:
    """One content change: `text` replaces the range `start`..`end`, or everything where they are None."""

    text: str
    start: Point | None = None
    end: Point | None = None


@dataclass(slots=True)
class Entry:
    """What is known of one open document. The place for everything that lives as long as it is open."""

    uri: str
    language: str
    version: int
    text: Text
    latest_request: int | str | None = field(default=None)
    """The newest completion request for it; an older one is superseded."""
    place: int | None = None
    """The line (from 0) where it was last edited or asked about."""
    diagnostics: tuple[Diagnostic, ...] = ()
    limit: Limit | None = None
    """The limit on sizes that its newest request exceeded."""
    _path: tuple[Path | None, str] | None = None

    def path_below(self, root: Path | None) -> str:
        """The display path."""
        if self._path is None or self._path[0] is not root:
            self._path = root, display_path(self.uri, root)
        return self._path[1]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A document at one moment, and the text that the editor calls by its URI, with its line table.

    The two are the same but for a cell of a notebook: its text begins `before` bytes behind the document's beginning,
    and lines that are not in the cell's language are masked in the document. `place` is what a person calls it.
    `neighbours` are other open documents, the last one worked on first; `diagnostics` those near the cursor.
    """

    document: Document
    text: Text
    before: int = 0
    place: str = ""
    neighbours: tuple[Document, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    def request(self, offset: int, trigger: Trigger) -> CompletionRequest:
        """The question what comes at `offset` of the text."""
        return CompletionRequest(self.document, self.before + offset, trigger, self.neighbours, self.diagnostics)

    def with_replaced(self, text: Text) -> Snapshot:
        """The snapshot with another text in the place of this one (nothing in it is masked)."""
        source = self.document.source
        behind = source[self.before + len(self.text.source) :]
        changed = replace(self.document, source=source[: self.before] + text.source + behind)
        return replace(self, document=changed, text=text)

    def is_masked(self, offset: int) -> bool:
        """Whether the line at `offset` of the text is not in the document's language."""
        if self.document.source is self.text.source:
            return False
        source = self.text.source
        start, end = source.rfind(b"\n", 0, offset) + 1, source.find(b"\n", offset)
        end = end if end >= 0 else len(source)
        return self.document.source[self.before + start : self.before + end] != source[start:end]


class Session:
    """The documents of one client, in the order in which they were last worked on."""

    def __init__(self) -> None:
        self.encoding = Encoding.UTF16
        self.root: Path | None = None
        self._entries: dict[str, Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def open(self, uri: str, language: str, version: int, text: str) -> None:
        """Start to follow a document; opening it again replaces what was known."""
        self._entries.pop(uri, None)
        self._entries[uri] = Entry(uri, language, version, Text.of(text))

    def change(self, uri: str, version: int, changes: Iterable[Change]) -> bool:
        """Apply changes in order; False for a document that is not open."""
        entry = self._entries.get(uri)
        if entry is None:
            return False
        text = entry.text
        for change in changes:
            if change.start is None or change.end is None:
                text = Text.of(change.text)
            else:
                text = text.replaced(change.start, change.end, change.text, self.encoding)
                entry.place = max(0, change.start[0])
        entry.text, entry.version = text, version
        self._entries[uri] = self._entries.pop(uri)
        return True

    def looked_at(self, uri: str, line: int) -> None:
        """Somebody works at this line (from 0) of a document, if it is open."""
        entry = self._entries.pop(uri, None)
        if entry is not None:
            entry.place = line
            self._entries[uri] = entry

    def close(self, uri: str) -> None:
        """Forget a document, open or not."""
        self._entries.pop(uri, None)

    def find(self, uri: str) -> Entry | None:
        """The entry of an open document."""
        return self._entries.get(uri)

    def snapshot(self, uri: str) -> Snapshot | None:
        """The document as it stands; None when it is not open or larger than `MAX_BYTES`."""
        entry = self._entries.get(uri)
        if entry is None or len(entry.text.source) > MAX_BYTES:
            return None
        path = entry.path_below(self.root)
        document = Document(path, entry.language, entry.text.source, entry.version, entry.place)
        return Snapshot(document, entry.text, place=path)

    def limit(self, uri: str, line: int) -> Limit | None:
        """The limit on sizes that keeps suggestions out of this line (from 0) of an open document, if one does."""
        entry = self._entries.get(uri)
        if entry is None:
            return None
        lines = entry.text.lines
        size = lines.end(line) - lines.start(line) if 0 <= line < len(lines) else 0
        found = limits.exceeded(display_path(uri, self.root).rsplit("/", 1)[-1], lines.size, line, size)
        # Every key changes the size: it is said as it was found first.
        if found is None or entry.limit is None or (found.note, found.line) != (entry.limit.note, entry.limit.line):
            entry.limit = found
        return entry.limit

    def neighbours(self, uri: str, may_show: Callable[[str], bool]) -> tuple[Document, ...]:
        """Up to `NEIGHBOURS` other documents that are not too large and may be shown by their display path."""
        found: list[Document] = []
        for other in reversed(self._entries.values()):
            size = len(other.text.source)
            if other.uri == uri or not 0 < size <= NEIGHBOUR_BYTES:
                continue
            path = other.path_below(self.root)
            if may_show(path):
                found.append(Document(path, other.language, other.text.source, other.version, other.place))
                if len(found) == NEIGHBOURS:
                    break
        return tuple(found)

"""The open documents, as the editor sees them at this moment.

Edits are applied synchronously in the order in which they arrive; `snapshot` gives an immutable
view. Knows nothing of requests, engines and the wire.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from completion.types import CompletionRequest, Document, Trigger
from lsp_server.convert import Encoding, Text, display_path

MAX_BYTES = 4 * 1024 * 1024
"""Larger documents are followed, but get no suggestions."""

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


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A document at one moment, and the text that the editor calls by its URI, with its line table.

    The two are the same but for a cell of a notebook: its text begins `before` bytes behind the document's beginning,
    and lines that are not in the cell's language are masked in the document. `place` is what a person calls it.
    """

    document: Document
    text: Text
    before: int = 0
    place: str = ""

    def request(self, offset: int, trigger: Trigger) -> CompletionRequest:
        """The question what comes at `offset` of the text."""
        return CompletionRequest(self.document, self.before + offset, trigger)

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
    """The documents of one client."""

    def __init__(self) -> None:
        self.encoding = Encoding.UTF16
        self.root: Path | None = None
        self._entries: dict[str, Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def open(self, uri: str, language: str, version: int, text: str) -> None:
        """Start to follow a document; opening it again replaces what was known."""
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
        entry.text, entry.version = text, version
        return True

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
        path = display_path(uri, self.root)
        return Snapshot(Document(path, entry.language, entry.text.source, entry.version), entry.text, place=path)

"""The open notebooks: which cells they have and in which order; the text of a cell is a document of the session.

A request in a code cell sees the whole notebook: the code cells of its language before it are joined in front of its
text and those after it behind, one blank line between two, and the offset of the cell's text is remembered. So syntax,
cache and prompt work as in a file. Left out are cells of markup, of other languages and those that do not end what
they begin; IPython's own lines become comments. While somebody types in a cell, the others stand still.

Every message leaves a consistent state, whatever it says: ranges are clamped, a cell is in one notebook and there once
(the newest message is right), and a cell without text is kept in its place. Knows nothing of the wire.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from completion.types import Document
from lsp_server.convert import Text, display_path
from lsp_server.magics import PYTHON, Masked, mask
from lsp_server.session import Change, Session, Snapshot

REACH = 200_000
"""Bytes of other cells that are joined on each side, nearest first: larger files are not parsed."""

_BETWEEN = b"\n\n"
# A statement ends with a semicolon there; two cells without would be one broken one.
_STATEMENTS = frozenset({"sql"})
# What a file of the language is called: models know names of files, and an .ipynb is JSON to them.
_SUFFIXES = {
    "python": ".py",
    "julia": ".jl",
    "r": ".r",
    "javascript": ".js",
    "typescript": ".ts",
    "csharp": ".cs",
    "sql": ".sql",
    "shellscript": ".sh",
    "markdown": ".md",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; `uri` names the document with its text, which need not be open."""

    uri: str
    code: bool


@dataclass(frozen=True, slots=True)
class CellText:
    """The text of a cell as it was opened."""

    uri: str
    language: str
    version: int
    text: str


@dataclass(frozen=True, slots=True)
class Splice:
    """`delete` cells from `start` on (counted from 0) give way to `cells`."""

    start: int
    delete: int
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class Edit:
    """New content of one cell."""

    uri: str
    version: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class NotebookChange:
    """One `didChange`, applied in this order. `cells` are known cells whose kind may have changed."""

    splice: Splice | None = None
    opened: tuple[CellText, ...] = ()
    closed: tuple[str, ...] = ()
    cells: tuple[Cell, ...] = ()
    edits: tuple[Edit, ...] = ()


@dataclass(slots=True)
class _Notebook:
    uri: str
    cells: list[Cell] = field(default_factory=list)
    documents: set[str] = field(default_factory=set)
    masked: dict[str, tuple[Text, Masked]] = field(default_factory=dict)


class Notebooks:
    """The notebooks of one client. `close` ends a cell's document (the session's own `close` at least)."""

    def __init__(self, session: Session, close: Callable[[str], None] | None = None) -> None:
        self._session = session
        self._close = close or session.close
        self._notebooks: dict[str, _Notebook] = {}
        # The notebook of every cell in a list and of every document that was opened as a cell's.
        self._homes: dict[str, _Notebook] = {}

    def __len__(self) -> int:
        return len(self._notebooks)

    def is_cell(self, uri: str) -> bool:
        """Whether a document is, or was opened as, a cell of a notebook."""
        return uri in self._homes

    def cells(self, uri: str) -> tuple[Cell, ...]:
        """The cells of a notebook in order; none where it is not open."""
        notebook = self._notebooks.get(uri)
        return tuple(notebook.cells) if notebook is not None else ()

    def open(self, uri: str, cells: Sequence[Cell], texts: Iterable[CellText]) -> None:
        """Start to follow a notebook; opening it again replaces what was known."""
        texts = tuple(texts)
        if (before := self._notebooks.get(uri)) is not None:
            self._forget(before, kept={text.uri for text in texts})
        notebook = self._notebooks[uri] = _Notebook(uri)
        self._splice(notebook, Splice(0, 0, tuple(cells)))
        for text in texts:
            self._open_text(notebook, text)

    def change(self, uri: str, change: NotebookChange) -> bool:
        """Apply a change; False for a notebook that is not open, of which nothing is taken over."""
        notebook = self._notebooks.get(uri)
        if notebook is None:
            return False
        if change.splice is not None:
            self._splice(notebook, change.splice)
        for text in change.opened:
            self._open_text(notebook, text)
        for closed in change.closed:
            # What was never opened as a cell of this notebook is not its to close.
            if closed in notebook.documents:
                self._close_text(notebook, closed)
        kinds = {cell.uri: cell for cell in change.cells}
        if kinds:
            notebook.cells = [kinds.get(cell.uri, cell) for cell in notebook.cells]
        for edit in change.edits:
            self._session.change(edit.uri, edit.version, edit.changes)
        return True

    def close(self, uri: str) -> None:
        """Forget a notebook and the texts of its cells, open or not."""
        notebook = self._notebooks.pop(uri, None)
        if notebook is not None:
            self._forget(notebook, kept=frozenset())

    def snapshot(self, uri: str) -> Snapshot | None:
        """The document as `Session.snapshot` gives it; that of a code cell with its whole notebook around it."""
        own = self._session.snapshot(uri)
        notebook = self._homes.get(uri)
        if own is None or notebook is None:
            return own
        number = next((at for at, cell in enumerate(notebook.cells) if cell.uri == uri), None)
        shown = display_path(notebook.uri, self._session.root)
        place = shown if number is None else f"{shown}, cell {number + 1}"
        masked = self._masked(notebook, uri)
        language = own.document.language if masked is None else masked.language
        source = own.document.source if masked is None else masked.source
        document = Document(_path(shown, uri, language), language, source, own.document.version)
        # A cell that IPython hands to another program has nothing to do with those around it.
        if number is None or not notebook.cells[number].code or language != own.document.language:
            return Snapshot(document, own.text, place=place)
        before, after = self._around(notebook, number, language)
        return Snapshot(replace(document, source=before + source + after), own.text, len(before), place)

    # --- cells -------------------------------------------------------------------------------

    def _splice(self, notebook: _Notebook, splice: Splice) -> None:
        start = min(splice.start, len(notebook.cells))
        end = min(start + splice.delete, len(notebook.cells))
        new = list({cell.uri: cell for cell in splice.cells}.values())
        uris = {cell.uri for cell in new}
        removed = notebook.cells[start:end]
        kept = (
            [cell for cell in part if cell.uri not in uris] for part in (notebook.cells[:start], notebook.cells[end:])
        )
        left, right = kept
        self._take(notebook, uris)
        notebook.cells = [*left, *new, *right]
        for cell in removed:
            if cell.uri not in uris and cell.uri not in notebook.documents:
                self._homes.pop(cell.uri, None)
                notebook.masked.pop(cell.uri, None)

    def _take(self, notebook: _Notebook, uris: set[str]) -> None:
        """Make `uris` cells of this notebook and of no other."""
        others = {home.uri: home for uri in uris if (home := self._homes.get(uri)) not in (None, notebook)}
        for other in others.values():
            other.cells = [cell for cell in other.cells if cell.uri not in uris]
            notebook.documents |= other.documents & uris
            other.documents -= uris
            for uri in uris & other.masked.keys():
                del other.masked[uri]
        self._homes.update(dict.fromkeys(uris, notebook))

    def _open_text(self, notebook: _Notebook, text: CellText) -> None:
        if self._homes.get(text.uri) is not notebook:
            self._take(notebook, {text.uri})
        notebook.documents.add(text.uri)
        self._session.open(text.uri, text.language, text.version, text.text)

    def _close_text(self, notebook: _Notebook, uri: str) -> None:
        notebook.documents.discard(uri)
        notebook.masked.pop(uri, None)
        if all(cell.uri != uri for cell in notebook.cells):
            self._homes.pop(uri, None)
        self._close(uri)

    def _forget(self, notebook: _Notebook, kept: set[str] | frozenset[str]) -> None:
        for uri in {cell.uri for cell in notebook.cells} | notebook.documents:
            del self._homes[uri]
        for uri in notebook.documents - kept:
            self._close(uri)

    # --- sources -----------------------------------------------------------------------------

    def _masked(self, notebook: _Notebook, uri: str) -> Masked | None:
        """The text of an open cell as its language sees it; only Python's needs a look, once for each text."""
        entry = self._session.find(uri)
        if entry is None:
            return None
        if entry.language != PYTHON:
            return Masked(entry.text.source, entry.language)
        text, masked = notebook.masked.get(uri, (None, None))
        if masked is None or text is not entry.text:
            masked = mask(entry.text.source)
            notebook.masked[uri] = (entry.text, masked)
        return masked

    def _around(self, notebook: _Notebook, number: int, language: str) -> tuple[bytes, bytes]:
        """What stands before and behind the text of a cell."""
        end = b";" if language in _STATEMENTS else b""
        before = self._nearest(notebook, reversed(notebook.cells[:number]), language)
        pieces = [piece if piece.endswith(end) else piece + end for piece in reversed(before)]
        # Whether the cell itself ends with a semicolon changes while it is typed: what follows is left out there.
        after = [] if end else self._nearest(notebook, notebook.cells[number + 1 :], language)
        return b"".join(piece + _BETWEEN for piece in pieces), b"".join(_BETWEEN + piece for piece in after)

    def _nearest(self, notebook: _Notebook, cells: Iterable[Cell], language: str) -> list[bytes]:
        """The texts of cells in `language`, as many of the first as there is room for."""
        found, room = list[bytes](), REACH
        for cell in cells:
            masked = self._masked(notebook, cell.uri) if cell.code else None
            if masked is None or masked.language != language or not masked.whole:
                continue
            piece = masked.source.replace(b"\r\n", b"\n").strip(b"\n").rstrip()
            room -= len(piece) + len(_BETWEEN)
            if room < 0:
                break
            if piece:
                found.append(piece)
        return found


def _path(shown: str, uri: str, language: str) -> str:
    """The display path of a cell: it stays whatever happens around the cell, and no two cells share one.

    As a file in a folder of the notebook's name, so that rules which ignore the notebook hold for its cells.
    """
    name = hashlib.blake2b(uri.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    return f"{shown}/{name}/{PurePosixPath(shown).stem or 'cell'}{_SUFFIXES.get(language, '')}"

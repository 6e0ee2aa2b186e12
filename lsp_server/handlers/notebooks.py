"""`notebookDocument/didOpen`, `didChange`, `didSave`, `didClose`: the notebooks follow the editor, in order."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from lsprotocol import types

from lsp_server.handlers.documents import change_of
from lsp_server.notebooks import Cell, CellText, Edit, NotebookChange, Splice

if TYPE_CHECKING:
    from lsp_server.server import CopilotServer

log = logging.getLogger(__name__)


def register(server: CopilotServer) -> None:
    """Register the handlers."""
    server.feature(types.NOTEBOOK_DOCUMENT_DID_OPEN)(partial(_did_open, server))
    server.feature(types.NOTEBOOK_DOCUMENT_DID_CHANGE)(partial(_did_change, server))
    server.feature(types.NOTEBOOK_DOCUMENT_DID_SAVE)(partial(_did_save, server))
    server.feature(types.NOTEBOOK_DOCUMENT_DID_CLOSE)(partial(_did_close, server))


def _did_open(server: CopilotServer, params: types.DidOpenNotebookDocumentParams) -> None:
    notebook = params.notebook_document
    server.notebooks.open(notebook.uri, _cells(notebook.cells), _texts(params.cell_text_documents))


def _did_change(server: CopilotServer, params: types.DidChangeNotebookDocumentParams) -> None:
    cells = params.change.cells
    server.indexing.give_way()
    if cells is None:
        return
    structure, splice = cells.structure, None
    if structure is not None:
        array = structure.array
        splice = Splice(array.start, array.delete_count, _cells(array.cells or ()))
    change = NotebookChange(
        splice,
        opened=_texts(structure.did_open or ()) if structure is not None else (),
        closed=tuple(closed.uri for closed in structure.did_close or ()) if structure is not None else (),
        cells=_cells(cells.data or ()),
        edits=tuple(
            Edit(content.document.uri, content.document.version, tuple(map(change_of, content.changes)))
            for content in cells.text_content or ()
        ),
    )
    if not server.notebooks.change(params.notebook_document.uri, change):
        log.debug("a change of a notebook that is not open")


def _did_save(_server: CopilotServer, _params: types.DidSaveNotebookDocumentParams) -> None:
    # What is on the disk is of no interest: the text is known.
    return


def _did_close(server: CopilotServer, params: types.DidCloseNotebookDocumentParams) -> None:
    # The list of texts in the message is not needed, and not trusted: it may name documents of others.
    server.notebooks.close(params.notebook_document.uri)


def _cells(cells: Iterable[types.NotebookCell]) -> tuple[Cell, ...]:
    return tuple(Cell(cell.document, cell.kind is types.NotebookCellKind.Code) for cell in cells)


def _texts(documents: Iterable[types.TextDocumentItem]) -> tuple[CellText, ...]:
    return tuple(CellText(item.uri, item.language_id, item.version, item.text) for item in documents)

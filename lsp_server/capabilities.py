"""What the client can do, and what we offer it in turn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.capabilities import ServerCapabilitiesBuilder
from pygls.feature_manager import FeatureManager

from lsp_server.convert import Encoding, folder_of

NOTEBOOKS = types.NotebookDocumentSyncOptions([types.NotebookDocumentFilterWithNotebook(notebook="*")])
"""All cells of all notebooks, so that their order is known; told to clients that have notebooks."""


def has_inline_completions(client: types.ClientCapabilities) -> bool:
    """Whether the client shows inline completions.

    Such a client would show the same text twice, and VS Code would open its popup at every trigger
    character; so only the others (Helix, Zed, eglot) are offered completions in the popup.
    """
    return client.text_document is not None and client.text_document.inline_completion is not None


def choose_encoding(client: types.ClientCapabilities) -> Encoding:
    """UTF-8 where the client offers it (it is what we hold); else UTF-16, which every client must know."""
    general = client.general
    names = {str(getattr(name, "value", name)) for name in (general and general.position_encodings) or ()}
    for encoding in (Encoding.UTF8, Encoding.UTF16, Encoding.UTF32):
        if encoding.value in names:
            return encoding
    return Encoding.UTF16


def folders_of(params: types.InitializeParams) -> tuple[Path, ...]:
    """The local folders that the client works in; the first is the root."""
    root = root_of(params)
    found = [folder_of(folder.uri) for folder in params.workspace_folders or ()]
    return tuple(dict.fromkeys(folder for folder in (root, *found) if folder is not None))


def root_of(params: types.InitializeParams) -> Path | None:
    """The folder that the client works in: the first of its workspace folders."""
    if params.workspace_folders:
        return folder_of(params.workspace_folders[0].uri)
    if params.root_uri:
        return folder_of(params.root_uri)
    return Path(params.root_path) if params.root_path and "\0" not in params.root_path else None


def offered(features: FeatureManager, client: types.ClientCapabilities, encoding: Encoding) -> types.ServerCapabilities:
    """The capabilities for `initialize`."""
    methods = {*features.features, *features.builtin_features}
    if has_inline_completions(client):
        methods.discard(types.TEXT_DOCUMENT_COMPLETION)
    builder: Any = ServerCapabilitiesBuilder(
        client,
        methods,
        features.feature_options,
        list(features.commands),
        types.TextDocumentSyncKind.Incremental,
        NOTEBOOKS,
        encoding.value,
    )
    capabilities: types.ServerCapabilities = builder.build()
    # pygls promises to follow changes of workspace folders; settings are read from the first one only.
    capabilities.workspace = None
    return capabilities

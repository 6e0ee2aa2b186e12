"""A session of pytest-lsp: a client by other people, on the types of lsprotocol."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

from tests.lsp.conftest import POINT, POINT_CHARACTER, POINT_LINE, URI, wait_until_nothing_is_left

FOLDER = tempfile.TemporaryDirectory(prefix="lspc")
SETTINGS = {f"LSP_COPILOT_{key}_DIR": FOLDER.name for key in ("CONFIG", "RUNTIME", "LOG")} | {
    "LSP_COPILOT_IDLE_SECONDS": "0"
}
CONFIG = ClientServerConfig(
    server_command=[sys.executable, "-P", "-m", "lsp_server", "--stdio"],
    server_env=SETTINGS,
)


@pytest.fixture(scope="module", autouse=True)
def _folder() -> object:
    yield
    wait_until_nothing_is_left(Path(FOLDER.name))
    FOLDER.cleanup()


@pytest_lsp.fixture(config=CONFIG)
async def editor(lsp_client: LanguageClient):
    # The client says that files can be watched for others, and knows no such request.
    lsp_client.feature(types.CLIENT_REGISTER_CAPABILITY)(lambda _params: None)
    capabilities = client_capabilities("visual-studio-code")
    capabilities.text_document.inline_completion = types.InlineCompletionClientCapabilities()
    result = await lsp_client.initialize_session(
        types.InitializeParams(capabilities=capabilities, root_uri="file:///w")
    )
    lsp_client.server_capabilities = result.capabilities
    yield
    await lsp_client.shutdown_session()


async def test_a_session(editor: LanguageClient) -> None:
    capabilities = editor.server_capabilities
    # The recorded capabilities of VS Code offer UTF-16 only.
    assert capabilities.position_encoding == "utf-16"
    assert capabilities.inline_completion_provider is not None
    document = types.TextDocumentItem(uri=URI, language_id="python", version=1, text=POINT)
    editor.text_document_did_open(types.DidOpenTextDocumentParams(document))
    result = await editor.text_document_inline_completion_async(
        types.InlineCompletionParams(
            text_document=types.TextDocumentIdentifier(URI),
            position=types.Position(POINT_LINE, POINT_CHARACTER),
            context=types.InlineCompletionContext(types.InlineCompletionTriggerKind.Invoked),
        )
    )
    item, *_ = result.items
    assert item.insert_text.strip()
    assert item.command.command in capabilities.execute_command_provider.commands
    accepted = types.ExecuteCommandParams(command=item.command.command, arguments=item.command.arguments)
    assert await editor.workspace_execute_command_async(accepted) is None
    popup = await editor.text_document_completion_async(
        types.CompletionParams(types.TextDocumentIdentifier(URI), types.Position(POINT_LINE, POINT_CHARACTER))
    )
    assert popup.items in ([], ())
    assert editor.messages == []

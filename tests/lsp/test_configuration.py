"""Settings from the editor and the project: harmless keys only, applied when they change."""

from __future__ import annotations

import re
from pathlib import Path

from tests.lsp.conftest import POINT, POINT_CHARACTER, POINT_LINE, URI
from tests.lsp.test_status import STATUS, messages
from tests.lsp.wire import Client


def complete(client: Client) -> list[object]:
    return client.items(URI, POINT_LINE, POINT_CHARACTER)


def test_suggestions_can_be_switched_off_and_on(client: Client) -> None:
    client.initialize(initializationOptions={"enabled": False})
    assert client.notification(STATUS)["kind"] == "off"
    client.open(URI, POINT)
    assert complete(client) == []
    client.notify("workspace/didChangeConfiguration", {"settings": {"lspCopilot": {"enabled": True}}})
    assert complete(client)
    client.notify("workspace/didChangeConfiguration", {"settings": {"lsp-copilot": {"disabled_languages": ["python"]}}})
    # The initialization options hold where the newer settings say nothing.
    assert complete(client) == []
    client.notify("workspace/didChangeConfiguration", {"settings": {"enabled": True, "disabled_languages": ["sql"]}})
    # A new text, so that the engine must answer and not the cache.
    client.open(URI, POINT.replace("Point", "Place"))
    assert complete(client)
    assert messages(client) == []


def test_settings_are_pulled_from_clients_that_can_be_asked(client: Client) -> None:
    client.configuration = {"disabled_languages": ["python"]}
    client.initialize(capabilities={"workspace": {"configuration": True}})
    asked = client.notification("workspace/configuration")
    assert "lsp-copilot" in [item["section"] for item in asked["items"]]
    client.wait_for_log("settings have changed: disabled_languages")
    client.open(URI, POINT)
    assert complete(client) == []
    client.configuration = {"disabled_languages": []}
    client.notify("workspace/didChangeConfiguration", {"settings": None})
    client.wait_until(lambda: client.log.count("settings have changed") == 2, "two changes of the settings")
    assert complete(client)


def test_a_project_may_set_harmless_keys_only(isolated: dict[str, str], tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.log"
    (tmp_path / ".lsp-copilot.toml").write_text(
        f'disabled_languages = ["python"]\nlog_file = "{elsewhere}"\nendpoint = "http://127.0.0.1:9"\n'
    )
    with Client(isolated) as client:
        client.initialize(tmp_path)
        uri = (tmp_path / "a.py").as_uri()
        client.open(uri, POINT)
        assert client.items(uri, POINT_LINE, POINT_CHARACTER) == []
        told = messages(client)
        assert len(told) == 2
        assert any("log_file" in message for message in told)
        assert any("endpoint" in message for message in told)
        client.open(uri, "SELECT 1;\n", language="sql")
        client.items(uri, 0, 9)
        client.wait_for_log("source=engine")
        assert client.close() == 0
    assert not elsewhere.exists()


def test_protected_keys_of_the_editor_are_left_out_with_one_notice(client: Client) -> None:
    options = {"model_path": "/nowhere.gguf", "debounce_ms": 10}
    client.initialize(initializationOptions=options)
    for _ in range(3):
        client.notify("workspace/didChangeConfiguration", {"settings": options})
    client.open(URI, POINT)
    assert complete(client)
    (told,) = messages(client)
    assert "model_path" in told


def test_protected_keys_are_left_out_of_what_is_pulled_too(client: Client) -> None:
    client.configuration = {"endpoint": "http://127.0.0.1:9", "engine_python": "/nowhere/python"}
    client.initialize(capabilities={"workspace": {"configuration": True}})
    client.notification("workspace/configuration")
    client.open(URI, POINT)
    assert complete(client)
    client.wait_until(lambda: len(messages(client)) == 2, "two notices")
    assert {key for key in ("endpoint", "engine_python") for text in messages(client) if f"{key}:" in text} == {
        "endpoint",
        "engine_python",
    }


def test_a_broken_user_file_is_told_and_survived(isolated: dict[str, str]) -> None:
    Path(isolated["LSP_COPILOT_CONFIG_DIR"], "config.toml").write_text("enabled = maybe\n")
    with Client({**isolated, "LSP_COPILOT_ENABLED": "false"}) as client:
        client.initialize()
        assert "config.toml" in client.notification("window/showMessage")["message"]
        assert client.close() == 0


def test_the_log_names_no_document_text(isolated: dict[str, str]) -> None:
    log = Path(isolated["LSP_COPILOT_LOG_DIR"], "server.log")
    with Client({**isolated, "LSP_COPILOT_LOG_FILE": str(log)}) as client:
        client.initialize()
        secret = "hunter2_" + "x" * 10
        client.open(URI, f"password = '{secret}'\n" + POINT)
        client.items(URI, POINT_LINE + 1, POINT_CHARACTER)
        client.body(f'{{"jsonrpc":"2.0","id":9,"method":"textDocument/didOpen","params":"{secret}"}}'.encode())
        client.notify("textDocument/didOpen", {"textDocument": {"uri": 5, "text": secret}})
        client.body(secret.encode())
        assert client.close() == 0
        assert client.log == ""
    text = log.read_text()
    assert text.count("textDocument/inlineCompletion") == 1
    assert re.search(r"mode=line source=(engine|copy) before=", text)
    assert "hunter2" not in text

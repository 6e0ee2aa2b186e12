"""A model that was chosen by measurement and cannot be loaded gives way to the next one, and says so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from completion.models import catalog, device, files, speed
from tests.conftest import lsp_copilot
from tests.lsp.wire import Client

BIGGER = "deepseek-coder-1.3b"


@pytest.fixture
def two_models(isolated: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A store with a file that claims to be a bigger model: its vocabulary is not that model's, so it does not load."""
    environment = {**isolated, "LSP_COPILOT_LATENCY_MS": "10000"}
    shipped = files.locate(catalog.builtin().find("embedded"))
    done = lsp_copilot("models", "add", shipped, "--name", BIGGER, environment=environment)
    assert done.returncode == 0, done.stderr
    # Measuring this machine takes seconds and is tested elsewhere.
    monkeypatch.setenv("LSP_COPILOT_CACHE_DIR", isolated["LSP_COPILOT_CACHE_DIR"])
    speed.save(speed.assumed(device.read()))
    return environment


def test_the_next_smaller_model_takes_over_and_the_user_is_told(two_models: dict[str, str]) -> None:
    with Client(two_models) as client:
        client.ask("initialize", {"processId": os.getpid(), "rootUri": None, "capabilities": {}})
        client.notify("initialized", {})
        uri = "file:///workspace/a.py"
        document = {"uri": uri, "languageId": "python", "version": 1, "text": "import os\nfor name in os."}
        client.notify("textDocument/didOpen", {"textDocument": document})
        client.notification("$/lspCopilot/status", lambda s: s["kind"] == "normal" and s["model"] == "embedded")
        told = client.notification("window/showMessage", lambda message: "gives way" in message["message"])
        assert "DeepSeek-Coder 1.3B gives way to lsp-copilot embedded 9M" in told["message"]
        number = client.request(
            "textDocument/inlineCompletion",
            {
                "textDocument": {"uri": uri},
                "position": {"line": 1, "character": 15},
                "context": {"triggerKind": 1},
            },
        )
        assert "result" in client.answer(number)
        client.ask("shutdown")
        client.notify("exit")
        client.wait()
        assert "Traceback" not in client.log


def test_the_doctor_says_what_was_chosen_and_why(two_models: dict[str, str]) -> None:
    done = lsp_copilot("doctor", environment=two_models)
    assert done.returncode == 1
    assert f"{BIGGER} (DeepSeek-Coder 1.3B, DeepSeek-Model-License), chosen for this machine" in done.stdout
    assert "The stage 'engine' failed." in done.stdout


def test_the_store_keeps_what_was_added(two_models: dict[str, str]) -> None:
    assert any(Path(two_models["LSP_COPILOT_MODELS_DIR"]).rglob("*.gguf"))

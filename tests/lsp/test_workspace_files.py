"""The workspace over real pipes: what is refused, what is watched, and what other tools say of a document."""

from __future__ import annotations

import fnmatch
from pathlib import Path
from typing import Any

import pytest

from tests.lsp import recording_host
from tests.lsp.conftest import POINT, POINT_CHARACTER, POINT_LINE
from tests.lsp.wire import Client

WATCHES = {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}}
DIAGNOSTICS = "$/lspCopilot/diagnostics"


def reason(client: Client) -> str:
    """Why nothing was shown, as a person reads it."""
    told = client.ask("workspace/executeCommand", {"command": "lspCopilot.why", "arguments": []})
    assert told["record"]["outcome"] == "silent"
    return str(told["markdown"]).split("\n", 1)[0]


def test_capabilities(isolated: dict[str, str]) -> None:
    with Client({**isolated, "LSP_COPILOT_ENABLED": "false"}) as client:
        capabilities = client.initialize()
        assert capabilities["textDocumentSync"]["save"] is True
        kinds = ["quickfix", "refactor.rewrite", "source.lspCopilot.check"]
        assert capabilities["codeActionProvider"] == {"codeActionKinds": kinds}
        assert client.close() == 0


def test_files_are_watched_by_clients_that_can(isolated: dict[str, str], tmp_path: Path) -> None:
    with Client(isolated) as client:
        client.initialize(tmp_path, capabilities=WATCHES)
        (registration,) = client.notification("client/registerCapability")["registrations"]
        assert registration["method"] == "workspace/didChangeWatchedFiles"
        globs = [watcher["globPattern"] for watcher in registration["registerOptions"]["watchers"]]
        for name in ("a.py", "b.tsx", ".gitignore", ".copilotignore", "Dockerfile", "c.yaml"):
            assert any(_matches(f"src/{name}", glob) for glob in globs), name
        assert not any(_matches("src/a.pyc", glob) for glob in globs)
        assert client.close() == 0


def _matches(path: str, glob: str) -> bool:
    before, _, rest = glob.partition("{")
    names, _, after = rest.partition("}")
    return any(fnmatch.fnmatchcase(path, before + name + after) for name in names.split(","))


@pytest.mark.parametrize("capabilities", [{}, {"workspace": {"didChangeWatchedFiles": {}}}])
def test_other_clients_are_not_asked(isolated: dict[str, str], tmp_path: Path, capabilities: dict[str, Any]) -> None:
    with Client(isolated) as client:
        client.initialize(tmp_path, capabilities=capabilities)
        client.wait_for_log("index: ")
        assert client.close() == 0
        assert client.count("client/registerCapability") == 0


def test_rules_hold_from_the_first_request_and_when_they_change(isolated: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / ".copilotignore").write_text("plans/\n")
    with Client(isolated) as client:
        client.initialize(tmp_path)
        hidden, shown = ((tmp_path / name).as_uri() for name in ("plans/point.py", "src/point.py"))
        client.open(hidden, POINT)
        client.open(shown, POINT)
        assert client.items(hidden, POINT_LINE, POINT_CHARACTER) == []
        said = "line 1 of .copilotignore keeps suggestions out of this file (plans/)."
        assert reason(client) == f"Nothing was shown: {said}"
        assert client.items(shown, POINT_LINE, POINT_CHARACTER)
        (tmp_path / ".copilotignore").write_text("src/\n")
        change = {"uri": (tmp_path / ".copilotignore").as_uri(), "type": 2}
        client.notify("workspace/didChangeWatchedFiles", {"changes": [change]})
        assert client.items(shown, POINT_LINE, POINT_CHARACTER) == []
        assert client.items(hidden, POINT_LINE, POINT_CHARACTER)
        assert client.close() == 0


def test_secret_files_are_refused_without_a_folder_too(isolated: dict[str, str]) -> None:
    with Client(isolated) as client:
        client.initialize()
        for name in (".env", "keys/server.pem"):
            uri = f"file:///w/{name}"
            client.open(uri, POINT)
            assert client.items(uri, POINT_LINE, POINT_CHARACTER) == []
            assert "may hold secrets" in reason(client)
        assert client.close() == 0


def test_what_is_saved_is_indexed(isolated: dict[str, str], tmp_path: Path) -> None:
    with Client({**isolated, "LSP_COPILOT_LOG_LEVEL": "debug"}) as client:
        client.initialize(tmp_path)
        client.wait_for_log("index: 0 files")
        (tmp_path / "a.py").write_text("def saved():\n    pass\n")
        client.notify("textDocument/didSave", {"textDocument": {"uri": (tmp_path / "a.py").as_uri()}})
        client.wait_for_log("index: 1 of 1 changed files looked at")
        assert client.close() == 0


def test_diagnostics_near_the_cursor_are_shown_to_the_model(with_context: dict[str, str], tmp_path: Path) -> None:
    isolated = with_context
    root, record = tmp_path / "root", tmp_path / "prompts.jsonl"
    root.mkdir()
    environment = {
        **isolated,
        "LSP_COPILOT_ENGINE_PYTHON": str(recording_host.interpreter(tmp_path)),
        recording_host.VARIABLE: str(record),
    }
    with Client(environment) as client:
        client.initialize(root)
        uri = (root / "point.py").as_uri()
        client.open(uri, POINT)
        rows = [{"line": 6, "message": "palimpsest is not defined here"}, {"line": 90, "message": "far away zanzibar"}]
        client.notify(DIAGNOSTICS, {"uri": uri, "diagnostics": rows})
        # What is wrong is left out, and says nothing about the text.
        client.notify(DIAGNOSTICS, {"uri": uri, "diagnostics": [{"line": "six", "message": "quicksilver"}]})
        client.wait_for_log("diagnostics.0.line: expected a whole number from 0")
        at = {"line": 5, "character": 0}
        said = [{"range": {"start": at, "end": at}, "message": "corduroy is unused"}]
        params = {"textDocument": {"uri": uri}, "range": {"start": at, "end": at}, "context": {"diagnostics": said}}
        assert client.ask("textDocument/codeAction", params) is None
        assert client.items(uri, POINT_LINE, POINT_CHARACTER)
        words = ("palimpsest", "corduroy")
        client.wait_until(lambda: _shows(record, *words), "a prompt that shows what other tools say")
        assert not _shows(record, "zanzibar")
        assert not _shows(record, "quicksilver")
        assert "palimpsest" not in client.log
        client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        client.notify(DIAGNOSTICS, {"uri": uri, "diagnostics": rows})
        assert client.close() == 0


def _shows(record: Path, *words: str) -> bool:
    return any(all(word in prompt for word in words) for prompt in recording_host.recorded(record))

"""What the editor is told of the engine."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.lsp.conftest import POINT, POINT_CHARACTER, POINT_LINE, URI
from tests.lsp.wire import Client

STATUS = "$/lspCopilot/status"


def statuses(client: Client) -> list[dict[str, Any]]:
    return [note["params"] for note in client.notifications if note["method"] == STATUS]


def messages(client: Client) -> list[str]:
    return [note["params"]["message"] for note in client.notifications if note["method"] == "window/showMessage"]


def test_loading_is_told_with_progress(client: Client) -> None:
    client.initialize(capabilities={"window": {"workDoneProgress": True}})
    client.notification("$/progress", lambda params: params["value"]["kind"] == "end")
    ready = client.notification(STATUS, lambda params: params["kind"] == "normal" and params["message"] == "Ready.")
    assert ready == {"kind": "normal", "message": "Ready.", "model": "embedded", "progress": None}
    told = statuses(client)
    assert "loading" in [status["kind"] for status in told]
    assert all(status["progress"] is not None for status in told if status["kind"] == "loading")
    assert all(first != second for first, second in pairwise(told)), "only changes are told"
    token = client.notification("window/workDoneProgress/create")["token"]
    values = [note["params"]["value"] for note in client.notifications if note["method"] == "$/progress"]
    assert all(note["params"]["token"] == token for note in client.notifications if note["method"] == "$/progress")
    assert [value["kind"] for value in values] == ["begin", *["report"] * (len(values) - 2), "end"]
    assert "embedded" in values[0]["message"]
    percentages = [value["percentage"] for value in values[:-1]]
    assert percentages == sorted(percentages)
    assert messages(client) == []


def test_no_progress_for_clients_that_do_not_want_it(client: Client) -> None:
    client.initialize()
    client.notification(STATUS, lambda params: params["message"] == "Ready.")
    assert not [note for note in client.notifications if "rogress" in note["method"]]


def test_a_missing_model_is_told_once(without_model: dict[str, str]) -> None:
    with Client(without_model) as client:
        client.initialize()
        failed = client.notification(STATUS, lambda params: params["kind"] == "error")
        assert "missing.gguf" in failed["message"]
        client.open(URI, POINT)
        for invoked in (True, False, True):
            assert client.items(URI, POINT_LINE, POINT_CHARACTER, invoked=invoked) == []
        (message,) = messages(client)
        assert "missing.gguf" in message
        assert "\n" not in message
        assert client.close() == 0


def test_a_model_that_comes_later_is_found_when_asked_for(without_model: dict[str, str], tmp_path: Path) -> None:
    from completion.models import catalog, files

    with Client(without_model) as client:
        client.initialize()
        client.notification(STATUS, lambda params: params["kind"] == "error")
        (tmp_path / "missing.gguf").symlink_to(files.locate(catalog.builtin().find("embedded"), ""))
        client.open(URI, POINT)
        assert client.items(URI, POINT_LINE, POINT_CHARACTER)
        assert client.close() == 0


def test_switched_off(isolated: dict[str, str]) -> None:
    with Client({**isolated, "LSP_COPILOT_ENABLED": "false"}) as client:
        client.initialize()
        assert client.notification(STATUS)["kind"] == "off"
        client.open(URI, POINT)
        assert client.items(URI, POINT_LINE, POINT_CHARACTER) == []
        assert [status["kind"] for status in statuses(client)] == ["off"]
        assert client.close() == 0

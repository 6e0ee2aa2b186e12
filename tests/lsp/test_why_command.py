"""`lspCopilot.why` over real pipes: every suggestion and every silence can be asked about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import lsp_copilot
from tests.lsp.conftest import POINT, POINT_CHARACTER, POINT_LINE, URI
from tests.lsp.wire import Client

COMMAND = "lspCopilot.why"


def why(client: Client, *arguments: object) -> Any:
    return client.ask("workspace/executeCommand", {"command": COMMAND, "arguments": list(arguments)})


def test_before_anything_was_asked(isolated: dict[str, str]) -> None:
    with Client({**isolated, "LSP_COPILOT_ENABLED": "false"}) as client:
        client.initialize()
        assert why(client)["record"] is None
        assert "Nothing was asked yet" in why(client)["markdown"]
        client.open(URI, POINT)
        assert client.items(URI, POINT_LINE, POINT_CHARACTER) == []
        assert "suggestions are switched off" in why(client)["markdown"]
        assert why(client, 1)["markdown"] == "Only the last 1 requests are remembered."
        assert client.close() == 0


def test_a_suggestion_and_silences(live: Client) -> None:
    uri = "file:///w/why.py"
    live.open(uri, POINT)
    item, *_ = live.items(uri, POINT_LINE, POINT_CHARACTER)
    record = why(live)["record"]
    assert record["outcome"] == "shown"
    assert record["characters"] == len(item["insertText"])
    assert (record["path"], record["line"], record["trigger"]) == ("/w/why.py", POINT_LINE + 1, "invoked")
    assert (record["model"], record["engine"], record["mode"]) == ("embedded", "llama", "line")
    assert record["first_ms"] > 0
    assert record["completion_tokens"] > 0
    assert {tried["source"] for tried in record["candidates"]} <= {"engine", "copy"}
    assert "A suggestion was shown" in why(live)["markdown"]
    assert live.items(uri, POINT_LINE, POINT_CHARACTER - 1, invoked=False) == []
    assert why(live)["markdown"].startswith("Nothing was shown: the cursor is inside a word.")
    assert why(live, 1)["record"] == record
    assert live.items("file:///w/never_opened.py", 0, 0) == []
    assert why(live)["record"]["reason"] == "not open"
    number = live.complete(uri, POINT_LINE, POINT_CHARACTER - 4)
    live.change(uri, 2, {"text": "import os\n"})
    assert live.answer(number)["result"]["items"] == []
    assert why(live)["record"]["outcome"] in ("withdrawn", "silent")


def test_the_log_says_first_token_and_first_line(live: Client) -> None:
    uri = "file:///w/logged.py"
    live.open(uri, POINT)
    number = live.complete(uri, POINT_LINE, POINT_CHARACTER)
    live.answer(number)
    live.wait_for_log(f"request {number} ")
    (line,) = [line for line in live.log.splitlines() if f"request {number} " in line]
    values = dict(word.split("=") for word in line.split() if "=" in word)
    assert 0 < float(values["first"]) <= float(values["line"]) <= float(values["engine"]) + 1


def test_a_request_that_was_taken_back(isolated: dict[str, str]) -> None:
    with Client(isolated) as client:
        client.initialize()
        client.open(URI, POINT)
        client.complete(URI, POINT_LINE, POINT_CHARACTER)
        # The model is still being loaded; the first request has begun to wait for it.
        assert why(client)["record"] is None
        assert client.items(URI, POINT_LINE, POINT_CHARACTER)
        assert [why(client, back)["record"]["outcome"] for back in (0, 1)] == ["shown", "withdrawn"]
        assert "a newer key has replaced this request" in why(client, 1)["markdown"]
        assert client.close() == 0


@pytest.mark.parametrize("bad", [-1, "1", True, 1.5, None, [0], {}])
def test_arguments_that_are_no_number(live: Client, bad: object) -> None:
    number = live.request("workspace/executeCommand", {"command": COMMAND, "arguments": [bad]})
    error = live.answer(number)["error"]
    assert error["code"] == -32602
    assert "expected a whole number from 0" in error["message"]


def test_the_command_line_reads_it_while_the_server_runs_and_after(isolated: dict[str, str], tmp_path: Path) -> None:
    word = "zirconium_password"
    with Client(isolated) as client:
        client.initialize(tmp_path)
        uri = (tmp_path / "secret.py").as_uri()
        client.open(uri, f"{word} = 1\nprint({word})\n" + POINT)
        assert client.items(uri, POINT_LINE + 2, POINT_CHARACTER)
        # Written in a thread at the first record: an answer to a question does not wait for it.
        folder = Path(isolated["LSP_COPILOT_RUNTIME_DIR"])
        client.wait_until(lambda: any(folder.glob("why-*.json")), "the file of the records")
        done = lsp_copilot("why", environment=isolated)
        assert done.returncode == 0, done.stderr
        assert f"Server {client.process.pid} in {tmp_path}\n" in done.stdout
        assert "A suggestion was shown" in done.stdout
        assert "secret.py, line 10 (python)" in done.stdout
        assert client.items(uri, 0, 3) == []
        assert client.close() == 0
    (file,) = folder.glob("why-*.json")
    assert file.stat().st_mode & 0o777 == 0o600
    for text in (file.read_text(), client.log):
        assert word not in text
    done = lsp_copilot("why", "--last", "5", "--json", environment=isolated)
    (server,) = json.loads(done.stdout)
    assert server["running"] is False
    assert [record["outcome"] for record in server["records"]] == ["silent", "shown"]

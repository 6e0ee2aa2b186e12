"""`lspCopilot.script` over real pipes on the embedded model: partial results, one answer, cancelling, giving way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.lsp.conftest import POINT, POINT_CHARACTER, POINT_LINE
from tests.lsp.wire import PATIENCE, Client

COMMAND = "lspCopilot.script"
WRITING = 4 * PATIENCE
"""Seconds for rounds of writing on a busy machine."""
SCHEMA = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n"


def ask(client: Client, argument: object, token: str | None = None) -> int:
    """Ask for a script; returns the request's id."""
    more = {} if token is None else {"partialResultToken": token}
    return client.request("workspace/executeCommand", {"command": COMMAND, "arguments": [argument], **more})


def partials(client: Client, token: str) -> list[dict[str, Any]]:
    """The partial values of a request so far."""
    told = [note["params"] for note in list(client.notifications) if note["method"] == "$/progress"]
    return [params["value"] for params in told if params["token"] == token]


def test_a_script_comes_in_pieces_and_ends_with_its_evidence(live: Client) -> None:
    number = ask(live, {"kind": "sql", "request": "names of all users", "schema": SCHEMA, "repairs": 0}, "one")
    result = live.answer(number, WRITING)["result"]
    assert result["text"].strip()
    assert result["state"] in ("valid", "invalid", "not checked")
    assert {verdict["check"] for verdict in result["verdicts"]} >= {"sqlglot", "sqlite"}
    assert [attempt["text"] for attempt in result["attempts"]] == [result["text"]]
    pieces = partials(live, "one")
    assert all(set(piece) == {"text"} for piece in pieces)
    assert len(pieces) > 1
    shown = "".join(piece["text"] for piece in pieces)
    assert shown.split()[:2] == result["text"].split()[:2]
    assert len(live.answers(number)) == 1
    live.wait_for_log("kind=sql task=write")
    assert "names of all users" not in live.log


def test_another_round_makes_what_came_before_void(live: Client) -> None:
    # Two examples that no expression can tell apart: every attempt is wrong.
    asked = {"kind": "regex", "request": "a word", "matching": ["abc"], "other": ["abc"], "repairs": 1}
    result = live.answer(ask(live, asked, "rounds"), WRITING)["result"]
    assert result["state"] == "invalid"
    assert len(result["attempts"]) == 2
    (begun,) = [value for value in partials(live, "rounds") if "round" in value]
    assert begun["round"] == 2
    assert begun["how"] in ("constrained", "repaired")
    assert begun["reason"]


def test_translating_sql_needs_no_model(isolated: dict[str, str], tmp_path: Path) -> None:
    broken = {**isolated, "LSP_COPILOT_MODEL_PATH": str(tmp_path / "missing.gguf")}
    with Client(broken) as client:
        client.initialize()
        asked = {
            "kind": "sql",
            "task": "translate",
            "source": "SELECT IFNULL(name, 'x') FROM users LIMIT 3",
            "dialect": "sqlite",
            "target": "tsql",
        }
        result = client.answer(ask(client, asked))["result"]
        assert "TOP 3" in result["text"]
        assert result["how"] == "translated"
        error = client.answer(ask(client, {"kind": "sql", "request": "names of all users"}))["error"]
        assert error["code"] == -32803
        assert "missing.gguf does not exist" in error["message"]
        assert client.close() == 0


def test_cancelling_is_answered_once_and_the_engine_is_free(live: Client) -> None:
    asked = {"kind": "shell", "request": "remove empty folders below build", "temperature": 1.5, "seed": 3}
    number = ask(live, asked, "cancelled")
    live.wait_until(lambda: bool(partials(live, "cancelled")), "the first piece")
    live.notify("$/cancelRequest", {"id": number})
    assert live.answer(number)["error"]["code"] == -32800
    after = len(partials(live, "cancelled"))
    # The next one is answered, so the turn and the engine were given back.
    assert live.answer(ask(live, {"kind": "sql", "request": "all users", "repairs": 0}), WRITING)["result"]["text"]
    assert len(partials(live, "cancelled")) == after
    assert len(live.answers(number)) == 1


def test_a_second_script_waits_for_the_first(live: Client) -> None:
    asked = {"kind": "sql", "request": "names of all users", "repairs": 0}
    first, second = (ask(live, asked, token) for token in ("first", "second"))
    assert live.answer(second, WRITING)["result"]["text"] == live.answer(first)["result"]["text"]
    notes = [note["params"]["token"] for note in live.notifications if note["method"] == "$/progress"]
    assert "first" not in notes[notes.index("second") :]


def test_a_suggestion_comes_while_a_script_is_written(live: Client) -> None:
    uri = "file:///w/while_writing.py"
    live.open(uri, POINT)
    assert live.items(uri, POINT_LINE, POINT_CHARACTER)
    asked = {"kind": "kubernetes", "request": "a deployment named web", "temperature": 1.0, "seed": 1, "repairs": 2}
    number = ask(live, asked, "long")
    live.wait_until(lambda: bool(partials(live, "long")), "the first piece")
    lines = POINT.splitlines()
    live.change(uri, 2, {"text": "\n".join(lines) + ".\n"})
    suggestion = live.complete(uri, POINT_LINE, POINT_CHARACTER + 1)
    assert "error" not in live.answer(suggestion)
    assert not live.answers(number), "the script was still being written"
    result = live.answer(number, WRITING)["result"]
    assert result["text"].strip()


@pytest.mark.parametrize(
    ("argument", "named"),
    [
        ([], "expected one object"),
        ({}, "kind: expected one of sql"),
        ({"kind": "cobol", "request": "x"}, "kind: expected one of sql"),
        ({"kind": "sql"}, "request: expected what is wanted"),
        ({"kind": "sql", "request": 7}, "request: expected a string"),
        ({"kind": "sql", "request": "x", "colour": "red"}, "colour: no such key"),
        ({"kind": "sql", "request": "x", "seed": 1.5}, "seed: expected a whole number"),
        ({"kind": "sql", "request": "x", "seed": True}, "seed: expected a number"),
        ({"kind": "sql", "request": "x", "temperature": 3}, "temperature: expected a number from 0 to 2"),
        ({"kind": "sql", "request": "x", "repairs": 9}, "repairs: expected a number from 0 to 2"),
        ({"kind": "regex", "request": "x", "matching": "y"}, "matching: expected a list"),
        ({"kind": "regex", "request": "x", "matching": ["y", 1]}, "matching.1: expected a string"),
        ({"kind": "sql", "request": "x", "context": [{"path": "a"}]}, "context.0: expected an object"),
        ({"kind": "sql", "request": "x", "context": [{"uri": "file:///nowhere"}]}, "is not open"),
        ({"kind": "sql", "request": "x", "schema": "y", "schemaUri": "file:///z"}, "schemaUri: either"),
        (
            {"kind": "sql", "request": "x", "schemaUri": "file:///nowhere.sql"},
            "nowhere.sql: cannot be read",
        ),
        ({"kind": "sql", "task": "fix"}, "source: expected the script to fix"),
        ({"kind": "sql", "task": "translate", "source": "x"}, "target: expected a dialect"),
        ({"kind": "sql", "task": "dance", "request": "x"}, "task: expected one of write"),
    ],
)
def test_wrong_arguments_are_named(live: Client, argument: object, named: str) -> None:
    error = live.answer(ask(live, argument))["error"]
    assert error["code"] == -32602
    assert named in error["message"]


def test_what_is_secret_is_no_context(live: Client, tmp_path: Path) -> None:
    uri = (tmp_path / ".env").as_uri()
    live.open(uri, "TOKEN=quicksilver\n", "dotenv")
    error = live.answer(ask(live, {"kind": "shell", "request": "print it", "context": [{"uri": uri}]}))["error"]
    assert error["code"] == -32602
    assert "shown to no model: secret file" in error["message"]
    assert "quicksilver" not in json.dumps(error) + live.log

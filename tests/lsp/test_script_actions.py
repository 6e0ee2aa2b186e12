"""Code actions for scripts over real pipes: offered at once, written as one edit, found things as diagnostics."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lsp.wire import PATIENCE, Client

ACTION = "lspCopilot.scriptAction"
CAPABILITIES = {
    "textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}}},
    "workspace": {"applyEdit": True, "workspaceEdit": {"documentChanges": True}},
    "window": {"workDoneProgress": True},
}
BOTH = ["Write this script", "Check this script"]
QUERIES = "-- names of all users\n\nSELECT nme FROM users;\nDELETE FROM users;\n"


class Editor:
    """A client that takes edits: it applies them to the one document, tells the server, and says so."""

    def __init__(self, client: Client, root: Path) -> None:
        self.client, self.root = client, root
        self.uri, self.text, self.version = "", "", 1
        self.edits: list[dict[str, Any]] = []
        self.answers = True

    def open(self, name: str, text: str, language: str) -> None:
        self.uri, self.text, self.version = (self.root / name).as_uri(), text, 1
        self.client.open(self.uri, text, language)

    def actions(self, start: tuple[int, int], end: tuple[int, int] | None = None, **context: Any) -> list[Any]:
        ends = {"start": at(start), "end": at(end or start)}
        more = {"diagnostics": [], **context}
        params = {"textDocument": {"uri": self.uri}, "range": ends, "context": more}
        return self.client.ask("textDocument/codeAction", params) or []

    def titled(self, title: str, start: tuple[int, int], end: tuple[int, int] | None = None, **context: Any) -> Any:
        (found,) = [each for each in self.actions(start, end, **context) if each["title"] == title]
        return found

    def run(self, action: Any) -> int:
        """Run an action's command; returns the request's id."""
        command = action["command"]
        arguments = {"command": command["command"], "arguments": command["arguments"]}
        return self.client.request("workspace/executeCommand", arguments)

    def done(self, action: Any) -> Any:
        """The result of an action's command; a busy machine takes its time to write."""
        return self.client.answer(self.run(action), 4 * PATIENCE)["result"]

    def change(self, start: tuple[int, int], end: tuple[int, int], text: str) -> None:
        """An edit by hand."""
        lines = self.text.split("\n")
        (first, left), (last, right) = start, end
        before = "\n".join([*lines[:first], lines[first][:left]])
        behind = "\n".join([lines[last][right:] if last < len(lines) else "", *lines[last + 1 :]])
        self.text, self.version = before + text + behind, self.version + 1
        self.client.change(self.uri, self.version, {"range": {"start": at(start), "end": at(end)}, "text": text})

    def diagnostics(self) -> list[tuple[int, str]]:
        """What the server has published last for the document."""
        method = "textDocument/publishDiagnostics"
        told = [note["params"] for note in list(self.client.notifications) if note["method"] == method]
        own = [params for params in told if params["uri"] == self.uri]
        assert all(row["source"] == "lsp-copilot script" for params in own for row in params["diagnostics"])
        return [(row["range"]["start"]["line"], row["message"]) for row in own[-1]["diagnostics"]] if own else []

    def take(self, params: dict[str, Any]) -> bool:
        """An edit of the server; whether it was applied."""
        self.edits.append(params)
        if self.answers:
            (document,) = params["edit"]["documentChanges"]
            assert document["textDocument"] == {"uri": self.uri, "version": self.version}
            (edit,) = document["edits"]
            ends = [(edit["range"][key]["line"], edit["range"][key]["character"]) for key in ("start", "end")]
            self.change(ends[0], ends[1], edit["newText"])
        return self.answers


class TakingClient(Client):
    """A client whose editor takes edits."""

    editor: Editor

    def _reply(self, message: dict[str, Any]) -> None:
        if message["method"] == "workspace/applyEdit":
            applied = self.editor.take(message["params"])
            self.send({"jsonrpc": "2.0", "id": message["id"], "result": {"applied": applied}})
        else:
            super()._reply(message)


def at(place: tuple[int, int]) -> dict[str, int]:
    return {"line": place[0], "character": place[1]}


@pytest.fixture
def editor(isolated: dict[str, str], tmp_path: Path) -> Iterator[Editor]:
    """An editor on a project with a migration."""
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations/1.sql").write_text("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);\n")
    with TakingClient(isolated) as client:
        client.initialize(tmp_path, capabilities=CAPABILITIES)
        client.editor = Editor(client, tmp_path)
        yield client.editor
        assert client.close() == 0


def test_a_comment_becomes_a_script_in_one_edit(editor: Editor) -> None:
    editor.open("q.sql", QUERIES, "sql")
    number = editor.run(editor.titled("Write this script", (0, 5)))
    result = editor.client.answer(number, 4 * PATIENCE)["result"]
    assert result["applied"] is True, result.get("reason")
    (edit,) = editor.edits
    assert edit["label"] == "Write a script"
    assert editor.text == QUERIES.replace("\n\n", "\n" + result["text"] + "\n", 1)
    # Diagnostics are of what was written: nobody has asked about the rest.
    last = result["text"].count("\n")
    assert all(1 <= line <= last for line, _ in editor.diagnostics())
    assert bool(editor.diagnostics()) >= (result["state"] == "invalid")
    begun = editor.client.notification("$/progress", lambda params: params["value"].get("kind") == "begin")
    assert begun["value"]["cancellable"] is True
    editor.client.notification("$/progress", lambda params: params["value"].get("kind") == "end")
    assert "names of all users" not in editor.client.log


def test_findings_move_with_their_lines_and_go_with_them(editor: Editor) -> None:
    editor.open("q.sql", QUERIES, "sql")
    assert editor.diagnostics() == []
    number = editor.run(editor.titled("Check this script", (2, 0), (4, 0)))
    result = editor.client.answer(number, 4 * PATIENCE)["result"]
    assert result["state"] == "invalid"
    wrong = (2, "no column 'nme' in users; did you mean 'name'? (sqlite)")
    risky = (3, "this deletes every row of users: it has no WHERE")
    assert editor.diagnostics() == [wrong, risky]
    said = editor.client.notification("window/showMessage")["message"]
    assert said.startswith("lsp-copilot: Invalid (sqlite)")

    editor.change((0, 0), (0, 0), "-- two\n-- lines\n")
    editor.client.wait_until(lambda: editor.diagnostics() == [(4, wrong[1]), (5, risky[1])], "moved findings")
    editor.change((4, 8), (4, 8), "a")
    editor.client.wait_until(lambda: editor.diagnostics() == [(5, risky[1])], "the other finding alone")
    editor.client.notify("textDocument/didClose", {"textDocument": {"uri": editor.uri}})
    editor.client.wait_until(lambda: editor.diagnostics() == [], "none of a closed document")


def test_only_our_own_findings_are_offered_a_fix(editor: Editor) -> None:
    editor.open("q.sql", QUERIES, "sql")
    editor.done(editor.titled("Check this script", (2, 0), (4, 0)))
    published = editor.client.notification("textDocument/publishDiagnostics")["diagnostics"]
    other = {**published[0], "source": "sqlfluff"}
    offered = [each for each in editor.actions((2, 8), diagnostics=[other, published[0]]) if each["kind"] == "quickfix"]
    assert [each["title"] for each in offered] == ["Fix: no column 'nme' in users; did you mean 'name'? (sqlite)"]
    result = editor.done(offered[0])
    assert result["applied"] is bool(editor.edits)
    assert result["applied"] or editor.text == QUERIES
    if result["applied"]:
        assert editor.text.startswith("-- names of all users\n\n" + result["text"].rstrip("\n"))


def test_a_selection_is_translated_without_a_model(editor: Editor) -> None:
    editor.open("q.sql", "SELECT 1;\n\n  SELECT IFNULL(name, 'é') FROM users;\n\nSELECT 2;\n", "sql")
    titles = [each["title"] for each in editor.actions((2, 3), (2, 10))]
    assert titles == [
        "Check this script",
        "Explain this script",
        "Translate to SQLite",
        "Translate to PostgreSQL",
        "Translate to MySQL",
    ]
    result = editor.done(editor.titled("Translate to PostgreSQL", (2, 3), (2, 10)))
    assert result["applied"] is True, result.get("reason")
    assert editor.text.startswith("SELECT 1;\n\n  SELECT\n")
    assert "COALESCE(name, 'é')" in editor.text
    assert editor.text.endswith(";\n\nSELECT 2;\n")


def test_nothing_is_written_over_a_changed_text(editor: Editor) -> None:
    editor.open("run.sh", "#!/bin/sh\n# remove empty folders below build\n", "shellscript")
    number = editor.run(editor.titled("Write this script", (1, 3)))
    editor.change((1, 2), (1, 8), "list")
    result = editor.client.answer(number, 4 * PATIENCE)["result"]
    assert (result["applied"], result["reason"]) == (False, "The text has changed meanwhile.")
    assert editor.edits == []
    assert editor.text == "#!/bin/sh\n# list empty folders below build\n"


def test_an_editor_that_takes_no_edits(editor: Editor) -> None:
    editor.answers = False
    editor.open("q.sql", QUERIES, "sql")
    result = editor.done(editor.titled("Translate to MySQL", (2, 0), (3, 0)))
    assert (result["applied"], result["reason"]) == (False, "The editor did not apply the edit.")
    assert "SELECT" in result["text"]
    assert editor.diagnostics() == []


def test_the_button_of_the_progress_cancels(editor: Editor) -> None:
    editor.open("run.sh", "# remove empty folders below build\n", "shellscript")
    number = editor.run(editor.titled("Write this script", (0, 3)))
    begun = editor.client.notification("$/progress", lambda params: params["value"].get("kind") == "begin")
    editor.client.notify("window/workDoneProgress/cancel", {"token": begun["token"]})
    assert editor.client.answer(number)["error"]["code"] == -32800
    editor.client.notification("$/progress", lambda params: params["value"].get("kind") == "end")
    assert editor.edits == []


def test_asking_again_for_the_same_comment_stops_the_older_request(editor: Editor) -> None:
    editor.open("q.sql", "-- names of all users\n", "sql")
    action = editor.titled("Write this script", (0, 3))
    first, second = editor.run(action), editor.run(action)
    result = editor.client.answer(first)["result"]
    assert (result["applied"], result["reason"]) == (False, "It was asked for again.")
    assert editor.client.answer(second, 4 * PATIENCE)["result"]["applied"] is True
    assert len(editor.edits) == 1


@pytest.mark.parametrize(
    ("name", "language", "text", "line", "titles"),
    [
        ("a.py", "python", "x = 1\n# read the file and print its lines\n\n", 1, ["Write this script"]),
        ("a.py", "python", "x = 1\n# read the file and print its lines\n\n", 0, []),
        ("Dockerfile", "dockerfile", "# syntax=docker/dockerfile:1\n", 0, ["Check this script"]),
        ("a.yaml", "yaml", "# a list of all colours\ncolours: []\n", 0, []),
        (
            "a.yaml",
            "yaml",
            "apiVersion: v1\nkind: Pod\n# add a config map named web\n",
            2,
            BOTH,
        ),
        ("compose.yaml", "yaml", "# add a database with a volume\n", 0, BOTH),
        ("a.rs", "rust", "// sort all the numbers\n", 0, []),
        (".env", "shellscript", "# print all the variables\n", 0, []),
    ],
)
def test_what_is_offered(
    live: Client, tmp_path: Path, name: str, language: str, text: str, line: int, titles: list[str]
) -> None:
    editor = Editor(live, tmp_path)
    editor.open(name, text, language)
    assert [each["title"] for each in editor.actions((line, 3))] == titles


def test_kinds_that_are_wanted_and_clients_without_literals(isolated: dict[str, str], tmp_path: Path) -> None:
    with Client(isolated) as client:
        client.initialize(tmp_path)
        editor = Editor(client, tmp_path)
        editor.open("q.sql", QUERIES, "sql")
        commands = editor.actions((0, 0))
        assert [each["command"] for each in commands] == [ACTION, ACTION]
        assert editor.actions((0, 0), only=["source.organizeImports"]) == []
        assert [each["title"] for each in editor.actions((0, 0), only=["source"])] == ["Check this script"]
        assert [each["title"] for each in editor.actions((0, 0), only=["refactor"])] == ["Write this script"]
        assert client.close() == 0


@pytest.mark.parametrize(
    ("argument", "named"),
    [
        (None, "expected one argument"),
        ({"action": "dance"}, "action: expected one of write, translate, fix, explain, check"),
        ({"action": "check", "uri": "file:///nowhere"}, "uri: expected an open document"),
        ({"action": "check", "first": -1, "last": 0}, "first: expected a line"),
        ({"action": "check", "first": 0, "last": True}, "last: expected a line"),
        ({"action": "check", "first": 900, "last": 901}, "first: there is no text"),
        ({"action": "check", "first": 0, "last": 0, "kind": "cobol"}, "kind: expected one of sql"),
        ({"action": "write", "first": 2, "last": 2}, "first: expected the line of a comment"),
        ({"action": "translate", "first": 2, "last": 2}, "target: expected a dialect"),
        ({"action": "fix", "first": 2, "last": 2, "line": 2, "message": "x"}, "message: expected one of our findings"),
    ],
)
def test_wrong_arguments_are_named(
    live: Client, tmp_path: Path, argument: dict[str, object] | None, named: str
) -> None:
    editor = Editor(live, tmp_path)
    editor.open("q.sql", QUERIES, "sql")
    arguments = [] if argument is None else [{"uri": editor.uri, **argument}]
    number = editor.client.request("workspace/executeCommand", {"command": ACTION, "arguments": arguments})
    error = editor.client.answer(number)["error"]
    assert error["code"] == -32602
    assert named in error["message"]

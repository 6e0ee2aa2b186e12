"""`textDocument/inlineCompletion` with the embedded model."""

from __future__ import annotations

import itertools

import pytest

from tests.lsp.conftest import POINT, POINT_CHARACTER, POINT_LINE, URI
from tests.lsp.wire import Client

_numbers = itertools.count()


def fresh_uri() -> str:
    """A document that no other test knows."""
    return f"file:///w/inline{next(_numbers)}.py"


def test_a_suggestion_and_its_acceptance(live: Client) -> None:
    uri = fresh_uri()
    live.open(uri, POINT)
    item, *_ = live.items(uri, POINT_LINE, POINT_CHARACTER)
    assert set(item) == {"insertText", "range", "command"}
    assert item["insertText"].strip()
    at = {"line": POINT_LINE, "character": POINT_CHARACTER}
    assert item["range"] == {"start": at, "end": at}
    command = item["command"]
    assert command["command"] == "lsp-copilot.accepted"
    assert command["title"]
    (identity,) = command["arguments"]
    assert isinstance(identity, str)
    assert identity
    accepted = {"command": command["command"], "arguments": command["arguments"]}
    assert live.ask("workspace/executeCommand", accepted) is None


def test_typing_through_a_suggestion_needs_no_engine(live: Client) -> None:
    uri = fresh_uri()
    live.open(uri, POINT)
    (first,) = live.items(uri, POINT_LINE, POINT_CHARACTER, invoked=False)
    typed = first["insertText"][0]
    at = {"line": POINT_LINE, "character": POINT_CHARACTER}
    live.change(uri, 2, {"range": {"start": at, "end": at}, "text": typed})
    (second,) = live.items(uri, POINT_LINE, POINT_CHARACTER + 1, invoked=False)
    assert second["insertText"] == first["insertText"][1:]
    live.wait_for_log("source=cache")


def test_a_newer_request_supersedes_the_older_one(live: Client) -> None:
    uri = fresh_uri()
    live.open(uri, POINT)
    numbers = [live.complete(uri, POINT_LINE, POINT_CHARACTER, invoked=False) for _ in range(5)]
    answers = [live.answer(number) for number in numbers]
    assert [answer["result"]["items"] for answer in answers[:-1]] == [[]] * 4
    assert answers[-1]["result"]["items"]


def test_requests_for_different_documents_do_not_supersede_each_other(live: Client) -> None:
    uris = [fresh_uri(), fresh_uri()]
    for uri in uris:
        live.open(uri, POINT)
    numbers = [live.complete(uri, POINT_LINE, POINT_CHARACTER) for uri in uris]
    assert all(live.answer(number)["result"]["items"] for number in numbers)


def test_a_cancelled_request_is_answered_as_cancelled(live: Client) -> None:
    uri = fresh_uri()
    live.open(uri, POINT)
    number = live.complete(uri, POINT_LINE, POINT_CHARACTER, invoked=False)
    live.notify("$/cancelRequest", {"id": number})
    assert live.answer(number)["error"]["code"] == -32800
    assert live.items(uri, POINT_LINE, POINT_CHARACTER)
    assert len(live.answers(number)) == 1


def test_an_edit_after_the_request_makes_the_answer_void(live: Client) -> None:
    """It is for a text that is no more; Neovim would show it all the same."""
    uri = fresh_uri()
    live.open(uri, POINT)
    number = live.complete(uri, POINT_LINE, POINT_CHARACTER)
    live.change(uri, 2, {"text": "import os\n"})
    assert live.answer(number)["result"]["items"] == []


def test_the_request_sees_the_edits_before_it_and_none_after_it(live: Client) -> None:
    uri = fresh_uri()
    live.open(uri, "")
    live.change(uri, 2, {"text": POINT})
    number = live.complete(uri, POINT_LINE, POINT_CHARACTER)
    assert live.answer(number)["result"]["items"]


def test_closing_a_document_ends_its_request(live: Client) -> None:
    uri = fresh_uri()
    live.open(uri, POINT)
    number = live.complete(uri, POINT_LINE, POINT_CHARACTER, invoked=False)
    live.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    assert live.answer(number)["result"]["items"] == []


def test_line_ends_of_the_document_are_kept(live: Client) -> None:
    uri = fresh_uri()
    text = POINT.removesuffix("        self.y\n").rstrip() + "\n\n    def length(self):\n        "
    live.open(uri, text.replace("\n", "\r\n"))
    lines = text.split("\n")
    for item in live.items(uri, len(lines) - 1, 8):
        assert item["insertText"].count("\n") == item["insertText"].count("\r\n")


def test_the_entry_that_is_selected_in_the_popup_is_part_of_the_text(live: Client) -> None:
    uri = fresh_uri()
    live.open(uri, POINT.replace("        self.y\n", "        se\n"))
    where = {"start": {"line": POINT_LINE, "character": 8}, "end": {"line": POINT_LINE, "character": 10}}
    context = {"triggerKind": 1, "selectedCompletionInfo": {"range": where, "text": "self."}}
    number = live.complete(uri, POINT_LINE, 10, context=context)
    item, *_ = live.answer(number)["result"]["items"]
    assert item["insertText"].startswith("self.")
    assert len(item["insertText"]) > len("self.")
    assert item["range"] == where


@pytest.mark.parametrize("bad", [{"line": 99, "character": 0}, {"line": 0, "character": 9999}])
def test_positions_beyond_the_text_are_clamped(live: Client, bad: dict[str, int]) -> None:
    uri = fresh_uri()
    live.open(uri, POINT)
    answer = live.answer(live.complete(uri, bad["line"], bad["character"]))
    for item in answer["result"]["items"]:
        assert item["range"]["start"]["line"] <= 8


def test_an_edit_that_cannot_be_understood_closes_the_document(live: Client) -> None:
    """A text that we do not know any more gets no suggestions, rather than wrong ones."""
    uri = fresh_uri()
    live.open(uri, POINT)
    at = {"line": 0, "character": -1}
    live.change(uri, 2, {"range": {"start": at, "end": at}, "text": "x"})
    assert live.items(uri, POINT_LINE, POINT_CHARACTER) == []
    live.open(uri, POINT)
    assert live.items(uri, POINT_LINE, POINT_CHARACTER)


def test_large_documents_get_nothing(live: Client) -> None:
    uri = fresh_uri()
    live.open(uri, "x = 1\n" * 800_000)
    assert live.items(uri, 5, 5) == []
    live.change(uri, 2, {"text": POINT})
    assert live.items(uri, POINT_LINE, POINT_CHARACTER)


@pytest.mark.parametrize(("encoding", "width"), [("utf-8", 4), ("utf-16", 2), ("utf-32", 1)])
def test_positions_behind_a_wide_character(isolated: dict[str, str], encoding: str, width: int) -> None:
    with Client(isolated) as client:
        client.initialize(capabilities={"general": {"positionEncodings": [encoding]}})
        client.open(URI, POINT.replace("        self.y\n", '        x = "😀" + self.\n'))
        # Replace the quoted face by itself, in the client's units, before asking behind it.
        start, end = {"line": POINT_LINE, "character": 13}, {"line": POINT_LINE, "character": 13 + width}
        client.change(URI, 2, {"range": {"start": start, "end": end}, "text": "😀"})
        at = 13 + width + len('" + self.')
        item, *_ = client.items(URI, POINT_LINE, at)
        assert item["range"]["start"] == {"line": POINT_LINE, "character": at}
        assert client.close() == 0


def test_the_capability_is_advertised(isolated: dict[str, str]) -> None:
    with Client({**isolated, "LSP_COPILOT_ENABLED": "false"}) as client:
        capabilities = client.initialize()
        assert capabilities["inlineCompletionProvider"] == {}
        assert capabilities["textDocumentSync"]["change"] == 2
        assert capabilities["textDocumentSync"]["openClose"] is True
        commands = ["lsp-copilot.accepted", "lspCopilot.why", "lspCopilot.script", "lspCopilot.scriptAction"]
        assert capabilities["executeCommandProvider"]["commands"] == commands
        assert client.close() == 0

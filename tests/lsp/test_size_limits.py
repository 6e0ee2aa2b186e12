"""A document or a line that is too large gets no suggestions, and the user hears why."""

from __future__ import annotations

import pytest

from lsp_server.limits import MAX_BYTES, MAX_LINE_BYTES
from tests.lsp.conftest import POINT, POINT_CHARACTER, POINT_LINE, URI
from tests.lsp.test_status import STATUS, messages, statuses
from tests.lsp.wire import Client

BIG = "file:///w/big.json"
BIG_SENTENCE = "big.json has 4.6 MB; documents over 4 MB get no suggestions."
LONG = "file:///w/long.py"
LONG_SENTENCE = "Line 2 of long.py has 10.1 kB; lines over 10 kB get no suggestions."


def popup(client: Client, uri: str, line: int, character: int) -> int:
    position = {"line": line, "character": character}
    return client.request("textDocument/completion", {"textDocument": {"uri": uri}, "position": position})


@pytest.mark.parametrize("kind", ["inline", "popup"])
def test_too_large_documents_and_lines_are_told(client: Client, kind: str) -> None:
    inline = {"textDocument": {"inlineCompletion": {}}} if kind == "inline" else {}
    client.initialize(capabilities=inline)
    client.notification(STATUS, lambda params: params["message"] == "Ready.")

    def ask(uri: str, line: int, character: int) -> list[object]:
        if kind == "inline":
            return client.items(uri, line, character)
        items: list[object] = client.answer(popup(client, uri, line, character))["result"]["items"]
        return items

    client.open(BIG, "1,\n" * ((MAX_BYTES + 510_000) // 3), "json")
    client.open(LONG, "x = 1\n" + "y" * MAX_LINE_BYTES + "\n" + POINT)
    client.open(URI, POINT)
    for version in (2, 3):
        assert ask(BIG, 0, 1) == []
        client.change(
            BIG,
            version,
            {"range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}, "text": "y" * 90_000},
        )
    client.wait_for_log("too large")
    assert [told["message"] for told in statuses(client)].count(BIG_SENTENCE) == 1
    assert statuses(client)[-1] == {"kind": "warning", "message": BIG_SENTENCE, "model": "embedded", "progress": None}
    assert ask(URI, POINT_LINE, POINT_CHARACTER)
    client.notification(STATUS, lambda params: params == statuses(client)[-1] and params["message"] != BIG_SENTENCE)
    assert ask(LONG, 1, 3) == []
    client.notification(STATUS, lambda params: params["message"] == LONG_SENTENCE)
    client.wait_for_log("line too long")
    assert ask(LONG, 2 + POINT_LINE, POINT_CHARACTER), "the other lines of such a document are served"
    assert statuses(client)[-1]["kind"] != "warning"
    assert messages(client) == []
    assert client.close() == 0

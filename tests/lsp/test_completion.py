"""`textDocument/completion`: for editors without inline completions."""

from __future__ import annotations

from tests.lsp.conftest import POINT, POINT_CHARACTER, POINT_LINE, URI
from tests.lsp.wire import Client

AT = {"textDocument": {"uri": URI}, "position": {"line": POINT_LINE, "character": POINT_CHARACTER}}


def test_one_entry_that_the_editor_will_show(client: Client) -> None:
    capabilities = client.initialize()
    provider = capabilities["completionProvider"]
    assert "." in provider["triggerCharacters"]
    assert not provider.get("resolveProvider")
    client.open(URI, POINT)
    inline, *_ = client.items(URI, POINT_LINE, POINT_CHARACTER)
    result = client.ask("textDocument/completion", AT)
    assert result["isIncomplete"] is True
    (item,) = result["items"]
    # The word before the cursor ("y") belongs to the entry: editors match it with what was typed.
    text = "y" + inline["insertText"]
    start = {"line": POINT_LINE, "character": POINT_CHARACTER - 1}
    end = {"line": POINT_LINE, "character": POINT_CHARACTER}
    assert item["textEdit"] == {"range": {"start": start, "end": end}, "newText": text}
    assert item["label"].removesuffix(" …") == text.split("\n")[0].strip()
    assert item["filterText"].startswith("y")
    assert item["sortText"] == "~"
    assert item["preselect"] is False
    assert item["detail"] == "lsp-copilot"
    assert item["kind"] == 1
    assert item["insertTextFormat"] == 1
    assert item["command"]["command"] == "lsp-copilot.accepted"
    assert client.ask("workspace/executeCommand", item["command"]) is None


def test_a_newer_request_supersedes_the_older_one(client: Client) -> None:
    client.initialize()
    client.open(URI, POINT)
    numbers = [client.request("textDocument/completion", AT) for _ in range(3)]
    answers = [client.answer(number)["result"] for number in numbers]
    assert [len(answer["items"]) for answer in answers] == [0, 0, 1]
    assert all(answer["isIncomplete"] for answer in answers)


def test_clients_with_inline_completions_are_not_told_twice(client: Client) -> None:
    capabilities = client.initialize(capabilities={"textDocument": {"inlineCompletion": {}}})
    assert "completionProvider" not in capabilities
    assert capabilities["inlineCompletionProvider"] == {}
    client.open(URI, POINT)
    assert client.items(URI, POINT_LINE, POINT_CHARACTER)
    assert client.ask("textDocument/completion", AT)["items"] == []

"""The life cycle and what is no valid message: every request is answered exactly once, and the server goes on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lsp.conftest import URI
from tests.lsp.invalid_messages import MESSAGES, NOTHING, RAW
from tests.lsp.wire import Client, inline_params

ALIVE = "workspace/executeCommand"


def assert_alive(client: Client) -> None:
    """A valid request is still answered."""
    assert client.ask(ALIVE, {"command": "lsp-copilot.accepted", "arguments": ["x"]}) is None


def assert_plain(error: dict[str, Any]) -> None:
    """An error is a code and one short sentence."""
    assert set(error) == {"code", "message"}
    message = error["message"]
    assert 5 < len(message) < 300
    assert "\n" not in message
    for forbidden in ("Traceback", "site-packages", ".py", "File "):
        assert forbidden not in message


def assert_no_popup(client: Client) -> None:
    assert not [note for note in client.notifications if note["method"].startswith("window/show")]


def new_answer(client: Client, number: object, before: int) -> dict[str, Any]:
    client.wait_until(lambda: len(client.answers(number)) > before, f"an answer to {number!r}", 10)
    return client.answers(number)[-1]


@pytest.mark.parametrize("name", RAW)
def test_bodies_that_are_no_message(quiet: Client, name: str) -> None:
    body, code = RAW[name]
    before = len(quiet.answers(None))
    quiet.body(body)
    error = new_answer(quiet, None, before)["error"]
    assert error["code"] == code
    assert_plain(error)
    assert_alive(quiet)
    assert len(quiet.answers(None)) == before + 1
    assert_no_popup(quiet)


@pytest.mark.parametrize("name", MESSAGES)
def test_messages_that_are_wrong_in_one_way(quiet: Client, name: str) -> None:
    message, number, code = MESSAGES[name]
    before = {key: len(quiet.answers(key)) for key in (None, "x", "zzz")}
    quiet.send(message)
    if number is not NOTHING:
        error = new_answer(quiet, number, before[number])["error"]
        assert error["code"] == code
        assert_plain(error)
        before[number] += 1
    assert_alive(quiet)
    assert {key: len(quiet.answers(key)) for key in before} == before
    assert_no_popup(quiet)


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Length: 999999999999\r\n\r\n{}",
        b"Content-Length: -1\r\n\r\n{}",
        b"Content-Length: ten\r\n\r\n{}",
        b"Content-Type: x\r\n\r\n{}",
        b"{}\r\n",
    ],
)
def test_headers_that_are_wrong(quiet: Client, header: bytes) -> None:
    before = len(quiet.answers(None))
    quiet.raw(header)
    error = new_answer(quiet, None, before)["error"]
    assert error["code"] == -32700
    assert_plain(error)
    assert_alive(quiet)


@pytest.mark.parametrize(
    "header", [b"content-length: %d\r\n\r\n", b"X-A: b\r\nCONTENT-LENGTH:%d\r\nContent-Type: c\r\n\r\n"]
)
def test_headers_that_are_unusual(quiet: Client, header: bytes) -> None:
    number = 4711 + len(header)
    message = {"jsonrpc": "2.0", "id": number, "method": ALIVE, "params": {"command": "lsp-copilot.accepted"}}
    body = json.dumps(message).encode()
    quiet.raw(header % len(body) + body)
    assert quiet.answer(number)["result"] is None


@pytest.mark.parametrize("number", [0, -1, 2**53, 2**70, "", "é😀", "a" * 1000])
def test_any_integer_or_string_is_an_id(quiet: Client, number: object) -> None:
    quiet.send({"jsonrpc": "2.0", "id": number, "method": ALIVE, "params": {"command": "lsp-copilot.accepted"}})
    assert quiet.answer(number)["result"] is None


def test_unknown_documents_and_positions_get_an_empty_list(quiet: Client) -> None:
    for uri in (
        URI,
        "",
        "\ud800",
        "untitled:x",
        "file:///%00",
        "http://[broken",
        "a" * 5000,
        "file:///../../etc/passwd",
    ):
        assert quiet.items(uri, 0, 0) == []
        quiet.open(uri, "text")
        assert quiet.items(uri, 10**6, 10**6) == []
        quiet.notify("textDocument/didClose", {"textDocument": {"uri": uri}})


def test_the_life_of_a_connection(isolated: dict[str, str]) -> None:
    with Client({**isolated, "LSP_COPILOT_ENABLED": "false"}) as client:
        client.open(URI, "ignored before initialize")
        early = client.answer(client.complete(URI, 0, 0))["error"]
        assert early["code"] == -32002
        assert_plain(early)
        assert client.answer(client.request("no/such"))["error"]["code"] == -32002
        assert client.answer(client.request("shutdown"))["error"]["code"] == -32002
        wrong = client.answer(client.request("initialize", {"capabilities": 5}))["error"]
        assert wrong["code"] == -32602
        assert_plain(wrong)
        client.initialize()
        assert client.answer(client.request("initialize", {"capabilities": {}}))["error"]["code"] == -32600
        assert client.ask("shutdown") is None
        for method, params in (
            ("textDocument/inlineCompletion", inline_params(URI, 0, 0)),
            ("shutdown", None),
            ("x", 1),
        ):
            late = client.answer(client.request(method, params))["error"]
            assert late["code"] == -32600
            assert_plain(late)
        client.notify("textDocument/didOpen", {})
        client.notify("exit")
        assert client.wait() == 0
        assert_no_popup(client)


def test_an_id_that_is_still_running_is_refused(client: Client) -> None:
    client.initialize()
    client.open(URI, "x = \n")
    request = {"jsonrpc": "2.0", "id": "same", "method": "textDocument/inlineCompletion"}
    for _ in range(2):
        client.send({**request, "params": inline_params(URI, 0, 4)})
    client.wait_until(lambda: len(client.answers("same")) == 2, "two answers", 30)
    assert sorted("error" in answer for answer in client.answers("same")) == [False, True]


def test_a_storm_of_requests_and_cancels_is_answered_completely(client: Client) -> None:
    client.initialize()
    client.open(URI, "import os\n\n")
    numbers = [client.complete(URI, 1, 0, invoked=number % 2 == 0) for number in range(300)]
    for number in numbers[::2]:
        client.notify("$/cancelRequest", {"id": number})
    for number in numbers:
        answer = client.answer(number)
        assert "result" in answer or answer["error"]["code"] == -32800
    assert_alive(client)
    assert all(len(client.answers(number)) == 1 for number in numbers)


def test_nothing_but_messages_on_standard_output(isolated: dict[str, str]) -> None:
    """Whatever prints, in Python or below it, reaches standard error."""
    code = (
        "import os, sys\n"
        "from lsp_server import options, server, wire\n"
        "take = wire.take_stdio\n"
        "def loud():\n"
        "    taken = take()\n"
        "    print('printed'); sys.stdout.flush(); os.write(1, b'written\\n'); os.system('echo shell')\n"
        "    assert sys.stdin.buffer.read() == b''\n"
        "    return taken\n"
        "wire.take_stdio = loud\n"
        "sys.exit(server.serve(options.load({'enabled': False})))\n"
    )
    with Client(isolated, command=[__import__("sys").executable, "-P", "-c", code]) as client:
        client.initialize()
        assert client.close() == 0
    for word in ("printed", "written", "shell"):
        assert word in client.log

"""Bodies that are wrong in one way each, and the error that each must be answered with.

`id` is the id of the answer. `NOTHING` means that no answer may come: answers and notifications are
never answered.
"""

from __future__ import annotations

import json
from typing import Any

NOTHING = "nothing"

_TEXT = {"textDocument": {"uri": "file:///w/none.py"}}
_AT = {**_TEXT, "position": {"line": 0, "character": 0}, "context": {"triggerKind": 1}}


def _at(line: Any, character: Any) -> dict[str, Any]:
    return {**_AT, "position": {"line": line, "character": character}}


def _inline(params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": "x", "method": "textDocument/inlineCompletion", "params": params}


def _command(**params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": "x", "method": "workspace/executeCommand", "params": params}


RAW: dict[str, tuple[bytes, int]] = {
    "not UTF-8": (b'{"jsonrpc":"2.0","id":7,"method":"\xff"}', -32700),
    "UTF-16": ('{"jsonrpc":"2.0","id":7,"method":"x"}'.encode("utf-16"), -32700),
    "byte order mark": (b"\xef\xbb\xbf{}", -32700),
    "not JSON": (b"{not json", -32700),
    "two values": (b"{}{}", -32700),
    "empty": (b"", -32700),
    "NUL": (b"\0\0\0", -32700),
    "nested objects": (b'{"a":' * 30_000, -32700),
    "nested and closed": (b"[" * 30_000 + b"]" * 30_000, -32700),
    "array": (b"[]", -32600),
    "batch": (json.dumps([_inline(_AT), _inline(_AT)]).encode(), -32600),
    "null": (b"null", -32600),
    "number": (b"1.5", -32600),
    "string": (b'"x"', -32600),
    "empty object": (b"{}", -32600),
}
"""Answered under a null id, because there is none to be known."""

MESSAGES: dict[str, tuple[Any, Any, int]] = {
    "no jsonrpc": ({"id": "x", "method": "shutdown"}, "x", -32600),
    "jsonrpc 1.0": ({"jsonrpc": "1.0", "id": "x", "method": "shutdown"}, "x", -32600),
    "jsonrpc as a number": ({"jsonrpc": 2.0, "id": "x", "method": "shutdown"}, "x", -32600),
    "notification without jsonrpc": ({"method": "initialized"}, None, -32600),
    "id null": ({"jsonrpc": "2.0", "id": None, "method": "shutdown"}, None, -32600),
    "id a fraction": ({"jsonrpc": "2.0", "id": 1.5, "method": "shutdown"}, None, -32600),
    "id true": ({"jsonrpc": "2.0", "id": True, "method": "shutdown"}, None, -32600),
    "id an array": ({"jsonrpc": "2.0", "id": [1], "method": "shutdown"}, None, -32600),
    "id an object": ({"jsonrpc": "2.0", "id": {"a": 1}, "method": "shutdown"}, None, -32600),
    "method a number": ({"jsonrpc": "2.0", "id": "x", "method": 5}, "x", -32600),
    "method null": ({"jsonrpc": "2.0", "id": "x", "method": None}, "x", -32600),
    "neither method nor result": ({"jsonrpc": "2.0", "id": "x"}, "x", -32600),
    "unknown method": ({"jsonrpc": "2.0", "id": "x", "method": "no/such"}, "x", -32601),
    "unknown $ method": ({"jsonrpc": "2.0", "id": "x", "method": "$/no", "params": {}}, "x", -32601),
    "method we do not offer": (
        {"jsonrpc": "2.0", "id": "x", "method": "textDocument/hover", "params": _AT},
        "x",
        -32601,
    ),
    "empty method": ({"jsonrpc": "2.0", "id": "x", "method": ""}, "x", -32601),
    "notification as a request": (
        {"jsonrpc": "2.0", "id": "x", "method": "textDocument/didClose", "params": _TEXT},
        "x",
        -32600,
    ),
    "exit as a request": ({"jsonrpc": "2.0", "id": "x", "method": "exit"}, "x", -32601),
    "initialize again": (
        {"jsonrpc": "2.0", "id": "x", "method": "initialize", "params": {"processId": None, "capabilities": {}}},
        "x",
        -32600,
    ),
    "no params": ({"jsonrpc": "2.0", "id": "x", "method": "textDocument/inlineCompletion"}, "x", -32602),
    "params null": (_inline(None), "x", -32602),
    "params an array": (_inline([]), "x", -32602),
    "params a string": (_inline("x"), "x", -32602),
    "params empty": (_inline({}), "x", -32602),
    "no context": (_inline({k: v for k, v in _AT.items() if k != "context"}), "x", -32602),
    "unknown trigger": (_inline({**_AT, "context": {"triggerKind": 9}}), "x", -32602),
    "document null": (_inline({**_AT, "textDocument": None}), "x", -32602),
    "uri a number": (_inline({**_AT, "textDocument": {"uri": 5}}), "x", -32602),
    "line negative": (_inline(_at(-1, 0)), "x", -32602),
    "line huge": (_inline(_at(2**31, 0)), "x", -32602),
    "character huger": (_inline(_at(0, 2**53)), "x", -32602),
    "character a fraction": (_inline(_at(0, 1.5)), "x", -32602),
    "character a word": (_inline(_at(0, "a")), "x", -32602),
    "character true": (_inline(_at(0, True)), "x", -32602),
    "character null": (_inline(_at(0, None)), "x", -32602),
    "character infinite": (_inline(_at(0, float("inf"))), "x", -32602),
    "character not a number": (_inline(_at(0, float("nan"))), "x", -32602),
    "position nested deeply": (_inline({**_AT, "position": json.loads("[" * 300 + "]" * 300)}), "x", -32602),
    "unknown command": (_command(command="rm -rf"), "x", -32602),
    "command null": (_command(command=None), "x", -32602),
    "command missing": (_command(), "x", -32602),
    "answer to nothing": ({"jsonrpc": "2.0", "id": "zzz", "result": 1}, NOTHING, 0),
    "answer without id": ({"jsonrpc": "2.0", "id": None, "error": {"code": 1, "message": "x"}}, NOTHING, 0),
    "answer with an odd id": ({"jsonrpc": "2.0", "id": {"a": []}, "result": 1}, NOTHING, 0),
    "unknown notification": ({"jsonrpc": "2.0", "method": "no/such", "params": 5}, NOTHING, 0),
    "cancel of nothing": ({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 99999}}, NOTHING, 0),
    "cancel without id": ({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {}}, NOTHING, 0),
    "open without text": ({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": _TEXT}, NOTHING, 0),
    "change of nothing": (
        {
            "jsonrpc": "2.0",
            "method": "textDocument/didChange",
            "params": {"textDocument": {"uri": "file:///w/none.py", "version": 1}, "contentChanges": [{"text": "x"}]},
        },
        NOTHING,
        0,
    ),
    "request sent as a notification": ({"jsonrpc": "2.0", "method": "shutdown"}, NOTHING, 0),
}

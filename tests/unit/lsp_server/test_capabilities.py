"""What client and server tell each other in `initialize`."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types

from lsp_server.capabilities import choose_encoding, has_inline_completions, root_of
from lsp_server.convert import Encoding
from lsp_server.rpc import Refusal, params, strict_converter

CONVERTER = strict_converter()


def initialize(**raw: object) -> types.InitializeParams:
    read: types.InitializeParams = params(CONVERTER, "initialize", {"processId": None, "capabilities": {}, **raw})
    return read


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (None, Encoding.UTF16),
        ([], Encoding.UTF16),
        (["utf-16"], Encoding.UTF16),
        (["utf-16", "utf-8"], Encoding.UTF8),
        (["utf-32", "utf-16"], Encoding.UTF16),
        (["utf-32"], Encoding.UTF32),
        (["ebcdic"], Encoding.UTF16),
    ],
)
def test_position_encodings(offered: list[str] | None, chosen: Encoding) -> None:
    general = {} if offered is None else {"general": {"positionEncodings": offered}}
    assert choose_encoding(initialize(capabilities=general).capabilities) is chosen


@pytest.mark.parametrize(
    ("text_document", "expected"),
    [({}, False), ({"textDocument": {}}, False), ({"textDocument": {"inlineCompletion": {}}}, True)],
)
def test_inline_completions_of_the_client(text_document: dict[str, object], expected: bool) -> None:
    assert has_inline_completions(initialize(capabilities=text_document).capabilities) is expected


def test_the_root_is_the_first_folder() -> None:
    folders = [{"uri": "file:///a", "name": "a"}, {"uri": "file:///b", "name": "b"}]
    assert root_of(initialize(workspaceFolders=folders, rootUri="file:///c")) == Path("/a")
    assert root_of(initialize(workspaceFolders=[], rootUri="file:///c", rootPath="/d")) == Path("/c")
    assert root_of(initialize(rootPath="/d")) == Path("/d")
    assert root_of(initialize(rootUri="memfs:/c")) is None
    assert root_of(initialize(rootPath="/d\0")) is None
    assert root_of(initialize()) is None


def test_only_whole_numbers_are_numbers() -> None:
    position = {"textDocument": {"uri": "u"}, "context": {"triggerKind": 1}}
    for good in (0, 7, 7.0, 2**31 - 1):
        read = params(
            CONVERTER, "textDocument/inlineCompletion", {**position, "position": {"line": good, "character": 0}}
        )
        assert read.position.line == good
    for bad in (True, "3", 1.5, None, [], float("nan"), 2**31):
        with pytest.raises(Refusal) as refused:
            params(CONVERTER, "textDocument/inlineCompletion", {**position, "position": {"line": bad, "character": 0}})
        assert "position" in str(refused.value)

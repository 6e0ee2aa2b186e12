"""The open documents."""

from __future__ import annotations

from pathlib import Path

from lsp_server.convert import Encoding
from lsp_server.session import MAX_BYTES, Change, Session

URI = "file:///w/a.py"


def opened(text: str = "x = 1\n") -> Session:
    session = Session()
    session.open(URI, "python", 1, text)
    return session


def test_changes_are_applied_in_order() -> None:
    session = opened("one\ntwo\n")
    assert session.change(
        URI, 2, [Change("1", (0, 0), (0, 3)), Change("\n2", (0, 1), (1, 3)), Change("!", (1, 1), (1, 1))]
    )
    snapshot = session.snapshot(URI)
    assert snapshot is not None
    assert snapshot.document.source == b"1\n2!\n"
    assert snapshot.document.version == 2


def test_a_change_without_range_replaces_everything() -> None:
    session = opened("old")
    session.change(URI, 2, [Change("new\r\ntext"), Change("X", (1, 0), (1, 4))])
    assert session.find(URI).text.source == b"new\r\nX"


def test_a_snapshot_does_not_follow_later_edits() -> None:
    session = opened("a")
    snapshot = session.snapshot(URI)
    session.change(URI, 2, [Change("b")])
    assert snapshot.document.source == b"a"
    assert snapshot.text is not session.find(URI).text


def test_opening_again_replaces_and_closing_forgets() -> None:
    session = opened("a")
    session.open(URI, "sql", 7, "b")
    assert session.snapshot(URI).document.language == "sql"
    assert len(session) == 1
    session.close(URI)
    session.close(URI)
    assert session.snapshot(URI) is None
    assert not session.change(URI, 2, [Change("c")])


def test_large_documents_are_followed_but_not_offered() -> None:
    session = opened("x" * (MAX_BYTES + 1))
    assert session.snapshot(URI) is None
    session.change(URI, 2, [Change("", (0, 0), (0, 1))])
    assert session.snapshot(URI) is not None


def test_paths_are_relative_to_the_root() -> None:
    session = opened()
    assert session.snapshot(URI).document.path == "/w/a.py"
    session.root = Path("/w")
    assert session.snapshot(URI).document.path == "a.py"


def test_the_encoding_of_the_session_counts() -> None:
    for encoding, character in ((Encoding.UTF8, 4), (Encoding.UTF16, 2), (Encoding.UTF32, 1)):
        session = opened("😀b")
        session.encoding = encoding
        session.change(URI, 2, [Change("-", (0, character), (0, character))])
        assert session.find(URI).text.source.decode() == "😀-b"

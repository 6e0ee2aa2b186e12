"""The open documents."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from completion.types import Diagnostic, Trigger
from lsp_server.convert import Encoding, Text
from lsp_server.session import MAX_BYTES, NEIGHBOUR_BYTES, Change, Session

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


def several(*names: str, text: str = "x = 1\n") -> Session:
    session = Session()
    session.root = Path("/w")
    for name in names:
        session.open(f"file:///w/{name}", "python", 1, text)
    return session


def neighbours(session: Session, uri: str = URI) -> list[str]:
    return [document.path for document in session.neighbours(uri, lambda _path: True)]


def test_neighbours_are_those_worked_on_last() -> None:
    session = several("a.py", "b.py", "c.py", "d.py", "e.py")
    assert neighbours(session) == ["e.py", "d.py", "c.py"]
    session.change("file:///w/b.py", 2, [Change("y", (0, 0), (0, 1))])
    session.looked_at("file:///w/d.py", 7)
    assert neighbours(session) == ["d.py", "b.py", "e.py"]
    session.close("file:///w/b.py")
    session.open("file:///w/c.py", "python", 2, "new")
    assert neighbours(session) == ["c.py", "d.py", "e.py"]
    session.looked_at("file:///w/not_open.py", 1)
    assert len(session) == 4


def test_neighbours_have_the_place_of_the_last_work_and_share_the_text() -> None:
    session = several("a.py", "b.py", text="one\ntwo\nthree\n")
    (untouched,) = session.neighbours(URI, lambda _path: True)
    assert untouched.place is None
    session.change("file:///w/b.py", 2, [Change("2", (1, 0), (1, 3)), Change("3", (2, 0), (2, 5))])
    (edited,) = session.neighbours(URI, lambda _path: True)
    assert (edited.place, edited.version) == (2, 2)
    entry = session.find("file:///w/b.py")
    assert entry is not None
    assert edited.source is entry.text.source
    session.looked_at("file:///w/b.py", 1)
    session.change("file:///w/b.py", 3, [Change("everything is new")])
    assert [document.place for document in session.neighbours(URI, lambda _path: True)] == [1]


def test_large_empty_and_forbidden_documents_are_no_neighbours() -> None:
    session = several("a.py", "b.py", "secret.py")
    session.open("file:///w/large.py", "python", 1, "x" * (NEIGHBOUR_BYTES + 1))
    session.open("file:///w/empty.py", "python", 1, "")
    found = session.neighbours(URI, lambda path: path != "secret.py")
    assert [document.path for document in found] == ["b.py"]


def test_a_request_carries_neighbours_and_diagnostics() -> None:
    session = several("a.py", "b.py")
    snapshot = session.snapshot(URI)
    assert snapshot is not None
    said = (Diagnostic(0, "unused"),)
    whole = replace(snapshot, neighbours=session.neighbours(URI, lambda _path: True), diagnostics=said)
    for each in (whole, whole.with_replaced(Text.of("y"))):
        request = each.request(0, Trigger.AUTOMATIC)
        assert [document.path for document in request.neighbours] == ["b.py"]
        assert request.diagnostics == said

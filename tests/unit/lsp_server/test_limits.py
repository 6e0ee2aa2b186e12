"""Documents and lines that are too large: which they are, and what is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from completion.errors import InputError
from completion.syntax.context import MAX_DOCUMENT_BYTES
from completion.types import Document
from lsp_server.cli import position
from lsp_server.convert import Encoding
from lsp_server.limits import MAX_BYTES, MAX_LINE_BYTES, exceeded
from lsp_server.session import Change, Session

URI = "file:///w/data/big.json"


@pytest.mark.parametrize(
    ("size", "line_size", "sentence"),
    [
        (MAX_BYTES, MAX_LINE_BYTES, ""),
        (6_180_000, 0, "big.json has 6.2 MB; documents over 4 MB get no suggestions."),
        (MAX_BYTES + 1, 5_000_000, "big.json has 4.1 MB; documents over 4 MB get no suggestions."),
        (50_000, 12_300, "Line 8 of big.json has 12.3 kB; lines over 10 kB get no suggestions."),
        (9_000_000, 0, "big.json has 9 MB; documents over 4 MB get no suggestions."),
    ],
)
def test_the_sentences(size: int, line_size: int, sentence: str) -> None:
    limit = exceeded("big.json", size, 7, line_size)
    assert (limit.sentence if limit is not None else "") == sentence


def test_the_core_refuses_the_same_documents() -> None:
    assert MAX_DOCUMENT_BYTES == MAX_BYTES


def test_only_the_line_at_the_cursor_counts() -> None:
    session = Session()
    session.open(URI, "json", 1, "x\n" + "é" * MAX_LINE_BYTES + "\ny")
    assert [session.limit(URI, line) is None for line in (-1, 0, 1, 2, 3, 2**31)] == [
        True,
        True,
        False,
        True,
        True,
        True,
    ]
    assert session.snapshot(URI) is not None


def test_what_was_said_is_not_said_again_with_another_size() -> None:
    session = Session()
    session.encoding = Encoding.UTF8
    session.open(URI, "json", 1, "x" * MAX_BYTES)
    assert session.limit(URI, 0).note == "line too long"
    session.change(URI, 2, [Change("y" * 300_000, (0, 0), (0, 0))])
    first = session.limit(URI, 0)
    assert first.sentence == "big.json has 4.3 MB; documents over 4 MB get no suggestions."
    session.change(URI, 3, [Change("y" * 900_000, (0, 0), (0, 0))])
    assert session.limit(URI, 0) is first
    session.change(URI, 4, [Change("small")])
    assert session.limit(URI, 0) is None
    assert session.limit("file:///nowhere", 0) is None


def test_files_named_on_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "big.py"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(InputError, match=r"big\.py has 4\.1 MB; documents over 4 MB get no suggestions"):
        position.read_document(path)
    document = Document("a.py", "python", b"x\n" + b"y" * (MAX_LINE_BYTES + 1))
    assert position.offset_of(document, 1, 2) == 1
    for line in (2, None):
        with pytest.raises(InputError, match=r"Line 2 of a\.py has 10\.1 kB; lines over 10 kB"):
            position.offset_of(document, line, None)

"""`FILE:LINE:COL` on the command line, and the sentence for each bad input."""

from __future__ import annotations

from pathlib import Path

import pytest

from completion.errors import InputError
from completion.types import Document
from lsp_server.cli import position


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("a.py", ("a.py", None, None)),
        ("a.py:3", ("a.py", 3, None)),
        ("a.py:3:7", ("a.py", 3, 7)),
        ("C:/x/a.py:3:7", ("C:/x/a.py", 3, 7)),
        ("dir:with:colons/a.py:3", ("dir:with:colons/a.py", 3, None)),
    ],
)
def test_parse(text: str, want: tuple[str, int | None, int | None]) -> None:
    path, line, column = position.parse(text)
    assert (path.as_posix(), line, column) == want


@pytest.mark.parametrize("text", ["", ":3", "a.py:0", "a.py:3:0", "a.py:-1"])
def test_parse_refuses(text: str) -> None:
    with pytest.raises(InputError):
        position.parse(text)


def test_offsets_count_characters_from_one() -> None:
    document = Document("a.py", "python", "x = 'é😀'\r\ny\n".encode())
    assert position.offset_of(document, 1, 1) == 0
    assert position.offset_of(document, 1, 8) == len("x = 'é😀".encode())
    assert position.offset_of(document, 1, None) == len("x = 'é😀'".encode())
    assert position.offset_of(document, 2, 2) == len("x = 'é😀'\r\ny".encode())
    assert position.offset_of(document, None, None) == len(document.source)


@pytest.mark.parametrize(
    ("line", "column", "named"), [(4, 1, "the file has 3 lines"), (1, 9, "the line has 7 characters")]
)
def test_positions_outside_the_file(line: int, column: int, named: str) -> None:
    with pytest.raises(InputError, match=named):
        position.offset_of(Document("a.py", "python", b"x = 'e'\ny\n"), line, column)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        position.read_document(tmp_path / "a.py")
    (tmp_path / "a.xyz").write_text("x")
    with pytest.raises(InputError, match=r"unknown file type '\.xyz'.*--language"):
        position.read_document(tmp_path / "a.xyz")
    assert position.read_document(tmp_path / "a.xyz", "cobol").language == "cobol"
    (tmp_path / "b.py").write_bytes(b"x = '\xff'")
    with pytest.raises(InputError, match=r"not UTF-8 text \(byte 5\)"):
        position.read_document(tmp_path / "b.py")
    (tmp_path / "c.py").write_bytes(b"x\0")
    with pytest.raises(InputError, match="binary"):
        position.read_document(tmp_path / "c.py")

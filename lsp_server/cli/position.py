"""`FILE:LINE:COL` and files, as a person names them on the command line."""

from __future__ import annotations

from pathlib import Path

from completion.errors import InputError
from completion.syntax import languages
from completion.types import Document
from lsp_server import limits


def read_document(path: Path, language: str | None = None) -> Document:
    """Read a source file. Raises `InputError` for files that are missing, binary, too large or of unknown type."""
    if not path.is_file():
        raise InputError(f"{path}: no such file.")
    if (limit := limits.exceeded(str(path), path.stat().st_size, 0, 0)) is not None:
        raise InputError(limit.sentence)
    source = path.read_bytes()
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text (byte {error.start}).") from error
    if b"\0" in source:
        raise InputError(f"{path}: a binary file (byte {source.index(0)} is NUL).")
    found = languages.find(language) if language else languages.of_path(path.name)
    if found is None and language is None:
        known = ", ".join(row.id for row in languages.LANGUAGES)
        raise InputError(
            f"{path}: unknown file type {path.suffix or path.name!r}.",
            advice=f"Name the language with --language (checked: {known}; any other id: unchecked).",
        )
    return Document(str(path), found.id if found else (language or ""), source)


def parse(text: str) -> tuple[Path, int | None, int | None]:
    """Split `FILE[:LINE[:COL]]`; numbers count from 1. Raises `InputError`."""
    head, *numbers = _split_numbers(text)
    if not head:
        raise InputError(f"{text!r}: expected FILE:LINE:COL.")
    values = [int(number) for number in numbers]
    if any(value < 1 for value in values):
        raise InputError(f"{text!r}: line and column count from 1.")
    return Path(head), values[0] if values else None, values[1] if len(values) > 1 else None


def offset_of(document: Document, line: int | None, column: int | None) -> int:
    """The byte offset of a 1-based line and column (in characters); no column means the line's end.

    Raises `InputError` for positions outside the file and in lines that are too long.
    """
    lines = document.source.split(b"\n")
    if line is None:
        line = len(lines)
    if line > len(lines):
        raise InputError(f"{document.path}:{line}: the file has {len(lines)} lines.")
    row = lines[line - 1].removesuffix(b"\r")
    if (limit := limits.exceeded(document.path, 0, line - 1, len(row))) is not None:
        raise InputError(limit.sentence)
    characters = row.decode("utf-8")
    if column is None:
        column = len(characters) + 1
    if column > len(characters) + 1:
        raise InputError(f"{document.path}:{line}:{column}: the line has {len(characters)} characters.")
    before = sum(len(other) + 1 for other in lines[: line - 1])
    return before + len(characters[: column - 1].encode("utf-8"))


def _split_numbers(text: str) -> list[str]:
    parts = text.split(":")
    numbers: list[str] = []
    while len(parts) > 1 and len(numbers) < 2 and parts[-1].lstrip("-").isdecimal():
        numbers.insert(0, parts.pop())
    return [":".join(parts), *numbers]

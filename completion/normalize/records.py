"""Records of a file, one after the other: lines, CSV or JSONL. A file is never held in memory as a whole.

Knows nothing of tables. What cannot be read is said with file and line before anything is written.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from completion.errors import InputError
from completion.normalize.types import Record

Format = Literal["lines", "csv", "jsonl"]
LONGEST_LINE = 1 << 24
"""Bytes of a line that are held in memory; a longer one is an error."""

_LINE = re.compile(r"\s*(\S+)(?:\s+(.*))?", re.S)
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Source:
    """A file of records. The columns are for CSV and JSONL: heads, or keys."""

    path: Path
    format: Format = "lines"
    id_column: str = "id"
    text_column: str = "text"
    delimiter: str = ","


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a file that was read to its end once."""

    records: int
    digest: str


def open_source(path: Path, *, format: str = "", id_column: str = "", text_column: str = "") -> Source:
    """A file by its name and its beginning. Raises `InputError` where it is not clear which columns count."""
    kind = format or {".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}.get(path.suffix.lower(), "")
    if kind == "csv":
        return _csv_source(path, id_column, text_column)
    if kind == "jsonl":
        return Source(path, "jsonl", id_column or "id", text_column or "text")
    if id_column or text_column:
        raise InputError(f"{path}: lines have no columns.", advice="Say what it is: --format csv or jsonl.")
    return Source(path)


def seen(source: Source) -> Seen:
    """Read it once: how many records, and the digest of its bytes. Raises `InputError` with the line that is wrong."""
    digest = hashlib.sha256()
    with _opened(source.path) as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return Seen(sum(1 for _ in read(source)), digest.hexdigest())


def read(source: Source) -> Iterator[Record]:
    """The records in their order. Raises `InputError` with the line of what is wrong."""
    with _opened(source.path) as stream:
        if source.format == "csv":
            yield from _csv(source, stream)
            return
        for number, line in _lines(source.path, stream):
            if not line.strip():
                continue
            yield _json(source, number, line) if source.format == "jsonl" else _line(number, line)


def _line(number: int, line: str) -> Record:
    match = _LINE.fullmatch(line)
    if match is None:
        return Record(number, "", line)
    return Record(number, match.group(1), (match.group(2) or "").strip())


def _json(source: Source, number: int, line: str) -> Record:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{source.path}, line {number}: {getattr(error, 'msg', 'this is no JSON')}.",
            advice="One JSON object a line.",
        ) from None
    found = []
    for key in (source.id_column, source.text_column):
        part = value.get(key) if isinstance(value, dict) else None
        if part is None and key == source.text_column and isinstance(value, dict) and key in value:
            part = ""
        if isinstance(part, bool) or not isinstance(part, str | int):
            raise InputError(
                f"{source.path}, line {number}: there is no text under {key!r}.",
                advice="Name the keys with --id-column and --text-column.",
            )
        # Half a surrogate pair is no text.
        found.append(str(part).encode("utf-8", "replace").decode("utf-8"))
    return Record(number, found[0].strip(), found[1].strip())


def _csv_source(path: Path, id_column: str, text_column: str) -> Source:
    with _opened(path) as stream:
        number_line = next(_lines(path, stream), None)
    first = number_line[1] if number_line else ""
    delimiter = max(",;\t", key=first.count)
    heads = [head.strip() for head in next(csv.reader([first], delimiter=delimiter), [])]
    lower = {head.casefold(): head for head in heads}
    wanted_id = lower.get((id_column or "id").casefold()) or ("" if id_column or not heads else heads[0])
    rest = [head for head in heads if head != wanted_id]
    wanted_text = lower.get((text_column or "text").casefold()) or ("" if text_column or len(rest) != 1 else rest[0])
    if not wanted_id or not wanted_text:
        raise InputError(
            f"{path}, line 1: which columns are the id and the text? It has {', '.join(heads) or 'none'}.",
            advice="Name them with --id-column and --text-column.",
        )
    return Source(path, "csv", wanted_id, wanted_text, delimiter)


def _csv(source: Source, stream: BinaryIO) -> Iterator[Record]:
    csv.field_size_limit(LONGEST_LINE)
    rows = csv.reader((line for _, line in _lines(source.path, stream)), delimiter=source.delimiter, strict=True)
    number = 1
    try:
        heads = [head.strip() for head in next(rows, [])]
        places = (heads.index(source.id_column), heads.index(source.text_column))
        number = rows.line_num + 1
        for cells in rows:
            if any(cell.strip() for cell in cells):
                if len(cells) <= max(places):
                    raise InputError(
                        f"{source.path}, line {number}: {len(cells)} columns instead of {len(heads)}.",
                        advice="A text with the delimiter in it must stand in quotes.",
                    )
                yield Record(number, cells[places[0]].strip(), cells[places[1]].strip())
            number = rows.line_num + 1
    except csv.Error as error:
        raise InputError(f"{source.path}, line {number}: {error}.", advice="Correct the CSV.") from None


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}.", advice="Check the path.") from None


def _lines(path: Path, stream: BinaryIO) -> Iterator[tuple[int, str]]:
    """Lines with their numbers from 1, decoded."""
    number = 0
    while line := stream.readline(LONGEST_LINE):
        number += 1
        if number == 1:
            if line.startswith(_UTF_16):
                raise InputError(f"{path}: it is UTF-16.", advice="Convert it: iconv -f utf-16 -t utf-8 FILE")
            line = line.removeprefix(b"\xef\xbb\xbf")
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            raise InputError(
                f"{path}, line {number}: longer than {LONGEST_LINE:,} bytes.", advice="A record is one line of text."
            )
        try:
            yield number, line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError(
                f"{path}, line {number}: byte {error.start + 1} of the line is no UTF-8.",
                advice="Convert the file: iconv -f cp1251 -t utf-8 FILE (or whatever it is written in).",
            ) from None

"""The schema of a script: a `.sql` file, a database file, or the migrations of a project.

Databases are recognised by their first bytes and only named here; who checks reads them. Of migrations only `*.sql`
files count, in the order of their names; a file that undoes one is left out. What a workspace keeps from models is
left out too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from completion.errors import InputError

FOLDERS = (
    "migrations",
    "db/migrate",
    "db/migrations",
    "database/migrations",
    "prisma/migrations",
    "supabase/migrations",
)
"""Where frameworks keep their migrations, looked at in this order; the first with a `.sql` file counts."""

FILES = ("schema.sql", "db/schema.sql", "db/structure.sql")
"""Looked at before the folders: they say how everything stands in the end."""

MOST_FILES = 500
MOST_BYTES = 1 << 20

_UNDOING = re.compile(r"(?:^|[._-])(?:down|undo|rollback|revert)(?:[._-]|$)", re.IGNORECASE)

# The first that is found decides.
_SIGNS = (
    ("sqlite", re.compile(r"\bAUTOINCREMENT\b|\bWITHOUT\s+ROWID\b|^\s*PRAGMA\b", re.IGNORECASE | re.MULTILINE)),
    ("mysql", re.compile(r"\bAUTO_INCREMENT\b|\bENGINE\s*=\s*\w+|\bUNSIGNED\b", re.IGNORECASE)),
    ("tsql", re.compile(r"\bIDENTITY\s*\(\s*\d|\bNVARCHAR\s*\(\s*MAX|^\s*GO\s*$", re.IGNORECASE | re.MULTILINE)),
    (
        "postgres",
        re.compile(
            r"\b(?:BIG|SMALL)?SERIAL\b|\bJSONB\b|\bTIMESTAMPTZ\b|\bTIMESTAMP\s+WITH\s+TIME\s+ZONE\b|\bBYTEA\b"
            r"|\bCREATE\s+EXTENSION\b|\bGENERATED\s+(?:ALWAYS|BY\s+DEFAULT)\s+AS\s+IDENTITY\b|\w::\w|\bTEXT\[\]",
            re.IGNORECASE,
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Schema:
    """`text` is DDL, `database` a file; one of them is "". `name` says for a person where it is from."""

    name: str
    text: str = ""
    database: str = ""


def of_file(path: Path) -> Schema:
    """The schema that the user names. Raises `InputError`."""
    try:
        with path.open("rb") as stream:
            head = stream.read(16)
            # A schema is read whole; a database of any size is not.
            data = b"" if _is_database(head) else head + stream.read(MOST_BYTES + 1)
    except IsADirectoryError:
        texts = list(_texts(path.resolve(), path, lambda _: True))
        if not texts:
            raise InputError(f"{path}: no .sql file in this folder.") from None
        return Schema(_count(texts, str(path)), text="\n".join(texts))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).") from None
    if _is_database(head):
        return Schema(str(path), database=str(path.resolve()))
    if len(data) > MOST_BYTES:
        raise InputError(f"{path}: a schema may have {MOST_BYTES:,} bytes.", advice="Give only its CREATE statements.")
    try:
        return Schema(str(path), text=data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: neither UTF-8 text (byte {error.start}) nor a SQLite or DuckDB database.",
            advice="Give a .sql file or the database file itself.",
        ) from None


def of_project(root: Path, may_show: Callable[[str], bool]) -> Schema | None:
    """The schema file or the migrations of the project at `root`, if there are any.

    `may_show` says by its path below the root whether a file may be shown to a model.
    """
    root = root.resolve()
    for name in FILES:
        if (text := _read(root, root / name, may_show)) is not None:
            return Schema(name, text=text)
    for name in FOLDERS:
        if texts := list(_texts(root, root / name, may_show)):
            return Schema(_count(texts, name), text="\n".join(texts))
    return None


def dialect(text: str) -> str:
    """The dialect that DDL is written in, by words that only one of them has; "" where it may be any."""
    return next((name for name, words in _SIGNS if words.search(text)), "")


def _count(texts: list[str], folder: str) -> str:
    return f"{len(texts)} {'file' if len(texts) == 1 else 'files'} of {folder}"


def _texts(root: Path, folder: Path, may_show: Callable[[str], bool]) -> Iterator[str]:
    left = MOST_BYTES
    try:
        # prisma keeps a folder for each migration.
        paths = sorted(path for pattern in ("*.sql", "*/*.sql") for path in folder.glob(pattern))[:MOST_FILES]
    except OSError:
        return
    for path in paths:
        text = None if _UNDOING.search(path.stem) else _read(root, path, may_show)
        if text is not None and len(text) <= left:
            left -= len(text)
            yield text


def _read(root: Path, path: Path, may_show: Callable[[str], bool]) -> str | None:
    try:
        full = path.resolve()
        if not full.is_relative_to(root) or not full.is_file() or full.stat().st_size > MOST_BYTES:
            return None
        if not may_show(full.relative_to(root).as_posix()):
            return None
        return full.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None


def _is_database(head: bytes) -> bool:
    """SQLite's header string (sqlite.org/fileformat.html), or DuckDB's magic bytes behind a checksum of eight."""
    return head.startswith(b"SQLite format 3\0") or head[8:12] == b"DUCK"

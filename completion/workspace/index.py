"""Which file of the workspace defines a name: filled by a background thread, asked by the event loop.

Takes what it is given, as it is given: which files may be read, and that secrets in them are masked, is the
caller's business. Reads no files and keeps no text but the signatures of definitions, packed per file.
"""

from __future__ import annotations

import json
import zlib
from collections import OrderedDict, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from threading import Lock

from completion.syntax import languages, symbols
from completion.syntax.aside import LARGEST, parse_aside
from completion.syntax.symbols import Symbol

MOST_FILES = 20_000
MOST_SYMBOLS = 600_000
MOST_BYTES = 64_000_000
"""Estimated memory of everything kept."""

MOST_FOUND = 8
_LOOKED_AT = 24
# A name, its place in the table and the record of a file, as measured; signatures are counted exactly.
_NAME_BYTES = 150
_FILE_BYTES = 900


@dataclass(frozen=True, slots=True)
class Definition:
    """A symbol and the file that defines it."""

    path: str
    symbol: Symbol


@dataclass(frozen=True, slots=True)
class Size:
    """What the index holds; `bytes` is an estimate."""

    files: int
    symbols: int
    bytes: int


@dataclass(frozen=True, slots=True)
class _File:
    number: int
    path: str
    folders: tuple[str, ...]
    family: str
    stamp: Hashable
    digest: bytes
    names: tuple[str, ...]
    packed: bytes

    @property
    def cost(self) -> int:
        return _FILE_BYTES + _NAME_BYTES * len(self.names) + len(self.packed)


class SymbolIndex:
    """Definitions of many files by name; of any number of them the longest unchanged ones give way."""

    def __init__(
        self, *, most_files: int = MOST_FILES, most_symbols: int = MOST_SYMBOLS, most_bytes: int = MOST_BYTES
    ) -> None:
        self._limit = Size(most_files, most_symbols, most_bytes)
        self._lock = Lock()
        self._files: OrderedDict[str, _File] = OrderedDict()
        self._by_number: dict[int, _File] = {}
        # Numbers of files by family and name, and by family and folder: dictionaries keep the order and forget fast.
        self._numbers: defaultdict[str, dict[str, dict[int, None] | int]] = defaultdict(dict)
        self._symbols = 0
        self._bytes = 0
        self._next = 0

    @property
    def size(self) -> Size:
        """What is held now."""
        with self._lock:
            return Size(len(self._files), self._symbols, self._bytes)

    @property
    def paths(self) -> Sequence[str]:
        """The files that are held."""
        with self._lock:
            return tuple(self._files)

    def is_current(self, path: str, stamp: Hashable) -> bool:
        """Whether `path` was put with this stamp: then its bytes need not be read."""
        with self._lock:
            known = self._files.get(_plain(path))
            return known is not None and known.stamp == stamp

    def put(self, path: str, language: str, source: bytes, stamp: Hashable) -> bool:
        """Take the definitions of a file, for those that it had before; True where they had to be read.

        `language` is the LSP id; `stamp` anything that changes with the file (its time and size). The same stamp, or
        the same text, is not parsed again. A language without queries and a file above `LARGEST` are forgotten.
        """
        path = _plain(path)
        row = languages.find(language)
        if row is None or len(source) > LARGEST:
            self.forget(path)
            return False
        if self.is_current(path, stamp):
            return False
        digest = blake2b(source, digest_size=16, person=row.id.encode()).digest()
        with self._lock:
            known = self._files.get(path)
            if known is not None and known.digest == digest:
                self._drop(path)
                self._add(_restamped(known, stamp))
                return False
        parsed = parse_aside(path, source, row)
        # A file that cannot be parsed is kept without names, so that it is not tried again before it changes.
        found = [symbol for symbol in symbols.definitions(parsed) if not symbol.local] if parsed is not None else []
        names = tuple(dict.fromkeys(symbol.name for symbol in found))
        folders = tuple(path.split("/")[:-1])
        with self._lock:
            self._drop(path)
            self._next += 1
            self._add(_File(self._next, path, folders, row.family, stamp, digest, names, _pack(found)))
            self._make_room()
        return True

    def forget(self, path: str) -> None:
        """A file is gone."""
        with self._lock:
            self._drop(_plain(path))

    def knows(self, name: str, language: str = "") -> bool:
        """Whether any file defines `name`, in the language's family if one is named."""
        row = languages.find(language) if language else None
        families = [row.family] if row is not None else list(self._numbers)
        with self._lock:
            return any(name in self._numbers.get(family, ()) for family in families)

    def find(self, name: str, language: str, near: str = "", most: int = MOST_FOUND) -> Sequence[Definition]:
        """Definitions of `name` for a file `near`, the nearest first: its folder, then by steps from folder to folder.

        Only files of the language's family; not the file `near` itself. At one distance, what can be called or
        built stands before fields and variables.
        """
        row = languages.find(language)
        if row is None:
            return ()
        near = _plain(near)
        here = tuple(near.split("/")[:-1])
        with self._lock:
            numbers = self._numbers.get(row.family, {}).get(name, {})
            files = [self._by_number[number] for number in ([numbers] if isinstance(numbers, int) else numbers)]
        ranked = sorted(
            ((_distance(here, file.folders), file.path, file) for file in files if file.path != near),
            key=lambda each: each[:2],
        )
        found = [
            (distance, _KIND_RANKS.get(symbol.kind, 1), path, Definition(path, symbol))
            for distance, path, file in islice(ranked, _LOOKED_AT)
            for symbol in _unpack(file.packed, name)
        ]
        return [definition for *_, definition in sorted(found, key=lambda each: each[:3])[:most]]

    def members(self, definition: Definition) -> Sequence[Symbol]:
        """What stands directly in a definition: the fields and methods of a class, the columns of a table."""
        with self._lock:
            file = self._files.get(definition.path)
        symbol = definition.symbol
        scope = f"{symbol.scope}.{symbol.name}" if symbol.scope else symbol.name
        return [each for each in _unpack(file.packed) if each.scope == scope] if file is not None else []

    def _add(self, file: _File) -> None:
        self._files[file.path] = file
        self._by_number[file.number] = file
        table = self._numbers[file.family]
        for name in file.names:
            known = table.get(name)
            if known is None:
                # Most names have one file, and a number is smaller than a dictionary.
                table[name] = file.number
            elif isinstance(known, int):
                table[name] = {known: None, file.number: None}
            else:
                known[file.number] = None
        self._symbols += len(file.names)
        self._bytes += file.cost

    def _drop(self, path: str) -> None:
        file = self._files.pop(path, None)
        if file is None:
            return
        del self._by_number[file.number]
        table = self._numbers[file.family]
        for name in file.names:
            known = table[name]
            if isinstance(known, int):
                del table[name]
                continue
            del known[file.number]
            if len(known) == 1:
                table[name] = next(iter(known))
        self._symbols -= len(file.names)
        self._bytes -= file.cost

    def _make_room(self) -> None:
        limit = self._limit
        while self._files and (
            len(self._files) > limit.files or self._symbols > limit.symbols or self._bytes > limit.bytes
        ):
            self._drop(next(iter(self._files)))


# What can be called or built is what a definition is wanted for; a field of that name is a weak sign.
_KIND_RANKS = {"class": 0, "struct": 0, "interface": 0, "trait": 0, "function": 0, "table": 0, "field": 2, "key": 2}


def _restamped(file: _File, stamp: Hashable) -> _File:
    return _File(file.number, file.path, file.folders, file.family, stamp, file.digest, file.names, file.packed)


def _plain(path: str) -> str:
    return path.replace("\\", "/")


def _distance(here: tuple[str, ...], there: tuple[str, ...]) -> int:
    """Steps from folder to folder: up to the common one, and down again."""
    common = 0
    for left, right in zip(here, there, strict=False):
        if left != right:
            break
        common += 1
    return len(here) + len(there) - 2 * common


def _pack(found: Iterable[Symbol]) -> bytes:
    """One line of JSON a symbol, its name first, so that one name is found without reading the others."""
    lines = (
        json.dumps([each.name, each.kind, each.line, each.end_line, each.signature, each.scope], ensure_ascii=False)
        for each in found
    )
    return zlib.compress("\n".join(lines).encode(), 1)


def _unpack(packed: bytes, name: str = "") -> Iterator[Symbol]:
    """The symbols of a file, or those of one name."""
    begin = f"[{json.dumps(name, ensure_ascii=False)}, ".encode() if name else b"["
    for line in zlib.decompress(packed).split(b"\n"):
        if line.startswith(begin):
            yield Symbol(*json.loads(line))

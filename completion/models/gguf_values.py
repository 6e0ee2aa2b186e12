"""Reads the values of a GGUF header in their order, with a bound on everything that the file claims.

The format is described in ggml's docs/gguf.md: little-endian numbers, texts with their length in front, lists with
their type and length. Knows what values mean as little as a JSON parser does; `gguf_claims` does.
"""

from __future__ import annotations

import struct
import sys
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from completion.errors import ModelFileInvalid

MAGIC = b"GGUF"
AGAIN = "Copy or download it again."

UINT8, INT8, UINT16, INT16, UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY, UINT64, INT64, FLOAT64 = range(13)
_FORMS = {
    UINT8: "B",
    INT8: "b",
    UINT16: "H",
    INT16: "h",
    UINT32: "I",
    INT32: "i",
    FLOAT32: "f",
    BOOL: "B",
    UINT64: "Q",
    INT64: "q",
    FLOAT64: "d",
}
_VERSIONS = (2, 3)

MOST_ENTRIES = 4096
MOST_TENSORS = 65_536
_MOST_KEY_BYTES = 1024
_MOST_TEXT_BYTES = 1 << 28
_MOST_ITEMS = 1 << 22
_KEPT_TEXT_BYTES = 4096
_KEPT_ITEMS = 1024
_MOST_ITEM_BYTES = 1 << 16
_MOST_KEPT_BYTES = 1 << 26
"""Of all texts of kept lists together; the largest vocabularies take 4 MiB."""

_KEPT_LISTS = ("tokenizer.ggml.tokens", "tokenizer.ggml.scores", "tokenizer.ggml.token_type")
_SKIPPED = "tokenizer.chat_template"


@dataclass(frozen=True, slots=True)
class Items:
    """A list: the type and the number of its values, and the values where they are few or of interest."""

    kind: int
    count: int
    values: tuple[int | float, ...] = ()
    texts: tuple[bytes, ...] = ()


Value = int | float | bool | str | Items


class Cursor:
    """Reads from the beginning to the end. Raises `ModelFileInvalid` where the file ends before its header does.

    Reads and does not map: a map of a file that is cut in the meantime ends the process.
    """

    def __init__(self, path: Path, file: BinaryIO, size: int) -> None:
        self.path = path
        self.position = 0
        self._file = file
        self.size = size
        self._items = 0
        self._text_bytes = 0

    def damaged(self, what: str) -> ModelFileInvalid:
        """An error that names the file."""
        return ModelFileInvalid(f"{self.path} is damaged: {what}.", advice=AGAIN)

    def skip(self, count: int) -> None:
        """Leave out so many bytes."""
        self._reserve(count)
        self._file.seek(self.position)

    def take(self, count: int) -> bytes:
        """The next so many bytes."""
        self._reserve(count)
        data = self._file.read(count)
        if len(data) != count:
            raise self._short()
        return data

    def number(self, kind: int) -> int | float:
        """One number of a type of the format."""
        form = _FORMS[kind]
        found: int | float = struct.unpack("<" + form, self.take(struct.calcsize(form)))[0]
        return found

    def count(self) -> int:
        """A number of bytes or items."""
        return int(self.number(UINT64))

    def text(self, most: int, what: str) -> bytes:
        """A text of at most so many bytes."""
        length = self.count()
        if length > most:
            raise self.damaged(f"{what} claims {length} bytes")
        return self.take(length)

    def value(self, key: str) -> Value:
        """Type and value of an entry; of long texts and lists only what is of interest is kept."""
        kind = int(self.number(UINT32))
        if kind == STRING:
            length = self.count()
            if length > _MOST_TEXT_BYTES:
                raise self.damaged(f"{key} claims {length} bytes")
            # A template is a program: nobody needs to look at it here.
            if key.startswith(_SKIPPED) or length > _KEPT_TEXT_BYTES:
                self.skip(length)
                return ""
            return self.take(length).decode("utf-8", "replace")
        if kind == ARRAY:
            return self._list(key)
        if kind not in _FORMS:
            raise self.damaged(f"{key} is a value of unknown type {kind}")
        number = self.number(kind)
        return bool(number) if kind == BOOL else number

    def _list(self, key: str) -> Items:
        kind, count = int(self.number(UINT32)), self.count()
        if kind == ARRAY:
            raise self.damaged(f"{key} is a list of lists, which no engine reads")
        if kind != STRING and kind not in _FORMS:
            raise self.damaged(f"{key} is a list of unknown type {kind}")
        self._items += count
        if self._items > _MOST_ITEMS:
            raise self.damaged(f"{key} claims {count} items")
        kept = count <= _KEPT_ITEMS or key in _KEPT_LISTS
        if kind == STRING:
            return Items(kind, count, texts=self._texts(key, count, kept))
        size = struct.calcsize(_FORMS[kind])
        if not kept:
            self.skip(size * count)
            return Items(kind, count)
        numbers = array(_FORMS[kind], self.take(size * count))
        if sys.byteorder == "big":
            numbers.byteswap()
        return Items(kind, count, values=tuple(numbers))

    def _texts(self, key: str, count: int, kept: bool) -> tuple[bytes, ...]:
        """The texts one by one. Hundreds of thousands: this loop is nearly all of the time that a header takes."""
        found = []
        read, position, size = self._file.read, self.position, self.size
        for _ in range(count):
            length = int.from_bytes(read(8), "little")
            position += 8 + length
            if position > size:
                raise self._short()
            if length > _MOST_ITEM_BYTES:
                raise self.damaged(f"{key} has an item of {length} bytes")
            text = read(length)
            if kept:
                self._text_bytes += length
                found.append(text)
            if self._text_bytes > _MOST_KEPT_BYTES:
                raise self.damaged(f"{key} has more than {_MOST_KEPT_BYTES} bytes")
        self.position = position
        return tuple(found)

    def _reserve(self, count: int) -> None:
        if self.position + count > self.size:
            raise self._short()
        self.position += count

    def _short(self) -> ModelFileInvalid:
        return ModelFileInvalid(
            f"{self.path} is damaged or incomplete: it ends within its header, after {self.size} bytes.", advice=AGAIN
        )


def read_start(cursor: Cursor) -> tuple[int, int, int]:
    """Version, number of tensors and number of entries."""
    path = cursor.path
    if cursor.size < len(MAGIC) or cursor.take(len(MAGIC)) != MAGIC:
        raise ModelFileInvalid(f"{path} is not a GGUF file.", advice="Choose another file.")
    version = int(cursor.number(UINT32))
    if version and version & 0xFFFF == 0:
        raise ModelFileInvalid(
            f"{path} is a GGUF file for big-endian machines.", advice="Get the usual, little-endian one."
        )
    if version not in _VERSIONS:
        raise ModelFileInvalid(f"{path} is GGUF version {version}; versions 2 and 3 are known.")
    tensors, entries = cursor.count(), cursor.count()
    if not 0 < tensors <= MOST_TENSORS or not 0 < entries <= MOST_ENTRIES:
        raise cursor.damaged(f"it claims {tensors} tensors and {entries} values of metadata")
    return version, tensors, entries


def read_entries(cursor: Cursor, count: int) -> dict[str, Value]:
    """All metadata; no key stands twice."""
    found: dict[str, Value] = {}
    for _ in range(count):
        try:
            key = cursor.text(_MOST_KEY_BYTES, "a key").decode("ascii")
        except UnicodeDecodeError:
            raise cursor.damaged("a key is no plain text") from None
        if not key or not key.isprintable():
            raise cursor.damaged("a key is empty or no plain text")
        if key in found:
            raise cursor.damaged(f"{key} stands twice")
        found[key] = cursor.value(key)
    return found

"""Between LSP's lines and characters and our byte offsets; between URIs and display paths.

`Text` is an immutable text with its line table. Line breaks are `\\n`, `\\r\\n` and `\\r`, as LSP says;
U+2028 and the like are ordinary characters. Numbers out of range are clamped, negative ones too. Knows nothing
of documents, versions or requests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lsp_server.lines import Lines


class Encoding(Enum):
    """What a "character" of a position counts; the values are LSP's names."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"


@dataclass(frozen=True, slots=True)
class Text:
    """UTF-8 bytes and where their lines start."""

    source: bytes
    lines: Lines

    @staticmethod
    def of(text: str) -> Text:
        """A text as it came in a message; lone surrogates become U+FFFD (the same length in UTF-16)."""
        source = to_utf8(text)
        return Text(source, Lines.of(source))

    def offset(self, line: int, character: int, encoding: Encoding) -> int:
        """The byte offset of a position.

        Clamped as LSP asks: past the end of a line to before its line break, past the last line to
        the end of the text, inside a character to its start; below zero to zero.
        """
        return self._locate(line, character, encoding)[0]

    def position(self, offset: int, encoding: Encoding) -> tuple[int, int]:
        """Line and character of a byte offset (clamped to the text)."""
        offset = max(0, min(offset, len(self.source)))
        line = self.lines.at(offset)
        before = self.source[self.lines.start(line) : offset]
        return line, _units(before, encoding)

    def replaced(self, start: tuple[int, int], end: tuple[int, int], text: str, encoding: Encoding) -> Text:
        """The text with the range `start`..`end` (line, character) replaced by `text`.

        A range may cut a surrogate pair in two (editors that send minimal differences do that):
        the half that stays is put back together with what was inserted beside it.
        """
        if end < start:
            start, end = end, start
        first, _, high = self._locate(*start, encoding)
        last_start, last_end, cut = self._locate(*end, encoding)
        last = last_end if cut else last_start
        new = to_utf8(high[:1] + text + cut[1:])
        return self._spliced(first, max(first, last), new)

    def _spliced(self, start: int, end: int, new: bytes) -> Text:
        view = memoryview(self.source)
        source = b"".join((view[:start], new, view[end:]))
        return Text(source, self.lines.edited(start, end, len(new), source))

    def _locate(self, line: int, character: int, encoding: Encoding) -> tuple[int, int, str]:
        """(start, end, surrogates): where the character at a position starts.

        The latter two matter only where the position cuts a surrogate pair: the end of that
        character, and its two halves.
        """
        if line >= len(self.lines):
            return len(self.source), len(self.source), ""
        if line < 0 or character < 0:
            character = 0
        start = self.lines.start(max(0, line))
        content = self.source[start : self.lines.end(max(0, line))].rstrip(b"\r\n")
        if content.isascii():
            offset = start + min(character, len(content))
            return offset, offset, ""
        if encoding is Encoding.UTF8:
            offset = min(character, len(content))
            while 0 < offset < len(content) and content[offset] & 0xC0 == 0x80:
                offset -= 1
            return start + offset, start + offset, ""
        if encoding is Encoding.UTF32:
            offset = start + len(_beginning(content, 4 * character).decode()[:character].encode())
            return offset, offset, ""
        return _locate_utf16(content, start, character)


def to_utf8(text: str) -> bytes:
    """UTF-8 of a string that may hold surrogates: pairs are joined, lone ones become U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def display_path(uri: str, root: Path | None) -> str:
    """A short readable path for a URI: relative to `root` where it lies inside. Never opened."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return uri
    path = unquote(parts.path, errors="replace")
    if parts.scheme == "file" and root is not None:
        inside = path.removeprefix(root.as_posix().rstrip("/") + "/")
        return inside.lstrip("/") if inside != path else path
    return path or uri


def folder_of(uri: str) -> Path | None:
    """The local folder that a `file:` URI names; None for other schemes."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    path = unquote(parts.path, errors="replace")
    if parts.scheme != "file" or not path or "\0" in path:
        return None
    # file:///c:/work has a slash before the drive.
    return Path(path[1:] if re.match(r"/[A-Za-z]:", path) else path)


def _units(text: bytes, encoding: Encoding) -> int:
    if encoding is Encoding.UTF8 or text.isascii():
        return len(text)
    characters = text.decode("utf-8", "replace")
    if encoding is Encoding.UTF32:
        return len(characters)
    return len(characters.encode("utf-16-le")) // 2


def _beginning(content: bytes, size: int) -> bytes:
    """At most `size` bytes, but whole characters: of a very long line only what is looked at is decoded."""
    while 0 < size < len(content) and content[size] & 0xC0 == 0x80:
        size -= 1
    return content[:size]


def _locate_utf16(content: bytes, start: int, character: int) -> tuple[int, int, str]:
    # A unit takes three bytes at most, and one more character tells whether a pair is cut.
    units = _beginning(content, 3 * character + 4).decode().encode("utf-16-le")
    size = min(2 * character, len(units))
    if 0 < size < len(units) and 0xDC <= units[size + 1] <= 0xDF:
        halves = units[size - 2 : size + 2]
        whole = start + len(units[: size - 2].decode("utf-16-le").encode())
        surrogates = "".join(halves[at : at + 2].decode("utf-16-le", "surrogatepass") for at in (0, 2))
        return whole, whole + len(halves.decode("utf-16-le").encode()), surrogates
    offset = start + len(units[:size].decode("utf-16-le").encode())
    return offset, offset, ""

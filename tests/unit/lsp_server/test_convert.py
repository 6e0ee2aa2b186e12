"""Positions and byte offsets, against a model so naive that it is plainly right."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsp_server.convert import Encoding, Text, display_path, folder_of, to_utf8

ALPHABET = "ab é€😀\U00010400\u2028\u0085\t\v\f\0\r\n"
BREAKS = ("\r\n", "\n", "\r")


def naive_lines(text: str) -> list[str]:
    """The lines with their breaks, cut character by character."""
    lines, line, at = [], "", 0
    while at < len(text):
        found = next((mark for mark in BREAKS if text.startswith(mark, at)), "")
        line += found or text[at]
        at += len(found) or 1
        if found:
            lines.append(line)
            line = ""
    return [*lines, line]


def width(character: str, encoding: Encoding) -> int:
    """How many units of a position a character takes."""
    if encoding is Encoding.UTF8:
        return len(character.encode())
    return len(character.encode("utf-16-le")) // 2 if encoding is Encoding.UTF16 else 1


def naive_offset(text: str, line: int, character: int, encoding: Encoding) -> int:
    """Characters (not bytes) before a position."""
    lines = naive_lines(text)
    if line >= len(lines):
        return len(text)
    offset = sum(map(len, lines[:line]))
    for symbol in lines[line].rstrip("\r\n"):
        character -= width(symbol, encoding)
        if character < 0:
            break
        offset += 1
    return offset


texts = st.text(ALPHABET, max_size=60)
encodings = st.sampled_from(Encoding)
points = st.tuples(st.integers(0, 8), st.integers(0, 12))


@given(texts, points, encodings)
def test_offset_agrees_with_the_naive_model(text: str, point: tuple[int, int], encoding: Encoding) -> None:
    expected = len(text[: naive_offset(text, *point, encoding)].encode())
    assert Text.of(text).offset(*point, encoding) == expected


@given(texts, encodings, st.data())
def test_a_position_leads_back_to_its_offset(text: str, encoding: Encoding, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    if text[at - 1 : at + 1] == "\r\n":
        at -= 1
    offset = len(text[:at].encode())
    parsed = Text.of(text)
    assert parsed.offset(*parsed.position(offset, encoding), encoding) == offset


@settings(max_examples=300)
@given(texts, st.lists(st.tuples(points, points, st.text(ALPHABET, max_size=8)), max_size=12), encodings)
def test_edits_agree_with_the_naive_model(
    text: str, edits: list[tuple[tuple[int, int], tuple[int, int], str]], encoding: Encoding
) -> None:
    parsed = Text.of(text)
    for start, end, new in edits:
        if encoding is Encoding.UTF16:
            # What happens inside a surrogate pair has its own test.
            start, end = (parsed.position(parsed.offset(*point, encoding), encoding) for point in (start, end))
        parsed = parsed.replaced(start, end, new, encoding)
        low, high = (naive_offset(text, *point, encoding) for point in sorted((start, end)))
        text = text[:low] + new + text[max(low, high) :]
        assert parsed.source.decode() == text
        assert list(parsed.lines) == [
            len("".join(naive_lines(text)[:count]).encode()) for count in range(len(naive_lines(text)))
        ]


def utf16(text: str) -> list[int]:
    """UTF-16 units."""
    data = text.encode("utf-16-le", "surrogatepass")
    return [int.from_bytes(data[at : at + 2], "little") for at in range(0, len(data), 2)]


def of_utf16(units: list[int]) -> str:
    """The text of UTF-16 units; lone surrogates become U+FFFD."""
    return b"".join(unit.to_bytes(2, "little") for unit in units).decode("utf-16-le", "replace")


@given(
    st.text("a😀\U00010400", max_size=6),
    st.tuples(st.integers(0, 14), st.integers(0, 14)),
    st.lists(st.sampled_from([0x61, 0xD83D, 0xDE00, 0xDE01]), max_size=3),
)
def test_utf16_edits_may_cut_surrogate_pairs(text: str, cut: tuple[int, int], units: list[int]) -> None:
    low, high = sorted(min(at, len(utf16(text))) for at in cut)
    inserted = b"".join(unit.to_bytes(2, "little") for unit in units).decode("utf-16-le", "surrogatepass")
    new = Text.of(text).replaced((0, low), (0, high), inserted, Encoding.UTF16)
    assert new.source.decode() == of_utf16(utf16(text)[:low] + units + utf16(text)[high:])


def test_half_a_pair_can_be_exchanged() -> None:
    """As editors do that send the smallest difference: one face becomes another."""
    assert utf16("😀")[0] == utf16("😁")[0]
    new = Text.of("x😀y").replaced((0, 2), (0, 3), "\ude01", Encoding.UTF16)
    assert new.source.decode() == "x😁y"


@pytest.mark.parametrize("encoding", Encoding)
@pytest.mark.parametrize(
    ("text", "point", "offset"),
    [
        ("", (0, 0), 0),
        ("", (9, 9), 0),
        ("ab\r\ncd", (0, 99), 2),
        ("ab\r\ncd", (0, 3), 2),
        ("ab\rcd\ref", (2, 1), 7),
        ("ab\u2028cd\nef", (1, 0), 8),
        ("ab", (5, 0), 2),
        ("ab\n", (1, 0), 3),
    ],
)
def test_clamping_and_line_breaks(text: str, point: tuple[int, int], offset: int, encoding: Encoding) -> None:
    assert Text.of(text).offset(*point, encoding) == offset


def test_inside_a_character_means_its_start() -> None:
    text = Text.of("é😀z")
    assert text.offset(0, 2, Encoding.UTF16) == 2
    assert text.offset(0, 4, Encoding.UTF8) == 2
    assert text.offset(0, 2, Encoding.UTF32) == 6


def test_lone_surrogates_keep_their_length_in_utf16() -> None:
    assert to_utf8("a\ud800b").decode() == "a\ufffdb"
    assert to_utf8("\ud83d\ude00").decode() == "😀"


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("file:///home/me/app/src/a%20b.py", "src/a b.py"),
        ("file:///home/me/application/x.py", "/home/me/application/x.py"),
        ("untitled:Untitled-1", "Untitled-1"),
        ("vscode-remote://ssh/home/x.py", "/home/x.py"),
        ("file:///home/me/app/%ff%00.py", "\ufffd\0.py"),
        ("http://[broken", "http://[broken"),
        ("", ""),
    ],
)
def test_display_paths(uri: str, shown: str) -> None:
    assert display_path(uri, Path("/home/me/app")) == shown


def test_folders() -> None:
    assert folder_of("file:///home/me%20too") == Path("/home/me too")
    assert folder_of("file:///C:/work") == Path("C:/work")
    assert folder_of("untitled:x") is None
    assert folder_of("file:///a%00b") is None
    assert folder_of("http://[broken") is None

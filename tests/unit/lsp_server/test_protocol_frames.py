"""Framing: whatever the bytes, reading goes on."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_server.wire import MAX_BODY, Fault, Frames, frame, parse

GOOD = b'{"jsonrpc":"2.0","id":1,"method":"x"}'


def framed(body: bytes, header: bytes = b"Content-Length: %d\r\n\r\n") -> bytes:
    return header % len(body) + body


def read(data: bytes, step: int | None = None) -> list[object]:
    """Messages and faults of a stream that comes in pieces, as the inbox reads them."""
    frames, found = Frames(), []
    step = step or max(1, len(data))
    for at in range(0, len(data), step):
        frames.feed(data[at : at + step])
        while (piece := frames.next()) is not None:
            value = piece if isinstance(piece, Fault) else parse(piece)
            if isinstance(value, Fault) and isinstance(piece, bytes):
                frames.take_back(piece)
            found.append(value)
    return found


def test_frame_and_back() -> None:
    message = {"id": 1, "text": "é😀\ud800\r\n"}
    assert read(frame(message) * 3) == [message] * 3


HEADERS = [
    b"Content-Length: %d\r\n\r\n",
    b"content-length: %d\r\n\r\n",
    b"CONTENT-LENGTH:%d\r\n\r\n",
    b"Content-Length :  %d  \r\n\r\n",
    b"Content-Length: %d\n\n",
    b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: %d\r\n\r\n",
    b"Content-Length: %d\r\nX-Extra: 1\r\nContent-Type: text/plain\r\n\r\n",
    b"\r\n\r\nContent-Length: %d\r\n\r\n",
]


@pytest.mark.parametrize("step", [None, 1, 7])
@pytest.mark.parametrize("header", HEADERS)
def test_headers_that_are_understood(header: bytes, step: int | None) -> None:
    assert read(framed(GOOD, header) * 2, step) == [json.loads(GOOD)] * 2


BROKEN = {
    "huge length": b"Content-Length: 999999999999\r\n\r\n" + GOOD,
    "just too long": b"Content-Length: %d\r\n\r\n" % (MAX_BODY + 1) + GOOD,
    "length of a thousand digits": b"Content-Length: " + b"9" * 900 + b"\r\n\r\n" + GOOD,
    "negative length": b"Content-Length: -5\r\n\r\n" + GOOD,
    "length in words": b"Content-Length: many\r\n\r\n" + GOOD,
    "no length": b"Content-Length:\r\n\r\n" + GOOD,
    "other header only": b"Content-Type: x\r\n\r\n" + GOOD,
    "no header": GOOD,
    "no header, with line break": GOOD + b"\r\n",
    "bytes": bytes(range(256)),
    "a line without end": b"A" * 5000,
    "length too small": b"Content-Length: 10\r\n\r\n" + GOOD,
    "length too large": b"Content-Length: 5000\r\n\r\n" + GOOD,
    "length a little too large": b"Content-Length: %d\r\n\r\n" % (len(GOOD) + 9) + GOOD,
    "not UTF-8": framed(b'{"jsonrpc":"2.0","id":1,"method":"\xff\xfe"}'),
    "not JSON": framed(b"{not json"),
    "empty": framed(b""),
    "nested": framed(b"[" * 100_000),
    "a number of 5000 digits": framed(b"9" * 5000),
}


@pytest.mark.parametrize("step", [None, 1, 7])
@pytest.mark.parametrize("name", BROKEN)
def test_after_a_fault_the_next_message_is_read(name: str, step: int | None) -> None:
    found = read(BROKEN[name] + framed(GOOD) * 2, step)
    assert found[-2:] == [json.loads(GOOD)] * 2
    assert found[:-2]
    assert all(isinstance(value, Fault) for value in found[:-2])
    assert len(found) <= 4, "one fault is told once, or twice where it has two ends"


@pytest.mark.parametrize("name", ["huge length", "negative length", "no header", "length in words", "not JSON"])
def test_a_fault_is_told_at_once(name: str) -> None:
    """Not only when the next message comes: the client may be waiting."""
    assert any(isinstance(value, Fault) for value in read(BROKEN[name]))


@given(st.lists(st.one_of(st.binary(max_size=80), st.sampled_from([framed(GOOD), *BROKEN.values()])), max_size=6))
def test_any_bytes_leave_the_reader_alive(pieces: list[bytes]) -> None:
    """Enough good messages bring it back, however wrong the lengths were before."""
    found = read(b"".join(pieces) + framed(GOOD) * 3)
    assert found[-1] == json.loads(GOOD)


@given(
    st.lists(st.recursive(st.none() | st.text() | st.integers(), st.lists, max_leaves=5), max_size=4),
    st.integers(1, 50),
)
def test_messages_survive_any_cutting(messages: list[object], step: int) -> None:
    assert read(b"".join(map(frame, messages)), step) == messages


def test_a_skipped_message_is_not_collected() -> None:
    frames = Frames()
    frames.feed(b"Content-Length: 99999999999\r\n\r\n")
    assert isinstance(frames.next(), Fault)
    for _ in range(100):
        frames.feed(b"x" * 65536)
        assert frames.next() is None
    assert len(frames._buffer) < 1000

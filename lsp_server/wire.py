"""Standard input and output as a stream of JSON messages: framing, and the two threads that do the waiting.

Knows JSON and `Content-Length`, not JSON-RPC. Reading never ends because of what was read: bytes that
are no message become a `Fault`, and reading goes on at the next header. A header inside a body is
proof that the length was wrong, because valid JSON holds no raw line break inside a string.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass

MAX_BODY = 64 * 1024 * 1024
"""Bytes of one message. A longer one is answered with an error and skipped, never collected."""

_MAX_HEADER_LINE = 1024
_CHUNK = 64 * 1024
_WAITING = 256
_FIELD = re.compile(rb"\r?|[A-Za-z][A-Za-z0-9_-]*[ \t]*(:[^\n]*)?")
_LENGTH_LINE = re.compile(rb"content-length[ \t]*:[ \t]*\d{1,19}[ \t]*\r?\n", re.IGNORECASE)
_LONGEST_LENGTH_LINE = 128
_NAME = b"content-length"


@dataclass(frozen=True, slots=True)
class Fault:
    """Bytes that are no message, and why, in words for the client."""

    reason: str


class Frames:
    """Cuts a byte stream into message bodies. Does no input or output."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._lost = False
        self._length: int | None = None
        self._declared: bytes | None = None
        self._in_header = False
        self._searched = 0

    def feed(self, data: bytes) -> None:
        """Add what was read."""
        self._buffer += data

    def next(self) -> bytes | Fault | None:
        """The next body or fault; None when more bytes are needed."""
        if self._lost and not self._find_header():
            return None
        if self._length is None:
            fault = self._read_header()
            if fault is not None:
                self._lost = True
                self._declared, self._in_header = None, False
                return fault
            if self._length is None:
                return None
        if len(self._buffer) < self._length:
            return self._look_for_early_header()
        body = bytes(self._buffer[: self._length])
        del self._buffer[: self._length]
        self._length, self._searched = None, 0
        return body

    def take_back(self, body: bytes) -> None:
        """Return a body that is not JSON: a header inside it, or cut by its end, begins the next message."""
        inner = _LENGTH_LINE.search(body)
        start = inner.start() if inner is not None else body.rfind(b"}") + 1
        name = body[start : start + len(_NAME)].lower()
        if name and _NAME.startswith(name):
            self._buffer[:0] = body[start:]

    def _find_header(self) -> bool:
        found = _LENGTH_LINE.search(self._buffer)
        if found is None:
            del self._buffer[:-_LONGEST_LENGTH_LINE]
            return False
        del self._buffer[: found.start()]
        self._lost = False
        return True

    def _read_header(self) -> Fault | None:
        while True:
            end = self._buffer.find(b"\n")
            line = bytes(self._buffer[: end if end >= 0 else _MAX_HEADER_LINE + 1])
            if len(line) > _MAX_HEADER_LINE or not _FIELD.fullmatch(line):
                return Fault("expected a header line such as Content-Length: 123")
            if end < 0:
                return None
            del self._buffer[: end + 1]
            name, _, value = line.partition(b":")
            if line.strip():
                self._in_header = True
                if name.strip().lower() == b"content-length":
                    self._declared = value.strip()
            elif self._in_header:
                break
            # An empty line before any header is harmless.
        return self._accept_length()

    def _accept_length(self) -> Fault | None:
        declared, self._declared, self._in_header = self._declared, None, False
        if declared is None:
            return Fault("the header has no Content-Length")
        if not declared.isdigit():
            return Fault("Content-Length is not a number")
        if int(declared) > MAX_BODY:
            return Fault(f"the message is longer than {MAX_BODY} bytes")
        self._length, self._searched = int(declared), 0
        return None

    def _look_for_early_header(self) -> Fault | None:
        inner = _LENGTH_LINE.search(self._buffer, max(0, self._searched - _LONGEST_LENGTH_LINE))
        self._searched = len(self._buffer)
        if inner is None:
            return None
        del self._buffer[: inner.start()]
        self._length, self._searched = None, 0
        return Fault("the message is shorter than its Content-Length")


def parse(body: bytes) -> object:
    """The JSON value of a body, or a `Fault`."""
    try:
        return json.loads(body.decode("utf-8"))
    except UnicodeDecodeError:
        return Fault("the message is not UTF-8")
    except RecursionError:
        return Fault("the message is nested too deeply")
    except ValueError:
        return Fault("the message is not JSON")


class Inbox:
    """A thread that reads messages and hands them to `deliver`; `None` is the end of the input.

    At most a few hundred messages wait: `deliver` must be answered by one `done()` each.
    """

    def __init__(self, descriptor: int, deliver: Callable[[object], None]) -> None:
        self._descriptor = descriptor
        self._deliver = deliver
        self._room = threading.Semaphore(_WAITING)

    def start(self) -> None:
        """Begin to read."""
        threading.Thread(target=self._read, name="inbox", daemon=True).start()

    def done(self) -> None:
        """One delivered message has been dealt with."""
        self._room.release()

    def _read(self) -> None:
        frames = Frames()
        while True:
            try:
                data = os.read(self._descriptor, _CHUNK)
            except OSError:
                data = b""
            if not data:
                self._hand_over(END)
                return
            frames.feed(data)
            while (frame := frames.next()) is not None:
                message = frame if isinstance(frame, Fault) else parse(frame)
                if isinstance(message, Fault) and isinstance(frame, bytes):
                    frames.take_back(frame)
                self._hand_over(message)

    def _hand_over(self, message: object) -> None:
        self._room.acquire()
        self._deliver(message)


class _End:
    """The type of `END`."""


END = _End()
"""Delivered once, when the input has ended (`None` is a possible message)."""


class Outbox:
    """A thread that writes, so that a slow or stuck client never blocks the event loop."""

    def __init__(self, descriptor: int, on_broken: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._on_broken = on_broken
        self._waiting: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._broken = False
        self._thread = threading.Thread(target=self._write, name="outbox", daemon=True)
        # Two counters, each changed by one thread only.
        self._given = 0
        self._taken = 0

    @property
    def bytes_waiting(self) -> int:
        """Bytes that the client has not taken yet."""
        return self._given - self._taken

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def write(self, data: bytes) -> None:
        """Send whole messages, in order. Never blocks, never raises."""
        if not self._broken:
            self._given += len(data)
            self._waiting.put(data)

    def close(self, timeout: float = 1.0) -> None:
        """Wait up to `timeout` seconds until everything is written."""
        self._waiting.put(None)
        self._thread.join(timeout)

    def _write(self) -> None:
        while (data := self._waiting.get()) is not None:
            left = memoryview(data)
            try:
                while left:
                    left = left[os.write(self._descriptor, left) :]
            except OSError:
                self._broken = True
                self._on_broken()
                return
            self._taken += len(data)


def frame(message: object) -> bytes:
    """Header and body of a message."""
    body = json.dumps(message, separators=(",", ":")).encode("ascii")
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


def take_stdio() -> tuple[int, int]:
    """Take standard input and output for the wire alone: (descriptor to read, descriptor to write).

    From then on whatever else the process prints, native code included, goes to standard error, and
    nothing else can read the client's messages. Children inherit neither.
    """
    sys.stdout.flush()
    incoming, outgoing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    try:
        os.dup2(2, 1)
    except OSError:
        os.dup2(nothing, 1)
    os.close(nothing)
    if sys.stderr is not None:
        sys.stdout = sys.stderr
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(incoming, os.O_BINARY)
        msvcrt.setmode(outgoing, os.O_BINARY)
    else:
        for descriptor in (incoming, outgoing):
            with contextlib.suppress(OSError):
                os.set_blocking(descriptor, True)
    return incoming, outgoing

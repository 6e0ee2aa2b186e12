"""Trees of texts that nobody edits, made by a background thread: in bounded time, and so that others can run.

The library holds the interpreter's lock while it parses, but for the moments in which it calls back, and only a
parse that reads from a function calls back or can be stopped. It keeps what that function returns for good (a defect
of py-tree-sitter 0.26.1), so the function returns views of one buffer, a thread's own.
"""

from __future__ import annotations

import threading
import time

from completion.syntax.languages import Language, parser
from completion.syntax.tree import Parsed, TreeStore
from completion.types import Document

LARGEST = 400_000
"""Bytes; a larger file is generated more often than written."""

SECONDS = 0.5
"""Processor time for one file."""

_SHORT = 128
_buffers = threading.local()


def parse_aside(path: str, source: bytes, language: Language) -> Parsed | None:
    """The tree of a file; None where it is too large, has no safe parse, or takes too long."""
    if len(source) > LARGEST or TreeStore().refusal(Document(path, language.id, source), language):
        return None
    view, size = _buffer(), len(source)
    view[:size] = source
    end = time.thread_time() + SECONDS

    def rest(offset: int, _point: object) -> bytes | memoryview:
        return view[offset:size] if size - offset > _SHORT else source[offset:]

    own = parser(language)
    try:
        tree = own.parse(rest, progress_callback=lambda _offset, _error: time.thread_time() > end)
    except ValueError:
        own.reset()
        return None
    # The buffer's next text would be taken for that of this tree; one that is made of bytes keeps its own.
    return Parsed(language, source, own.parse(source, tree))


def _buffer() -> memoryview:
    known: memoryview | None = getattr(_buffers, "view", None)
    if known is None:
        known = _buffers.view = memoryview(bytearray(LARGEST))
    return known

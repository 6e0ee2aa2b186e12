"""Logging that can never block or break the server: a full or closed standard error loses lines, nothing more."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import sys
import threading

from completion.settings import Settings

_FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
_WAITING_LINES = 2000
_PATIENCE = 0.5


def start(settings: Settings) -> None:
    """Send the log where `settings` say. A log file that cannot be opened falls back to standard error."""
    descriptor = 2
    refused = ""
    if settings.log_file:
        try:
            descriptor = os.open(settings.log_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError as error:
            refused = f"cannot write the log file {settings.log_file}: {error.strerror}; logging to standard error"
    handler = _Background(descriptor)
    handler.setFormatter(logging.Formatter(_FORMAT))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    set_level(settings)
    # pygls logs whole messages, and so document text, at INFO; asyncio's notes are of no use here.
    for name in ("pygls", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # A failing log must not print tracebacks between the lines.
    logging.raiseExceptions = False
    if refused:
        logging.getLogger(__name__).error("%s", refused)


def set_level(settings: Settings) -> None:
    """Use the level of `settings` from now on."""
    logging.getLogger().setLevel(settings.log_level.upper())


class _Background(logging.Handler):
    """Formats at once and writes in a thread of its own."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._lines: queue.Queue[bytes | threading.Event] = queue.Queue(_WAITING_LINES)
        threading.Thread(target=self._write, name="log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        line = (self.format(record) + "\n").encode("utf-8", "backslashreplace")
        # The client does not read its end: lines are lost, the server is not.
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait(line)

    def flush(self) -> None:
        written = threading.Event()
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait(written)
            if not sys.is_finalizing():
                written.wait(_PATIENCE)

    def _write(self) -> None:
        while True:
            item = self._lines.get()
            if isinstance(item, threading.Event):
                item.set()
                continue
            with contextlib.suppress(OSError):
                os.write(self._descriptor, item)

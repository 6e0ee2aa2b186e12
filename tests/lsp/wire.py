"""A small LSP client over real pipes, with nothing but the standard library: every wait has a time limit."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PATIENCE = 30.0
"""Seconds to wait for something that must come."""

Message = dict[str, Any]


class NoMessage(AssertionError):
    """What was waited for did not come."""


class Client:
    """One server process and what it has said so far."""

    def __init__(self, environment: Mapping[str, str], *arguments: str, command: list[str] | None = None) -> None:
        program = command or [sys.executable, "-P", "-m", "lsp_server", "--stdio"]
        self.process = subprocess.Popen(
            [*program, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment),
        )
        self.notifications: list[Message] = []
        self.configuration: object = None
        self.log = ""
        self._answers: dict[object, list[Message]] = {}
        self._news = threading.Condition()
        self._ids = itertools.count(1)
        self._closed = False
        self._speaking = threading.Lock()
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._read, self._read_log)]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self.end_input()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for thread in self._threads:
            thread.join(10)

    def end_input(self) -> None:
        """Close our end of its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    # --- speaking ----------------------------------------------------------------------------

    def raw(self, data: bytes) -> None:
        """Bytes as they are."""
        assert self.process.stdin is not None
        with self._speaking:
            self.process.stdin.write(data)
            self.process.stdin.flush()

    def body(self, data: bytes) -> None:
        """One body with a correct header."""
        self.raw(b"Content-Length: %d\r\n\r\n" % len(data) + data)

    def send(self, message: object) -> None:
        """One message."""
        self.body(json.dumps(message, ensure_ascii=not can_be_utf8(message)).encode())

    def notify(self, method: str, params: object = None) -> None:
        """A notification."""
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def request(self, method: str, params: object = None) -> int:
        """A request; returns its id at once."""
        number = next(self._ids)
        self.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return number

    # --- listening ---------------------------------------------------------------------------

    def answer(self, number: object, patience: float = PATIENCE) -> Message:
        """The answer to a request."""
        self.wait_until(lambda: number in self._answers, f"an answer to {number!r}", patience)
        return self._answers[number][0]

    def answers(self, number: object) -> list[Message]:
        """All answers with this id that have come."""
        return list(self._answers.get(number, ()))

    def ask(self, method: str, params: object = None, patience: float = PATIENCE) -> Any:
        """The result of a request that must not fail."""
        message = self.answer(self.request(method, params), patience)
        assert "error" not in message, message["error"]
        return message["result"]

    def notification(
        self, method: str, test: Callable[[Any], bool] = lambda _: True, patience: float = PATIENCE
    ) -> Any:
        """The parameters of the first notification (or request) of the server that passes `test`."""

        def found() -> Message | None:
            return next((n for n in self.notifications if n["method"] == method and test(n["params"])), None)

        self.wait_until(lambda: found() is not None, f"a notification {method}", patience)
        message = found()
        assert message is not None
        return message["params"]

    def count(self, method: str, test: Callable[[Any], bool] = lambda _: True) -> int:
        """How many notifications (or requests) of the server pass `test` so far."""
        return sum(note["method"] == method and test(note["params"]) for note in list(self.notifications))

    def wait(self, patience: float = PATIENCE) -> int:
        """The exit code."""
        return self.process.wait(patience)

    def wait_for_log(self, text: str, patience: float = PATIENCE) -> None:
        """Wait until the log says something."""
        self.wait_until(lambda: text in self.log, f"{text!r} in the log", patience)

    def wait_until(self, condition: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
        """Wait for something that the server has said; looked at whenever it says something."""
        end = time.monotonic() + patience
        with self._news:
            while not condition():
                left = end - time.monotonic()
                if left <= 0 or (self._closed and not condition()):
                    raise NoMessage(f"no {what} (exit code {self.process.poll()}); log:\n{self.log[-3000:]}")
                self._news.wait(min(left, 1.0))

    # --- sessions ----------------------------------------------------------------------------

    def initialize(self, root: Path | None = None, **params: Any) -> Any:
        """`initialize` and `initialized`; returns the capabilities."""
        result = self.ask(
            "initialize",
            {"processId": os.getpid(), "rootUri": root.as_uri() if root else None, "capabilities": {}} | params,
        )
        self.notify("initialized", {})
        return result["capabilities"]

    def open(self, uri: str, text: str, language: str = "python", version: int = 1) -> None:
        """`didOpen`."""
        document = {"uri": uri, "languageId": language, "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})

    def change(self, uri: str, version: int, *changes: Mapping[str, object]) -> None:
        """`didChange`."""
        params = {"textDocument": {"uri": uri, "version": version}, "contentChanges": changes}
        self.notify("textDocument/didChange", params)

    def complete(self, uri: str, line: int, character: int, *, invoked: bool = True, **more: Any) -> int:
        """`inlineCompletion`; returns the request's id."""
        return self.request(
            "textDocument/inlineCompletion", inline_params(uri, line, character, invoked=invoked) | more
        )

    def items(self, uri: str, line: int, character: int, *, invoked: bool = True) -> list[Any]:
        """The items of an `inlineCompletion`."""
        message = self.answer(self.complete(uri, line, character, invoked=invoked))
        assert "error" not in message, message["error"]
        items: list[Any] = message["result"]["items"]
        return items

    def close(self) -> int:
        """`shutdown` and `exit`; returns the exit code."""
        self.ask("shutdown")
        self.notify("exit")
        return self.wait()

    # --- threads -----------------------------------------------------------------------------

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while True:
            length = 0
            while line := stream.readline().strip():
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            if not length:
                break
            message = json.loads(stream.read(length))
            # Answered before anybody hears of it, so that what a test sends next comes after the answer.
            if "method" in message and "id" in message:
                self._reply(message)
            with self._news:
                if "method" in message:
                    self.notifications.append(message)
                else:
                    self._answers.setdefault(message.get("id"), []).append(message)
                self._news.notify_all()
        with self._news:
            self._closed = True
            self._news.notify_all()
        stream.close()

    def _reply(self, message: Message) -> None:
        result: object = None
        if message["method"] == "workspace/configuration":
            result = [self.configuration for _ in message["params"]["items"]]
        with contextlib.suppress(OSError, ValueError):
            self.send({"jsonrpc": "2.0", "id": message["id"], "result": result})

    def _read_log(self) -> None:
        stream = self.process.stderr
        assert stream is not None
        for line in stream:
            with self._news:
                self.log += line.decode("utf-8", "replace")
                self._news.notify_all()
        stream.close()


def can_be_utf8(message: object) -> bool:
    """Whether the message has no lone surrogates; those can be sent as escapes only."""
    try:
        json.dumps(message, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def inline_params(uri: str, line: int, character: int, *, invoked: bool = True) -> Message:
    """The parameters of an `inlineCompletion`."""
    return {
        "textDocument": {"uri": uri},
        "position": {"line": line, "character": character},
        "context": {"triggerKind": 1 if invoked else 2},
    }

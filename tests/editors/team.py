"""A stand-in for a team's server that says what it is told to: for texts that no small model can be relied on for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class TeamServer(ThreadingHTTPServer):
    """Answers every completion with `answer`, streamed in small pieces."""

    daemon_threads = True
    answer = ""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: TeamServer

    def do_GET(self) -> None:
        """It serves one model."""
        body = json.dumps({"object": "list", "data": [{"id": "coder", "object": "model"}]}).encode()
        self.send_response(200 if self.path == "/v1/models" else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        answer = self.server.answer
        for start in range(0, len(answer), 5):
            self._send(answer[start : start + 5], None)
        self._send("", "stop")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _send(self, text: str, finish_reason: str | None) -> None:
        event = {"choices": [{"index": 0, "text": text, "finish_reason": finish_reason}]}
        try:
            self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
        except ConnectionError:
            # The client has heard enough.
            self.close_connection = True


@contextmanager
def team_server() -> Iterator[TeamServer]:
    """A server on a free port of the loopback interface."""
    with TeamServer(("127.0.0.1", 0), _Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()

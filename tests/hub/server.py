"""A hub on this machine: the few answers that a download asks for, with the accidents that happen to downloads.

Imitates huggingface.co as its client library uses it: HEAD of `/REPO/resolve/REVISION/FILE` answers with commit,
size and checksum and sends large files elsewhere (`/cdn/…`, under another host name); GET follows. Plain files lie
under `/plain/NAME`.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Request:
    """What was asked, and how many bytes of the body were sent."""

    method: str
    host: str
    path: str
    range: str
    authorization: str
    agent: str
    sent: int = 0


@dataclass
class Hub:
    """The server's state: set it before a download, look at `requests` afterwards."""

    port: int = 0
    repos: dict[str, dict[str, bytes]] = field(default_factory=dict)
    plain: dict[str, bytes] = field(default_factory=dict)
    announced: dict[str, str] = field(default_factory=dict)
    gated: dict[str, str] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    busy: list[int] = field(default_factory=list)
    ranges: bool = True
    validator: str = '"v1"'
    lengths: bool = True
    stall_after: int | None = None
    stalled: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def bodies(self) -> list[Request]:
        """The requests that asked for content."""
        return [request for request in self.requests if request.method == "GET"]

    def sent(self) -> int:
        """Bytes of content that left this server."""
        return sum(request.sent for request in self.requests)


@contextmanager
def running() -> Iterator[Hub]:
    """A hub that answers until the block is left."""
    hub = Hub()

    class Handler(_Handler):
        state = hub

    server = _Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        hub.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves in the middle is what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: Hub

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def log_message(self, *_arguments: object) -> None:
        """Tests look at `Hub.requests` instead."""

    def _answer(self, *, body: bool) -> None:
        path = unquote(urlsplit(self.path).path).removeprefix("/")
        headers = self.headers
        host = headers.get("Host", "").partition(":")[0]
        request = Request(
            self.command,
            host,
            path,
            headers.get("Range", ""),
            headers.get("Authorization", ""),
            headers.get("User-Agent", ""),
        )
        self.state.requests.append(request)
        if body and self.state.busy:
            self._head(self.state.busy.pop(0), {"Content-Length": "0"})
        elif path.startswith("plain/"):
            self._file(request, self.state.plain.get(path.removeprefix("plain/")), self.state.validator, body)
        elif path.startswith("cdn/"):
            repo, _, name = path.removeprefix("cdn/").partition("@")
            self._file(request, self.state.repos[repo][name], '"cdn"', body)
        else:
            self._resolve(request, path)

    def _resolve(self, request: Request, path: str) -> None:
        repo, _, rest = path.partition("/resolve/")
        revision, _, name = rest.partition("/")
        files = self.state.repos.get(repo)
        token = self.state.gated.get(repo)
        if files is None:
            self._refuse(401, "RepoNotFound")
        elif token is not None and request.authorization != f"Bearer {token}":
            self._refuse(403 if request.authorization else 401, "GatedRepo")
        elif revision not in ("main", COMMIT):
            self._refuse(404, "RevisionNotFound")
        elif name not in files:
            self._refuse(404, "EntryNotFound")
        else:
            content = files[name]
            digest = self.state.announced.get(name) or hashlib.sha256(content).hexdigest()
            facts = {
                "X-Repo-Commit": COMMIT,
                "X-Linked-Size": str(len(content)),
                "X-Linked-ETag": f'"{digest}"',
                "Location": f"http://localhost:{self.state.port}/cdn/{repo}@{name}?signature=secret",
                "Content-Length": "0",
            }
            self._head(302, facts)

    def _file(self, request: Request, content: bytes | None, etag: str, body: bool) -> None:
        if content is None:
            self._head(404, {"Content-Length": "0"})
            return
        start = int(request.range.removeprefix("bytes=").rstrip("-")) if request.range and self.state.ranges else 0
        if self.headers.get("If-Range") not in (None, etag):
            start = 0
        facts = {"ETag": etag} if etag else {}
        if start >= len(content) > 0 and start:
            self._head(416, {"Content-Range": f"bytes */{len(content)}", "Content-Length": "0"})
            return
        if start:
            facts["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        if self.state.lengths:
            facts["Content-Length"] = str(len(content) - start)
        else:
            self.close_connection = True
        self._head(206 if start else 200, facts)
        if not body:
            return
        rest = memoryview(content)[start:]
        cut = self.state.cuts.pop(0) if self.state.cuts else None
        if cut is not None:
            rest = rest[:cut]
            self.close_connection = True
        if self.state.stall_after is not None:
            # The connection stays open and silent: the moment in which a person loses patience.
            self.wfile.write(rest[: self.state.stall_after])
            self.state.stalled.set()
            self.state.released.wait()
            self.close_connection = True
            return
        self.wfile.write(rest)
        request.sent = len(rest)

    def _refuse(self, status: int, code: str) -> None:
        self._head(status, {"X-Error-Code": code, "X-Error-Message": code, "Content-Length": "0"})

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

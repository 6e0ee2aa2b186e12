"""A kept-alive connection to the HTTP listener that the engine library insists on.

The listener is private: a Unix socket (or a loopback port) and a random key that only this process knows.
"""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Mapping
from typing import Any

from completion.errors import EngineUnavailable

_SECONDS = 10.0


class Listener:
    """One connection, for one caller at a time. `address` is `unix://PATH` or `http://HOST:PORT`."""

    def __init__(self, address: str, key: str) -> None:
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._connection = _connection_to(address)

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """A JSON answer. Raises `EngineUnavailable`. A kept connection may have been closed: one retry."""
        payload = json.dumps(body) if body is not None else None
        for attempt in (1, 2):
            try:
                self._connection.request(method, path, payload, self._headers)
                response = self._connection.getresponse()
                data = response.read()
                if response.status == http.client.OK:
                    return json.loads(data)
                raise EngineUnavailable(f"the engine answered {response.status} to {path}.")
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                if attempt == 2:
                    raise EngineUnavailable(f"the engine does not answer to {path}.") from error
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_SECONDS)
        self.sock.connect(self._path)


def _connection_to(address: str) -> http.client.HTTPConnection:
    if address.startswith("unix://"):
        return _UnixConnection(address.removeprefix("unix://"))
    host, _, port = address.removeprefix("http://").rstrip("/").rpartition(":")
    return http.client.HTTPConnection(host, int(port), timeout=_SECONDS)

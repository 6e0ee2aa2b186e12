"""Neovim's API over its socket: MessagePack-RPC, requests only, one at a time."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import msgpack  # type: ignore[import-untyped]

from tests.editors.terminal import PATIENCE

_REQUEST, _RESPONSE = 0, 1


class NeovimError(AssertionError):
    """Neovim refused a request."""


class Api:
    """One connection. Handles of buffers and windows are not decoded: ask by Lua for what is in them."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE)
        self._socket.connect(str(path))
        self._incoming = msgpack.Unpacker()
        self._id = 0

    def request(self, method: str, *arguments: object) -> Any:
        """Call an API function, e.g. `nvim_get_mode`. Raises `NeovimError`."""
        self._id += 1
        self._socket.sendall(msgpack.packb([_REQUEST, self._id, method, arguments]))
        while True:
            for message in self._incoming:
                if message[0] == _RESPONSE and message[1] == self._id:
                    if message[2]:
                        raise NeovimError(f"{method}: {message[2][1]}")
                    return message[3]
            try:
                received = self._socket.recv(65536)
            except TimeoutError:
                raise NeovimError(f"{method}: no answer (does Neovim wait for a key?)") from None
            if not received:
                raise NeovimError(f"{method}: Neovim has gone")
            self._incoming.feed(received)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

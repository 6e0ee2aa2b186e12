"""Where a host listens: private folders, Unix sockets, and loopback with a key where there are none."""

from __future__ import annotations

import json
import os
import socket
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from completion.errors import EngineUnavailable

RUNTIME_VARIABLE = "LSP_COPILOT_RUNTIME_DIR"
TCP_VARIABLE = "LSP_COPILOT_TCP"
_LONGEST_SOCKET_PATH = 100


@dataclass(frozen=True, slots=True)
class Address:
    """A Unix socket path, or a loopback port with its key; and the process that listens there."""

    path: str = ""
    port: int = 0
    key: str = ""
    pid: int = 0

    @property
    def url(self) -> str:
        """Base URL; the host part is a formality for a Unix socket."""
        return "http://localhost" if self.path else f"http://127.0.0.1:{self.port}"


def uses_unix_sockets() -> bool:
    """Whether hosts listen on Unix sockets here; `LSP_COPILOT_TCP=1` asks for loopback instead."""
    return hasattr(socket, "AF_UNIX") and os.environ.get(TCP_VARIABLE) != "1"


def runtime_folder() -> Path:
    """The private folder (mode 0700) for sockets, locks and addresses, made if need be.

    Raises `EngineUnavailable` if it is not ours alone.
    """
    given = os.environ.get(RUNTIME_VARIABLE)
    folder = Path(given) if given else _default_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        raise EngineUnavailable(f"{folder} cannot be used for the engine's socket: {error.strerror}.") from error
    if not stat.S_ISDIR(status.st_mode):
        raise EngineUnavailable(f"{folder} is not a folder.", advice="Remove it or set LSP_COPILOT_RUNTIME_DIR.")
    if hasattr(os, "getuid"):
        if status.st_uid != os.getuid():
            raise EngineUnavailable(f"{folder} belongs to another user.", advice="Set LSP_COPILOT_RUNTIME_DIR.")
        if stat.S_IMODE(status.st_mode) & 0o077:
            folder.chmod(0o700)
    return folder


def socket_path(folder: Path, name: str) -> Path:
    """The socket of the host called `name`. Raises `EngineUnavailable` when the path is too long for a socket."""
    path = folder / f"{name}.sock"
    if len(os.fsencode(path)) > _LONGEST_SOCKET_PATH:
        raise EngineUnavailable(
            f"{path} is too long for a socket ({_LONGEST_SOCKET_PATH} bytes).",
            advice="Set LSP_COPILOT_RUNTIME_DIR to a shorter folder.",
        )
    return path


def private_socket(folder: Path, name: str) -> Path:
    """The socket of the engine library's own listener, which only the host itself talks to."""
    return folder / f"{name}.e.sock"


def publish(folder: Path, name: str, address: Address) -> None:
    """Write the address where clients look for it, readable by the user alone, all at once."""
    target = folder / f"{name}.json"
    descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=name)  # mkstemp makes files of mode 0600
    with os.fdopen(descriptor, "w") as file:
        json.dump({"path": address.path, "port": address.port, "key": address.key, "pid": os.getpid()}, file)
    os.replace(temporary, target)


def withdraw(folder: Path, name: str) -> None:
    """Remove address and socket."""
    for suffix in (".json", ".sock", ".e.sock"):
        (folder / (name + suffix)).unlink(missing_ok=True)


def find(folder: Path, name: str) -> Address | None:
    """The published address of a host, which may be gone by now."""
    try:
        table = json.loads((folder / f"{name}.json").read_text("utf-8"))
        return Address(str(table["path"]), int(table["port"]), str(table["key"]), int(table["pid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _default_folder() -> Path:
    base = os.environ.get("XDG_RUNTIME_DIR")
    if base and os.access(base, os.W_OK):
        return Path(base) / "lsp-copilot"
    user = str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    return Path(tempfile.gettempdir()) / f"lsp-copilot-{user}"

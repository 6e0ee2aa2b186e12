"""Runs programs that check a text: found beside the interpreter or on PATH, and held within bounds.

A program gets the text on its standard input, an empty folder as its working directory and nothing of our environment,
so that no configuration of a project or a person can steer it or make it run something. It has two seconds and limited
memory, and what it writes is cut. There is never a shell in between. This room knows nothing of what programs say.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from completion.scripts.checks.verdicts import Late, Unchecked

SECONDS = 2.0
MEMORY = 1 << 30
WRITTEN = 16 << 20  # a syntax tree of shfmt is a hundred times its script


@dataclass(frozen=True, slots=True)
class Output:
    """What a program said: exit status and both streams, decoded, each cut to `WRITTEN` bytes."""

    status: int
    stdout: str
    stderr: str


class Leash:
    """Holds the programs that are started inside it, also in threads that get its context: leaving it kills them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: set[subprocess.Popen[bytes]] = set()
        self._left = False

    def __enter__(self) -> Self:
        self._token = _leash.set(self)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        _leash.reset(self._token)
        with self._lock:
            self._left = True
            for process in self._held:
                _kill(process)

    def hold(self, process: subprocess.Popen[bytes]) -> None:
        """Take a program that has just been started; it is killed at once where nobody waits for it any more."""
        with self._lock:
            self._held.add(process)
            if self._left:
                _kill(process)

    def release(self, process: subprocess.Popen[bytes]) -> None:
        """Forget a program that has ended."""
        with self._lock:
            self._held.discard(process)


_leash: ContextVar[Leash | None] = ContextVar("leash", default=None)


def find(name: str) -> str:
    """The absolute path of a program, beside the interpreter before PATH; "" where there is none.

    Relative entries of PATH are passed over: they would find programs in the user's repository.
    """
    folders = [Path(sys.executable).parent]
    folders += [Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep) if Path(entry).is_absolute()]
    suffix = ".exe" if os.name == "nt" else ""
    for folder in folders:
        path = folder / (name + suffix)
        if path.is_file() and os.access(path, os.X_OK):
            return str(path)
    return ""


def run(name: str, arguments: tuple[str, ...], text: str, *, seconds: float = SECONDS) -> Output:
    """Run an installed program on the text. Raises Unchecked where it is missing or stopped, Late where it is slow."""
    path = find(name)
    if not path:
        raise Unchecked(f"{name} is not installed")
    return _bounded(name, [path, *arguments], text, seconds)


def run_python(script: Path, text: str, *, seconds: float = SECONDS) -> Output:
    """Run one of our own modules as a program of its own: `-I` keeps the user's folder and variables out."""
    return _bounded(script.stem.replace("_", " "), [sys.executable, "-I", str(script)], text, seconds)


def _bounded(name: str, command: list[str], text: str, seconds: float) -> Output:
    with (
        tempfile.TemporaryDirectory(prefix="lsp-copilot-", ignore_cleanup_errors=True) as folder,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as errors,
    ):
        environment = {"LC_ALL": "C.UTF-8", "HOME": folder, "XDG_CONFIG_HOME": folder, "TMPDIR": folder, "PATH": ""}
        if os.name == "nt":
            environment["SYSTEMROOT"] = os.environ.get("SYSTEMROOT", "")
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=errors,
                cwd=folder,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise Unchecked(f"{name} cannot be started ({error.strerror or type(error).__name__})") from None
        # A killed group cannot outlive its time, even while we are still writing to it.
        late = threading.Event()
        leash = _leash.get()
        if leash is not None:
            leash.hold(process)
        timer = threading.Timer(seconds, _stop, (process, late))
        timer.start()
        try:
            # It has read nothing yet, so the limits are there before the text is.
            _limit(process.pid, seconds)
            _feed(process, text.encode("utf-8", "replace"))
            status = process.wait()
        finally:
            timer.cancel()
            _kill(process)
            process.wait()
            if leash is not None:
                leash.release(process)
        if late.is_set():
            raise Late(f"{name} took longer than {seconds:g} seconds", _read(out))
        if status < 0:
            raise Unchecked(f"{name} was stopped by a limit of time, memory or output (signal {-status})")
        return Output(status, _read(out), _read(errors))


def _limit(pid: int, seconds: float) -> None:
    """Bound a process where the system can do that from outside (Linux); elsewhere time alone bounds it."""
    if sys.platform != "linux":
        return
    import resource

    # Runtimes reserve far more addresses than they use, so what counts is data, which Linux bounds apart from them.
    bounds = {
        resource.RLIMIT_CPU: int(seconds) + 1,
        resource.RLIMIT_FSIZE: WRITTEN,
        resource.RLIMIT_DATA: MEMORY,
        resource.RLIMIT_CORE: 0,
    }
    for kind, bound in bounds.items():
        try:
            resource.prlimit(pid, kind, (bound, bound))
        except (OSError, ValueError):
            return


def _stop(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    _kill(process)


def _feed(process: subprocess.Popen[bytes], data: bytes) -> None:
    if process.stdin is None:
        return
    try:
        process.stdin.write(data)
        process.stdin.close()
    except OSError:
        return  # It ended before it had read everything; its status tells.


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    try:
        if os.name == "nt":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    except OSError:
        return


def _read(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read(WRITTEN).decode("utf-8", "replace")

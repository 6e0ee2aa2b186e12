"""Files of the command `script`: what it reads, and the one that it writes, whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import tempfile
from pathlib import Path

from completion.errors import InputError

MOST_BYTES = 4_000_000
"""Larger files are no scripts; the checks look at much less."""


def read(path: Path, option: str = "") -> str:
    """A text file, or standard input for "-". Raises `InputError`, which names the option."""
    name = f"{option}: {path}" if option else str(path)
    try:
        if str(path) == "-":
            name, data = "standard input", sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with path.open("rb") as stream:
                data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror}).", advice="Check the path.") from None
    if len(data) > MOST_BYTES:
        raise InputError(f"{name}: more than {MOST_BYTES:,} bytes.", advice="Give a smaller file.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: not UTF-8 text (byte {error.start}).") from None
    if "\0" in text:
        raise InputError(f"{name}: a binary file (it holds a NUL byte).")
    return text


def prepare(path: Path, force: str) -> None:
    """Look whether `path` can be written later, before anybody has waited. Raises `InputError`.

    `force` is "force" where a file that is there may be replaced.
    """
    if path.is_symlink():
        raise InputError(f"-o: {path} is a symbolic link.", advice="Name the file that it points to.")
    if path.is_dir():
        raise InputError(f"-o: {path} is a folder.", advice="Name a file in it.")
    if path.exists() and not path.is_file():
        raise InputError(f"-o: {path} is no ordinary file.", advice="Name another one, or leave -o out and redirect.")
    if path.exists() and not force:
        raise InputError(f"-o: {path} exists already.", advice="Name another file, or replace it with --force.")
    if not path.parent.is_dir():
        raise InputError(f"-o: the folder {path.parent} does not exist.", advice="Make it first.")


def write(path: Path, text: str, force: str) -> None:
    """Write a script, not executable: beside its place first, then moved there in one step. Raises `InputError`."""
    prepare(path, force)
    mode = path.stat().st_mode & 0o666 if path.exists() else 0o666 & ~_umask()
    written = ""
    try:
        descriptor, written = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with open(descriptor, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(descriptor)
        os.chmod(written, mode)
        if force:
            os.replace(written, path)
        else:
            _move_to_free_place(written, path)
    except OSError as error:
        raise InputError(f"-o: {path} cannot be written ({error.strerror}).") from None
    finally:
        # Also when it was interrupted; after a move there is nothing left.
        with contextlib.suppress(OSError):
            os.unlink(written)


def _move_to_free_place(written: str, path: Path) -> None:
    """A file that somebody has made meanwhile is not replaced."""
    try:
        os.link(written, path)
    except FileExistsError:
        raise InputError(f"-o: {path} exists already.", advice="Replace it with --force.") from None
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS):
            raise
        # A file system without hard links.
        os.rename(written, path)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask

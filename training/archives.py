"""The inside of a package's archive: its text files and what its own metadata says about the licence.

Reads wheels, npm tarballs and folders; unpacks nothing to disk and executes nothing. Knows no languages.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.parser import Parser
from pathlib import Path

MOST_BYTES = 400_000
LONG_STATEMENT = 120
PRUNED = {"site-packages", "dist-packages", "__pycache__"}
"""Folders of an installed Python that are not its standard library, and can be huge."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an archive. `data` is `None` where the file is larger than `MOST_BYTES`."""

    path: str
    size: int
    data: bytes | None


Wanted = Callable[[str], bool]


def members(archive: Path, wanted: Wanted) -> Iterator[Member]:
    """The files of a wheel, a tarball or a folder that are wanted by their path, in a fixed order.

    Raises `ValueError` for a broken archive.
    """
    if archive.is_dir():
        yield from _in_folder(archive, wanted)
        return
    try:
        yield from _in_wheel(archive, wanted) if archive.suffix == ".whl" else _in_tarball(archive, wanted)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError) as error:
        raise ValueError(f"{archive}: broken archive: {error}") from error


def _in_wheel(archive: Path, wanted: Wanted) -> Iterator[Member]:
    with zipfile.ZipFile(archive) as wheel:
        for info in sorted(wheel.infolist(), key=lambda info: info.filename):
            if info.is_dir() or not wanted(info.filename):
                continue
            data = wheel.read(info) if info.file_size <= MOST_BYTES else None
            yield Member(info.filename, info.file_size, data)


def _in_tarball(archive: Path, wanted: Wanted) -> Iterator[Member]:
    # In the order of the tarball: going back in a compressed stream would read it again from the start.
    with tarfile.open(archive, "r|*") as tarball:
        for info in tarball:
            path = info.name.split("/", 1)[-1]
            if not info.isfile() or not wanted(path):
                continue
            file = tarball.extractfile(info) if info.size <= MOST_BYTES else None
            yield Member(path, info.size, file.read() if file else None)


def _in_folder(folder: Path, wanted: Wanted) -> Iterator[Member]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - PRUNED)
        for name in sorted(names):
            path = Path(place, name)
            inside = path.relative_to(folder).as_posix()
            if path.is_symlink() or not path.is_file() or not wanted(inside):
                continue
            size = path.stat().st_size
            yield Member(inside, size, path.read_bytes() if size <= MOST_BYTES else None)


def licence(archive: Path) -> str:
    """The archive's own statement of its licence; empty where it makes none. Raises `ValueError`."""
    try:
        return _licence_of_wheel(archive) if archive.suffix == ".whl" else _licence_of_tarball(archive)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError) as error:
        raise ValueError(f"{archive}: broken archive: {error}") from error


def _licence_of_wheel(archive: Path) -> str:
    with zipfile.ZipFile(archive) as wheel:
        names = [name for name in wheel.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)]
        if len(names) != 1:
            return ""
        message = Parser().parsestr(wheel.read(names[0]).decode("utf-8", "replace"), headersonly=True)
    expression = str(message.get("License-Expression") or "").strip()
    if expression:
        return expression
    stated = str(message.get("License") or "").strip()
    # Some packages put the whole text of their licence there: its first lines name it.
    stated = " ".join(stated.split())[:LONG_STATEMENT]
    marked = [
        str(value).rpartition(" :: ")[2]
        for value in message.get_all("Classifier", [])
        if str(value).startswith("License ::") and str(value) != "License :: OSI Approved"
    ]
    return " | ".join(dict.fromkeys(part for part in [stated, *marked] if part and part.lower() != "unknown"))


def _licence_of_tarball(archive: Path) -> str:
    with tarfile.open(archive, "r|*") as tarball:
        for info in tarball:
            if info.isfile() and info.name.count("/") == 1 and info.name.endswith("/package.json"):
                file = tarball.extractfile(info)
                described = json.loads(file.read()) if file else {}
                stated = described.get("license") or described.get("licenses") or ""
                if isinstance(stated, dict):
                    stated = stated.get("type", "")
                if isinstance(stated, list):
                    stated = " OR ".join(str(row.get("type", "") if isinstance(row, dict) else row) for row in stated)
                return " ".join(str(stated).split())
    return ""


def standard_library_licence() -> str:
    """What the running Python says of itself: its copyright line names the foundation whose licence it has."""
    return "Python Software Foundation License" if "Python Software Foundation" in sys.copyright else ""

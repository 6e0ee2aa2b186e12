"""Which files of a folder are code that somebody writes: what git knows, without what is generated, huge or secret.

Reads files and nothing else. Of git only the list of names is asked, with everything switched off that a
repository could have set to be run.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from completion.errors import InputError
from completion.syntax import languages

MOST_FILES = 2_000
LARGEST_BYTES = 200_000
_SMALLEST_BYTES = 40
_MOST_NAMES = 200_000
_LONGEST_LINE = 1_000
_MOST_MEAN_LINE = 160
_GIT_SECONDS = 60
_HEAD_BYTES = 600

_SECRET = re.compile(
    r"\.env(\..*)?|.*\.(pem|key|pfx|p12|jks|keystore|kdbx|asc|gpg)|id_(rsa|dsa|ecdsa|ed25519).*|"
    r"\.(netrc|npmrc|pypirc|htpasswd|pgpass)|.*(secret|credential|password|passwd|private[_-]?key).*",
    re.IGNORECASE,
)
_SECRET_TEXT = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_GENERATED = re.compile(
    r".*(\.min\.(js|mjs|css)|\.bundle\.js|_pb2(_grpc)?\.pyi?|\.pb\.[a-z]+|\.g\.[a-z]+|-lock\.(json|yaml)|\.lock)",
    re.IGNORECASE,
)
_GENERATED_TEXT = re.compile(r"@generated|do not edit|auto-?generated|generated (by|from|with|using) ", re.IGNORECASE)
_OTHERS = frozenset(
    [
        "node_modules",
        "vendor",
        "third_party",
        "site-packages",
        "dist",
        "build",
        "target",
        "out",
        "coverage",
        "__pycache__",
        "venv",
        "env",
        "bower_components",
        "migrations",
        "snapshots",
        "__snapshots__",
    ]
)


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its path below the folder, with slashes; its language by the table of `completion.syntax`; its text."""

    path: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """The files of a folder, and how many were left out for which reason."""

    sources: tuple[Source, ...]
    left_out: Mapping[str, int]
    by_git: bool


def gather(folder: Path, language: str = "", *, seed: int = 0) -> Found:
    """Files in languages of the table, or in one of them; where there are more than `MOST_FILES`, a random choice.

    Raises `InputError` for no folder, an unknown language, and a folder without such files.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder.", advice="Name the folder of a project.")
    wanted = languages.find(language) if language else None
    if language and wanted is None:
        known = ", ".join(row.id for row in languages.LANGUAGES)
        raise InputError(f"language: {language!r} is unknown.", advice=f"Known are: {known}.")
    listed = _listed_by_git(folder)
    names = sorted(_walked(folder) if listed is None else listed)
    random.Random(seed).shuffle(names)  # noqa: S311  (the same choice again, no secret)
    left_out: Counter[str] = Counter()
    sources: list[Source] = []
    for name in names:
        row = languages.of_path(name)
        if row is None or (wanted is not None and row != wanted):
            continue
        if len(sources) == MOST_FILES:
            left_out["more than needed"] += 1
            continue
        reason, text = _read(folder, name)
        if reason:
            left_out[reason] += 1
        else:
            sources.append(Source(name, row.id, text))
    if not sources:
        kind = f"{language} " if language else ""
        aside = ", ".join(f"{count} {reason}" for reason, count in left_out.most_common())
        raise InputError(f"{folder} has no {kind}files to look at{f' (left out: {aside})' if aside else ''}.")
    return Found(tuple(sources), dict(left_out), listed is not None)


def _listed_by_git(folder: Path) -> list[str] | None:
    """Names that git tracks or would add; None where it is no repository, or there is no git."""
    git = shutil.which("git")
    if git is None:
        return None
    # A repository's configuration names programs. These two could be started by listing files.
    harmless = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
    command = [git, "-C", str(folder), *harmless, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    environment = os.environ | {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(command, capture_output=True, env=environment, timeout=_GIT_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode:
        return None
    names = [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]
    return [name for name in dict.fromkeys(names[:_MOST_NAMES]) if not _elsewhere(name)]


def _walked(folder: Path) -> Iterator[str]:
    """Names without git: no hidden folders, no links."""
    count = 0
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name.lower() not in _OTHERS)
        for name in sorted(files):
            count += 1
            if count > _MOST_NAMES:
                return
            yield Path(root, name).relative_to(folder).as_posix()


def _elsewhere(name: str) -> bool:
    return any(part.lower() in _OTHERS for part in PurePosixPath(name).parts[:-1])


def _read(folder: Path, name: str) -> tuple[str, str]:
    """Why a file is left out, or "" and its text with plain newlines."""
    base = PurePosixPath(name).name
    if _SECRET.fullmatch(base):
        return "secret", ""
    if _GENERATED.fullmatch(base):
        return "generated", ""
    path = folder / name
    try:
        if path.is_symlink() or not path.is_file():
            return "links", ""
        size = path.stat().st_size
        if not _SMALLEST_BYTES <= size <= LARGEST_BYTES:
            return "too large" if size > LARGEST_BYTES else "too small", ""
        data = path.read_bytes()
    except OSError:
        return "unreadable", ""
    if b"\0" in data:
        return "binary", ""
    try:
        text = data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return "binary", ""
    return _verdict(text), text


def _verdict(text: str) -> str:
    if _SECRET_TEXT.search(text):
        return "secret"
    if _GENERATED_TEXT.search(text[:_HEAD_BYTES]):
        return "generated"
    lines: Iterable[int] = [len(line) for line in text.split("\n")]
    longest, mean = max(lines), len(text) / max(1, text.count("\n") + 1)
    return "minified" if longest > _LONGEST_LINE or mean > _MOST_MEAN_LINE else ""

"""Archives of packages, fetched by the ordinary clients into a cache folder and checked against their SHA-256.

Knows how pip and npm are asked. Nothing of a package is executed: from PyPI only wheels are taken, because
pip runs the build script of a source distribution to learn its metadata, and npm packs a published tarball
with its scripts off. Knows nothing of what is inside an archive.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from training.packages import Package

PYTHON = ("3.13", "cp313")
"""Wheels are chosen for this Python on every machine: the corpus must not depend on who builds it."""
PATIENCE = 600
SUFFIXES = {"pypi": ".whl", "npm": ".tgz"}


class Unavailable(Exception):
    """A package that cannot be had here; the corpus is built without it and says so."""


def archive_of(package: Package, cache: Path) -> Path:
    """The package's archive in `cache`, downloaded unless it is there.

    Raises `ValueError` where the archive is not the one that the list names, `Unavailable` where a client is
    missing or does not deliver.
    """
    place = cache / package.index / f"{package.name.replace('/', '+')}-{package.version}"
    found = _archive_in(place, package)
    if found is None:
        found = _download(package, place)
    digest = digest_of(found)
    if package.sha256 is not None and digest != package.sha256:
        raise ValueError(
            f"{package.title}: {found} has SHA-256 {digest}, the list names {package.sha256}; "
            f"remove the file to download it again, or correct the list"
        )
    return found


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def command(package: Package, folder: Path) -> list[str]:
    """The command that puts the package's archive into `folder`."""
    if package.index == "npm":
        npm = shutil.which("npm")
        if npm is None:
            raise Unavailable("npm is not installed; npm packages are left out")
        return [npm, "pack", f"{package.name}@{package.version}", "--ignore-scripts", "--silent",
                "--pack-destination", str(folder)]  # fmt: skip
    version, tag = PYTHON
    platform = package.platform or "any"
    abi = ["--implementation", "cp", "--abi", tag, "--abi", "abi3"] if package.platform else ["--abi", "none"]
    return [sys.executable, "-I", "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:",
            "--platform", platform, "--python-version", version, *abi,
            "--dest", str(folder), f"{package.name}=={package.version}"]  # fmt: skip


def _download(package: Package, place: Path) -> Path:
    # Whatever lies in the side folder is the rest of a broken download: only a whole archive is moved into place.
    partial = place.with_name(place.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        done = subprocess.run(
            command(package, partial.resolve()), cwd=partial, capture_output=True, text=True, errors="replace",
            timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        found = _archive_in(partial, package)
        if done.returncode != 0 or found is None:
            raise Unavailable(f"{package.title}: {package.index} did not deliver it: {_reason(done.stderr)}")
        shutil.rmtree(place, ignore_errors=True)
        partial.replace(place)
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{package.title}: no answer from {package.index} in {PATIENCE} seconds") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return place / found.name


def _archive_in(folder: Path, package: Package) -> Path | None:
    found: Sequence[Path] = sorted(folder.glob(f"*{SUFFIXES[package.index]}")) if folder.is_dir() else []
    return found[0] if len(found) == 1 else None


def _reason(errors: str) -> str:
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    told = [line for line in lines if "error" in line.lower()] or lines or ["no reason given"]
    return told[-1][:300]

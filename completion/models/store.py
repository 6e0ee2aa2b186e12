"""Where fetched and added models lie: one folder a model, and in it a manifest that says what each file is.

Reads and writes this folder and nothing else. Knows neither the network nor any engine.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal

import platformdirs
from filelock import FileLock, Timeout
from pydantic import ValidationError

from completion.errors import ChecksumMismatch, ConfigError, InputError, ModelError, ModelFileInvalid, ModelFileMissing
from completion.models.catalog import Catalog
from completion.models.checksum import Progress, sha256, silent
from completion.models.spec import ModelSpec, Table

DIRECTORY_VARIABLE = "LSP_COPILOT_MODELS_DIR"
MANIFEST = "manifest.json"
_LOCK = ".lock"

Format = Literal["gguf", "safetensors"]


class StoredFile(Table):
    """One file of the store: its name in the model's folder, its bytes, its SHA-256."""

    name: str
    bytes: int
    sha256: str


class Stored(Table):
    """One set of weights as a manifest has it. The engine is given the first file, or its folder for safetensors.

    `licence` is what was shown when it was accepted; `vouched` says that somebody had published the
    checksum before: the catalogue or the hub.
    """

    quantization: str
    format: Format = "gguf"
    files: tuple[StoredFile, ...]
    source: str
    licence: str
    date: str
    vouched: bool


class Manifest(Table):
    """All weights of one model; the newest come first and are the ones that are used."""

    model: str
    stored: tuple[Stored, ...] = ()


@dataclass(frozen=True, slots=True)
class Installed:
    """Weights that can be loaded now: in the store, or shipped with the program."""

    model: str
    path: Path
    stored: Stored
    shipped: bool = False

    @property
    def bytes(self) -> int:
        """What they take on the disk."""
        return sum(file.bytes for file in self.stored.files)


def store_folder() -> Path:
    """The folder of all models; the variable `LSP_COPILOT_MODELS_DIR` moves it."""
    moved = os.environ.get(DIRECTORY_VARIABLE)
    return Path(moved) if moved else Path(platformdirs.user_data_dir("lsp-copilot", appauthor=False)) / "models"


def model_folder(name: str) -> Path:
    """The folder of one model. Raises `ConfigError` for a name that cannot be a folder's."""
    plain = name.replace("-", "").replace(".", "").replace("_", "").replace("+", "")
    if not (plain.isascii() and plain.isalnum()) or name.startswith("."):
        raise ConfigError(
            f"model {name!r}: the name cannot be a folder's.", advice="Use letters, digits, dots, dashes and _."
        )
    return store_folder() / name


def embedded_folder() -> Path:
    """The folder of the model that ships inside the package."""
    return Path(str(resources.files("completion.models"))) / "embedded"


def installed(catalog: Catalog) -> tuple[Installed, ...]:
    """Everything that can be loaded now and stands in the catalogue, in its order, shipped models included.

    What cannot be read is left out; `weights_of` says why.
    """
    found: list[Installed] = []
    for name in catalog.models:
        with contextlib.suppress(ModelError, ConfigError):
            found.extend(weights_of(catalog, name))
    return tuple(found)


def weights_of(catalog: Catalog, name: str) -> tuple[Installed, ...]:
    """What is there of one model, shipped or stored. Raises as `find` does."""
    spec = catalog.models.get(name)
    return (*(_shipped(spec) if spec is not None else ()), *find(name))


def find(name: str) -> tuple[Installed, ...]:
    """What the store has of one model, the newest first.

    Raises `ModelFileInvalid` for a manifest that cannot be read, `ModelFileMissing` when a file is gone.
    """
    folder = model_folder(name)
    found = []
    for stored in read_manifest(name).stored:
        for file in stored.files:
            if not (folder / file.name).is_file():
                raise ModelFileMissing(
                    f"model {name}: {folder / file.name} is gone.",
                    advice=f"Fetch it again (lsp-copilot models pull {name}) or run: lsp-copilot models remove {name}",
                )
        found.append(_placed(name, stored))
    return tuple(found)


def read_manifest(name: str) -> Manifest:
    """The manifest of a model; empty where there is none. Raises `ModelFileInvalid`."""
    path = model_folder(name) / MANIFEST
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Manifest(model=name)
    except (OSError, ValidationError) as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error.strerror
        raise ModelFileInvalid(
            f"{path} cannot be read: {reason}.", advice=f"Run lsp-copilot models remove {name}, then pull it again."
        ) from error
    for file in (file for stored in manifest.stored for file in stored.files):
        # A manifest is a file like any other: it may not point out of its folder.
        if not file.name or Path(file.name).is_absolute() or ".." in Path(file.name).parts:
            raise ModelFileInvalid(f"{path} names a file outside its folder: {file.name!r}.")
    if any(not stored.files for stored in manifest.stored):
        raise ModelFileInvalid(f"{path} names weights without files.")
    return manifest


def enter(name: str, stored: Stored) -> Installed:
    """Write newly arrived weights into the manifest, in front; files of the same name are theirs now."""
    try:
        before = read_manifest(name).stored
    except ModelFileInvalid:
        # What cannot be read holds nothing that is worth keeping.
        before = ()
    names = {file.name for file in stored.files}
    kept = [old for old in before if not names & {file.name for file in old.files}]
    _write(model_folder(name) / MANIFEST, Manifest(model=name, stored=(stored, *kept)))
    return _placed(name, stored)


def verify(weights: Installed, progress: Progress = silent) -> None:
    """Read all files and compare them with what is known of them.

    Raises `ModelFileMissing` or `ChecksumMismatch`.
    """
    folder = weights.path.parent if weights.shipped else model_folder(weights.model)
    for file in weights.stored.files:
        path = folder / file.name
        try:
            found = sha256(path, progress)
        except OSError as error:
            raise ModelFileMissing(f"{path} cannot be read: {error.strerror}.") from error
        if found != file.sha256:
            again = "Reinstall lsp-copilot." if weights.shipped else f"Run: lsp-copilot models pull {weights.model}"
            raise ChecksumMismatch(
                f"{path} is not what it was: its SHA-256 is {found}, expected {file.sha256}.", advice=again
            )


def remove(name: str) -> int:
    """Delete what the store has of a model, begun downloads too; returns the bytes set free.

    Files that the store did not put there stay. Raises `InputError` when there is nothing.
    """
    folder = model_folder(name)
    if not folder.is_dir():
        raise InputError(f"model {name}: nothing of it is stored in {store_folder()}.")
    with locked(name):
        try:
            names = [file.name for stored in read_manifest(name).stored for file in stored.files]
        except ModelFileInvalid:
            names = [path.name for path in folder.glob("*.gguf")]
        doomed = [folder / name for name in names] + list(folder.rglob("*.part")) + list(folder.rglob("*.part.json"))
        freed = 0
        for path in (*doomed, folder / MANIFEST):
            with contextlib.suppress(FileNotFoundError):
                freed += path.stat().st_size
                _unlink(path)
    (folder / _LOCK).unlink(missing_ok=True)
    for inner in sorted({path.parent for path in doomed} | {folder}, key=lambda path: -len(path.parts)):
        with contextlib.suppress(OSError):
            inner.rmdir()
    return freed


@contextlib.contextmanager
def locked(name: str) -> Iterator[Path]:
    """The model's folder, for one command at a time. Raises `ModelError` while another one is at it."""
    folder = model_folder(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / _LOCK)
        lock.acquire(timeout=0)
    except Timeout:
        raise ModelError(f"model {name}: another command is working on it.", advice="Wait until it is done.") from None
    except OSError as error:
        raise ModelError(
            f"{folder} cannot be written: {error.strerror}.", advice=f"Set {DIRECTORY_VARIABLE} to another folder."
        ) from error
    try:
        yield folder
    except OSError as error:
        # Whatever the disk refuses while files come and go, a person hears where.
        where = error.filename or folder
        raise ModelError(f"{where}: {error.strerror or error}.", advice="Look at the disk and its rights.") from error
    finally:
        lock.release()


def _placed(name: str, stored: Stored) -> Installed:
    first = model_folder(name) / stored.files[0].name
    return Installed(name, first.parent if stored.format == "safetensors" else first, stored)


def _shipped(spec: ModelSpec) -> Iterator[Installed]:
    for file in spec.files:
        path = embedded_folder() / (file.name or "")
        if file.shipped and file.name and path.is_file():
            parts = (StoredFile(name=file.name, bytes=path.stat().st_size, sha256=file.sha256 or ""),)
            stored = Stored(
                quantization=file.quantization,
                files=parts,
                source="shipped with the program",
                licence=spec.licence,
                date="",
                vouched=file.sha256 is not None,
            )
            yield Installed(spec.name, path, stored, shipped=True)


def _unlink(path: Path) -> None:
    try:
        path.unlink()
    except PermissionError as error:
        raise ModelError(
            f"{path} cannot be deleted: {error.strerror}.", advice="Close the editors that use it, then try again."
        ) from error


def _write(path: Path, manifest: Manifest) -> None:
    """Replace the manifest at once: a reader sees the old one or the new one."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".manifest")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(manifest.model_dump_json(indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

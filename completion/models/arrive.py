"""How weights enter the store: checked, under their name, and written into the manifest.

Files come from a download (`completion.models.pull`) or from the user's own disk (`add`). Nothing is loaded
and nothing is executed here.
"""

from __future__ import annotations

import contextlib
import os
import re
from datetime import UTC, datetime
from pathlib import Path

from completion.errors import ChecksumMismatch, InputError, ModelFileInvalid, ModelFileMissing
from completion.models import safetensors, store
from completion.models.catalog import Catalog
from completion.models.checksum import Progress, sha256, silent
from completion.models.gguf import read_header
from completion.models.part import Part, check_space
from completion.models.spec import ModelFile, ModelSpec
from completion.models.store import Installed, Stored, StoredFile

_GGUF = b"GGUF"
# What llama.cpp calls an architecture that its authors' configuration calls otherwise (src/llama-arch.cpp).
_GGUF_NAMES = {"gptbigcode": "starcoder", "granitemoehybrid": "granitehybrid"}
_SPLIT = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$")
_QUANTIZATION = re.compile(r"(?:^|[-._])(BF16|F16|F32|I?Q\d(?:_[0-9A-Z]+)*)(?=[-._]|$)", re.IGNORECASE)
_BLOCK = 1 << 20
_BESIDE_WEIGHTS = re.compile(r"[\w.-]+\.json|tokenizer\.model|merges\.txt")


def add(catalog: Catalog, path: Path, name: str | None = None, progress: Progress = silent) -> Installed:
    """Take a GGUF file, the first of a split one, or a safetensors folder of the user's into the store.

    On the same disk it is linked, not copied. Without `name` the file's name must stand in the catalogue.
    Raises `InputError`, `ConfigError`, `ModelFileMissing`, `ModelFileInvalid`, `ChecksumMismatch`.
    """
    path = path.expanduser().resolve()
    if not path.exists():
        raise ModelFileMissing(f"{path} does not exist.", advice="Name a GGUF file or a safetensors folder.")
    spec = catalog.find(name) if name is not None else _recognized(catalog, path)
    if path.is_dir():
        return bring(spec, path, (), "unknown", progress)
    listed = listed_file(spec, path.name)
    quantization = listed.quantization if listed is not None else quantization_of(path.name)
    return bring(spec, path.parent, tuple(split_names(path.name)), quantization, progress)


def bring(
    spec: ModelSpec, base: Path, names: tuple[str, ...], quantization: str, progress: Progress = silent
) -> Installed:
    """Take the files `names` of the folder `base` into the store; without names, the safetensors folder itself."""
    files, claimed = ([base / name for name in names], "") if names else _folder_files(base)
    inner = "" if names else f"{base.name}/"
    listed = listed_file(spec, names[0]) if len(names) == 1 else None
    expected = listed.sha256 if listed is not None else None
    with store.locked(spec.name) as folder:
        check_space(folder, sum(file.stat().st_size for file in files if not _same_disk(file, folder)))
        arrived = []
        for file in files:
            if not inner:
                claimed = check_header(file, spec) or claimed
            found = sha256(file, progress)
            if expected is not None and found != expected:
                raise ChecksumMismatch(
                    f"{file} is not the published file of that name: its SHA-256 is {found}, expected {expected}.",
                    advice="If it is meant to be another one, give it another name.",
                )
            target = folder / f"{inner}{file.name}"
            _place(file, target, progress)
            arrived.append(StoredFile(name=f"{inner}{file.name}", bytes=target.stat().st_size, sha256=found))
        named = claimed if claimed and quantization == "unknown" else quantization
        return enter(spec, named, arrived, source=str(base), vouched=expected is not None)


def enter(
    spec: ModelSpec, quantization: str, files: list[StoredFile], *, source: str, vouched: bool = False
) -> Installed:
    """Write checked files, which lie in the model's folder already, into its manifest."""
    form = "safetensors" if files[0].name.endswith(".safetensors") else "gguf"
    stored = Stored.model_validate(
        {
            "quantization": quantization,
            "format": form,
            "files": tuple(files),
            "source": source,
            "licence": spec.licence,
            "date": datetime.now(UTC).strftime("%Y-%m-%d"),
            "vouched": vouched,
        }
    )
    return store.enter(spec.name, stored)


def check_header(path: Path, spec: ModelSpec) -> str:
    """The quantization that a GGUF file claims; "" for a part of a split one, of which only the start is looked at.

    Raises `ModelFileInvalid` unless the file is whole, sound, and of the architecture of `spec`.
    """
    if _SPLIT.search(path.name.removesuffix(".part")):
        with path.open("rb") as file:
            magic = file.read(4)
        if magic != _GGUF:
            raise ModelFileInvalid(f"{path} is not a GGUF file (it starts with {magic!r}).", advice="Choose another.")
        return ""
    header = read_header(path)
    if _plain(header.architecture) != _plain(spec.architecture) and not spec.doubts(("architecture",)):
        raise ModelFileInvalid(
            f"{path} holds a model of the architecture {header.architecture}; {spec.name} is {spec.architecture}.",
            advice="Choose another file, or another model.",
        )
    return header.quantization


def split_names(name: str) -> list[str]:
    """All names of a file that is published in parts (`-00001-of-00003.gguf`); the name alone otherwise."""
    split = _SPLIT.search(name)
    if split is None:
        return [name]
    count = int(split[2])
    if int(split[1]) != 1 or not 1 <= count <= 1000:
        raise InputError(f"{name} is one part of several.", advice="Name the first one, -00001-of-….")
    return [f"{name[: split.start()]}-{number:05}-of-{count:05}.gguf" for number in range(1, count + 1)]


def listed_file(spec: ModelSpec, name: str) -> ModelFile | None:
    """The catalogue's row of a file of this name."""
    return next((file for file in spec.files if file.name and Path(file.name).name.lower() == name.lower()), None)


def quantization_of(name: str) -> str:
    """The quantization that a file name tells, or "unknown"."""
    found = _QUANTIZATION.search(name.removesuffix(".gguf"))
    return found[1].upper() if found else "unknown"


def _folder_files(folder: Path) -> tuple[list[Path], str]:
    """The files of a checked safetensors folder that an engine reads, and the type of its numbers."""
    weights = safetensors.check_folder(folder)
    beside = sorted(path for path in folder.iterdir() if path.is_file() and _BESIDE_WEIGHTS.fullmatch(path.name))
    return [*weights.files, *beside], weights.dtype


def _plain(architecture: str) -> str:
    letters = architecture.replace("_", "").replace("-", "")
    return _GGUF_NAMES.get(letters, letters)


def _recognized(catalog: Catalog, path: Path) -> ModelSpec:
    fitting = [spec for spec in catalog.models.values() if listed_file(spec, path.name) is not None]
    if len(fitting) != 1:
        raise InputError(
            f"{path.name}: no single model of the catalogue has a file of this name.",
            advice="Say which model it is: --name NAME (lsp-copilot models list shows the names).",
        )
    return fitting[0]


def _same_disk(path: Path, folder: Path) -> bool:
    return path.stat().st_dev == folder.stat().st_dev


def _place(file: Path, target: Path, progress: Progress) -> None:
    if target.exists() and target.samefile(file):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(target.name + ".part")
    with contextlib.suppress(OSError):
        fresh.unlink(missing_ok=True)
        os.link(file, fresh)
        fresh.replace(target)
        return
    total = file.stat().st_size
    with Part(target) as part, file.open("rb") as source:
        try:
            part.begin("")
            while block := source.read(_BLOCK):
                part.write(block)
                progress(f"copying {file.name}", part.size, total)
            part.finish()
        except BaseException:
            # Half a copy of what lies on the next disk is of no use to anybody.
            part.discard()
            raise

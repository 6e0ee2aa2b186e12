"""What a download would be: which files, from where, how large. Known before anything is asked of anybody.

A person agrees to an `Order`; only then does `completion.models.pull` open a connection.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit, urlunsplit

from completion.errors import InputError, ModelFileMissing
from completion.models.arrive import listed_file, quantization_of, split_names
from completion.models.spec import ModelFile, ModelSpec
from completion.models.store import model_folder

HUB = "https://huggingface.co"
_PREFERRED = ("Q4_K_M", "Q5_K_M", "Q6_K", "Q8_0", "Q4_K_S", "Q4_0", "BF16", "F16")


@dataclass(frozen=True, slots=True)
class Order:
    """Files of one model at one place: a repository of the hub, a URL, or a folder of the user's.

    `names` are paths below `base`, all parts of a split file. `size` is in bytes and None where nobody knows it;
    `size_is_exact` says that a published listing has it. `sha256` is the catalogue's, for a single file.
    """

    spec: ModelSpec
    quantization: str
    place: Literal["hub", "url", "folder"]
    base: str
    names: tuple[str, ...]
    revision: str | None = None
    size: int | None = None
    size_is_exact: bool = False
    sha256: str | None = None

    @property
    def folder(self) -> Path:
        """Where the files will lie."""
        return model_folder(self.spec.name)

    @property
    def source(self) -> str:
        """Where they come from, as it is shown and noted: without passwords and signatures."""
        if self.place == "hub":
            revision = f" at {self.revision[:12]}" if self.revision else ""
            return f"{endpoint()}/{self.base}{revision}"
        return shown(self.base) if self.place == "url" else self.base

    @property
    def page(self) -> str:
        """The page on which the publisher of a gated model asks for consent."""
        return f"{HUB}/{self.base}"


def make(spec: ModelSpec, quantization: str | None = None, source: str | None = None) -> Order:
    """The order for `spec`: from the hub, or from `source` (a file's URL, a URL that ends in /, a folder, a file).

    Raises `InputError` or `ModelFileMissing` with what could be had instead.
    """
    if source is not None and source.startswith(("http://", "https://")):
        return _from_url(spec, quantization, source)
    if source is not None:
        if "://" in source:
            raise InputError(f"--from {source}: only http and https are spoken.")
        return _from_folder(spec, quantization, Path(source).expanduser().absolute())
    if all(file.shipped for file in spec.files) and spec.files:
        raise InputError(f"model {spec.name} ships with the program; there is nothing to fetch.")
    file = wanted_file(spec, quantization)
    repo = file.repo or spec.repo
    if repo is None:
        raise InputError(
            f"model {spec.name}: the catalogue does not know where {file.name} is published.",
            advice="Name the place: --from URL or --from FOLDER.",
        )
    return replace(_listed(spec, file), place="hub", base=repo, revision=file.commit)


def wanted_file(spec: ModelSpec, quantization: str | None) -> ModelFile:
    """The file of that quantization, or the usual one. Raises `InputError` with the quantizations that exist."""
    files = [file for file in spec.files if file.name and not file.shipped]
    known = ", ".join(file.quantization for file in files)
    if not files:
        raise InputError(
            f"model {spec.name}: the catalogue knows no published file.",
            advice="Name it: --from URL, or lsp-copilot models add FILE --name " + spec.name,
        )
    if quantization is not None:
        for file in files:
            if file.quantization.lower() == quantization.lower():
                return file
        raise InputError(f"model {spec.name}: no file with quantization {quantization}.", advice=f"Known: {known}.")
    return min(files, key=_rank)


def usual_file(spec: ModelSpec) -> ModelFile | None:
    """The file that stands for a model: one that can be fetched where there is one, in the usual quantization."""
    return min(spec.files, key=lambda file: (file.name is None, _rank(file)), default=None)


def endpoint() -> str:
    """The hub, or the mirror that `HF_ENDPOINT` names."""
    return (os.environ.get("HF_ENDPOINT") or HUB).rstrip("/")


def shown(url: str) -> str:
    """A URL without user, password, query and fragment."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _from_url(spec: ModelSpec, quantization: str | None, url: str) -> Order:
    if urlsplit(url).path.endswith("/") or not urlsplit(url).path:
        file = wanted_file(spec, quantization)
        return replace(_listed(spec, file), place="url", base=url.rstrip("/") + "/")
    # The hub's page of a file, as it is copied from a browser, next to the file itself.
    url = url.replace("/blob/", "/resolve/", 1) if url.startswith((HUB, endpoint())) else url
    name = unquote(urlsplit(url).path.rpartition("/")[2])
    if not name.endswith(".gguf") or "/" in name or "\\" in name or name.startswith("."):
        raise InputError(
            f"--from {shown(url)}: the URL of a file must end in .gguf.", advice="A folder's URL ends with a slash."
        )
    listed = listed_file(spec, name)
    if listed is not None:
        return replace(_listed(spec, listed), place="url", base=url, names=tuple(split_names(name)))
    return Order(spec, quantization or quantization_of(name), "url", url, tuple(split_names(name)))


def _from_folder(spec: ModelSpec, quantization: str | None, path: Path) -> Order:
    if path.is_file():
        name = path.name
        listed = listed_file(spec, name)
        folder = path.parent
    else:
        if (path / "config.json").is_file():
            return Order(spec, quantization or "unknown", "folder", str(path), (), size=_size(path))
        listed = wanted_file(spec, quantization)
        name = Path(listed.name or "").name
        repo = listed.repo or spec.repo or ""
        below = (path, path / spec.name, path / repo, path / repo.rpartition("/")[2])
        folder = next((folder for folder in below if (folder / name).is_file()), path)
    names = tuple(split_names(name))
    for part in names:
        if not (folder / part).is_file():
            raise ModelFileMissing(f"{folder / part} does not exist.", advice="Name the folder that holds the file.")
    size = sum((folder / part).stat().st_size for part in names)
    found = listed.quantization if listed is not None else quantization or quantization_of(name)
    checksum = listed.sha256 if listed is not None else None
    return Order(spec, found, "folder", str(folder), names, None, size, True, checksum)


def _listed(spec: ModelSpec, file: ModelFile) -> Order:
    """What the catalogue says of a file; where it comes from is still to be named."""
    names = tuple(split_names(file.name or ""))
    # A checksum that nobody has verified must not refuse the published file; the hub's own is asked for anyway.
    checksum = file.sha256 if len(names) == 1 and not spec.doubts(("files",)) else None
    return Order(spec, file.quantization, "hub", "", names, None, file.bytes, file.basis == "exact", checksum)


def _rank(file: ModelFile) -> int:
    return _PREFERRED.index(file.quantization) if file.quantization in _PREFERRED else len(_PREFERRED)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())

"""The models that a benchmark can ask: what is installed, what `model_path` names, and each in a host of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from completion.engine.lease import LeasedBackend, host_spec
from completion.errors import CopilotError, InputError
from completion.models import catalog, files, gguf, safetensors, store
from completion.models.spec import ModelSpec
from completion.settings import Settings
from lsp_server.options import user_file

READY_SECONDS = 600.0
_LOADED_SHARE = 1.2
"""What a model takes at least, as a share of its file."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that is here; `label` tells two quantizations of one model apart."""

    label: str
    spec: ModelSpec
    path: Path
    quantization: str
    bytes: int


def present(settings: Settings, only: Sequence[str] | None) -> tuple[list[Candidate], list[str]]:
    """The models, the one of `model_path` first, and a sentence for each that cannot be measured.

    Raises `ConfigError`, and `InputError` where nothing is left or a name of `only` is not here.
    """
    known = catalog.load_with(user_file().with_name("models.toml"))
    found: list[Candidate] = []
    notes: list[str] = []
    if settings.endpoint:
        notes.append("The server of `endpoint` is not measured: it is somebody else's machine.")
    places = [(f"{weights.model}", weights.path, weights.stored.quantization) for weights in store.installed(known)]
    if settings.model_path:
        places.insert(0, (settings.model if settings.model != "auto" else "embedded", Path(settings.model_path), ""))
    names = [name for name, _, _ in places]
    for name, path, quantization in places:
        spec = known.find(name)
        label = name if names.count(name) == 1 else f"{name} {quantization or 'model_path'}"
        if only and not {name, label} & set(only):
            continue
        try:
            found.append(_candidate(label, spec, path, quantization))
        except CopilotError as error:
            notes.append(f"{label} is left out: {error}")
    absent = [name for name in only or () if name not in names and name not in [one.label for one in found]]
    if absent:
        raise InputError(
            f"model {absent[0]!r} is not on this machine.", advice=f"Here are: {', '.join(dict.fromkeys(names))}."
        )
    if not found:
        raise InputError("There is no model to measure.", advice=" ".join(notes) or "Run: lsp-copilot models list")
    return found, notes


@asynccontextmanager
async def opened(candidate: Candidate, settings: Settings) -> AsyncIterator[LeasedBackend]:
    """A loaded model, in a host that leaves when nobody else needs it. Raises `EngineError`."""
    spec = host_spec(candidate.spec, candidate.path, settings.model_copy(update={"idle_seconds": 0.0}))
    backend = LeasedBackend(spec, ready_seconds=READY_SECONDS)
    backend.start()
    try:
        await backend.ready()
        yield backend
    finally:
        await backend.aclose()


def _candidate(label: str, spec: ModelSpec, path: Path, quantization: str) -> Candidate:
    where = files.locate(spec, str(path))
    if where.is_dir():
        weights = safetensors.check_folder(where)
        size, kind = weights.bytes, weights.dtype
    else:
        size, kind = where.stat().st_size, gguf.read_header(where).quantization
    free = psutil.virtual_memory().available
    if size * _LOADED_SHARE > free:
        raise InputError(f"it needs {size / 1e9:.1f} GB or more, and {free / 1e9:.1f} GB of memory are free.")
    return Candidate(label, spec, where, quantization or kind, size)

"""A machine's speed as a value: rates that somebody has measured (`completion.engine.measure`) or assumed (`assumed`).

Kept for each machine in one file of the user's cache folder. Runs no engine and predicts nothing; `speed` does.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

import platformdirs

from completion.models.device import DeviceProfile
from completion.models.spec import Table

CACHE_VARIABLE = "LSP_COPILOT_CACHE_DIR"
ENGINE_PACKAGE = "xllamacpp"

APPENDED_TOKENS = 3
"""What 19 of 20 keys add to a prompt that is only appended to (218 keys of two traces, docs/measurements.md)."""

KINDS = ("Q8_0", "Q6_K", "Q5_0", "Q4_K_M")
"""Kinds of weights that are measured; every quantization runs as one of them, see `speed.kind_of`."""

PROMPT_ATTENTION = 8
"""How much faster attention is in a full batch than in a step, where nobody has measured it (here: 8 to 14)."""

_FILE = "calibration.json"
_FORM = 1


class Rates(Table):
    """How one kind of weights runs.

    `read`: bytes of weights a second in a decoding step. `append`: what `APPENDED_TOKENS` at once cost, in
    steps of one token. `compute`: operations a second in a full batch of a prompt.
    """

    read: float
    append: float
    compute: float


class Times(Table):
    """Seconds of one model: a step, `APPENDED_TOKENS` at once, and one token of a prompt; `depth` tokens deep."""

    step: float
    append: float
    prompt_token: float
    depth: int


class Place(Table):
    """How one device computes: rates by kind of quantization, and what comes on top.

    `attention` and `prompt_attention`: operations a second of a step, and of a full batch. `layer`: seconds that each
    layer adds to a step, `vocabulary`: that each token of the vocabulary adds (choosing the next one). `batch` is
    what prompts were measured with. `models`: times of models that were measured themselves, by name.
    """

    rates: Mapping[str, Rates]
    attention: float
    prompt_attention: float
    layer: float
    vocabulary: float
    batch: int
    models: Mapping[str, Times] = {}


class Calibration(Table):
    """What is known of a machine's speed. `source` says in words where the rates come from."""

    machine: str
    source: str
    measured: bool
    date: str
    cpu: Place | None = None
    gpu: Place | None = None


def cache_folder() -> Path:
    """Where calibrations lie; the variable `LSP_COPILOT_CACHE_DIR` moves it."""
    moved = os.environ.get(CACHE_VARIABLE)
    return Path(moved) if moved else Path(platformdirs.user_cache_dir("lsp-copilot", appauthor=False))


def fingerprint(device: DeviceProfile, threads: int = 0) -> str:
    """A name for the machine as far as its speed goes: processor, cores, threads, cards and engine version."""
    what = [
        device.processor,
        device.machine,
        device.cores,
        threads,
        [gpu.name for gpu in device.gpus],
        engine_version(),
    ]
    return hashlib.sha256(json.dumps([*what, list(device.accelerated)]).encode()).hexdigest()[:16]


def engine_version() -> str:
    """Of the engine that is measured; "" where it is not installed."""
    try:
        return metadata.version(ENGINE_PACKAGE)
    except metadata.PackageNotFoundError:
        return ""


def load(device: DeviceProfile, threads: int = 0) -> Calibration | None:
    """The calibration of this machine with `threads` (0: the default); None if there is none. Never raises."""
    return _read_all().get(fingerprint(device, threads))


def save(calibration: Calibration) -> None:
    """Keep `calibration` for the next start; other machines that share the folder keep theirs. Raises `OSError`."""
    path = cache_folder() / _FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = {**_read_all(), calibration.machine: calibration}
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=_FILE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"form": _FORM, "machines": {key: value.model_dump() for key, value in kept.items()}}, file)
    Path(name).replace(path)


def assumed(device: DeviceProfile) -> Calibration:
    """Careful rates for a machine that nobody has measured yet: one slow core, or the slowest card of its kind."""
    cpu = uniform(read=8e9, append=2.5, compute=4e10, attention=4e9, layer=1e-4, vocabulary=3e-8, batch=64)
    gpu = uniform(read=1e11, append=1.2, compute=4e12, attention=1e12, layer=5e-5, vocabulary=1e-8, batch=512)
    return Calibration(
        machine=fingerprint(device),
        source="assumed, not measured",
        measured=False,
        date="",
        cpu=cpu,
        gpu=gpu if device.gpus else None,
    )


def uniform(
    *, read: float, append: float, compute: float, attention: float, layer: float, vocabulary: float, batch: int
) -> Place:
    """A place where all kinds of weights run alike."""
    rates = Rates(read=read, append=append, compute=compute)
    kinds = dict.fromkeys(KINDS, rates)
    return Place(
        rates=kinds,
        attention=attention,
        prompt_attention=PROMPT_ATTENTION * attention,
        layer=layer,
        vocabulary=vocabulary,
        batch=batch,
    )


def _read_all() -> dict[str, Calibration]:
    """What the file has; a file that cannot be read is as good as none."""
    try:
        table = json.loads((cache_folder() / _FILE).read_text("utf-8"))
        if table["form"] != _FORM:
            return {}
        return {key: Calibration.model_validate(value) for key, value in table["machines"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}

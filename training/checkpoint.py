"""A run's full memory on disk: weights, both optimizers, progress. Loading executes nothing.

Also reads checkpoints of the first trainer (same architecture, other names), which hold the keys
`model`, `adam`, `muon`, `step`, `tokens`, `elapsed` and `cfg`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from training.model import LanguageModel, weights_of
from training.optimizer import Muon
from training.shape import Shape
from training.state import Progress, State

FORMAT = "training-checkpoint-1"
FIRST_NAMES = {"emb.": "embedding.", ".ln1.": ".attention_norm.", ".ln2.": ".feed_norm.", ".o.": ".output.",
               ".gu.": ".gate_up."}  # fmt: skip
FIRST_SHAPE = {"vocab": "vocabulary", "d": "hidden", "n_layer": "layers", "n_head": "heads", "n_kv": "kv_heads",
               "ffn": "feed_forward", "ctx": "context", "theta": "theta", "eps": "epsilon"}  # fmt: skip
FIRST_ADAM_RATE = 0.003


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What `read` finds. `adam` is torch's optimizer state, `muon` the momentum in the model's order."""

    shape: Shape
    model: Mapping[str, Tensor]
    adam: dict[str, Any]
    muon: list[Tensor]
    progress: Progress
    vocabulary: str


def write(
    path: Path, model: LanguageModel, adam: torch.optim.Optimizer, muon: Muon, progress: Progress, vocabulary: str
) -> None:
    """Write a checkpoint, replacing the file in one step."""
    draft = path.with_name(path.name + ".part")
    content = {
        "format": FORMAT,
        "shape": model.shape.as_dict(),
        "model": model.state_dict(),
        "adam": adam.state_dict(),
        "muon": muon.momentum,
        "progress": asdict(progress),
        "vocabulary": vocabulary,
    }
    torch.save(content, draft)
    draft.replace(path)


def read(path: Path) -> Checkpoint:
    """Read a checkpoint of either format. Raises `ValueError` for anything else."""
    content = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(content, dict):
        raise ValueError(f"{path}: not a checkpoint")
    if content.get("format") == FORMAT:
        return Checkpoint(
            Shape(**content["shape"]), content["model"], content["adam"], content["muon"],
            Progress(**content["progress"]), content["vocabulary"],
        )  # fmt: skip
    if {"model", "adam", "muon", "cfg", "step", "tokens", "elapsed"} <= content.keys():
        return _first(content)
    raise ValueError(f"{path}: not a checkpoint of format {FORMAT}")


def state_of(checkpoint: Checkpoint) -> State:
    """The checkpoint's weights and progress, in full precision, without the optimizers."""
    model = LanguageModel(checkpoint.shape)
    model.load_state_dict(checkpoint.model)
    return State(weights_of(model), checkpoint.shape, checkpoint.progress, checkpoint.vocabulary)


def _first(content: dict[str, Any]) -> Checkpoint:
    model = {}
    for name, tensor in content["model"].items():
        if name == "head.weight":
            continue
        for old, new in FIRST_NAMES.items():
            name = name.replace(old, new)
        model[name] = tensor.float()
    rate = content["adam"]["param_groups"][0]["lr"]
    progress = Progress(content["step"], content["tokens"], content["elapsed"], 0.0, rate / FIRST_ADAM_RATE)
    shape = Shape(**{FIRST_SHAPE[name]: value for name, value in content["cfg"].items()})
    return Checkpoint(shape, model, content["adam"], [buffer.float() for buffer in content["muon"]], progress, "")

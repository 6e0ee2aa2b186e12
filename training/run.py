"""What training changes, from its starting point to its files: the model, its optimizers, how far they have come.

Knows where a run begins and what is saved of it; the steps between are `training.loop`'s.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from training import checkpoint, parts, state
from training.loss import fusible_softmax_gradient
from training.model import LanguageModel, load_weights, plain_layer, weights_of
from training.optimizer import Muon, adam, load_adam
from training.plan import NEW_CONTEXT, Plan
from training.shape import parse_model
from training.state import Progress
from training.vocabulary import Vocabulary

PARTS = "state-parts"
PARAMETERS_SAVED = 2e7
"""Parameters that a save surely writes in a second: the guess before one has been timed."""


@dataclass(slots=True)
class Run:
    """A run on its device.

    `dtype` is that of the arithmetic, weights are always float32. A step's rows are worked through in
    `accumulate` parts. `losses` are those of the steps since `settle`, still on the device.
    `save_seconds` is how long a save takes.
    """

    model: LanguageModel
    muon: Muon
    adam: torch.optim.AdamW
    progress: Progress
    vocabulary: str
    device: torch.device
    dtype: torch.dtype
    accumulate: int = 1
    remembers: bool = False
    losses: list[Tensor] = field(default_factory=list)
    save_seconds: float = 0.0


def prepare(plan: Plan, device: torch.device, dtype: torch.dtype, rank: int = 0) -> Run:
    """The run at its starting point: new, or continued from what the plan names.

    Raises `ValueError` for a starting point that does not fit, `FileNotFoundError`.
    """
    torch.manual_seed(plan.seed)
    vocabulary = Vocabulary(plan.vocabulary)
    saved = plan.from_checkpoint or (
        plan.out / "checkpoint.pt" if plan.resume or (plan.decay_only and not plan.from_state) else None
    )
    memory = None if saved is None else checkpoint.read(saved)
    small = None if plan.from_state is None else _state(plan)
    known = memory or small
    if known is None:
        shape = parse_model(plan.model, vocabulary=vocabulary.padded_size, context=plan.context or NEW_CONTEXT)
    else:
        if known.vocabulary and known.vocabulary != vocabulary.digest:
            raise ValueError(f"{vocabulary.path} is not the vocabulary that this model was trained with")
        shape = known.shape
    # Made on the processor, so that the first weights are the same on every device.
    model = LanguageModel(shape)
    if memory is not None:
        model.load_state_dict(memory.model)
    elif small is not None:
        load_weights(model, small.weights)
    model.to(device)
    muon = Muon(model, torch.bfloat16 if device.type == "cuda" else dtype, rank, plan.ranks)
    optimizer = adam(model, muon, plan.adam_rate)
    if memory is not None:
        muon.load(memory.muon)
        load_adam(optimizer, memory.adam)
    if plan.compile:
        model.layer = torch.compile(plain_layer, dynamic=False)
        if device.type == "cuda":  # a processor is no faster for it
            model.softmax = torch.compile(fusible_softmax_gradient, dynamic=False)
    progress = known.progress if known is not None else Progress()
    return Run(model, muon, optimizer, progress, vocabulary.digest, device, dtype, min(plan.accumulate, plan.rows),
               memory is not None, save_seconds=shape.parameters / PARAMETERS_SAVED)  # fmt: skip


def settle(run: Run) -> float | None:
    """Take the losses of the last steps into the running mean; the last of them, None where there is none.

    This waits for the device. Raises `FloatingPointError` where a loss is not a number.
    """
    if not run.losses:
        return None
    values = [float(value) for value in torch.stack(run.losses).tolist()]
    run.losses.clear()
    if not all(math.isfinite(value) for value in values):
        raise FloatingPointError(f"the loss is not a number by step {run.progress.step}; what was saved before is kept")
    mean = run.progress.loss
    for value in values:
        mean = 0.95 * mean + 0.05 * value if mean else value
    run.progress = replace(run.progress, loss=mean)
    return values[-1]


def save(plan: Plan, run: Run) -> None:
    """Write what the plan keeps of the run into its folder, each file replaced in one step."""
    begin = time.monotonic()
    settle(run)
    if plan.keep == "nothing":
        return
    if plan.keep == "checkpoint":
        checkpoint.write(plan.out / "checkpoint.pt", run.model, run.adam, run.muon, run.progress, run.vocabulary)
    small = state.State(weights_of(run.model), run.model.shape, run.progress, run.vocabulary)
    state.write(plan.out / "state.safetensors", small)
    if plan.keep == "parts":
        parts.split(plan.out / "state.safetensors", plan.out / PARTS)
    run.save_seconds = time.monotonic() - begin


def _state(plan: Plan) -> state.State:
    path = plan.from_state
    if path is not None and path.is_dir():
        parts.join(path, plan.out / "resumed.safetensors")
        path = plan.out / "resumed.safetensors"
    if path is None:
        raise ValueError("no state was named")
    return state.read(path)

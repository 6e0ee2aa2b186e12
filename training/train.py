"""Train the model for a given time: on one card, or on one or several single-threaded CPU processes.

    python -m training.train --from CORPUS --out RUN --minutes 60
    python -m training.train --from CORPUS --out RUN --minutes 120 --resume
    python -m training.train --from CORPUS --out RUN --minutes 15 --decay-only [--from-checkpoint FILE]

A run constantly keeps `checkpoint.pt` (everything), `state.safetensors` (small, weights only) and
`log.jsonl` in RUN. It ends in time, loading included, and saves first when it is told to stop (SIGTERM).
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Any

import torch
from torch import distributed
from torch.multiprocessing.spawn import spawn

from training.data import LANGUAGE_WEIGHTS, Stream
from training.device import choose, precision
from training.feed import feeding
from training.loop import loop
from training.plan import NEW_CONTEXT, Plan, read_arguments
from training.run import prepare
from training.shards import shelves, training_shards
from training.vocabulary import Vocabulary


def train(plan: Plan, begin: float | None = None) -> None:
    """Carry out a plan that began at `begin` of the monotonic clock, by default now.

    Raises `ValueError` for a starting point or a device that does not fit, `FileNotFoundError`,
    `FloatingPointError` where the loss is lost, `RuntimeError` where a data worker failed.
    """
    begin = time.monotonic() if begin is None else begin
    plan.out.mkdir(parents=True, exist_ok=True)
    if plan.ranks == 1:
        _train_rank(0, plan, begin, "")
        return
    with tempfile.TemporaryDirectory() as folder:
        _spawn(plan, begin, f"file://{folder}/rendezvous")


def _spawn(plan: Plan, begin: float, rendezvous: str) -> None:
    """Train in `plan.ranks` processes; told to stop, we tell them, and they save first."""
    context: Any = spawn(_train_rank, (plan, begin, rendezvous), plan.ranks, join=False)  # type: ignore[no-untyped-call]

    def forward(number: int, frame: object) -> None:
        for process in context.processes:
            process.terminate()

    before = signal.signal(signal.SIGTERM, forward)
    try:
        while not context.join():
            pass
    finally:
        signal.signal(signal.SIGTERM, before)


def load_stream(plan: Plan) -> Stream:
    """The plan's corpus in memory. Raises `FileNotFoundError`, `ValueError` where no language is known."""
    library = shelves(training_shards(plan.corpus), LANGUAGE_WEIGHTS)
    # How long rows are is asked for with each step.
    return Stream(library, Vocabulary(plan.vocabulary), plan.context or NEW_CONTEXT, plan.mixture, plan.seed)


def _train_rank(rank: int, plan: Plan, begin: float, rendezvous: str) -> None:
    torch.set_num_threads(plan.threads if plan.ranks == 1 else 1)
    stream = load_stream(plan)
    # Workers are forked before there are threads of torch's, or a card.
    with feeding(stream, rank, plan.workers) as take:
        device = choose(plan.device if plan.ranks == 1 else "cpu")
        if plan.ranks > 1:
            distributed.init_process_group("gloo", init_method=rendezvous, rank=rank, world_size=plan.ranks)
        try:
            dtype = _from_first(precision(plan.precision, device), plan.ranks)
            loop(plan, prepare(plan, device, dtype, rank), take, stream.vocabulary.controls.pad, begin, rank)
        finally:
            if plan.ranks > 1:
                distributed.destroy_process_group()


def _from_first(dtype: torch.dtype, ranks: int) -> torch.dtype:
    if ranks == 1:
        return dtype
    said = torch.tensor([float(dtype == torch.bfloat16)])
    distributed.broadcast(said, 0)
    return torch.bfloat16 if bool(said[0]) else torch.float32


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; see `--help`."""
    plan = read_arguments((__doc__ or "").splitlines()[0], arguments)
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    try:
        train(plan)
    except (ValueError, FileNotFoundError, FloatingPointError) as error:
        print(f"training.train: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

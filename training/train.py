"""Train the model for a given time, on one or several single-threaded CPU processes.

    python -m training.train --from CORPUS --out RUN --minutes 60
    python -m training.train --from CORPUS --out RUN --minutes 120 --resume
    python -m training.train --from CORPUS --out RUN --minutes 15 --decay-only [--from-checkpoint FILE]

A run constantly keeps `checkpoint.pt` (everything), `state.safetensors` (small, weights only) and
`log.jsonl` in RUN. It ends in time, loading included, and saves first when it is told to stop (SIGTERM).
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TextIO

import torch
from torch import Tensor, distributed
from torch.multiprocessing.spawn import spawn

from training import checkpoint, schedule, state
from training.data import LANGUAGE_WEIGHTS, Stream
from training.model import IGNORED, LanguageModel, load_weights, weights_of
from training.optimizer import Muon, adam
from training.plan import Plan, read_arguments
from training.schedule import Clock, Schedule
from training.shape import parse_model
from training.shards import shelves, training_shards
from training.state import Progress
from training.vocabulary import Vocabulary

SAVE_SECONDS = 240.0
LOG_STEPS = 10


@dataclass(slots=True)
class Run:
    """What training changes: the model, its optimizers and how far they have come."""

    model: LanguageModel
    muon: Muon
    adam: torch.optim.AdamW
    progress: Progress
    vocabulary: str
    remembers: bool = False


def train(plan: Plan) -> None:
    """Carry out a plan. Raises `ValueError` for a starting point that does not fit, `FileNotFoundError`."""
    plan.out.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    if plan.ranks == 1:
        _train_rank(0, plan, begin, "")
        return
    with tempfile.TemporaryDirectory() as folder:
        spawn(_train_rank, (plan, begin, f"file://{folder}/rendezvous"), plan.ranks)  # type: ignore[no-untyped-call]


def fastest_dtype(seconds: float = 1.0) -> torch.dtype:
    """bfloat16 where this processor multiplies matrices faster in it than in float32, measured for `seconds`."""
    speeds = {}
    for dtype in (torch.float32, torch.bfloat16):
        matrix = torch.randn(512, 512).to(dtype)
        matrix @ matrix
        rounds, begin = 0, time.process_time()
        while time.process_time() - begin < seconds / 2:
            matrix @ matrix
            rounds += 1
        speeds[dtype] = rounds / (time.process_time() - begin)
    return max(speeds, key=lambda dtype: speeds[dtype])


def prepare(plan: Plan, dtype: torch.dtype, rank: int = 0) -> Run:
    """The run at its starting point: new, or continued from what the plan names."""
    torch.manual_seed(plan.seed)
    vocabulary = Vocabulary(plan.vocabulary)
    saved = plan.from_checkpoint or (plan.out / "checkpoint.pt" if plan.resume or plan.decay_only else None)
    memory = None if saved is None else checkpoint.read(saved)
    small = None if plan.from_state is None else state.read(plan.from_state)
    known = memory or small
    if known is None:
        shape = parse_model(plan.model, vocabulary=vocabulary.padded_size, context=plan.context)
    else:
        _same_vocabulary(known.vocabulary, vocabulary)
        shape = known.shape
    model = LanguageModel(shape)
    muon = Muon(model, dtype, rank, plan.ranks)
    optimizer = adam(model, muon, plan.adam_rate)
    if memory is not None:
        model.load_state_dict(memory.model)
        muon.load(memory.muon)
        optimizer.load_state_dict(memory.adam)
    elif small is not None:
        load_weights(model, small.weights)
    progress = known.progress if known is not None else Progress()
    return Run(model, muon, optimizer, progress, vocabulary.digest, remembers=memory is not None)


def _train_rank(rank: int, plan: Plan, begin: float, rendezvous: str) -> None:
    torch.set_num_threads(plan.threads if plan.ranks == 1 else 1)
    if plan.ranks > 1:
        distributed.init_process_group("gloo", init_method=rendezvous, rank=rank, world_size=plan.ranks)
    try:
        choices = {"float32": torch.float32, "bfloat16": torch.bfloat16}
        dtype = choices.get(plan.precision) or _from_first(fastest_dtype(), plan.ranks)
        run = prepare(plan, dtype, rank)
        library = shelves(training_shards(plan.corpus), LANGUAGE_WEIGHTS)
        stream = Stream(library, Vocabulary(plan.vocabulary), run.model.shape.context, plan.mixture, plan.seed)
        _loop(rank, plan, run, stream, dtype, begin)
    finally:
        if plan.ranks > 1:
            distributed.destroy_process_group()


def _loop(rank: int, plan: Plan, run: Run, stream: Stream, dtype: torch.dtype, begin: float) -> None:
    earlier = run.progress.seconds
    goes_on = plan.resume and not plan.decay_only
    spent = earlier if goes_on else 0.0
    first = 0 if goes_on else run.progress.step
    course = _course(plan, run)
    clock = Clock(time.monotonic() if plan.decay_only else begin - spent, begin - spent + plan.minutes * 60)
    started = run.progress.step
    saved = tick = time.monotonic()
    step_seconds, since = 0.0, (tick, run.progress.tokens)
    with _log(plan, rank) as log, _stop_signal() as stopped:
        _note(log, event="start", step=started, parameters=run.model.shape.parameters, dtype=str(dtype),
              ranks=plan.ranks, schedule=[course.start, course.decay, course.warmup])  # fmt: skip
        while True:
            done = run.progress.step - started
            progress = (run.progress.step - first) / plan.steps if plan.steps else clock.progress(tick)
            over = progress >= 1.0 or bool(stopped) or 0 < plan.stop_after <= done
            over = over or (not plan.steps and not clock.has_room(tick, step_seconds))
            progress, over = _agreed(progress, over, plan.ranks)
            if over:
                break
            rate = schedule.scale(course, progress, done)
            loss = _step(plan, run, stream, dtype, rank, rate)
            now = time.monotonic()
            step_seconds, tick = now - tick, now
            _advance(plan, run, loss, rate, earlier + now - begin)
            if rank == 0 and now - saved > SAVE_SECONDS:
                saved = now
                _save(plan, run)
            if run.progress.step % LOG_STEPS == 0:
                speed = (run.progress.tokens - since[1]) / max(1e-9, now - since[0])
                since = (now, run.progress.tokens)
                _note(log, step=run.progress.step, loss=round(loss, 4), mean=round(run.progress.loss, 4),
                      tokens=run.progress.tokens, seconds=round(run.progress.seconds, 1), speed=round(speed),
                      scale=round(rate, 4))  # fmt: skip
        if rank == 0:
            _save(plan, run)
        _note(log, event="end", step=run.progress.step, tokens=run.progress.tokens, mean=round(run.progress.loss, 4),
              cpu=round(time.process_time(), 1))  # fmt: skip


def _step(plan: Plan, run: Run, stream: Stream, dtype: torch.dtype, rank: int, rate: float) -> float:
    ids, targets = batch(stream.rows(run.progress.step, plan.rows, rank), stream.vocabulary.controls.pad)
    with torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
        loss = run.model(ids, targets)
    loss.backward()
    value = float(loss.detach())
    if plan.ranks > 1:
        value = _average(run.model, value, plan.ranks)
    for group in run.adam.param_groups:
        group["lr"] = plan.adam_rate * rate
    run.muon.step(plan.muon_rate * rate)
    run.adam.step()
    run.model.zero_grad(set_to_none=True)
    return value


def batch(rows: Sequence[Sequence[int]], pad: int) -> tuple[Tensor, Tensor]:
    """Inputs and targets of rows of `context + 1` ids; padding is not learnt."""
    ids = torch.tensor(rows)
    targets = ids[:, 1:].clone()
    targets[targets == pad] = IGNORED
    return ids[:, :-1].contiguous(), targets


def _course(plan: Plan, run: Run) -> Schedule:
    # Without the optimizers' memory the first steps are noise: begin gently.
    warmup = 0 if run.remembers else plan.warmup
    if plan.decay_only:
        return Schedule(start=run.progress.scale, decay=1.0, warmup=warmup)
    return Schedule(decay=plan.decay, warmup=warmup)


def _advance(plan: Plan, run: Run, loss: float, rate: float, seconds: float) -> None:
    old = run.progress
    mean = 0.95 * old.loss + 0.05 * loss if old.loss else loss
    run.progress = Progress(
        old.step + 1, old.tokens + plan.rows * plan.ranks * run.model.shape.context, seconds, mean, rate
    )


def _average(model: LanguageModel, loss: float, ranks: int) -> float:
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients] + [torch.tensor([loss])])
    distributed.all_reduce(flat)
    flat /= ranks
    parts = torch.split(flat[:-1], [gradient.numel() for gradient in gradients])
    for gradient, part in zip(gradients, parts, strict=True):
        gradient.copy_(part.view_as(gradient))
    return float(flat[-1])


def _agreed(progress: float, over: bool, ranks: int) -> tuple[float, bool]:
    # Clocks and signals differ between processes; all follow the first.
    if ranks > 1:
        said = torch.tensor([progress, float(over)], dtype=torch.float64)
        distributed.broadcast(said, 0)
        return float(said[0]), bool(said[1])
    return progress, over


def _from_first(dtype: torch.dtype, ranks: int) -> torch.dtype:
    half = _agreed(0.0, dtype == torch.bfloat16, ranks)[1]
    return torch.bfloat16 if half else torch.float32


def _same_vocabulary(recorded: str, vocabulary: Vocabulary) -> None:
    if recorded and recorded != vocabulary.digest:
        raise ValueError(f"{vocabulary.path} is not the vocabulary that this model was trained with")


def _save(plan: Plan, run: Run) -> None:
    checkpoint.write(plan.out / "checkpoint.pt", run.model, run.adam, run.muon, run.progress, run.vocabulary)
    small = state.State(weights_of(run.model), run.model.shape, run.progress, run.vocabulary)
    state.write(plan.out / "state.safetensors", small)


@contextmanager
def _log(plan: Plan, rank: int) -> Iterator[TextIO | None]:
    if rank != 0:
        yield None
        return
    with (plan.out / "log.jsonl").open("a", encoding="utf-8") as log:
        yield log


@contextmanager
def _stop_signal() -> Iterator[list[int]]:
    # The list fills when the process is told to stop.
    stopped: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGTERM, before)


def _note(log: TextIO | None, **fields: Any) -> None:
    if log is not None:
        log.write(json.dumps(fields) + "\n")
        log.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; see `--help`."""
    plan = read_arguments((__doc__ or "").splitlines()[0], arguments)
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    try:
        train(plan)
    except (ValueError, FileNotFoundError) as error:
        print(f"training.train: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

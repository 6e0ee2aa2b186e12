"""The one training loop: steps until the clock or the count says stop, saves and log lines between them.

Works on a processor alone, as one of several ranks, and on a card, where it waits for the device only at
every `LOG_STEPS`th step and at a save. Knows nothing of command lines and of how rows are made.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, distributed

from training import schedule
from training.device import device_name, utilization
from training.feed import Take, Want
from training.loss import IGNORED, count, softmax_gradient
from training.model import LanguageModel, plain_layer
from training.plan import Plan
from training.run import Run, save, settle
from training.schedule import Clock, Schedule

LOG_STEPS = 10

Note = Callable[..., None]
"""Writes one line of the log from its named fields."""


def loop(plan: Plan, run: Run, take: Take, pad: int, begin: float, rank: int = 0) -> None:
    """Train as planned; `begin` is when the run began, on the monotonic clock. Saves at the end, whatever ends it."""
    earlier = run.progress.seconds
    goes_on = plan.resume and not plan.decay_only
    spent = earlier if goes_on else 0.0
    first = 0 if goes_on else run.progress.step
    course = _course(plan, run)
    clock = Clock(time.monotonic() if plan.decay_only else begin - spent, begin - spent + plan.minutes * 60)
    started = run.progress.step
    saved = tick = time.monotonic()
    reserve, since, name = 0.0, (tick, run.progress), device_name(run.device)
    with _log(plan, rank) as note, _stop_signal() as stopped:
        note(event="start", step=started, parameters=run.model.shape.parameters, dtype=str(run.dtype), device=name,
             ranks=plan.ranks, schedule=[course.start, course.decay, course.warmup],
             loading=round(tick - begin, 1))  # fmt: skip
        while True:
            done = run.progress.step - started
            progress = (run.progress.step - first) / plan.steps if plan.steps else clock.progress(tick)
            over = progress >= 1.0 or bool(stopped) or 0 < plan.stop_after <= done
            over = over or (not plan.steps and not clock.has_room(tick, reserve + run.save_seconds))
            progress, over = _agreed(progress, over, plan.ranks)
            if over:
                break
            rate = schedule.scale(course, progress, done)
            want = wanted(plan, run, course, progress)
            step(plan, run, take(run.progress.step, want), pad, rate, note)
            now = time.monotonic()
            # On a card a step is only under way here; up to LOG_STEPS of them may be.
            reserve = max(reserve, now - tick) if run.device.type == "cuda" else now - tick
            tick = now
            _advance(plan, run, want, rate, earlier + now - begin)
            if run.progress.step % LOG_STEPS == 0:
                loss, tick = settle(run), time.monotonic()
                seconds, steps = tick - since[0], run.progress.step - since[1].step
                speed = (run.progress.tokens - since[1].tokens) / max(1e-9, seconds)
                reserve = seconds / steps * (LOG_STEPS if run.device.type == "cuda" else 1)
                since = (tick, run.progress)
                used = utilization(run.model.shape, want.context, speed, name)
                note(step=run.progress.step, loss=round(loss or 0.0, 4), mean=round(run.progress.loss, 4),
                     tokens=run.progress.tokens, seconds=round(run.progress.seconds, 1), speed=round(speed),
                     scale=round(rate, 4), context=want.context, **({} if used is None else {"mfu": round(used, 4)}),
                     )  # fmt: skip
            if rank == 0 and tick - saved > plan.save_seconds:
                save(plan, run)
                saved = tick = time.monotonic()
        if rank == 0:
            save(plan, run)
        settle(run)
        note(event="end", step=run.progress.step, tokens=run.progress.tokens, mean=round(run.progress.loss, 4),
             seconds=round(time.monotonic() - begin, 1), cpu=round(time.process_time(), 1))  # fmt: skip


def wanted(plan: Plan, run: Run, course: Schedule, progress: float) -> Want:
    """The rows of the next step. From where rows get longer on they are fewer, and the model knows the positions."""
    context = plan.context or run.model.shape.context
    rows = plan.rows
    if plan.long_context > context and progress >= 1.0 - plan.long_share:
        rows, context = max(1, rows * context // plan.long_context), plan.long_context
    run.model.lengthen(context)
    late = plan.late_pairs is not None and progress >= 1.0 - course.decay
    pairs = plan.late_pairs if late and plan.late_pairs is not None else plan.mixture.pairs
    return Want(rows, context, pairs)


def step(plan: Plan, run: Run, rows: NDArray[np.int32], pad: int, rate: float, note: Note) -> None:
    """One step at `rate` of the peak learning rates; its loss is added to the run's."""
    ids, targets = (_moved(tensor, run.device) for tensor in batch(rows, pad))
    loss = None
    while loss is None:
        failed = ""
        try:
            loss = gradients(run, ids, targets)
        except Exception as error:
            if not _recoverable(run, error, len(ids)):
                raise
            failed = type(error).__name__
            memory = isinstance(error, torch.OutOfMemoryError)
            reason = str(error).strip().partition("\n")[0][:200]
        if failed:  # only here is what the error's frames held free again
            _recover(run, note, memory, f"{failed}: {reason}")
    if plan.ranks > 1:
        loss = _average(run.model, loss, plan.ranks)
    for group in run.adam.param_groups:
        group["lr"] = plan.adam_rate * rate
    run.muon.step(plan.muon_rate * rate)
    run.adam.step()
    run.model.zero_grad(set_to_none=True)
    run.losses.append(loss)


def batch(rows: NDArray[np.int32] | Sequence[Sequence[int]], pad: int) -> tuple[Tensor, Tensor]:
    """Inputs and targets of rows of `context + 1` ids, as int64; padding is not learnt."""
    ids = torch.from_numpy(np.asarray(rows, np.int64))
    targets = ids[:, 1:].clone()
    targets[targets == pad] = IGNORED
    return ids[:, :-1].contiguous(), targets


def gradients(run: Run, ids: Tensor, targets: Tensor) -> Tensor:
    """Gradients of the step's mean loss, added up over its parts, and that loss, on the device."""
    learnt = count(targets)
    size = -(-len(ids) // run.accumulate)
    total = torch.zeros((), device=ids.device)
    for some, wished in zip(torch.split(ids, size), torch.split(targets, size), strict=True):
        with torch.autocast(run.device.type, torch.bfloat16, enabled=run.dtype == torch.bfloat16):
            loss = run.model(some, wished, learnt)
        loss.backward()
        total += loss.detach()
    return total


def _recoverable(run: Run, error: Exception, rows: int) -> bool:
    if isinstance(error, torch.OutOfMemoryError):
        return run.accumulate < rows
    # Compiling can fail in any way; what fails uncompiled as well is raised then.
    return run.model.layer is not plain_layer


def _recover(run: Run, note: Note, memory: bool, reason: str) -> None:
    run.model.zero_grad(set_to_none=True)
    if memory:
        run.accumulate *= 2
        torch.cuda.empty_cache()
        note(event="memory", accumulate=run.accumulate, reason=reason)
    else:
        run.model.layer, run.model.softmax = plain_layer, softmax_gradient
        note(event="uncompiled", reason=reason)


def _moved(tensor: Tensor, device: torch.device) -> Tensor:
    if device.type == "cuda":
        # From pinned memory the copy does not hold up the host.
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor


def _course(plan: Plan, run: Run) -> Schedule:
    # Without the optimizers' memory the first steps are noise: begin gently.
    warmup = 0 if run.remembers else plan.warmup
    if plan.decay_only:
        return Schedule(start=run.progress.scale, decay=1.0, warmup=warmup)
    return Schedule(decay=plan.decay, warmup=warmup)


def _advance(plan: Plan, run: Run, want: Want, rate: float, seconds: float) -> None:
    old = run.progress
    tokens = old.tokens + want.rows * plan.ranks * want.context
    run.progress = replace(old, step=old.step + 1, tokens=tokens, seconds=seconds, scale=rate)


def _average(model: LanguageModel, loss: Tensor, ranks: int) -> Tensor:
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients] + [loss[None]])
    distributed.all_reduce(flat)
    flat /= ranks
    parts = torch.split(flat[:-1], [gradient.numel() for gradient in gradients])
    for gradient, part in zip(gradients, parts, strict=True):
        gradient.copy_(part.view_as(gradient))
    return flat[-1]


def _agreed(progress: float, over: bool, ranks: int) -> tuple[float, bool]:
    # Clocks and signals differ between processes; all follow the first.
    if ranks > 1:
        said = torch.tensor([progress, float(over)], dtype=torch.float64)
        distributed.broadcast(said, 0)
        return float(said[0]), bool(said[1])
    return progress, over


@contextmanager
def _log(plan: Plan, rank: int) -> Iterator[Note]:
    if rank != 0:
        yield lambda **fields: None
        return
    with (plan.out / "log.jsonl").open("a", encoding="utf-8") as log:

        def note(**fields: Any) -> None:
            for file in (log, sys.stdout) if plan.keep == "parts" else (log,):
                file.write(json.dumps(fields) + "\n")
                file.flush()
            if plan.keep == "checkpoint" and "mean" in fields:
                print(_progress(fields), end="\n" if "event" in fields else "", file=sys.stderr, flush=True)

        yield note


def _progress(fields: Mapping[str, Any]) -> str:
    speed = f", {fields['speed']} a second" if "speed" in fields else ""
    return f"\rstep {fields['step']}: loss {fields['mean']:.3f}, {fields['tokens']:,} tokens{speed}    "


@contextmanager
def _stop_signal() -> Iterator[list[int]]:
    # The list fills when the process is told to stop.
    stopped: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGTERM, before)

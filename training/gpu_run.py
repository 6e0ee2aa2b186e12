"""Everything on one card inside a wall-clock budget: load, train, save in parts that can be carried away.

    python -m training.gpu_run --from CORPUS --out OUT --minutes 25 [--compile] [--resume-state OUT/state-parts]
    python -m training.gpu_run --from CORPUS --out OUT --probe 60
    python -m training.gpu_run --join OUT/state-parts --out state.safetensors

Progress is time: loading, compiling and the last save are inside `--minutes`. Every two minutes and at the
end OUT gets `state.safetensors` (weights as Q8_0 has them, 1.06 byte a parameter) and `state-parts/`, the same
in parts with a manifest. The steps are `training.loop`'s. Needs torch, numpy, sentencepiece and safetensors;
says first which of them are missing, and imports nothing of theirs before.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from training import parts

if TYPE_CHECKING:
    from training.data import Stream
    from training.plan import Plan

NEEDS = ("torch", "numpy", "sentencepiece", "safetensors")
PROBED = ("512,16,8,2,1536", "768,7,12,4,2048")
"""The shapes that `--probe` compares: deep and narrow against flat and wide, of about 57 million parameters."""
WARM_STEPS = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; see `--help`. 0: done, 1: the run failed, 2: it could not begin."""
    begin = time.monotonic()
    given = list(sys.argv[1:] if arguments is None else arguments)
    if any(word == "--join" or word.startswith("--join=") for word in given):
        return _join(given)
    missing = [name for name in NEEDS if importlib.util.find_spec(name) is None]
    print(f"training.gpu_run: Python {sys.version.split()[0]}, missing: {', '.join(missing) or 'nothing'}", flush=True)
    if missing:
        return 2
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    # Rows of two lengths and a halved batch leave memory in pieces.
    os.environ.setdefault("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True")
    plan, probe_seconds = read_arguments(given)

    from training.train import train

    try:
        if probe_seconds:
            for model, speed in probe(plan, probe_seconds):
                print(f"{model}: {speed:.0f} tokens/s", flush=True)
        else:
            train(plan, begin)
    except (ValueError, OSError) as error:
        print(f"training.gpu_run: {error}", file=sys.stderr)
        return 2
    except (FloatingPointError, RuntimeError) as error:
        print(f"training.gpu_run: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


def read_arguments(arguments: Sequence[str]) -> tuple[Plan, float]:
    """The plan, with this command's own defaults, and the seconds of `--probe`, 0 for none."""
    from training.plan import parser, plan_of

    command = parser("training.gpu_run", (__doc__ or "").splitlines()[0])
    command.add_argument("--probe", type=float, metavar="SECONDS", help="only measure two shapes, each for so long")
    command.set_defaults(
        device="cuda", model=PROBED[0], context=1024, rows=192, minutes=25.0, workers=12, warmup=100, decay=0.25,
        late_pairs=0.25, long_context=2048, long_share=0.2, save_seconds=120.0, keep="parts",
    )  # fmt: skip
    given = vars(command.parse_args(arguments))
    seconds = given.pop("probe", 0.0)
    return plan_of(command, given), seconds


def probe(plan: Plan, seconds: float) -> list[tuple[str, float]]:
    """Tokens a second of the probed shapes, each measured for `seconds` after it has been compiled."""
    from training.train import load_stream

    stream = load_stream(plan)
    return [(model, _speed(replace(plan, model=model, from_state=None), stream, seconds)) for model in PROBED]


def _speed(plan: Plan, stream: Stream, seconds: float) -> float:
    from training.device import choose, precision
    from training.feed import feeding
    from training.loop import loop
    from training.run import prepare

    with tempfile.TemporaryDirectory() as folder, feeding(stream, 0, plan.workers) as take:
        device = choose(plan.device)
        run = prepare(plan, device, precision(plan.precision, device))
        # The first steps compile; the loop returns when the device is done with them.
        short = replace(plan, out=Path(folder), steps=WARM_STEPS, long_context=0, keep="nothing")
        pad = stream.vocabulary.controls.pad
        loop(short, run, take, pad, time.monotonic())
        before, begin = run.progress.tokens, time.monotonic()
        loop(replace(short, steps=0, minutes=seconds / 60), run, take, pad, begin)
        return (run.progress.tokens - before) / (time.monotonic() - begin)


def _join(arguments: Sequence[str]) -> int:
    command = argparse.ArgumentParser(prog="training.gpu_run", allow_abbrev=False)
    command.add_argument("--join", type=Path, required=True, metavar="FOLDER", help="a folder of parts")
    command.add_argument("--out", type=Path, required=True, help="the state file to make of them")
    given = command.parse_args(arguments)
    try:
        size = parts.join(given.join, given.out)
    except (ValueError, OSError) as error:
        print(f"training.gpu_run: {error}", file=sys.stderr)
        return 2
    print(f"{given.out} {size}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

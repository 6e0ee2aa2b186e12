"""Whether the arithmetic of the choice is right: memory and speed as predicted, and as the engine really takes them.

    python -m benchmarks.prediction [--models embedded,0.5b-Q8_0,...] [--rounds 3] [--calibrations 1]

The machine is calibrated first, as at the first start. Then files of exact shapes with noise for weights are
written (0.5B and 1.5B as Qwen2.5-Coder; the embedded model is itself), one at a time. Memory is that of a real host
process after loading and one request. Speed is that of the engine: the best of some rounds, like the calibration.
Needs 3 GB of disk and of memory. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from completion.engine.engine import Generation
from completion.engine.lease import LeasedBackend
from completion.engine.llama import LlamaEngine, default_threads
from completion.engine.shape import Shape, write
from completion.engine.spec import ANSWER_TOKENS, BATCH, SLOTS, host_spec
from completion.engine.starter import ENGINE_ENVIRONMENT
from completion.models import catalog, device, files, memory, speed
from completion.models.spec import ModelFile, ModelSpec
from completion.settings import Settings
from completion.types import Prompt, Sampling, Text

KNOWN = catalog.builtin()
EMBEDDED = KNOWN.find("embedded")
SHAPES = {
    "0.5b": (KNOWN.find("qwen2.5-coder-0.5b"), Shape(896, 4864, 14, 2, 24, "Q8_0", 151936)),
    "1.5b": (KNOWN.find("qwen2.5-coder-1.5b"), Shape(1536, 8960, 12, 2, 28, "Q8_0", 151936)),
}
MODELS = "embedded,0.5b-Q8_0,0.5b-Q4_K_M,1.5b-Q4_K_M,1.5b-Q8_0"
DEPTH = 512
STEPS = 12


@dataclass(frozen=True, slots=True)
class Case:
    """A file on disk and what the catalogue says of it."""

    name: str
    spec: ModelSpec
    file: ModelFile
    path: Path


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", default=MODELS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--speed-of", type=Path, default=None, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.speed_of:
        print(json.dumps(measure_speed(arguments.speed_of, arguments.rounds)))
        return
    with tempfile.TemporaryDirectory(prefix="lspb") as name:
        folder = Path(name)
        os.environ.update(
            LSP_COPILOT_CACHE_DIR=name, LSP_COPILOT_RUNTIME_DIR=f"{name}/run", LSP_COPILOT_LOG_DIR=f"{name}/log"
        )
        rows = []
        for model in arguments.models.split(","):
            case = make(model, folder)
            rows.append(compare(case, arguments.rounds))
            show(rows[-1], header=len(rows) == 1)
            if model != "embedded":
                case.path.unlink()
    worst = {key: max(abs(row[key] - 1) for row in rows) for key in ("memory", "step", "append", "prompt", "line")}
    print("worst deviation: " + ", ".join(f"{key} {value:.0%}" for key, value in worst.items()))
    print(json.dumps({"rows": rows, "worst": worst, "load": round(os.getloadavg()[0], 1)}))


def make(model: str, folder: Path) -> Case:
    """The embedded model as it is, or a file of a shape, such as 0.5b-Q8_0."""
    if model == "embedded":
        return Case(model, EMBEDDED, EMBEDDED.files[0], files.locate(EMBEDDED))
    size, _, quantization = model.partition("-")
    spec, shape = SHAPES[size]
    path = folder / f"{model}.gguf"
    write(path, replace(shape, quantization=quantization), files.locate(EMBEDDED), 32768)
    file = ModelFile(quantization=quantization, bytes=path.stat().st_size)
    # The vocabulary is ours, so the control tokens are.
    return Case(model, spec.model_copy(update={"fim": EMBEDDED.fim}), file, path)


def compare(case: Case, rounds: int) -> dict[str, float | str]:
    """Predicted, measured and their ratio. Calibrated anew for each model: machines change from minute to minute."""
    from completion.engine import measure

    spec, threads = case.spec, default_threads()
    depth = min(DEPTH, spec.prompt_tokens - 16)
    need = memory.need(
        spec,
        case.file,
        context_tokens=min(spec.context_limit, spec.prompt_tokens + ANSWER_TOKENS),
        slots=SLOTS,
        batch=BATCH,
    )
    place = measure.calibrate(device.read(), threads).cpu
    assert need is not None
    assert place is not None
    said = speed.predict(spec, case.file, place, prompt_tokens=depth, batch=BATCH)
    assert said is not None
    taken = asyncio.run(measure_memory(case))
    command = [sys.executable, "-m", "benchmarks.prediction", "--speed-of", str(case.path), "--rounds", str(rounds)]
    environment = {**os.environ, **ENGINE_ENVIRONMENT}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    seen = json.loads(done.stdout.splitlines()[-1])
    line_ms = seen["append"] + (speed.LINE_TOKENS - 1) * seen["step"]
    return {
        "model": case.name,
        "memory_predicted_mb": round(need.loaded / 1e6),
        "memory_taken_mb": round(taken / 1e6),
        "memory": need.loaded / taken,
        "step_predicted_ms": round(said.step_ms, 2),
        "step_ms": round(seen["step"], 2),
        "step": said.step_ms / seen["step"],
        "append_predicted_ms": round(said.append_ms, 1),
        "append_ms": round(seen["append"], 1),
        "append": said.append_ms / seen["append"],
        "prompt_rate_predicted": round(said.prompt_rate),
        "prompt_rate": round(seen["prompt"]),
        "prompt": said.prompt_rate / seen["prompt"],
        "line_predicted_ms": round(said.warm_ms),
        "line_ms": round(line_ms),
        "line": said.warm_ms / line_ms,
    }


async def measure_memory(case: Case) -> int:
    """Bytes of the host process in memory (RSS) after loading and one request."""
    # The host leaves by itself when the lease is gone.
    spec = replace(host_spec(case.spec, case.path, Settings.model_validate({"idle_seconds": 0})), model=case.name)
    backend = LeasedBackend(spec, ready_seconds=120)
    try:
        async with aclosing(backend.stream(Prompt((Text("def first(items):\n" * 20),), 8))) as chunks:
            async for _ in chunks:
                pass
        pid = (await backend.stats())["pid"]
        assert isinstance(pid, int)
        return int(psutil.Process(pid).memory_info().rss)
    finally:
        await backend.aclose()


def measure_speed(path: Path, rounds: int) -> dict[str, float]:
    """Milliseconds of a step and of an append, tokens of a prompt a second, each the best of the rounds."""
    with tempfile.TemporaryDirectory(prefix="lspb") as folder:
        shipped = path == files.locate(EMBEDDED)
        depth = DEPTH if not shipped else min(DEPTH, EMBEDDED.prompt_tokens - 16)
        engine = LlamaEngine(
            path,
            controls=(),
            slots=SLOTS,
            context_tokens=EMBEDDED.context_limit if shipped else 2048,
            batch=BATCH,
            threads=default_threads(),
            socket_file=Path(folder) / "e.sock",
        )
        engine.load()
        noise = random.Random(1)
        # A real model may end at once; a grammar that goes on costs it nothing with so small a vocabulary.
        grammar = "root ::= [ -~] root" if shipped else ""
        prompt, append, step = [], [], []
        run(engine, [noise.randrange(600, 8000) for _ in range(32)], 4, grammar)
        for _ in range(rounds):
            ids = [noise.randrange(600, 8000) for _ in range(depth)]
            prompt.append(depth / run(engine, ids, 1, "")[0] * 1000)
            # As in the calibration: steps so short are doubled by a single interruption.
            for _ in range(12 if shipped else 2):
                more = [noise.randrange(600, 8000) for _ in range(speed.APPENDED_TOKENS)]
                append.append(run(engine, [*ids, *more], 1, "")[0])
                step.append(run(engine, [*ids, more[0]], STEPS, grammar)[1])
        engine.close()
    return {"prompt": max(prompt), "append": min(append), "step": min(step)}


def run(engine: LlamaEngine, ids: list[int], count: int, grammar: str) -> tuple[float, float]:
    """Milliseconds of the prompt, and of each token after the first."""
    generation = Generation(0, count, Sampling(), grammar=grammar)
    usage = engine.generate(ids, generation, threading.Event(), lambda _piece: None).usage
    assert usage.completion_tokens == count, usage
    return usage.prompt_ms, usage.completion_ms / max(1, count - 1)


def show(row: dict[str, float | str], *, header: bool) -> None:
    """One line of the table: predicted / measured."""
    if header:
        print(
            f"{'model':<14}{'memory MB':>18}{'step ms':>18}{'append 3 ms':>18}{'prompt tok/s':>18}{'first line ms':>18}"
        )
    cells = [
        f"{row[said]} / {row[seen]}"
        for said, seen in (
            ("memory_predicted_mb", "memory_taken_mb"),
            ("step_predicted_ms", "step_ms"),
            ("append_predicted_ms", "append_ms"),
            ("prompt_rate_predicted", "prompt_rate"),
            ("line_predicted_ms", "line_ms"),
        )
    ]
    print(f"{row['model']:<14}" + "".join(f"{cell:>18}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()

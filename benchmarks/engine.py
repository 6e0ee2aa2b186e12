"""How fast the engine reads and writes, by threads and OpenMP spinning, and what the wire adds.

    python -m benchmarks.engine [--model-path FILE] [--rounds 5]

Every combination of GOMP_SPINCOUNT (0, 100, the library's own) and threads (1 to the number of cores)
runs in a process of its own, on the machine as it is and beside one busy process for each core but
one (at least one), which this program starts. Prompts are new each time, so nothing comes from the
cache. The wire is measured through a real host: from the call to the first chunk, and to the last,
less the engine's own time. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

from completion.engine.engine import Generation, Piece
from completion.engine.lease import LeasedBackend
from completion.engine.llama import LlamaEngine
from completion.engine.spec import BATCH, SLOTS, host_spec
from completion.models import catalog, files
from completion.settings import Settings
from completion.types import Control, Prompt, Sampling, Text

SPINS = ("0", "100", "")
PROMPT_TOKENS = 320
WRITTEN_TOKENS = 64
KEYS = 60
MODEL = catalog.builtin().find("embedded")
CODE = Path(argparse.__file__).read_text("utf-8")


def main() -> None:
    """Run everything and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model-path", default="")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--child", type=int, default=0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    path = files.locate(MODEL, arguments.model_path)
    if arguments.child:
        print(json.dumps(measure(path, arguments.child, arguments.rounds)))
        return
    rows = []
    print(f"{'machine':<8}{'spin':>8}{'threads':>9}{'prompt tok/s':>14}{'write tok/s':>13}{'slowest':>9}")
    for machine, crowd in (("as is", 0), ("loaded", max(1, (os.cpu_count() or 2) - 1))):
        with busy(crowd):
            for spin in SPINS:
                for threads in range(1, (os.cpu_count() or 1) + 1):
                    row = {"machine": machine, "spin": spin or "default", "threads": threads}
                    row |= child(path, threads, spin, arguments.rounds)
                    rows.append(row)
                    print(
                        f"{machine:<8}{row['spin']:>8}{threads:>9}{row['prompt']:>14.0f}{row['write']:>13.0f}"
                        f"{row['write_slowest']:>9.0f}"
                    )
    wire = asyncio.run(measure_wire(path))
    print(f"\n{'wire, ms':<26}{'p50':>8}{'p95':>8}")
    for name, values in wire.items():
        print(f"{name:<26}{values['p50']:>8.2f}{values['p95']:>8.2f}")
    print(json.dumps({"model": path.name, "rows": rows, "wire_ms": wire, "load": round(os.getloadavg()[0], 1)}))


def child(path: Path, threads: int, spin: str, rounds: int) -> dict[str, float]:
    """Measure in a process of its own: OpenMP reads its variables once."""
    environment = {key: value for key, value in os.environ.items() if key != "GOMP_SPINCOUNT"}
    if spin:
        environment["GOMP_SPINCOUNT"] = spin
    command = [sys.executable, "-m", "benchmarks.engine", "--child", str(threads), "--rounds", str(rounds)]
    done = subprocess.run(
        [*command, "--model-path", str(path)], env=environment, capture_output=True, text=True, check=True
    )
    table: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return table


def measure(path: Path, threads: int, rounds: int) -> dict[str, float]:
    """Tokens per second, medians over the rounds; the first round warms up and does not count."""
    with tempfile.TemporaryDirectory(prefix="lspb") as folder:
        engine = LlamaEngine(
            path,
            controls=MODEL.template.controls,
            slots=SLOTS,
            context_tokens=MODEL.trained_context,
            batch=BATCH,
            threads=threads,
            socket_file=Path(folder) / "e.sock",
        )
        engine.load()
        ids = [token.id for token in engine.tokenize(CODE[:20_000])]
        prompt, write = [], []
        for number in range(rounds + 1):
            start = number * PROMPT_TOKENS % (len(ids) - PROMPT_TOKENS)
            usage = engine.generate(
                ids[start : start + PROMPT_TOKENS],
                # A grammar that allows everything but the end: each round writes as much.
                Generation(number % SLOTS, WRITTEN_TOKENS, Sampling(), grammar="root ::= [^\\x00] root"),
                threading.Event(),
                _ignore,
            ).usage
            prompt.append(usage.prompt_tokens / usage.prompt_ms * 1000)
            write.append((usage.completion_tokens - 1) / usage.completion_ms * 1000)
        engine.close()
    return {
        "prompt": statistics.median(prompt[1:]),
        "write": statistics.median(write[1:]),
        "write_slowest": min(write[1:]),
    }


async def measure_wire(path: Path) -> dict[str, dict[str, float]]:
    """What a request takes beyond the engine's own time, key by key in one document.

    Without healing: its first tokens are thrown away, so that the first chunk would come late.
    """
    with tempfile.TemporaryDirectory(prefix="lspb") as folder:
        os.environ.update(LSP_COPILOT_RUNTIME_DIR=f"{folder}/run", LSP_COPILOT_LOG_DIR=f"{folder}/log")
        spec = replace(host_spec(MODEL, path, Settings.model_validate({"idle_seconds": 0})))
        backend = LeasedBackend(spec, ready_seconds=30)
        first, whole = [], []
        for number in range(KEYS + 5):
            segments = (
                Text("\n" + CODE[5_000:5_400]),
                Control(MODEL.template.suffix),
                Control(MODEL.template.middle),
                Control(MODEL.template.prefix),
                Text(CODE[4_000 : 4_400 + number]),
            )
            begun, first_ms, usage = time.perf_counter(), 0.0, None
            async with aclosing(backend.stream(Prompt(segments, 8, slot="document"))) as chunks:
                async for chunk in chunks:
                    first_ms = first_ms or (time.perf_counter() - begun) * 1000
                    usage = chunk.usage or usage
            whole_ms = (time.perf_counter() - begun) * 1000
            if usage is not None and number >= 5:
                first.append(first_ms - usage.prompt_ms)
                whole.append(whole_ms - usage.prompt_ms - usage.completion_ms)
        await backend.aclose()
    return {"first chunk less prompt": percentiles(first), "last chunk less engine": percentiles(whole)}


def percentiles(values: list[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    ordered = sorted(values)
    return {"p50": statistics.median(ordered), "p95": ordered[int(len(ordered) * 0.95)]}


@contextlib.contextmanager
def busy(count: int) -> Iterator[None]:
    """That many processes that compute for nothing."""
    crowd: list[subprocess.Popen[Any]] = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)
    ]
    try:
        yield
    finally:
        for process in crowd:
            process.kill()
            process.wait()


def _ignore(_piece: Piece) -> None:
    return


if __name__ == "__main__":
    main()

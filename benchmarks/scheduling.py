"""How soon the engine is free for the next question, what a warm-up costs who comes in the middle of it, and whether
two windows disturb each other.

    python -m benchmarks.scheduling [--gguf FILE] [--rounds 30]

`free` is the time from leaving an answer to the engine's end, met at a random moment of its decoding or of its prompt
processing, in this process. The rest goes through a real host: `first token` of a question whose prompt is known but
for two tokens, alone and asked at a random moment of a warm-up; and two documents of two windows, typed in turn and
alone, with the prompt tokens that the engine evaluated for each key. Every warm-up and every prompt that is to be left
is new text. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.engine import percentiles
from completion.engine.lease import LeasedBackend
from completion.engine.llama import LlamaEngine, default_threads
from completion.engine.scheduler import Scheduler
from completion.engine.spec import HostSpec, host_spec
from completion.models import catalog, files
from completion.settings import Settings
from completion.types import Chunk, Prompt, Text, Usage

MODEL = catalog.builtin().find("embedded")
CODE = Path(argparse.__file__).read_text("utf-8")
ANYTHING = "root ::= [^\\x00] root"
CHARACTERS = 1800
"""Of a long prompt: some 500 tokens."""

LINE = "        return self._get_values(action, argument_strings)"
REPEATS = 3
Streamer = Callable[[Prompt], Any]


@dataclass
class Texts:
    """Pieces of real code, each a new one from its first character on."""

    count: int = 0

    def take(self) -> str:
        """The next piece."""
        self.count += 1
        start = self.count * 977 % (len(CODE) - CHARACTERS)
        return f"# {self.count}\n{CODE[start : start + CHARACTERS]}\n"


@dataclass(frozen=True)
class Pace:
    """What the engine does undisturbed, in milliseconds."""

    token: float
    batch: float
    prompt: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gguf", default="", help="another model than the embedded one")
    parser.add_argument("--rounds", type=int, default=30)
    arguments = parser.parse_args()
    path = files.locate(MODEL, arguments.gguf)
    spec = host_spec(MODEL, path, Settings.model_validate({"idle_seconds": 0}))
    if arguments.gguf:
        # Of any family: only text is asked for.
        spec = replace(spec, model=path.stem, controls=(), context_tokens=1024)
    with tempfile.TemporaryDirectory(prefix="lspb") as folder:
        os.environ.update(LSP_COPILOT_RUNTIME_DIR=f"{folder}/run", LSP_COPILOT_LOG_DIR=f"{folder}/log")
        report = asyncio.run(measure(spec, Path(folder), arguments.rounds, random.Random(5)))
    for name, row in report.items():
        print(f"{name:<26}", "  ".join(f"{key} {value:.4g}" for key, value in row.items()))
    machine = {"threads": default_threads(), "batch": spec.batch, "load": round(os.getloadavg()[0], 1)}
    rounded = {name: {key: round(value, 2) for key, value in row.items()} for name, row in report.items()}
    print(json.dumps({"model": path.name, "rounds": arguments.rounds, **machine, **rounded}))


async def measure(spec: HostSpec, folder: Path, rounds: int, chance: random.Random) -> dict[str, dict[str, float]]:
    """All rows of the report."""
    texts = Texts()
    engine = LlamaEngine(
        Path(spec.path),
        controls=spec.controls,
        slots=spec.slots,
        context_tokens=spec.context_tokens,
        batch=spec.batch,
        threads=spec.threads,
        socket_file=folder / "e.sock",
    )
    await asyncio.to_thread(engine.load)
    scheduler = Scheduler(engine, spec.batch)
    pace = await pace_of(scheduler.stream, spec, texts)
    free = {
        "free, decoding": await freed(scheduler, rounds, lambda: decoding(scheduler, pace, chance)),
        "free, in the prompt": await freed(scheduler, rounds, lambda: reading(scheduler, pace, chance, texts)),
    }
    free["free, decoding"]["p95 in tokens"] = free["free, decoding"]["p95"] / pace.token
    free["free, in the prompt"]["p95 in batches"] = free["free, in the prompt"]["p95"] / pace.batch
    await asyncio.to_thread(engine.close)
    async with hosted(spec) as (one, other):
        await pace_of(one.stream, spec, texts)
        first = await first_tokens(one, pace, rounds, chance, texts)
        turn = await in_turn(one, other, texts)
    return {"pace": {"token": pace.token, "batch": pace.batch}, **free, **first, **turn}


# --- one row each ----------------------------------------------------------------------------


async def pace_of(stream: Streamer, spec: HostSpec, texts: Texts) -> Pace:
    """Milliseconds a token, a batch and a long prompt; the first of two rounds warms up."""
    for _ in range(2):
        usage = (await ask(stream, Prompt((Text(texts.take()),), 24, slot="pace", grammar=ANYTHING)))[1]
    per_prompt_token = usage.prompt_ms / usage.prompt_tokens
    return Pace(usage.completion_ms / (usage.completion_tokens - 1), per_prompt_token * spec.batch, usage.prompt_ms)


async def freed(
    scheduler: Scheduler, rounds: int, begin: Callable[[], Awaitable[asyncio.Task[None]]]
) -> dict[str, Any]:
    """Milliseconds from leaving what `begin` has begun to the engine's end."""
    taken = list[float]()
    while len(taken) < rounds:
        task = await begin()
        if not scheduler.stats.running:
            # Over before its moment came.
            await task
            continue
        begun = time.perf_counter()
        task.cancel()
        await asyncio.wait([task])
        taken.append((time.perf_counter() - begun) * 1000)
    return percentiles(taken)


async def decoding(scheduler: Scheduler, pace: Pace, chance: random.Random) -> asyncio.Task[None]:
    """An endless answer, somewhere between two tokens."""
    spoken = asyncio.Event()

    async def read() -> None:
        async for _ in scheduler.stream(Prompt((Text("import os\nimport "),), 400, slot="endless", grammar=ANYTHING)):
            spoken.set()

    task = asyncio.create_task(read())
    await spoken.wait()
    await asyncio.sleep(chance.uniform(1, 4) * pace.token / 1000)
    return task


async def reading(scheduler: Scheduler, pace: Pace, chance: random.Random, texts: Texts) -> asyncio.Task[None]:
    """An answer whose prompt is being processed."""

    async def read() -> None:
        async for _ in scheduler.stream(Prompt((Text(texts.take()),), 1, slot="long")):
            pass

    task = asyncio.create_task(read())
    while not scheduler.stats.running:  # noqa: ASYNC110
        await asyncio.sleep(0)
    await asyncio.sleep(chance.uniform(0, 0.8) * pace.prompt / 1000)
    return task


async def first_tokens(
    backend: LeasedBackend, pace: Pace, rounds: int, chance: random.Random, texts: Texts
) -> dict[str, dict[str, float]]:
    """Milliseconds to a first token, alone and in the middle of a warm-up; and how much a warm-up costs at most."""
    known, alone, during, met = texts.take(), list[float](), list[float](), 0
    await ask(backend.stream, key(known, "a", "typed"))
    for number in range(rounds):
        alone.append((await ask(backend.stream, key(known, f"a{number}", "typed")))[0])
        warm = Prompt((Text(texts.take()),), 0, slot="typed#1", purpose="warm")
        warming = asyncio.create_task(last_of(backend.stream, warm))
        await asyncio.sleep(chance.uniform(0.1, 0.8) * pace.prompt / 1000)
        during.append((await ask(backend.stream, key(known, f"b{number}", "typed")))[0])
        met += (await warming).finish_reason == "cancelled"
    before, after = percentiles(alone), percentiles(during)
    after["p50 later, in batches"] = (after["p50"] - before["p50"]) / pace.batch
    after["p95 later, in batches"] = (after["p95"] - before["p95"]) / pace.batch
    after["met"] = met / rounds
    return {"first token, alone": before, "first token, warming": after}


async def in_turn(one: LeasedBackend, other: LeasedBackend, texts: Texts) -> dict[str, dict[str, float]]:
    """Milliseconds to a first token and tokens evaluated for each key, of one document alone and of two in turn."""
    shown = {one: texts.take(), other: texts.take()}

    async def typed(*who: LeasedBackend) -> list[tuple[float, Usage]]:
        asked = [
            await ask(backend.stream, key(shown[backend], LINE[:end], "doc"))
            for end in range(1, len(LINE))
            for backend in who
        ]
        # What is typed first is met by what the run before has left.
        return asked[len(who) :]

    for backend, text in shown.items():
        warm = Prompt((Text(text),), 0, slot="doc#0", purpose="warm")
        await last_of(backend.stream, warm)
        # Each has a spare window in the making as well.
        await last_of(backend.stream, replace(warm, segments=(Text(texts.take()),), slot="doc#1"))
        await ask(backend.stream, key(text, "", "doc"))
    await typed(one)
    singly, turns = list[tuple[float, Usage]](), list[tuple[float, Usage]]()
    for _ in range(REPEATS):
        singly += await typed(one)
        turns += await typed(one, other)
    alone, both = costs(singly), costs(turns)
    both["p50 to alone"] = both["p50"] / alone["p50"]
    both["p95 to alone"] = both["p95"] / alone["p95"]
    both["engine p50 to alone"] = both["engine p50"] / alone["engine p50"]
    return {"typing, one": alone, "typing, two in turn": both}


def costs(asked: list[tuple[float, Usage]]) -> dict[str, float]:
    """Times and tokens of some answers."""
    evaluated = [usage.prompt_tokens for _, usage in asked]
    return {
        **percentiles([first for first, _ in asked]),
        "engine p50": percentiles([usage.prompt_ms for _, usage in asked])["p50"],
        "tokens mean": mean(evaluated),
        "tokens most": max(evaluated),
    }


# --- asking ----------------------------------------------------------------------------------


def key(known: str, typed: str, name: str) -> Prompt:
    """What a key press asks, in the first window of a document."""
    return Prompt((Text(known + typed),), 4, slot=f"{name}#0", grammar=ANYTHING)


async def ask(stream: Streamer, prompt: Prompt) -> tuple[float, Usage]:
    """Milliseconds to the first chunk, and what the answer cost."""
    begun, first, usage = time.perf_counter(), 0.0, Usage()
    async with aclosing(stream(prompt)) as chunks:
        async for chunk in chunks:
            first = first or (time.perf_counter() - begun) * 1000
            usage = chunk.usage or usage
    return first, usage


async def last_of(stream: Streamer, prompt: Prompt) -> Chunk:
    """The last chunk."""
    last = Chunk("")
    async with aclosing(stream(prompt)) as chunks:
        async for chunk in chunks:
            last = chunk
    return last


@asynccontextmanager
async def hosted(spec: HostSpec) -> AsyncIterator[tuple[LeasedBackend, LeasedBackend]]:
    """Two editor windows on one host."""
    backends = [LeasedBackend(spec, ready_seconds=60) for _ in range(2)]
    try:
        for backend in backends:
            await backend.ready()
        yield backends[0], backends[1]
    finally:
        for backend in backends:
            await backend.aclose()


if __name__ == "__main__":
    main()

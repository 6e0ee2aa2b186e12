"""`lsp-copilot bench` without a folder: rates and the wait for the first token, model by model."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from completion.errors import CopilotError
from completion.evaluate import speed
from completion.settings import Settings
from lsp_server.cli import bench_models, bench_picture
from lsp_server.cli.bench_models import Candidate
from lsp_server.cli.bench_picture import Bar, Chart, Ticker
from lsp_server.options import Resolved


@dataclass(frozen=True, slots=True)
class Row:
    """A model and its speed; `load_seconds` is from the start of its host until it was ready."""

    candidate: Candidate
    load_seconds: float
    speed: speed.Speed


def run(arguments: argparse.Namespace, resolved: Resolved) -> int:
    """Measure and print: exit code 0 when at least one model was measured."""
    candidates, notes = bench_models.present(resolved.settings, arguments.only)
    with Ticker() as tick:
        rows, failed = asyncio.run(_measure(candidates, resolved.settings, arguments.rounds, tick))
    notes += failed
    if arguments.picture is not None and rows:
        bench_picture.write(arguments.picture, _charts(rows))
    if arguments.json:
        print(json.dumps({"machine": _machine(), "models": [_as_dict(row) for row in rows], "notes": notes}))
    else:
        print("\n".join([*table(rows), "", *_explained(rows, resolved.settings.latency_ms), *notes]))
    return 0 if rows else 1


def table(rows: list[Row]) -> list[str]:
    """Lines of a table; milliseconds and tokens a second."""
    width = max([len("model"), *(len(row.candidate.label) for row in rows)])
    lines = [
        f"{'':<{width}}  {'':<8}{'':>8}{'':>8}{'read':>9}{'write':>9}{'first token, ms':>18}",
        f"{'model':<{width}}  {'type':<8}{'MB':>8}{'load s':>8}{'tok/s':>9}{'tok/s':>9}{'new':>9}{'+3 tok':>9}",
    ]
    for row in rows:
        one, found = row.candidate, row.speed
        lines.append(
            f"{one.label:<{width}}  {one.quantization:<8}{one.bytes / 1e6:>8.0f}{row.load_seconds:>8.1f}"
            f"{found.prompt_rate:>9.0f}{found.write_rate:>9.0f}{found.cold_ms:>9.0f}{found.warm_ms:>9.1f}"
        )
    return lines


async def _measure(
    candidates: list[Candidate], settings: Settings, rounds: int, tick: Ticker
) -> tuple[list[Row], list[str]]:
    text = await asyncio.to_thread(Path(argparse.__file__).read_text, "utf-8")
    rows, failed = [], []
    for candidate in candidates:

        def on_round(number: int, label: str = candidate.label) -> None:
            tick(f"{label}: round {number} of {rounds}" if number else f"{label}: warming up")

        tick(f"{candidate.label}: loading")
        begun = time.perf_counter()
        try:
            async with bench_models.opened(candidate, settings) as backend:
                loaded = time.perf_counter() - begun
                tokens = candidate.spec.prompt_tokens
                found = await speed.measure(backend, backend.tokenize, tokens, text, rounds, on_round)
        except CopilotError as error:
            failed.append(f"{candidate.label} is left out: {error}")
            continue
        rows.append(Row(candidate, loaded, found))
    return rows, failed


def _explained(rows: list[Row], budget_ms: int) -> list[str]:
    if not rows:
        return []
    rounds, tokens = rows[0].speed.rounds, rows[0].speed.prompt_tokens
    return [
        *bench_picture.lines(_charts(rows)[0]),
        "",
        f"Medians of {rounds} rounds. new: a prompt of about {tokens} tokens that was never seen; +3 tok: the same one",
        "with three tokens typed at its end, as at every key. Your budget for a first line (latency_ms) is",
        f"{budget_ms} ms. How good they are is another question: lsp-copilot bench REPO",
    ]


def _charts(rows: list[Row]) -> list[Chart]:
    waits = [
        bar
        for row in rows
        for bar in (
            Bar(f"{row.candidate.label}, new", row.speed.cold_ms),
            Bar(f"{row.candidate.label}, +3 tok", row.speed.warm_ms, lighter=1),
        )
    ]
    rates = [
        bar
        for row in rows
        for bar in (
            Bar(f"{row.candidate.label}, read", row.speed.prompt_rate),
            Bar(f"{row.candidate.label}, write", row.speed.write_rate, lighter=1),
        )
    ]
    return [Chart("Wait for the first token, ms", waits), Chart("Tokens a second", rates)]


def _machine() -> dict[str, object]:
    load = round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
    return {"cores": os.cpu_count(), "architecture": platform.machine(), "system": platform.system(), "load": load}


def _as_dict(row: Row) -> dict[str, object]:
    one = row.candidate
    about = {"model": one.label, "quantization": one.quantization, "bytes": one.bytes, "file": one.path.name}
    return {
        **about,
        "load_seconds": round(row.load_seconds, 2),
        **{k: round(v, 2) for k, v in asdict(row.speed).items()},
    }

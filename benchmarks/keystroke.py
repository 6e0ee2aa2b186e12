"""What a key press costs beside the engine, on a file of 2,000 lines, through the real server.

    python -m benchmarks.keystroke [--keys 120]

A real function is typed key by key into the middle of a real file (from the standard library); every
key is a `didChange` and an `inlineCompletion`, sent over pipes with debouncing off. For each answered
request the server's own log says how long the engine took; the rest is ours:

    before   request read → engine called (position, snapshot, parse, context, prompt)
    after    engine answered → suggestion ready (filters, verification)
    wire     everything else: JSON both ways, pipes, threads and the client

Keys answered from the cache are reported apart. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import re
import statistics
import tempfile
import textwrap
import time
from pathlib import Path

from tests.lsp.wire import Client

LINES = 2000
URI = "file:///workspace/module.py"
_LOGGED = re.compile(r"request (\d+) textDocument/inlineCompletion .*?before=([\d.]+) engine=([\d.]+) after=([\d.]+)")


def main() -> None:
    """Run the trace and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", type=int, default=120, help="keys to type")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lspb") as folder:
        rows, cached = trace(arguments.keys, Path(folder))
    report = {name: percentiles([row[name] for row in rows]) for name in ("before", "after", "wire", "engine")}
    report["overhead"] = percentiles([row["before"] + row["after"] + row["wire"] for row in rows])
    print(f"{'ms':<10}{'p50':>8}{'p95':>8}{'max':>8}")
    for name, values in report.items():
        print(f"{name:<10}{values['p50']:>8.2f}{values['p95']:>8.2f}{values['max']:>8.2f}")
    cache = percentiles(cached) if cached else None
    load = round(os.getloadavg()[0], 1)
    print(
        json.dumps(
            {"lines": LINES, "keys": len(rows), "ms": report, "cached": len(cached), "cache_ms": cache, "load": load}
        )
    )


def trace(keys: int, folder: Path) -> tuple[list[dict[str, float]], list[float]]:
    """Type; returns the timings of requests that the engine answered, and round trips of those it did not see."""
    text, row, typed = material()
    settings = {"RUNTIME_DIR": folder, "LOG_DIR": folder, "CONFIG_DIR": folder, "IDLE_SECONDS": 0, "DEBOUNCE_MS": 0}
    environment = {f"LSP_COPILOT_{key}": str(value) for key, value in settings.items()}
    with Client(environment) as client:
        client.ask("initialize", {"processId": os.getpid(), "rootUri": None, "capabilities": {}})
        client.notify("initialized", {})
        document = {"uri": URI, "languageId": "python", "version": 1, "text": text}
        client.notify("textDocument/didOpen", {"textDocument": document})
        client.notification("$/lspCopilot/status", lambda status: status["kind"] == "normal" and status["model"] != "")
        round_trips: dict[int, float] = {}
        column = 0
        for version, key in enumerate(typed[:keys], start=2):
            at = {"line": row, "character": column}
            change = {"range": {"start": at, "end": at}, "text": key}
            row, column = (row + 1, 0) if key == "\n" else (row, column + 1)
            started = time.perf_counter()
            identifier = {"uri": URI, "version": version}
            client.notify("textDocument/didChange", {"textDocument": identifier, "contentChanges": [change]})
            number = client.request(
                "textDocument/inlineCompletion",
                {
                    "textDocument": {"uri": URI},
                    "position": {"line": row, "character": column},
                    "context": {"triggerKind": 1},
                },
            )
            client.answer(number)
            round_trips[number] = (time.perf_counter() - started) * 1000
        client.ask("shutdown")
        client.notify("exit")
        client.wait()
        logged = {int(number): tuple(map(float, times)) for number, *times in _LOGGED.findall(client.log)}
    rows = [
        {"before": before, "engine": engine, "after": after, "wire": round_trips[number] - before - engine - after}
        for number, (before, engine, after) in logged.items()
    ]
    return rows, [value for number, value in round_trips.items() if number not in logged]


def material() -> tuple[str, int, str]:
    """A file of `LINES` lines without one of its functions, the line where it stood, and its text."""
    import argparse as module

    whole = inspect.getsource(module)
    function = textwrap.indent(textwrap.dedent(inspect.getsource(module.ArgumentParser.parse_known_args)), "    ")
    start = whole.index(function)
    text = whole[:start] + "\n" + whole[start + len(function) :]
    row = text.count("\n", 0, start)
    lines = text.split("\n")[:LINES]
    if row >= LINES:
        lines = text.split("\n")[row - LINES // 2 : row + LINES // 2]
        row = LINES // 2
    return "\n".join(lines), row, function


def percentiles(values: list[float]) -> dict[str, float]:
    """p50, p95 and the maximum."""
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return {"p50": round(statistics.median(ordered), 2), "p95": round(p95, 2), "max": round(ordered[-1], 2)}


if __name__ == "__main__":
    main()

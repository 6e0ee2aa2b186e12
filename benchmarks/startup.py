"""How long the editor waits for the language server: from spawn to the reply to `initialize`.

Compared with a bare pygls server in alternating runs, because machines are noisy; and the memory of a
serving server without its engine. Prints a line for each run and one JSON line last.

    python benchmarks/startup.py [--runs 11]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

import psutil

MAX_RATIO = 1.3
MAX_RSS_MB = 120.0

BARE = """
from lsprotocol import types
from pygls.lsp.server import LanguageServer

server = LanguageServer("bare", "1")

@server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
def inline_completion(params):
    return types.InlineCompletionList(items=[])

server.start_io()
"""
SOURCE = "class Point:\n    def __init__(self, x, y):\n        self.x = x\n        "


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=11, help="runs of each server (default: 11)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lspc") as name:
        environment = isolated(Path(name))
        bare = Path(name, "bare_server.py")
        bare.write_text(BARE)
        commands = {
            "bare": [sys.executable, "-P", str(bare)],
            "ours": [sys.executable, "-P", "-m", "lsp_server", "--stdio"],
        }
        for command in commands.values():
            initialize_seconds(command, environment)  # byte code and disk caches
        times: dict[str, list[float]] = {"bare": [], "ours": []}
        for number in range(arguments.runs):
            for server, command in commands.items():
                seconds = initialize_seconds(command, environment)
                times[server].append(seconds)
                print(f"run {number + 1:2d} {server}: {seconds * 1000:6.0f} ms", flush=True)
        rss = resident_megabytes(commands["ours"], environment)
    medians = {server: statistics.median(values) for server, values in times.items()}
    ratio = medians["ours"] / medians["bare"]
    result = {
        "benchmark": "startup",
        "runs": arguments.runs,
        "bare_ms": round(medians["bare"] * 1000, 1),
        "ours_ms": round(medians["ours"] * 1000, 1),
        "ratio": round(ratio, 3),
        "rss_mb": round(rss, 1),
        "ok": ratio <= MAX_RATIO and rss <= MAX_RSS_MB,
    }
    print(json.dumps(result))


def isolated(folder: Path) -> dict[str, str]:
    """An environment in which the user's settings and engines play no part."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LSP_COPILOT_")}
    own = {f"LSP_COPILOT_{key}_DIR": str(folder) for key in ("CONFIG", "RUNTIME", "LOG")}
    return {**kept, **own, "LSP_COPILOT_IDLE_SECONDS": "0"}


def initialize_seconds(command: list[str], environment: dict[str, str]) -> float:
    """Seconds from the start of the process to its reply to `initialize`."""
    started = time.perf_counter()
    with start(command, environment) as server:
        request(server, 1, "initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        answer(server, 1)
        seconds = time.perf_counter() - started
        stop(server)
    return seconds


def resident_megabytes(command: list[str], environment: dict[str, str]) -> float:
    """Memory of the server process alone after it has served completions."""
    with start(command, environment) as server:
        request(server, 1, "initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        answer(server, 1)
        notify(server, "initialized", {})
        uri = "file:///benchmark/point.py"
        for number in range(2, 22):
            document = {"uri": uri, "languageId": "python", "version": number, "text": f"# {number}\n{SOURCE}"}
            notify(server, "textDocument/didOpen", {"textDocument": document})
            context = {"triggerKind": 1}
            params = {"textDocument": {"uri": uri}, "position": {"line": 4, "character": 8}, "context": context}
            request(server, number, "textDocument/inlineCompletion", params)
            answer(server, number)
        megabytes = psutil.Process(server.pid).memory_info().rss / 1e6
        stop(server)
    return megabytes


def start(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """A server on pipes."""
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    )


def stop(server: subprocess.Popen[bytes]) -> None:
    """`shutdown` and `exit`."""
    request(server, 9999, "shutdown", None)
    answer(server, 9999)
    notify(server, "exit", None)
    stream(server.stdin).close()
    server.wait(20)


def request(server: subprocess.Popen[bytes], number: int, method: str, params: object) -> None:
    """Send a request."""
    send(server, {"jsonrpc": "2.0", "id": number, "method": method, "params": params})


def notify(server: subprocess.Popen[bytes], method: str, params: object) -> None:
    """Send a notification."""
    send(server, {"jsonrpc": "2.0", "method": method, "params": params})


def send(server: subprocess.Popen[bytes], message: object) -> None:
    """Send one message."""
    body = json.dumps(message).encode()
    pipe = stream(server.stdin)
    pipe.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    pipe.flush()


def answer(server: subprocess.Popen[bytes], number: int) -> object:
    """Read up to the answer to a request, which must be a result."""
    pipe = stream(server.stdout)
    while True:
        length = 0
        while line := pipe.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if not length:
            raise SystemExit("the server has ended")
        message = json.loads(pipe.read(length))
        if message.get("id") == number and "method" not in message:
            return message["result"]


def stream(pipe: IO[bytes] | None) -> IO[bytes]:
    """A pipe that was asked for."""
    assert pipe is not None
    return pipe


if __name__ == "__main__":
    main()

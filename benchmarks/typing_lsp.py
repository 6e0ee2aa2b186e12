"""Our policy: the whole server over standard input and output, on an engine host that is watched."""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from benchmarks import typing_engine
from benchmarks.typing_policies import Answer, Generation, Waiting
from benchmarks.typing_traces import State, Trace
from tests.lsp.wire import Client, NoMessage

_LOGGED = re.compile(r"request (\d+) textDocument/inlineCompletion (.*)")
_PAIR = re.compile(r"\b(\w+)=([\w.-]+)")


class Ours:
    """Windows of one user: a server each, and one host for all. `settings` are ours by name."""

    name = "ours"

    def __init__(self, folder: Path, settings: dict[str, object], oracle: Path | None) -> None:
        self._folder = folder
        self._record = folder / "record.jsonl"
        kept = {key: value for key, value in os.environ.items() if not key.startswith("LSP_COPILOT_")}
        places = dict.fromkeys(("RUNTIME_DIR", "LOG_DIR", "CONFIG_DIR", "CACHE_DIR"), str(folder))
        own = {"IDLE_SECONDS": 60, "ENGINE_PYTHON": typing_engine.interpreter(folder), "MODELS_DIR": folder, **places}
        named = {f"LSP_COPILOT_{key.upper()}": str(value) for key, value in {**own, **settings}.items()}
        watch = {typing_engine.RECORD_VARIABLE: str(self._record)}
        if oracle is not None:
            watch[typing_engine.ORACLE_VARIABLE] = str(oracle)
        # Server and host from this very checkout, whatever is installed.
        here = {"PYTHONPATH": str(Path(__file__).resolve().parents[1])}
        self._environment = {**kept, **named, **watch, **here}
        self._windows: list[LspWindow] = []

    def window(self) -> LspWindow:
        """See `Policy`."""
        window = LspWindow(Client(self._environment))
        self._windows.append(window)
        return window

    def engine_seconds(self) -> float:
        """See `Policy`."""
        addresses = [json.loads(path.read_text("utf-8")) for path in self._folder.glob("*.json")]
        hosts = [address["pid"] for address in addresses if "pid" in address]
        return sum(_seconds(pid) for pid in hosts)

    def client_seconds(self) -> float:
        """See `Policy`."""
        return sum(_seconds(window.pid) for window in self._windows)

    def generations(self) -> Sequence[Generation]:
        """See `Policy`."""
        return [
            Generation(
                row["begun"],
                int(row["prompt"]),
                int(row["written"]) if row["asked"] > 1 else 0,
                background=row["purpose"] != "answer",
                first=row["first"],
                ended=row["ended"],
            )
            for row in self._rows()
        ]

    def close(self) -> None:
        """See `Policy`."""
        for window in self._windows:
            window.close()
        # Hosts stay for a while after the last window has left.
        hosts = [process for process in psutil.process_iter(["environ"]) if self._is_ours(process)]
        for host in hosts:
            with contextlib.suppress(psutil.NoSuchProcess):
                host.terminate()
        psutil.wait_procs(hosts, timeout=15)

    def completed(self, window: LspWindow, answers: dict[int, Answer]) -> dict[int, Answer]:
        """The answers of a window by request, with the time to the first token where the engine was asked.

        The server's log says it (`first`); where it does not, it is the host's time of the first token, less the
        time of the question: the answer's, less what the log says of the engine and what came after it.
        """
        rows = self._rows()
        logged = window.logged()
        found = dict(answers)
        for number, answer in answers.items():
            values = logged.get(number, {})
            if "engine" not in values:
                continue
            asked = answer.at - (float(values["engine"]) + float(values.get("after", 0.0))) / 1000
            firsts = [row["first"] for row in rows if asked - 0.002 <= row["first"] <= answer.at]
            first = (min(firsts) - asked) * 1000 if firsts else 0.0
            if "first" in values:
                first = float(values["first"])
            found[number] = replace(answer, first_ms=first, generated=True, mode=values.get("mode", ""))
        return found

    def _rows(self) -> list[dict[str, Any]]:
        if not self._record.is_file():
            return []
        return [json.loads(line) for line in self._record.read_text("utf-8").splitlines() if line.endswith("}")]

    def _is_ours(self, process: psutil.Process) -> bool:
        environment = process.info.get("environ") or {}
        return environment.get(typing_engine.RECORD_VARIABLE) == str(self._record)


class LspWindow:
    """One server and its document."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.pid = client.process.pid
        self._uri, self._version, self._count = "", 0, 0
        client.initialize()
        client.open("file:///typing/empty.py", "\n")
        client.notification("$/lspCopilot/status", lambda status: status["message"] == "Ready.", patience=120)

    def open(self, trace: Trace) -> None:
        """See `Window`."""
        if self._uri:
            self._client.notify("textDocument/didClose", {"textDocument": {"uri": self._uri}})
        self._count += 1
        path, _, line = trace.name.partition(":")
        self._uri, self._version = f"file:///typing/{self._count}-{line}/{path}", 1
        self._client.open(self._uri, trace.prefix + trace.suffix, trace.language)

    def key(self, state: State) -> Waiting:
        """See `Window`."""
        edit = state.edit
        if edit is not None:
            self._version += 1
            start = {"line": edit.line, "character": edit.character}
            end = {"line": edit.line, "character": edit.character + edit.replaced}
            self._client.change(self._uri, self._version, {"range": {"start": start, "end": end}, "text": edit.text})
        return Waiting(self._client.complete(self._uri, state.line, state.character, invoked=False))

    def answer(self, waiting: Waiting, until: float) -> Answer | None:
        """See `Window`."""
        number = waiting.number
        try:
            message = self._client.answer(number, max(0.0, until - time.monotonic()))
        except NoMessage:
            if self._client.process.poll() is not None:
                raise
            return None
        at = time.monotonic()
        if "error" in message:
            return None
        items = message["result"]["items"]
        return Answer(items[0]["insertText"] if items else "", at)

    def logged(self) -> dict[int, dict[str, str]]:
        """By request: the pairs of its log line."""
        return {int(number): dict(_PAIR.findall(rest)) for number, rest in _LOGGED.findall(self._client.log)}

    def close(self) -> None:
        """See `Window`."""
        if self._client.process.poll() is None:
            self._client.close()
            self._client.__exit__(None, None, None)


def _seconds(pid: int) -> float:
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)

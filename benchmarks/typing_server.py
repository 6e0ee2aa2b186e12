"""The engine library's own HTTP server, for clients that talk to it themselves: the same build, model and threads.

    python -m benchmarks.typing_server FILE THREADS CONTEXT BATCH SLOTS

serves: it prints the address as one line of JSON when the model is loaded, and ends with its standard input.
`Server` is the other side: it starts that process and speaks to it.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from benchmarks.typing_oracle import Oracle, tokens_of
from benchmarks.typing_policies import Generation
from completion.engine.starter import ENGINE_ENVIRONMENT

CACHE_REUSE = 256
"""As llama.vscode starts its server: --cache-reuse 256."""

ANSWER_TOKENS = 128
_FAVOURED = 1000.0


def main() -> None:
    """Serve."""
    import xllamacpp

    path, threads, context, batch, slots = sys.argv[1], *map(int, sys.argv[2:6])
    parameters = xllamacpp.CommonParams()
    parameters.model.path = path
    parameters.n_ctx = context * slots
    parameters.n_parallel = slots
    parameters.kv_unified = False
    parameters.n_batch = parameters.n_ubatch = batch
    parameters.n_cache_reuse = CACHE_REUSE
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    parameters.load_mode = 0
    parameters.fit_params = False
    parameters.ui = False
    parameters.offline = True
    parameters.use_jinja = False
    parameters.chat_template = "chatml"
    parameters.verbosity = 1
    parameters.hostnames = ["127.0.0.1"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        parameters.port = free.getsockname()[1]
    server = xllamacpp.Server(parameters)
    print(json.dumps({"url": str(server.listening_address)}), flush=True)
    sys.stdin.read()


@dataclass(frozen=True, slots=True)
class Setup:
    """One model and how it is served. Without an oracle the model's own text counts.

    `controls` are the tokens in front of prefix, suffix and answer; `context` is one slot's, in tokens.
    """

    file: Path
    threads: int
    context: int
    controls: tuple[str, str, str]
    oracle: Oracle | None
    others: Sequence[tuple[str, str]] = field(default=())


class Server:
    """The server process of one policy, and an event loop in a thread for its clients."""

    def __init__(self, name: str, setup: Setup, slots: int) -> None:
        self.name = name
        self.setup = setup
        self.done: list[Generation] = []
        # llama.vscode's -b 1024, or what a small context leaves beside the answer.
        self.batch = min(1024, setup.context - ANSWER_TOKENS - 24)
        command = [sys.executable, "-m", "benchmarks.typing_server", str(setup.file), str(setup.threads)]
        self._process = subprocess.Popen(
            [*command, str(setup.context), str(self.batch), str(slots)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **ENGINE_ENVIRONMENT},
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{setup.file} could not be served.")
        self._port = int(json.loads(line)["url"].rpartition(":")[2])
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self._more: dict[str, Any] = {}
        if setup.oracle is not None:
            token = self.run(self._json("/tokenize", {"content": "\n"})).result(60)["tokens"][-1]
            # Every token of the noise becomes a line break: one event each, and `t_max_predict_ms` counts after one.
            self._more = {"ignore_eos": True, "logit_bias": [[token, _FAVOURED]]}

    def run(self, work: Coroutine[Any, Any, Any]) -> Future[Any]:
        """Run in the clients' loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def engine_seconds(self) -> float:
        """See `Policy`."""
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    def client_seconds(self) -> float:
        """See `Policy`: it runs in our own process, and is not told apart."""
        return 0.0

    def generations(self) -> Sequence[Generation]:
        """See `Policy`."""
        return list(self.done)

    def close(self) -> None:
        """See `Policy`."""
        self.run(self._settled()).result(60)
        self.loop.call_soon_threadsafe(self.loop.stop)
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.kill()
        self._process.wait()

    async def _settled(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def ask(
        self, path: str, body: Mapping[str, Any], count: int, before: str, *, stop: str = "", background: bool = False
    ) -> tuple[str, float, float]:
        """One streamed request of at most `count` tokens; returns the text up to `stop`, and two times in milliseconds:
        to the first token, and until the server turned to it.

        What the oracle says of `before` replaces the text. Leaving early hangs up.
        """
        says = tokens_of(self.setup.oracle.answer(before))[:count] if self.setup.oracle is not None else None
        begun = time.monotonic()
        text, first, turned, tokens, prompt = "", 0.0, 0.0, 0, 0
        more = {"n_predict": max(1, len(says)) if says is not None else count, "stream": True, "return_progress": True}
        try:
            async with aclosing(self._events(path, {**body, **more, **self._more})) as events:
                async for event in events:
                    if (progress := event.get("prompt_progress")) is not None:
                        turned = turned or (time.monotonic() - begun) * 1000
                        prompt = int(progress["total"]) - int(progress["cache"])
                        continue
                    prompt = int((event.get("timings") or {}).get("prompt_n", prompt))
                    part = event["content"] if "content" in event else event["choices"][0]["text"]
                    if event.get("stop") or not (part or event.get("tokens")):
                        continue
                    first = first or (time.monotonic() - begun) * 1000
                    text += part if says is None else says[tokens] if tokens < len(says) else ""
                    tokens += 1
                    if stop and stop in text.lstrip("\n"):
                        break
        finally:
            came = begun + first / 1000 if first else 0.0
            self.done.append(Generation(begun, prompt, tokens, background, came, time.monotonic()))
        end = text.find(stop, len(text) - len(text.lstrip("\n"))) if stop else -1
        return (text if end < 0 else text[:end]), first, turned

    async def _events(self, path: str, body: Mapping[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 22)
        try:
            await self._send(writer, path, body)
            status = await reader.readline()
            if b" 200 " not in status:
                raise RuntimeError((await reader.read())[:400])
            while line := await reader.readline():
                if line.startswith(b"data: {"):
                    yield json.loads(line[6:])
        finally:
            writer.close()

    async def _json(self, path: str, body: Mapping[str, Any]) -> Any:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        await self._send(writer, path, body)
        answer = await reader.read()
        writer.close()
        return json.loads(answer.partition(b"\r\n\r\n")[2])

    async def _send(self, writer: asyncio.StreamWriter, path: str, body: Mapping[str, Any]) -> None:
        data = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\n"
        writer.write(head.encode() + b"Content-Length: %d\r\n\r\n" % len(data) + data)
        await writer.drain()


if __name__ == "__main__":
    main()

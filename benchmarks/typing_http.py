"""Policies of clients that speak HTTP to the engine library's own server: llama.vscode's, and a naive one.

llama.vscode (read from its source, version of 2026-08-19): no debounce; one request at a time, never aborted; keys
that wait look every 150 ms whether it is their turn, and give up when they are stale; `/infill` with 256 lines
before and 64 behind, `n_predict` 128, `t_max_predict_ms` 500, `n_cmpl` 1 (its default of 3 costs more), slot 0;
results are kept by a hash of the prompt and found again by what was typed since on the line; after each answer one
more request for the state behind it. Naive: 300 ms debounce, a text prompt in the order prefix, suffix, middle, the
answer streamed up to the line's end, aborted by hanging up. Both are streamed here to see the first token.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from concurrent.futures import Future
from typing import Any

from benchmarks.typing_policies import Answer, Waiting
from benchmarks.typing_server import Server, Setup
from benchmarks.typing_traces import State, Trace

DEBOUNCE_SECONDS = 0.3
POLL_SECONDS = 0.15
LINES_BEFORE, LINES_BEHIND = 256, 64
N_PREDICT, T_MAX_PREDICT_MS = 128, 500
MAX_LINE_SUFFIX = 8
RING_LINES, RING_CHUNKS = 32, 4
KEPT = 250
NAIVE_TOKENS = 64


class HttpPolicy(Server):
    """Windows on one such server. llama.vscode asks for slot 0 always, so that it gets the whole context in one."""

    def __init__(self, name: str, setup: Setup) -> None:
        super().__init__(name, setup, slots=1 if name == "llama.vscode" else 2)

    def window(self) -> Client:
        """See `Policy`."""
        return LlamaVscode(self) if self.name == "llama.vscode" else Naive(self)


class Client:
    """A window: keys become tasks in the server's loop."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._newest = 0
        self._running: dict[int, Future[Answer | None]] = {}

    def open(self, trace: Trace) -> None:
        """See `Window`."""

    def key(self, state: State) -> Waiting:
        """See `Window`."""
        self._newest += 1
        number = self._newest
        self._superseded(self._running.get(number - 1))
        self._running[number] = self._server.run(self._answer(number, state))
        return Waiting(number)

    def answer(self, waiting: Waiting, until: float) -> Answer | None:
        """See `Window`."""
        try:
            found: Answer | None = self._running[waiting.number].result(max(0.0, until - time.monotonic()))
        except TimeoutError:
            return None
        return found

    def close(self) -> None:
        """See `Window`."""
        self._newest += 1
        self._superseded(self._running.get(self._newest - 1))

    def _superseded(self, older: Future[Answer | None] | None) -> None:
        """A newer key has come."""

    async def _answer(self, number: int, state: State) -> Answer | None:
        raise NotImplementedError


class Naive(Client):
    """Waits for a pause, asks for the line, hangs up at the next key."""

    def _superseded(self, older: Future[Answer | None] | None) -> None:
        if older is not None and not older.done():
            older.cancel()

    async def _answer(self, number: int, state: State) -> Answer | None:
        await asyncio.sleep(DEBOUNCE_SECONDS)
        prefix, suffix, middle = self._server.setup.controls
        room = int((self._server.setup.context - NAIVE_TOKENS) * 2.4)
        before, behind = state.before[-min(6000, room * 3 // 4) :], state.after[: min(2000, room // 4)]
        body = {"prompt": f"{prefix}{before}{suffix}{behind}{middle}", "cache_prompt": True, "temperature": 0.0}
        text, first, turned = await self._server.ask("/v1/completions", body, NAIVE_TOKENS, state.before, stop="\n")
        return Answer(text if text.strip() else "", time.monotonic(), first, generated=True, begun_ms=turned)


class LlamaVscode(Client):
    """See the module's description."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._busy = False
        self._kept: OrderedDict[tuple[str, str, str], str] = OrderedDict()
        self._preparing = set[asyncio.Task[None]]()
        # The server lets chunks fill a context to the last token; in a small one nothing could be answered then.
        room = RING_CHUNKS if server.setup.context >= 2 * server.batch else 0
        self._ring = [{"filename": name, "text": text} for name, text in server.setup.others[:room]]
        # Chunks are evaluated when they are taken in, before anybody asks.
        server.run(self._infill("", "", "", 1, background=True)).result(120)

    async def _answer(self, number: int, state: State) -> Answer | None:
        while self._busy:
            await asyncio.sleep(POLL_SECONDS)
            if number != self._newest:
                return None
        self._busy = True
        try:
            begin = state.before.rfind("\n") + 1
            lines = state.before[:begin].splitlines(keepends=True)
            before, prompt = "".join(lines[-LINES_BEFORE:]) or "\n", state.before[begin:]
            behind = "".join(state.after.splitlines(keepends=True)[: LINES_BEHIND + 1])
            if len(behind.partition("\n")[0]) > MAX_LINE_SUFFIX:
                return Answer("", time.monotonic())
            if not prompt.strip():
                prompt = ""
            known, first, turned = self._find(before, behind, prompt), 0.0, 0.0
            text = known
            if text is None:
                text, first, turned = await self._infill(before, behind, prompt, N_PREDICT)
                text = text.rstrip("\n")
                if text.strip():
                    self._keep((before, behind, prompt), text)
        finally:
            self._busy = False
        if text.strip() and number == self._newest and not behind.partition("\n")[0].strip():
            task = self._server.loop.create_task(self._prepare(before, behind, prompt, text))
            self._preparing.add(task)
            task.add_done_callback(self._preparing.discard)
        text = text if text.strip() else ""
        return Answer(text, time.monotonic(), first, generated=known is None, begun_ms=turned)

    async def _prepare(self, before: str, behind: str, prompt: str, text: str) -> None:
        """What comes after the suggestion, should it be accepted."""
        head, _, last = (prompt + text).rpartition("\n")
        before, prompt = (before + head + "\n" if head else before), last
        before = "".join(before.splitlines(keepends=True)[-LINES_BEFORE:])
        if (before, behind, prompt) in self._kept:
            return
        text, _, _ = await self._infill(before, behind, prompt, N_PREDICT, background=True)
        if text.strip():
            self._keep((before, behind, prompt), text.rstrip("\n"))

    async def _infill(
        self, before: str, behind: str, prompt: str, count: int, *, background: bool = False
    ) -> tuple[str, float, float]:
        body: dict[str, Any] = {
            "input_prefix": before,
            "input_suffix": behind,
            "input_extra": self._ring,
            "prompt": prompt,
            "top_k": 40,
            "top_p": 0.99,
            "cache_prompt": True,
            "id_slot": 0,
            "t_max_predict_ms": T_MAX_PREDICT_MS,
            # Its third sampler ends the text at once where all tokens are equally likely, as with noise.
            "samplers": ["top_k", "top_p", *(["infill"] if self._server.setup.oracle is None else [])],
        }
        return await self._server.ask("/infill", body, count, before + prompt, background=background)

    def _find(self, before: str, behind: str, prompt: str) -> str | None:
        for end in range(len(prompt), -1, -1):
            text, typed = self._kept.get((before, behind, prompt[:end])), prompt[end:]
            if text is not None and text.startswith(typed):
                return text[len(typed) :]
        return None

    def _keep(self, key: tuple[str, str, str], text: str) -> None:
        self._kept[key] = text
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

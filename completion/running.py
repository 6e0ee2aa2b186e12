"""Generations that outlive the request that began them: the next key may be what one of them is about to say.

A `Generation` reads one stream to its end, a stop rule or the deadline. Requests wait for it, to its end or for as
long as a person looks; when the last one has left, it is stopped, unless another one comes within a moment. Knows
prompts and drafts, not documents or LSP.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from completion.postprocess.block import block_has_ended
from completion.postprocess.draft import Draft
from completion.prompt.anchors import behind_closers
from completion.types import Backend, Prompt, Usage

GRACE_SECONDS = 0.05
"""How long a generation that nobody waits for goes on: an editor cancels the old request and sends the new one."""

GOES_ON, UNSURE = "goes on", "unsure"

LINE_TOKENS = 16
"""Tokens of a usual line."""


@dataclass(frozen=True, slots=True)
class Generated:
    """What a generation has said.

    `finish` is the engine's reason ("stop", "length", "cancelled") or ours ("block end", "deadline", "stopped"; "goes
    on": this much was said when the time was up; "unsure": it was not worth being said to its end).
    `logprobs` are the natural-log token probabilities of the first line. `first_ms` and `line_ms` count from the
    generation's beginning to its first token and to the end of its first line, or to where a line of `LINE_TOKENS`
    would end at this pace.
    """

    text: str
    logprobs: tuple[float, ...]
    finish: str
    usage: Usage
    first_ms: float
    line_ms: float

    @property
    def goes_on(self) -> bool:
        """Whether it is only a beginning."""
        return self.finish == GOES_ON

    def behind(self, typed: str) -> Generated:
        """The rest, when the user has typed the beginning."""
        if not typed:
            return self
        # Which tokens were typed is not known exactly: as many as the share of the first line's text.
        first = self.text.split("\n", 1)[0]
        kept = max(0, len(first) - len(typed)) / max(1, len(first))
        count = round(kept * len(self.logprobs))
        logprobs = self.logprobs[len(self.logprobs) - count :]
        return Generated(self.text[len(typed) :], logprobs, self.finish, self.usage, 0.0, 0.0)


class Generation:
    """One answer on its way; made in a running event loop, begins at once.

    `said` is what an earlier one had said when it was stopped: `prompt` ends with it, and this one's text begins so.
    Where `is_hopeless` says so of the first line's log probabilities, it ends with no text ("unsure").
    """

    def __init__(
        self,
        backend: Backend,
        prompt: Prompt,
        draft: Draft,
        *,
        deadline_ms: float,
        said: str = "",
        is_hopeless: Callable[[Sequence[float]], bool] | None = None,
        on_text: Callable[[str], None] | None = None,
    ) -> None:
        self.draft = draft
        self.text = said
        self._backend = backend
        self._prompt = prompt
        self._deadline = deadline_ms / 1000
        self._on_text = on_text
        self._is_hopeless = is_hopeless
        self._logprobs: list[float] = []
        self._asked = time.perf_counter()
        self._first_ms = self._line_ms = 0.0
        self._chunks = 0
        self._waiting = 0
        self._leaving: asyncio.TimerHandle | None = None
        self._task = asyncio.get_running_loop().create_task(self._read())
        # Whoever waits gets the exception; when nobody does any more, it is of no interest.
        self._task.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def result(self, seconds: float | None = None) -> Generated:
        """Wait for the end, or so many seconds for what will have been said by then. Raises `EngineError`.

        Being cancelled here leaves the generation to others, if any come. After the time is up it goes on until it
        is stopped.
        """
        self._waiting += 1
        left_alone = False
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        try:
            if seconds is None:
                return await asyncio.shield(self._task)
            async with asyncio.timeout(max(0.0, seconds)):
                return await asyncio.shield(self._task)
        except TimeoutError:
            left_alone = True
            return self._so_far()
        except asyncio.CancelledError:
            me = asyncio.current_task()
            if me is not None and me.cancelling():
                raise
            # Not we were cancelled: somebody has stopped the generation.
            return Generated("", (), "stopped", Usage(), 0.0, 0.0)
        finally:
            self._waiting -= 1
            if not self._waiting and not left_alone and not self._task.done():
                self._leaving = asyncio.get_running_loop().call_later(GRACE_SECONDS, self._task.cancel)

    def typed(self, prefix: str, suffix: str) -> str | None:
        """What was typed since it began, if it may be about to say that; None where it is of no use."""
        if self._task.done() and (self._task.cancelled() or self._task.exception() is not None):
            return None
        same_place = behind_closers(suffix) == behind_closers(self.draft.suffix)
        if not same_place or not prefix.startswith(self.draft.prefix):
            return None
        typed = prefix[len(self.draft.prefix) :]
        so_far = self.text[: len(typed)]
        agrees = typed.startswith(so_far) and (len(self.text) > len(typed) or not self._task.done())
        return typed if agrees else None

    def stop(self) -> None:
        """End it: its connection closes, which stops the engine at its next token or batch."""
        self._task.cancel()

    def said_behind(self, draft: Draft) -> str:
        """What it had said, ended or stopped, behind what `draft` shows of it; "" where it was of another place."""
        if behind_closers(draft.suffix) != behind_closers(self.draft.suffix):
            return ""
        whole = self.draft.prefix + self.text
        return whole[len(draft.prefix) :] if whole.startswith(draft.prefix) else ""

    async def _read(self) -> Generated:
        finish, usage = "", Usage()
        try:
            async with asyncio.timeout(None) as limit, aclosing(self._backend.stream(self._prompt)) as chunks:
                async for chunk in chunks:
                    if not self._first_ms:
                        self._first_ms = _since(self._asked)
                        # The clock starts with the answer: loading and queueing have bounds of their own.
                        limit.reschedule(asyncio.get_running_loop().time() + self._deadline)
                    # Our host sends a chunk a token; of one with more, the tokens after the newline count too.
                    if "\n" not in self.text:
                        self._logprobs.extend(chunk.logprobs)
                        if self._is_hopeless is not None and self._is_hopeless(self._logprobs):
                            return replace(self._so_far(), text="", finish=UNSURE)
                    self.text += chunk.text
                    self._chunks += 1
                    if not self._line_ms and "\n" in self.text.lstrip("\n"):
                        self._line_ms = _since(self._asked)
                    if self._on_text is not None and chunk.text:
                        self._on_text(chunk.text)
                    usage = chunk.usage or usage
                    finish = chunk.finish_reason
                    if not finish and block_has_ended(self.draft.with_text(self.text)):
                        finish = "block end"
                    if finish:
                        break
        except TimeoutError:
            finish = "deadline"
            self.text = at_clean_boundary(self.text)
        if finish == "cancelled":
            self.text = at_clean_boundary(self.text)
        self._line_ms = self._line_ms or _since(self._asked)
        return Generated(self.text, tuple(self._logprobs), finish, usage, self._first_ms, self._line_ms)

    def _so_far(self) -> Generated:
        line_ms = self._line_ms
        if not line_ms:
            spent = _since(self._asked)
            a_token = (spent - self._first_ms) / max(1, self._chunks)
            line_ms = max(spent, self._first_ms + LINE_TOKENS * a_token)
        text = at_clean_boundary(self.text)
        return Generated(text, tuple(self._logprobs), GOES_ON, Usage(), self._first_ms, line_ms)


def at_clean_boundary(text: str) -> str:
    """The beginning of `text` that can stand alone where it was cut off: whole lines, or else whole words."""
    whole, newline, _ = text.rpartition("\n")
    if newline and whole.strip():
        return whole
    end = len(text)
    while end and (text[end - 1].isalnum() or text[end - 1] == "_"):
        end -= 1
    return text[:end].rstrip()


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000

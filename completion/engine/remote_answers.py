"""An answer on its way from a server to the editor: stop strings, the left-over of healing, the required start.

Servers do part of this themselves, each a little differently; what is promised above the waist is held here. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from completion.engine.healing import StopFilter
from completion.engine.kinds import Kind
from completion.engine.remote_events import chunk_of
from completion.engine.remote_prompts import BREAK, Asked, controls_of
from completion.models.catalog import ModelSpec
from completion.types import Chunk, Prompt, Usage


class Answer:
    """Events in, chunks out. After `finished` nothing more is read."""

    def __init__(self, kind: Kind, model: ModelSpec, prompt: Prompt, asked: Asked) -> None:
        self._kind = kind
        self._asked = asked
        self._unspelled = asked.start
        # Servers that get text may write out the control tokens that end an answer; none of them is text of it.
        controls = controls_of(model) if kind.prompt == "text" else ()
        self._stops = StopFilter((*prompt.stops, *controls), skip=asked.swallowed)
        self._missing = "" if asked.start else prompt.required_start
        self._held = ""
        self._logprobs: tuple[float, ...] = ()
        self._reason = ""
        self._usage: Usage | None = None
        self.finished = False
        """The end has been seen. Usage may still follow in an event of its own."""
        self.complete = False
        """Nothing that follows could matter."""
        self.cut = False
        """It was ended here; the server does not know and goes on."""

    def feed(self, event: Mapping[str, Any]) -> Chunk | None:
        """The part of the answer that `event` brings. Raises `ValueError` for a field that is not of its type."""
        chunk = chunk_of(self._kind, event, self._unspelled)
        self._usage = chunk.usage or self._usage
        if self.finished:
            self.complete = self._usage is not None
            return None
        self._unspelled = self._unspelled[len(chunk.text) :]
        self._reason = chunk.finish_reason
        self.finished = bool(self._reason)
        raw = chunk.text.replace(BREAK, "") if self._asked.mended else chunk.text
        # How probable the left-over was says nothing about the answer.
        logprobs = () if self._stops.swallows(raw) else chunk.logprobs
        text = self._stops.feed(raw)
        if self._stops.stopped:
            self._end("stop")
        elif self.finished:
            text += self._stops.flush()
            self.complete = self._usage is not None
        return self._checked(text, logprobs)

    def last(self) -> Chunk:
        """The end of the answer, with its reason and what the server said it cost."""
        return Chunk("", finish_reason=self._reason, usage=self._usage)

    def _checked(self, text: str, logprobs: tuple[float, ...]) -> Chunk | None:
        """`text`, once the answer is known to begin as it must; an answer that does not is dropped."""
        if not self._missing:
            return Chunk(text, logprobs) if text or logprobs else None
        self._held += text
        self._logprobs += logprobs
        if self._held.startswith(self._missing):
            self._missing = ""
            return Chunk(self._held, self._logprobs)
        if not self._missing.startswith(self._held):
            self._end("stop")
        return None

    def _end(self, reason: str) -> None:
        self.cut = not self.finished
        self._reason, self.finished, self.complete = reason, True, True

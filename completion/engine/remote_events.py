"""What servers stream: lines become events, events become chunks. Pure; knows no connection.

Two framings are read by one reader, because servers mix them when something goes wrong: server-sent events
(`data: {…}`, WHATWG HTML standard, section 9.2) and one JSON object a line (Ollama).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from completion.engine import spelling, wire
from completion.engine.kinds import Kind
from completion.errors import EngineCrashed, EngineUnavailable
from completion.types import Chunk, Usage

LONGEST_EVENT = 1 << 20
MOST_LINES = 64
"""Of one event: each line more is an attempt more to read it."""

_NANOSECONDS = 1e6


class Events:
    """A stream of JSON objects, line by line. `who` names the server in a sentence."""

    def __init__(self, who: str) -> None:
        self.who = who
        self._held = b""
        self._parts = 0
        self._lines = 0
        self.done = False

    def feed(self, line: bytes) -> Mapping[str, Any] | None:
        """The event that `line` completes. Raises `EngineUnavailable` or `EngineCrashed` for what is none.

        Comments and keep-alives are nothing. An event may have several `data:` lines; servers that leave out
        the blank line behind it are read as well, because a whole object is an event at once.
        """
        self._lines += 1
        line = line.removeprefix(b"\xef\xbb\xbf") if self._lines == 1 else line
        line = line.rstrip(b"\r\n")
        if self._lines == 1 and line.lstrip()[:1] == b"<":
            raise EngineUnavailable(f"{self.who} answers with a web page: endpoint names another service.")
        if not line:
            if self._held:
                raise EngineCrashed(f"{self.who} sends what is not JSON.")
            return None
        # Older builds of llama-server put an error under a field of its own.
        field, colon, value = line.partition(b":")
        if line[:1] == b"{":
            data = line
        elif colon and field in (b"data", b"error"):
            data = value.removeprefix(b" ")
        else:
            return None
        if data.strip() == b"[DONE]":
            self.done = True
            return None
        self._held = self._held + b"\n" + data if self._held else data
        self._parts += 1
        if len(self._held) > LONGEST_EVENT or self._parts > MOST_LINES:
            raise EngineCrashed(f"{self.who} sends an event that does not end.")
        try:
            event = json.loads(self._held)
        except (ValueError, RecursionError):
            if line[:1] == b"{" or field == b"error":
                # A line of its own has no continuation.
                raise EngineCrashed(f"{self.who} sends what is not JSON.") from None
            return None
        self._held, self._parts = b"", 0
        if not isinstance(event, dict):
            raise EngineCrashed(f"{self.who} sends an event that is not an object.")
        return {"error": event} if field == b"error" and "error" not in event else event


def chunk_of(kind: Kind, event: Mapping[str, Any], unspelled: str = "") -> Chunk:
    """An event as a chunk. `unspelled` is text that a grammar still makes the server spell.

    Raises `ValueError` where a field is not of its type.
    """
    try:
        chunk = _ollama_chunk(event) if kind.name == "ollama" else wire.chunk_of(event, index=0)
        content = _content(event)
        if content and unspelled:
            chunk = Chunk(
                chunk.text,
                tuple(spelling.log_probability(token, unspelled) for token in content),
                chunk.finish_reason,
                chunk.usage,
            )
        if kind.prompt == "ids" and content and not chunk.text and not chunk.finish_reason:
            # A token without text is a control token. Not every one ends the answer for the server,
            # but what follows would belong to another file or another place.
            chunk = Chunk("", finish_reason="stop", usage=chunk.usage)
    except (TypeError, AttributeError, KeyError, IndexError) as error:
        raise ValueError("a field of an event is not of its type") from error
    if not isinstance(chunk.text, str):
        raise ValueError("the text of an event is not text")
    # What is left of a character that was cut off by the length limit is not text.
    return Chunk(chunk.text.replace("\ufffd", ""), chunk.logprobs, str(chunk.finish_reason), chunk.usage)


def _content(event: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    choices = event.get("choices") or [{}]
    content = (choices[0].get("logprobs") or {}).get("content") or []
    return content if isinstance(content, list) else []


def _ollama_chunk(event: Mapping[str, Any]) -> Chunk:
    """An object of `/api/generate` (docs.ollama.com/api/generate); durations are nanoseconds."""
    logprobs = tuple(float(token["logprob"]) for token in event.get("logprobs") or ())
    text = event.get("response") or ""
    if not event.get("done"):
        return Chunk(text, logprobs)
    usage = Usage(
        prompt_tokens=int(event.get("prompt_eval_count") or 0),
        completion_tokens=int(event.get("eval_count") or 0),
        prompt_ms=int(event.get("prompt_eval_duration") or 0) / _NANOSECONDS,
        completion_ms=int(event.get("eval_duration") or 0) / _NANOSECONDS,
    )
    # Versions before 0.3 give no reason.
    return Chunk(text, logprobs, finish_reason=event.get("done_reason") or "stop", usage=usage)

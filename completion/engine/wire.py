"""The wire: OpenAI `/v1/completions` with extensions under one key. Pure functions, no input or output.

A plain request (`prompt`, `max_tokens`, `stop`, `temperature`, `top_p`, `seed`, `stream`) works, so any
OpenAI client can talk to the host. Ours puts segments, required start, slot, grammar, purpose
and deadline under `EXTENSION`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast, get_args

from completion.errors import EngineRejected
from completion.types import Chunk, Control, Prompt, Purpose, Sampling, Segment, Text, Usage

WIRE_VERSION = 3
"""Part of a host's name: an upgraded server never meets a host that speaks another wire."""

EXTENSION = "lsp_copilot"
MAX_STOPS = 4
MAX_DEADLINE_MS = 3_600_000


def request_of(prompt: Prompt, model: str) -> dict[str, Any]:
    """The body of a streaming request to our own host."""
    segments = [
        {"control": part.token} if isinstance(part, Control) else {"text": part.text, "heal": part.heal}
        for part in prompt.segments
    ]
    return {
        "model": model,
        "stream": True,
        "max_tokens": prompt.max_tokens,
        "stop": list(prompt.stops[:MAX_STOPS]),
        "temperature": prompt.sampling.temperature,
        "top_p": prompt.sampling.top_p,
        "seed": prompt.sampling.seed,
        EXTENSION: {
            "segments": segments,
            "required_start": prompt.required_start,
            "slot": prompt.slot,
            "grammar": prompt.grammar,
            "purpose": prompt.purpose,
            "deadline_ms": prompt.deadline_ms,
        },
    }


def parse_request(body: object) -> tuple[Prompt, bool]:
    """A request as (prompt, whether to stream). Raises `EngineRejected` that names the field."""
    if not isinstance(body, Mapping):
        raise EngineRejected("the request is not a JSON object.")
    extension = body.get(EXTENSION, {})
    if not isinstance(extension, Mapping):
        raise EngineRejected(f"{EXTENSION}: expected an object.")
    stops = body.get("stop") or []
    if isinstance(stops, str):
        stops = [stops]
    if not isinstance(stops, list) or not all(isinstance(stop, str) and stop for stop in stops):
        raise EngineRejected("stop: expected a string or a list of strings.")
    if len(stops) > MAX_STOPS:
        raise EngineRejected(f"stop: at most {MAX_STOPS} strings.")
    purpose = _purpose(extension)
    # Only a warm-up may ask for nothing.
    fewest = 0 if purpose == "warm" else 1
    prompt = Prompt(
        segments=_segments(body, extension),
        max_tokens=int(_number(body, "max_tokens", 16, fewest, 100_000)),
        stops=tuple(stops),
        sampling=Sampling(
            temperature=_number(body, "temperature", 0.0, 0, 10),
            top_p=_number(body, "top_p", 1.0, 0, 1),
            seed=int(_number(body, "seed", 0, 0, 2**32 - 1)),
        ),
        required_start=_string(extension, "required_start"),
        slot=_string(extension, "slot"),
        grammar=_string(extension, "grammar"),
        purpose=purpose,
        deadline_ms=int(_number(extension, "deadline_ms", 0, 0, MAX_DEADLINE_MS)),
    )
    return prompt, body.get("stream") is True


def event_of(chunk: Chunk, model: str) -> dict[str, Any]:
    """A chunk as an OpenAI event."""
    choice: dict[str, Any] = {"index": 0, "text": chunk.text, "finish_reason": chunk.finish_reason or None}
    if chunk.logprobs:
        choice["logprobs"] = {"token_logprobs": list(chunk.logprobs)}
    event: dict[str, Any] = {"object": "text_completion", "model": model, "choices": [choice]}
    if chunk.usage is not None:
        usage = chunk.usage
        event["usage"] = {
            "prompt_tokens": usage.prompt_tokens + usage.cached_tokens,
            "completion_tokens": usage.completion_tokens,
            "total_tokens": usage.prompt_tokens + usage.cached_tokens + usage.completion_tokens,
            "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
        }
        event[EXTENSION] = {"prompt_ms": usage.prompt_ms, "completion_ms": usage.completion_ms}
    return event


def chunk_of(event: Mapping[str, Any], index: int | None = None) -> Chunk:
    """An OpenAI event as a chunk; fields that a server leaves out have their neutral value.

    With an `index` only the choice of that number counts, which may be missing from an event; else the first.
    """
    choices = event.get("choices") or [{}]
    if index is not None:
        choices = [choice for choice in choices if choice.get("index", 0) == index] or [{}]
    choice = choices[0]
    return Chunk(
        text=choice.get("text") or "",
        logprobs=_logprobs_of(choice.get("logprobs") or {}),
        finish_reason=choice.get("finish_reason") or "",
        usage=_usage_of(event),
    )


def _logprobs_of(logprobs: Mapping[str, Any]) -> tuple[float, ...]:
    """OpenAI's completions list numbers; llama-server sends the shape of chats, an object a token, instead."""
    values = logprobs.get("token_logprobs")
    if values is None:
        values = [token.get("logprob") for token in logprobs.get("content") or ()]
    return tuple(float(value) for value in values if value is not None)


def _usage_of(event: Mapping[str, Any]) -> Usage | None:
    usage = event.get("usage")
    if not usage:
        return None
    cached = int((usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0)
    timings = event.get(EXTENSION) or {}
    # llama-server names them so.
    measured = event.get("timings") or {}
    return Usage(
        prompt_tokens=int(usage.get("prompt_tokens") or 0) - cached,
        cached_tokens=cached,
        completion_tokens=int(usage.get("completion_tokens") or 0),
        prompt_ms=float(timings.get("prompt_ms") or measured.get("prompt_ms") or 0.0),
        completion_ms=float(timings.get("completion_ms") or measured.get("predicted_ms") or 0.0),
    )


def _segments(body: Mapping[str, Any], extension: Mapping[str, Any]) -> tuple[Segment, ...]:
    raw = extension.get("segments")
    if raw is None:
        plain = body.get("prompt")
        if not isinstance(plain, str):
            raise EngineRejected("prompt: expected a string.")
        return (Text(_encodable(plain, "prompt")),)
    if not isinstance(raw, list):
        raise EngineRejected("segments: expected a list.")
    segments = tuple(_segment(number, part) for number, part in enumerate(raw))
    if sum(isinstance(part, Text) and part.heal for part in segments) > 1:
        raise EngineRejected("segments: at most one may heal.")
    return segments


def _segment(number: int, part: object) -> Segment:
    if isinstance(part, Mapping):
        if isinstance(part.get("control"), str):
            return Control(part["control"])
        if isinstance(part.get("text"), str) and isinstance(part.get("heal", False), bool):
            return Text(_encodable(part["text"], f"segments[{number}]"), part.get("heal", False))
    raise EngineRejected(f"segments[{number}]: expected {{text, heal}} or {{control}}.")


def _purpose(extension: Mapping[str, Any]) -> Purpose:
    given = extension.get("purpose") or "answer"
    for purpose in get_args(Purpose):
        if given == purpose:
            return cast("Purpose", purpose)
    raise EngineRejected(f"purpose: expected one of {', '.join(get_args(Purpose))}.")


def _number(body: Mapping[str, Any], key: str, default: float, low: float, high: float) -> float:
    value = body.get(key)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise EngineRejected(f"{key}: expected a number from {low} to {high}.")
    return value


def _string(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key) or ""
    if not isinstance(value, str):
        raise EngineRejected(f"{key}: expected a string.")
    return _encodable(value, key)


def _encodable(text: str, where: str) -> str:
    """JSON can spell half of a surrogate pair, which is no character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise EngineRejected(f"{where}: expected text; it holds half of a surrogate pair.") from None
    return text

"""What servers say when they refuse, as sentences for a person. Pure.

Error bodies, as seen or documented: `{"error": {"message", "code", …}}` (OpenAI, llama-server, vLLM, LM Studio),
`{"object": "error", "message"}` (vLLM before 0.10), `{"error": "…"}` (Ollama, LM Studio), `{"detail": …}` (what
FastAPI itself refuses: vLLM, Ray Serve), or a page of some proxy.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable
from email.utils import parsedate_to_datetime

from completion.engine.http import Refusal
from completion.engine.kinds import Endpoint
from completion.errors import EngineCrashed, EngineError, EngineLoading, EngineRejected, EngineUnavailable

LONGEST_PAUSE = 60.0
USUAL_PAUSE = 2.0
_LONGEST_MESSAGE = 200
_TELLING_LINE = 12

_TOO_LONG = re.compile(r"context (size|length|window)|maximum model length|max_model_len|too long|exceed", re.I)
_NUMBERS = re.compile(r"\d{2,}")
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


class ModelMissing(EngineUnavailable):
    """The server does not know the model, or the path: it takes a second question to tell which."""


class Busy(EngineLoading):
    """The server has too much to do, or is loading its model; `seconds` until it is worth asking again."""

    def __init__(self, message: str, seconds: float, *, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.seconds = seconds


def error_of(refusal: Refusal, endpoint: Endpoint, key_variable: str) -> EngineError:
    """The error behind an answer that is not 200. What the server says is in it, cleaned; see `without_text`."""
    who = f"{endpoint.kind.title} at {endpoint.host}"
    said = message_of(refusal.body)
    status = refusal.status
    behind = f": {said}" if said else ""
    if 300 <= status < 400:
        return EngineUnavailable(
            f"{who} sends us on to {_shown(refusal.location) or 'another address'}, where we do not go.",
            advice="If you trust that address, write it into endpoint.",
        )
    if status in (401, 403):
        advice = (
            f"The key is in the environment variable {key_variable} (endpoint_key); correct it there."
            if key_variable
            else "Put the key into an environment variable and name that variable with endpoint_key."
        )
        problem = "does not accept the key" if key_variable else "wants a key"
        return EngineUnavailable(f"{who} {problem}.", advice=advice)
    if "no models loaded" in said.lower():
        return EngineUnavailable(f"{who} has no model loaded.", advice="Load one there: lms load NAME")
    if status == 404:
        return ModelMissing(f"{who} has nothing at {endpoint.path}{endpoint.kind.generate}{behind}.")
    if status == 429 or status == 503:
        seconds = pause_of(refusal.retry_after)
        loading = "load" in said.lower()
        what = "is still loading its model" if loading else "has too much to do at the moment"
        return Busy(f"{who} {what}.", seconds, advice=f"It is asked again after {seconds:.0f} s.")
    if status in (400, 413, 422):
        if _TOO_LONG.search(said) or status == 413:
            return EngineRejected(f"the prompt is too long for {who}{_counts(said)}.", advice=_TOO_LONG_ADVICE)
        return EngineRejected(f"{who} refuses the request{behind}.")
    return EngineUnavailable(f"{who} answered with status {status}{behind}.", advice="Its log says more.")


def broken_off(said: object, who: str) -> EngineError:
    """An error object in the middle of a stream."""
    message = message_of(json.dumps({"error": said}).encode())
    return EngineCrashed(f"{who} broke off{': ' + message if message else ''}.")


def message_of(body: bytes) -> str:
    """The message of an error body in one line without a full stop, or "" where there is none to show."""
    try:
        table = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    found: object = table
    if isinstance(table, dict):
        found = table.get("error") or table.get("message") or table.get("detail")
    if isinstance(found, dict):
        found = found.get("message")
    return _shown(found) if isinstance(found, str) else ""


def without_text(error: EngineError, texts: Iterable[str]) -> EngineError:
    """`error`, unless its message quotes the document: then one of its kind that does not. Errors are logged."""
    lines = {line.strip() for text in texts for line in text.splitlines()}
    if any(len(line) >= _TELLING_LINE and line in error.message for line in lines):
        return type(error)("the server refuses the request and quotes it; see its log.", advice=error.advice)
    return error


def pause_of(retry_after: str) -> float:
    """Seconds of a `Retry-After` header: a number or a date (RFC 9110, 10.2.3); at most a minute."""
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(retry_after).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return USUAL_PAUSE
    return min(max(seconds, 0.0), LONGEST_PAUSE) if seconds == seconds else USUAL_PAUSE


_TOO_LONG_ADVICE = "Start the server with a longer context, or choose a model with fewer prompt_tokens."


def _counts(said: str) -> str:
    """The numbers of tokens in a message, which are what a person needs of it."""
    numbers = _NUMBERS.findall(said)
    return f" (it speaks of {' and '.join(numbers[:2])} tokens)" if numbers else ""


def _shown(text: str) -> str:
    """Somebody else's text in one line of ours."""
    line = _CONTROL_CHARACTERS.sub(" ", text).strip()
    return (line[:_LONGEST_MESSAGE] + " …" if len(line) > _LONGEST_MESSAGE else line).rstrip(".")

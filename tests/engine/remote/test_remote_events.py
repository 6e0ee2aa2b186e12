"""What servers stream, read byte by byte in every shape that is allowed, and some that are not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from completion.engine.kinds import KINDS
from completion.engine.remote_events import LONGEST_EVENT, MOST_LINES, Events, chunk_of
from completion.errors import EngineCrashed, EngineError, EngineUnavailable
from completion.types import Usage

OPENAI = KINDS["openai"]


def events_of(stream: bytes) -> tuple[list[Any], bool]:
    """All events of a stream, and whether it has said that it is done."""
    reader = Events("the server")
    found = [reader.feed(line) for line in stream.splitlines(keepends=True)]
    return [event for event in found if event is not None], reader.done


@pytest.mark.parametrize(
    "stream",
    [
        b'data: {"a": 1}\n\ndata: {"a": 2}\n\ndata: [DONE]\n\n',
        b'data: {"a": 1}\r\n\r\ndata: {"a": 2}\r\n\r\ndata: [DONE]\r\n\r\n',
        b'data:{"a": 1}\n\ndata:{"a": 2}\n\ndata:[DONE]\n\n',
        b'data: {"a": 1}\ndata: {"a": 2}\ndata: [DONE]\n',
        b': keep-alive\n\ndata: {"a": 1}\n\n:\n\n: ping - 2026\n\ndata: {"a": 2}\n\ndata: [DONE]',
        b'event: completion\nid: 7\nretry: 10\ndata: {"a": 1}\n\nevent: x\ndata: {"a": 2}\n\ndata: [DONE]\n\n',
        b'data: {"a":\ndata: 1}\n\ndata: {"a": 2}\n\ndata: [DONE]\n\n',
        b'\xef\xbb\xbfdata: {"a": 1}\n\ndata: {"a": 2}\n\ndata: [DONE]\n\n',
        b'{"a": 1}\n{"a": 2}\ndata: [DONE]\n',
    ],
)
def test_the_same_events_in_other_clothes(stream: bytes) -> None:
    assert events_of(stream) == ([{"a": 1}, {"a": 2}], True)


@pytest.mark.parametrize(
    ("stream", "error", "said"),
    [
        (b"<!DOCTYPE html>\n<html>", EngineUnavailable, "a web page"),
        (b"  <html>", EngineUnavailable, "a web page"),
        (b"data: {'a': 1}\n\n", EngineCrashed, "not JSON"),
        (b'{"a": \n', EngineCrashed, "not JSON"),
        (b"data: [1, 2]\n\n", EngineCrashed, "not an object"),
        (b"data: " + b"[" * 100_000 + b"\n\n", EngineCrashed, "not JSON"),
        (b'data: {"a": "\n' + b"data: x\n" * MOST_LINES, EngineCrashed, "does not end"),
        (b'data: {"a": "' + b"x" * LONGEST_EVENT, EngineCrashed, "does not end"),
    ],
)
def test_what_is_no_event_is_an_error(stream: bytes, error: type[EngineError], said: str) -> None:
    with pytest.raises(error, match=said):
        events_of(stream)


def test_an_error_under_its_own_field() -> None:
    # llama-server before 2025: "error: {...}" instead of "data: {"error": ...}".
    assert events_of(b'error: {"code": 500, "message": "bad"}\n\n')[0] == [{"error": {"code": 500, "message": "bad"}}]


def test_only_the_first_choice_counts() -> None:
    other = {"index": 1, "text": "no", "finish_reason": "stop"}
    both = {"choices": [other, {"index": 0, "text": "yes", "finish_reason": None}]}
    assert chunk_of(OPENAI, both).text == "yes"
    assert chunk_of(OPENAI, {"choices": [other]}) == chunk_of(OPENAI, {"choices": []})
    assert chunk_of(OPENAI, {"choices": [{"text": "no index"}]}).text == "no index"


def test_probabilities_in_both_shapes() -> None:
    # OpenAI's completions (vLLM), and llama-server's, which are those of chats.
    listed = {"choices": [{"text": "a", "logprobs": {"tokens": ["a"], "token_logprobs": [-0.5, None]}}]}
    content = [{"id": 5, "token": "a", "bytes": [97], "logprob": -0.5, "top_logprobs": []}]
    objects = {"choices": [{"text": "a", "logprobs": {"content": content}}]}
    assert chunk_of(OPENAI, listed).logprobs == chunk_of(OPENAI, objects).logprobs == (-0.5,)


def test_usage_may_come_in_an_event_of_its_own() -> None:
    event = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3, "prompt_tokens_details": None}}
    assert chunk_of(OPENAI, event).usage == Usage(prompt_tokens=7, completion_tokens=3)
    timings = {"timings": {"prompt_ms": 1.5, "predicted_ms": 2.5}}
    usage = chunk_of(OPENAI, event | timings).usage
    assert usage is not None
    assert (usage.prompt_ms, usage.completion_ms) == (1.5, 2.5)


# https://docs.ollama.com/api/generate, "Generate a response", streaming; the last object with its statistics.
OLLAMA = """
{"model":"m","created_at":"2025-10-17T23:14:07.41Z","response":"The","done":false,"logprobs":[{"token":"The","logprob":-0.25,"bytes":[84,104,101]}]}
{"model":"m","created_at":"2025-10-17T23:14:07.42Z","response":"","done":true,"done_reason":"stop","total_duration":174560334,"load_duration":101397084,"prompt_eval_count":11,"prompt_eval_duration":13000000,"eval_count":18,"eval_duration":52000000}
"""


def test_an_ollama_stream() -> None:
    first, last = (chunk_of(KINDS["ollama"], event) for event in events_of(OLLAMA.encode().lstrip())[0])
    assert (first.text, first.logprobs, first.finish_reason, first.usage) == ("The", (-0.25,), "", None)
    assert (last.text, last.finish_reason) == ("", "stop")
    assert last.usage == Usage(prompt_tokens=11, completion_tokens=18, prompt_ms=13.0, completion_ms=52.0)


@pytest.mark.parametrize(
    "event",
    [
        {"choices": [{"text": 5}]},
        {"choices": {"0": "x"}},
        {"choices": ["x"]},
        {"choices": [{"text": "x", "logprobs": {"content": [5]}}]},
        {"choices": [{"text": "x", "logprobs": {"token_logprobs": ["x"]}}]},
        {"choices": [], "usage": {"prompt_tokens": "x"}},
        {"choices": [], "usage": [1]},
    ],
)
def test_fields_of_a_wrong_type_are_a_value_error(event: dict[str, Any]) -> None:
    json.dumps(event)
    with pytest.raises(ValueError, match=r"type|text|literal|convert"):
        chunk_of(OPENAI, event)

"""What a server calls its models, whether it is well, and the shapes of Ollama and LM Studio from end to end."""

from __future__ import annotations

import asyncio
import json
import re

import pytest
from aiohttp import web

from completion.engine.remote import RemoteBackend
from completion.errors import EngineCrashed, EngineRejected, EngineUnavailable
from completion.types import Control, EngineState, Prompt, Text
from tests.engine.conftest import MODEL
from tests.engine.remote.servers import (
    DONE,
    Handler,
    chunks_of,
    event,
    in_turn,
    models,
    says,
    scripted,
    streams,
    text_of,
)

PLAIN = Prompt((Control("<|fim_suffix|>"), Text("\n"), Control("<|fim_middle|>"), Text("import ")), max_tokens=6)
ANSWER = streams(event("sys"), event("", "stop"), DONE)
GENERATE = "POST /v1/completions"


@pytest.mark.parametrize(
    ("listed", "asked_for"),
    [
        (models(["team/qwen"]), "team/qwen"),
        (models(["other", "embedded"]), "embedded"),
        (models([]), "embedded"),
        (says({"detail": "Not Found"}, 404), "embedded"),
        (says([1, 2]), "embedded"),
        (says({"data": [1, {"id": 2}, {"id": "m"}]}), "m"),
    ],
)
async def test_a_name_that_nobody_gave_is_asked_for_once(listed: Handler, asked_for: str) -> None:
    async with scripted({GENERATE: ANSWER, "GET /v1/models": listed}) as server:
        backend = RemoteBackend(MODEL, url=server.url)
        for _ in range(2):
            assert await text_of(backend, PLAIN) == "sys"
        assert [body["model"] for body in server.bodies("/v1/completions")] == [asked_for] * 2
        assert len(server.bodies("/v1/models")) == 1
        await backend.aclose()


async def test_several_names_are_listed() -> None:
    names = [f"model-{number}" for number in range(10)]
    async with scripted({GENERATE: ANSWER, "GET /v1/models": models(names)}) as server:
        backend = RemoteBackend(MODEL, url=server.url)
        with pytest.raises(EngineUnavailable, match=r"has 10 models: model-0, .*model-7 and 2 more") as caught:
            await text_of(backend, PLAIN)
        assert "endpoint_model" in caught.value.advice
        assert server.bodies("/v1/completions") == []
        await backend.aclose()


@pytest.mark.parametrize(
    "refusal",
    [
        # vLLM now and before 0.10.
        {"error": {"message": "The model `x` does not exist.", "type": "NotFoundError", "param": "model", "code": 404}},
        {"object": "error", "message": "The model `x` does not exist.", "type": "NotFoundError", "code": 404},
    ],
)
async def test_a_name_that_is_not_served_lists_those_that_are(refusal: object) -> None:
    script = {GENERATE: says(refusal, 404), "GET /v1/models": models(["a", "b"]), "GET /health": says("")}
    async with scripted(script) as server:
        backend = RemoteBackend(MODEL, url=f"vllm+{server.url}", served_name="x")
        for question in (text_of(backend, PLAIN), backend.ready()):
            with pytest.raises(EngineUnavailable, match=r"no model 'x'; it has a, b\."):
                await question
        assert backend.status.advice == "Correct endpoint_model."
        await backend.aclose()


async def test_starting_looks_at_the_server_and_says_what_it_found() -> None:
    healthy = in_turn(says({"error": {"message": "Loading model", "code": 503}}, 503), says({"status": "ok"}))
    script = {"GET /health": healthy, "GET /v1/models": models(["m"])}
    async with scripted(script) as server:
        states = []
        backend = RemoteBackend(MODEL, url=f"llama-server+{server.url}", on_status=lambda s: states.append(s.state))
        backend.start()
        while len(states) < 2:
            await asyncio.sleep(0)
        await backend.ready()
        assert states == [EngineState.LOADING, EngineState.LOADING, EngineState.READY]
        assert all(method == "GET" for method, _, _ in server.requests)
        await backend.aclose()


async def test_a_server_that_is_started_anew_with_another_model_is_noticed() -> None:
    tokens = says({"tokens": [{"id": 5, "piece": "x"}]})
    plain = Prompt((Text("x"),), 4)
    script = {
        "POST /tokenize": tokens,
        "GET /v1/models": models(["m"]),
        GENERATE: in_turn(
            streams(event("a", model="first"), event("", "stop", model="first"), DONE),
            streams(event("b", model="second"), event("", "stop", model="second"), DONE),
        ),
    }
    async with scripted(script) as server:
        backend = RemoteBackend(MODEL, url=f"llama-server+{server.url}")
        assert await text_of(backend, plain) == "a"
        with pytest.raises(EngineCrashed, match="now runs another model"):
            await text_of(backend, plain)
        assert await text_of(backend, plain) == "b"
        # Each time: whether the vocabulary puts a blank in front, and the text.
        assert [body["content"] for body in server.bodies("/tokenize")] == ["a", "x", "a", "x"]
        await backend.aclose()


async def test_text_for_a_llama_server_is_tokenized_as_our_own_engine_does() -> None:
    """With a blank in front of every text, and a marker that is a token of its own in any text."""
    vocabulary = {" ": 1, "a": 2, "\n": 3, "<|EOT|>": 4, "<": 5, "|EOT|>": 6, "x": 7}

    async def tokenize(request: web.Request) -> web.StreamResponse:
        content = " " + (await request.json())["content"]
        found = re.findall("|".join(map(re.escape, vocabulary)), content)
        return web.json_response({"tokens": [{"id": vocabulary[piece], "piece": piece} for piece in found]})

    script = {"POST /tokenize": tokenize, GENERATE: ANSWER, "GET /v1/models": models(["m"])}
    async with scripted(script) as server:
        backend = RemoteBackend(MODEL, url=f"llama-server+{server.url}")
        assert await text_of(backend, Prompt((Text("x<|EOT|>a"),), 4)) == "sys"
        assert server.bodies("/v1/completions")[0]["prompt"] == [7, 5, 6, 2]
        await backend.aclose()


async def test_what_does_not_tokenize_as_llama_server_is_another_kind() -> None:
    # vLLM has a path of the same name.
    script = {"POST /tokenize": says({"count": 1, "max_model_len": 768, "tokens": [5]}), GENERATE: ANSWER}
    async with scripted(script) as server:
        backend = RemoteBackend(MODEL, url=f"llama-server+{server.url}", served_name="m")
        with pytest.raises(EngineUnavailable, match="does not tokenize as llama-server does") as caught:
            await text_of(backend, Prompt((Text("x"),), 4))
        assert "kind" in caught.value.advice
        await backend.aclose()


def objects(*rows: dict[str, object]) -> Handler:
    """A stream of `/api/generate`: one object a line."""
    return streams(*(json.dumps(row).encode() + b"\n" for row in rows))


# Shapes from https://docs.ollama.com/api/generate and /api/tags.
TAGS = says({"models": [{"name": "qwen2.5-coder:1.5b-base", "model": "qwen2.5-coder:1.5b-base", "size": 986062089}]})
PIECES = [
    {"model": "m", "response": "sy", "done": False, "logprobs": [{"token": "sy", "logprob": -0.5}]},
    {"model": "m", "response": "s", "done": False, "logprobs": [{"token": "s", "logprob": -0.25}]},
    {"model": "m", "response": "", "done": True, "done_reason": "stop", "prompt_eval_count": 4, "eval_count": 2},
]


async def test_ollama_from_end_to_end() -> None:
    script = {"POST /api/generate": objects(*PIECES), "GET /api/tags": TAGS, "GET /api/version": says({"version": "1"})}
    async with scripted(script) as server:
        backend = RemoteBackend(MODEL, url=f"ollama+{server.url}")
        await backend.ready()
        chunks = await chunks_of(backend, PLAIN)
        assert "".join(chunk.text for chunk in chunks) == "sys"
        assert [chunk.logprobs for chunk in chunks] == [(-0.5,), (-0.25,), ()]
        assert chunks[-1].finish_reason == "stop"
        usage = chunks[-1].usage
        assert usage is not None
        assert (usage.prompt_tokens, usage.completion_tokens) == (4, 2)
        (body,) = server.bodies("/api/generate")
        assert body["model"] == "qwen2.5-coder:1.5b-base"
        assert body["prompt"] == "<|fim_suffix|>\n<|fim_middle|>import "
        await backend.aclose()


@pytest.mark.parametrize(
    ("handler", "kind", "said"),
    [
        (says({"error": "model 'x' not found"}, 404), EngineUnavailable, "no model 'x'; it has qwen2.5-coder:1.5b"),
        (says({"error": "input length exceeds the context length"}, 400), EngineRejected, "too long"),
        (objects(PIECES[0], {"error": "an error was encountered while running"}), EngineCrashed, "broke off: an error"),
        (objects(PIECES[0]), EngineCrashed, "ended an answer in the middle"),
        (streams(b'{"response": "a"'), EngineCrashed, "not JSON"),
    ],
)
async def test_ollama_refuses(handler: Handler, kind: type[Exception], said: str) -> None:
    async with scripted({"POST /api/generate": handler, "GET /api/tags": TAGS}) as server:
        backend = RemoteBackend(MODEL, url=f"ollama+{server.url}", served_name="x")
        with pytest.raises(kind, match=said):
            await text_of(backend, PLAIN)
        await backend.aclose()


async def test_ollama_needs_no_tag_for_the_latest() -> None:
    tags = says({"models": [{"name": "mine:latest"}]})
    async with scripted({"POST /api/generate": objects(*PIECES), "GET /api/tags": tags}) as server:
        backend = RemoteBackend(MODEL, url=f"ollama+{server.url}", served_name="mine")
        await backend.ready()
        assert await text_of(backend, PLAIN) == "sys"
        await backend.aclose()


async def test_lm_studio_without_a_model_says_how_to_load_one() -> None:
    # As its server logs it; it has a list of models that it could load.
    said = "No models loaded. Please load a model in the developer page or use the 'lms load' command."
    refusal = {"error": {"message": said, "type": "invalid_request_error", "param": "model", "code": None}}
    for status in (400, 404):
        async with scripted({GENERATE: says(refusal, status), "GET /v1/models": models(["m"])}) as server:
            backend = RemoteBackend(MODEL, url=f"lmstudio+{server.url}")
            with pytest.raises(EngineUnavailable, match="no model loaded") as caught:
                await text_of(backend, PLAIN)
            assert "lms load" in caught.value.advice
            assert "logprobs" not in server.bodies("/v1/completions")[0]
            await backend.aclose()


async def test_answers_end_where_we_say_whatever_the_server_does() -> None:
    """More stops than a request may have, control tokens written out, and what was put into the text by us."""
    prompt = Prompt((Text("x </s>"),), 9, ("1", "2", "3", "4", "END"))
    for pieces, text in (
        ((event("ab E"), event("N"), event("D more"), event("", "stop")), "ab "),
        ((event("ab<|file_sep|>other.py"), event("", "stop")), "ab"),
        ((event("a<\u200b/s"), event(">b"), event("", "stop")), "a"),
        ((event("ab\ufffd", "length"),), "ab"),
        ((event("ab E", "length"),), "ab E"),
    ):
        async with scripted({GENERATE: streams(*pieces, DONE), "GET /v1/models": models(["m"])}) as server:
            backend = RemoteBackend(MODEL, url=server.url)
            assert await text_of(backend, prompt) == text
            await backend.aclose()


async def test_a_required_start_is_waited_for_and_an_answer_without_it_dropped() -> None:
    prompt = Prompt((Text("x"),), 9, required_start="os.path")
    for pieces, texts in (
        ((event("os"), event(".pa"), event("th.join"), event("", "stop")), ["os.path.join", ""]),
        ((event("os"), event(".sep"), event("", "stop")), [""]),
        ((event("os", "length"),), [""]),
    ):
        async with scripted({GENERATE: streams(*pieces, DONE), "GET /v1/models": models(["m"])}) as server:
            backend = RemoteBackend(MODEL, url=server.url)
            chunks = await chunks_of(backend, prompt)
            assert [chunk.text for chunk in chunks] == texts
            assert chunks[-1].finish_reason in ("stop", "length")
            await backend.aclose()

"""What a llama-server does beyond the contract: the same answers as our own engine, its cache, its freedom."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from completion.engine.http import HttpSession
from completion.engine.kinds import parse_endpoint
from completion.engine.lease import LeasedBackend
from completion.engine.remote import RemoteBackend
from completion.engine.remote_refusals import error_of
from completion.errors import EngineRejected, EngineUnavailable
from completion.types import Control, Prompt, Text
from tests.engine.conftest import MODEL
from tests.engine.remote.servers import LlamaServer, chunks_of, text_of

LINES = ("def area(width, height):\n    retu", "import os\nimport js", 'print("größe 日', "x = [i for i in ran", "    ")
ENDLESS = Prompt((Text("import os\nimport sys\n" * 4),), max_tokens=600)


def hole(text: str, required_start: str = "") -> Prompt:
    """A healed hole in a file, on one line."""
    front = (Control("<|fim_suffix|>"), Text("\n\nprint(area(2, 3))  # </s>\n"), Control("<|fim_middle|>"))
    return Prompt((*front, Text(text, heal=True)), 12, ("\n",), required_start=required_start)


@pytest.fixture
async def remote(llama: LlamaServer) -> AsyncIterator[RemoteBackend]:
    """The kind that can do most."""
    backend = RemoteBackend(MODEL, url=f"llama-server+{llama.url}", key=llama.key)
    yield backend
    await backend.aclose()


async def test_the_same_answers_as_from_our_own_host(remote: RemoteBackend, shared_backend: LeasedBackend) -> None:
    for line in LINES:
        for start in ("", "os.pa"):
            prompt = hole(line, start)
            ours, theirs = await chunks_of(shared_backend, prompt), await chunks_of(remote, prompt)
            assert "".join(c.text for c in theirs) == "".join(c.text for c in ours)
            assert theirs[-1].finish_reason == ours[-1].finish_reason
            first, second = ([value for c in chunks for value in c.logprobs] for chunks in (ours, theirs))
            # A server keeps the token of a stop string to itself, our host does not.
            assert len(first) - len(second) in (0, 1)
            assert second == pytest.approx(first[: len(second)], abs=0.02)


async def test_the_same_again_is_not_evaluated_again(remote: RemoteBackend) -> None:
    prompt = Prompt((Text("x = 1\ny = 2\n" * 20 + "z = "),), max_tokens=4)
    _, second = await chunks_of(remote, prompt), await chunks_of(remote, prompt)
    usage = second[-1].usage
    assert usage is not None
    assert usage.prompt_tokens <= 2
    assert usage.cached_tokens > 100
    assert usage.completion_ms > 0


async def test_leaving_frees_the_server(remote: RemoteBackend, llama: LlamaServer) -> None:
    session = HttpSession(llama.url, key=llama.key)
    for _ in range(3):
        async with aclosing(remote.stream(ENDLESS)) as chunks:
            assert (await anext(chunks)).text
        # It notices within a token or two; the test's own time limit is the bound.
        while any(slot["is_processing"] for slot in await session.json("GET", "/slots")):
            pass
    await session.aclose()


async def test_ids_that_do_not_exist_are_refused(llama: LlamaServer) -> None:
    endpoint = parse_endpoint(f"llama-server+{llama.url}")
    session = HttpSession(llama.url, key=llama.key, refusal=lambda refusal: error_of(refusal, endpoint, ""))
    for ids in ([10**6], [-1]):
        with pytest.raises(EngineRejected, match=r"refuses the request: .*invalid tokens"):
            await session.json("POST", "/v1/completions", {"prompt": ids, "max_tokens": 1})
    await session.aclose()


async def test_what_llama_server_says_of_long_prompts_and_keys_is_understood(
    remote: RemoteBackend, llama: LlamaServer
) -> None:
    await remote.ready()
    with pytest.raises(EngineRejected, match=r"too long .*10000 and 768 tokens"):
        await text_of(remote, Prompt((Text("a = 1\n" * 2000),), 4))
    wrong = RemoteBackend(MODEL, url=f"llama-server+{llama.url}", key="no", key_variable="TEAM_KEY")
    with pytest.raises(EngineUnavailable, match="does not accept the key") as caught:
        await text_of(wrong, hole("import "))
    assert "TEAM_KEY" in caught.value.advice
    await wrong.aclose()

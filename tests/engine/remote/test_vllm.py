"""What only a real vLLM shows. Run by `make test-vllm`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from completion.engine.remote import RemoteBackend
from completion.errors import EngineRejected, EngineUnavailable
from completion.types import Control, Prompt, Text
from tests.engine.conftest import MODEL
from tests.engine.remote.conftest import vllm_address
from tests.engine.remote.servers import LlamaServer, chunks_of, text_of

HOLE = Prompt(
    (
        Control("<|fim_suffix|>"),
        Text("\n\n\nprint(area(2, 3))\n"),
        Control("<|fim_middle|>"),
        Text("def area(width, height):\n    return "),
    ),
    max_tokens=8,
)


@pytest.fixture
async def vllm() -> AsyncIterator[RemoteBackend]:
    """A connection to it."""
    url, key = vllm_address()
    backend = RemoteBackend(MODEL, url=f"vllm+{url}", key=key)
    yield backend
    await backend.aclose()


async def test_vllm_reads_the_same_tokens_as_llama_server(vllm: RemoteBackend, llama: LlamaServer) -> None:
    other = RemoteBackend(MODEL, url=f"llama-server+{llama.url}", key=llama.key)
    awkward = Text("x = '<0x41>\t größe 日本🎉'\r\n")
    for prompt in (HOLE, Prompt((*HOLE.segments[:3], awkward), 1)):
        found = []
        for backend in (vllm, other):
            chunks = await chunks_of(backend, prompt)
            usage = chunks[-1].usage
            assert usage is not None
            found.append((usage.prompt_tokens + usage.cached_tokens, chunks[0].text, chunks[0].logprobs))
        assert found[0][:2] == found[1][:2]
        # The one computes with the weights as they are, the other rounds what it multiplies with them too.
        assert found[0][2] == pytest.approx(found[1][2], abs=0.1)
    await other.aclose()


async def test_vllm_is_found_well_and_names_its_model(vllm: RemoteBackend) -> None:
    await vllm.ready()
    url, key = vllm_address()
    wrong = RemoteBackend(MODEL, url=f"vllm+{url}", key=key, served_name="other")
    with pytest.raises(EngineUnavailable, match=r"no model 'other'; it has embedded\."):
        await text_of(wrong, HOLE)
    await wrong.aclose()
    keyless = RemoteBackend(MODEL, url=f"vllm+{url}", key="no", key_variable="TEAM_KEY")
    with pytest.raises(EngineUnavailable, match="does not accept the key"):
        await text_of(keyless, HOLE)
    await keyless.aclose()


async def test_what_vllm_says_of_long_prompts_is_understood(vllm: RemoteBackend) -> None:
    with pytest.raises(EngineRejected, match=r"too long .*768"):
        await text_of(vllm, Prompt((Text("value = 1\n" * 2000),), 4))


async def test_leaving_vllm_in_mid_answer_frees_it(vllm: RemoteBackend) -> None:
    endless = Prompt((Text("import os\nimport sys\n" * 4),), max_tokens=600)
    for _ in range(8):
        async with aclosing(vllm.stream(endless)) as chunks:
            assert (await anext(chunks)).text
    assert await text_of(vllm, HOLE)

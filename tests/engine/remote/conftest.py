"""Backends on real servers: llama.cpp's own, as both kinds that it can be; and vLLM where `make test-vllm` runs one."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import pytest

from completion.engine.remote import RemoteBackend
from tests.engine.conftest import MODEL
from tests.engine.remote.servers import LlamaServer, llama_server

KEY_VARIABLE = "TEST_SERVER_KEY"
VLLM_VARIABLE = "TEST_VLLM_URL"
VLLM_KEY_VARIABLE = "TEST_VLLM_KEY"


def vllm_address() -> tuple[str, str]:
    """URL and key of a running vLLM that serves the shipped model; skips where there is none."""
    url = os.environ.get(VLLM_VARIABLE, "")
    if not url:
        pytest.skip("vLLM is tested by: make test-vllm")
    return url, os.environ.get(VLLM_KEY_VARIABLE, "")


@pytest.fixture(scope="session")
def llama() -> Iterator[LlamaServer]:
    """One server for all tests that do not kill it."""
    with llama_server() as server:
        yield server


@pytest.fixture(params=["llama-server", "openai", "vllm"])
async def backend(request: pytest.FixtureRequest) -> AsyncIterator[RemoteBackend]:
    """A connection of the test's own to each."""
    kind = request.param
    if kind == "vllm":
        url, key = vllm_address()
    else:
        server: LlamaServer = request.getfixturevalue("llama")
        url, key = server.url, server.key
    made = RemoteBackend(MODEL, url=f"{kind}+{url}", key=key, key_variable=KEY_VARIABLE)
    yield made
    await made.aclose()

"""A team's server: our own host, which speaks plain OpenAI, stands in for one on a loopback port."""

from __future__ import annotations

from contextlib import aclosing

import pytest

from completion.engine import address
from completion.engine.lease import LeasedBackend
from completion.engine.remote import RemoteBackend
from completion.engine.spec import HostSpec
from completion.errors import EngineUnavailable
from completion.types import EngineState, Prompt, Text
from tests.engine.conftest import MODEL

PLAIN = Prompt((Text("import os\nimport "),), max_tokens=6)


async def text_of(backend: RemoteBackend | LeasedBackend, prompt: Prompt) -> str:
    """The whole text of an answer."""
    async with aclosing(backend.stream(prompt)) as chunks:
        return "".join([chunk.text async for chunk in chunks])


async def test_the_same_text_as_from_the_local_engine(spec: HostSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LSP_COPILOT_TCP", "1")
    local = LeasedBackend(spec, ready_seconds=30)
    expected = await text_of(local, PLAIN)
    where = address.find(address.runtime_folder(), spec.name)
    assert where is not None
    for url in (where.url, where.url + "/v1/"):
        remote = RemoteBackend(MODEL, url=url, key=where.key)
        assert await text_of(remote, PLAIN) == expected
        assert remote.status.state is EngineState.READY
        kept = Prompt(PLAIN.segments, 6, required_start=expected[:1])
        assert await text_of(remote, kept) == expected
        dropped = Prompt(PLAIN.segments, 6, required_start="\x7fnever")
        assert await text_of(remote, dropped) == ""
        await remote.aclose()
    wrong = RemoteBackend(MODEL, url=where.url, key="wrong", key_variable="TEAM_KEY")
    with pytest.raises(EngineUnavailable, match="does not accept the key"):
        await text_of(wrong, PLAIN)
    await wrong.aclose()
    await local.aclose()


async def test_a_server_that_is_away_is_a_status_with_advice() -> None:
    remote = RemoteBackend(MODEL, url="http://127.0.0.1:9")
    try:
        with pytest.raises(EngineUnavailable):
            await text_of(remote, PLAIN)
        assert remote.status.state is EngineState.DEGRADED
        assert "remove endpoint" in remote.status.advice
    finally:
        await remote.aclose()

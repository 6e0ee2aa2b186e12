"""What goes wrong with somebody else's server: each is an error with a sentence, a status with advice, and passes."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import ssl
import subprocess
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from completion.engine.http import CONNECT_SECONDS
from completion.engine.remote import RemoteBackend
from completion.engine.remote_reading import Patience
from completion.errors import EngineCrashed, EngineError, EngineLoading, EngineRejected, EngineUnavailable
from completion.types import EngineState, EngineStatus, Prompt, Text
from tests.engine.conftest import MODEL
from tests.engine.remote.servers import (
    DONE,
    Handler,
    chunks_of,
    event,
    in_turn,
    llama_server,
    models,
    says,
    scripted,
    silent,
    streams,
    text_of,
)

SECRET = "the_password = hunter2_is_in_the_document"
PLAIN = Prompt((Text(f"import os\n{SECRET}\nimport "),), max_tokens=6)
SHORT = Patience(first=0.2, stall=0.2, question=0.2)
GENERATE = "POST /v1/completions"
ANSWER = streams(event("sys"), event("", "stop"), DONE)
ONE = models(["m"])


async def failure(
    handler: Handler, *, key_variable: str = "", kind: str = "openai"
) -> tuple[EngineError, RemoteBackend]:
    """The error of a request to a server that answers so; the next request is asked to succeed."""
    told: list[EngineStatus] = []
    async with scripted({GENERATE: in_turn(handler, ANSWER), "GET /v1/models": ONE}) as server:
        backend = RemoteBackend(
            MODEL,
            url=server.url,
            served_name="m",
            key="secret",
            key_variable=key_variable,
            on_status=told.append,
            patience=SHORT,
        )
        with pytest.raises(EngineError) as caught:
            await text_of(backend, PLAIN)
        state = backend.status.state
        assert "hunter2" not in caught.value.message + backend.status.reason
        if isinstance(caught.value, EngineRejected):
            # The server is well.
            assert state is EngineState.ABSENT
        else:
            assert state in (EngineState.DEGRADED, EngineState.LOADING)
            assert backend.status.reason == caught.value.message
            assert backend.status.advice
        if not isinstance(caught.value, EngineLoading):
            assert await text_of(backend, PLAIN) == "sys"
            assert backend.status.state is EngineState.READY
            assert told[-1] == backend.status
        await backend.aclose()
        return caught.value


@pytest.mark.parametrize(
    ("handler", "said"),
    [
        (streams(event("sys"), cut=True), "went away in the middle"),
        (streams(event("sys")), "ended an answer in the middle"),
        (streams(event("sys"), DONE), "ended an answer in the middle"),
        (streams(), "ended an answer in the middle"),
        (silent(), r"has said nothing for 0 s"),
        (streams(hang=True), "has said nothing"),
        (streams(event("sys"), hang=True), "has said nothing"),
        (streams(*[b": ping\n\n"] * 5, hang=True), "has said nothing"),
        (streams(event("sys"), b"data: {oops\n\n"), "not JSON"),
        (streams(b'data: {"choices": [{"text": 5}]}\n\n'), "cannot be understood"),
        (streams(b"data: " + b"x" * (3 << 20) + b"\n\n"), "sends what cannot be read"),
        (streams(event("a"), b'data: {"error": {"message": "out of memory", "code": 500}}\n\n'), "broke off: out of"),
        (streams(b'data: {"error": "' + SECRET.encode() + b'"}\n\n'), "quotes it"),
    ],
)
async def test_streams_that_break(handler: Handler, said: str) -> None:
    error = await failure(handler)
    assert isinstance(error, EngineCrashed)
    assert error.message.startswith("the OpenAI-compatible server at 127.0.0.1:") or "quotes it" in error.message
    assert re.search(said, error.message), error.message


@pytest.mark.parametrize(
    ("handler", "kind", "said", "advice"),
    [
        (says({"error": {"message": "no"}}, 401), EngineUnavailable, "does not accept the key", "TEAM_KEY"),
        (says("<html>Forbidden</html>", 403), EngineUnavailable, "does not accept the key", "TEAM_KEY"),
        (says({"error": {"message": "x"}}, 404), EngineUnavailable, "nothing at /v1/completions: x", "kind of server"),
        (says({"error": "rate"}, 429, Retry_After="30"), EngineLoading, "too much to do", "after 30 s"),
        (says("<html>Bad gateway", 502), EngineUnavailable, "status 502", "log"),
        (says({"error": {"code": 503, "message": "Loading model"}}, 503), EngineLoading, "still loading", "after 2 s"),
        (says({}, 302, Location="http://evil/?x"), EngineUnavailable, "to http://evil/.x, where we do not", "trust"),
        (says("<html>welcome</html>"), EngineUnavailable, "a web page", "Check the server"),
        (says({"error": "Unexpected endpoint or method."}), EngineCrashed, "Unexpected endpoint", "Check the server"),
        # vLLM, as documented in its server's protocol; llama-server, as seen in b11549.
        (
            says(
                {"error": {"message": "This model's maximum context length is 768 tokens. However, you requested 900"}},
                400,
            ),
            EngineRejected,
            "too long.*768 and 900 tokens",
            "longer context",
        ),
        (
            says({"error": {"message": "request (10000 tokens) exceeds the available context size (768 tokens)"}}, 400),
            EngineRejected,
            "too long.*10000 and 768",
            "longer context",
        ),
        (says({"error": {"message": "stop: at most 4"}}, 400), EngineRejected, "refuses the request: stop: at", ""),
        (says({"error": {"message": f"bad input: {SECRET}"}}, 400), EngineRejected, "quotes it", ""),
        (says({"detail": [{"input": SECRET}]}, 422), EngineRejected, "refuses the request", ""),
        (says("a" * 100_000, 500), EngineUnavailable, "status 500", "log"),
        (says({"error": {"message": "a\r\nb\u2028c" + "d" * 999}}, 500), EngineUnavailable, "a b cd+ …", "log"),
    ],
)
async def test_refusals_are_sentences(handler: Handler, kind: type[EngineError], said: str, advice: str) -> None:
    error = await failure(handler, key_variable="TEAM_KEY")
    assert isinstance(error, kind)
    assert re.search(said, error.message), error.message
    assert advice in error.advice
    assert "\n" not in error.message


async def test_a_missing_key_names_the_setting() -> None:
    error = await failure(says({"error": {"message": "no"}}, 401))
    assert "endpoint_key" in error.advice
    assert "wants a key" in error.message


async def test_a_pause_is_kept_to() -> None:
    script = {GENERATE: says({"error": "busy"}, 429, Retry_After="40")}
    async with scripted(script) as server:
        backend = RemoteBackend(MODEL, url=server.url, served_name="m")
        for said in ("too much to do", "asked for a pause of another"):
            with pytest.raises(EngineLoading, match=said):
                await text_of(backend, PLAIN)
        assert len(server.requests) == 1
        assert backend.status.state is EngineState.LOADING
        await backend.aclose()


@pytest.mark.parametrize("handler", [silent(), streams(hang=True), streams(event("x"), hang=True)])
async def test_leaving_closes_the_connection(handler: Handler) -> None:
    async with scripted({GENERATE: handler}) as server:
        backend = RemoteBackend(MODEL, url=server.url, served_name="m")
        asking = asyncio.get_running_loop().create_task(text_of(backend, PLAIN))
        while not server.requests:
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait_for(server.left.wait(), 10)
        await asyncio.gather(asking, return_exceptions=True)
        assert asking.cancelled()
        assert await backend.drained(1)
        await backend.aclose()


async def test_one_connection_serves_many_answers_and_none_that_was_cut() -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 1}
    answers = (
        ANSWER,
        streams(event("sys", "length", usage=usage), DONE),
        streams(event("sys"), event("", "stop"), event("", usage=usage), DONE),
        streams(event("sys\nmore"), event("and more"), hang=True),
        ANSWER,
    )
    async with scripted({GENERATE: in_turn(*answers)}) as server:
        backend = RemoteBackend(MODEL, url=server.url, served_name="m")
        for _ in answers:
            assert await text_of(backend, replace(PLAIN, stops=("\n",))) == "sys"
        await asyncio.wait_for(server.left.wait(), 10)
        first, second, third, fourth, fifth = server.clients
        assert first == second == third == fourth != fifth
        await backend.aclose()


async def test_what_comes_behind_the_text_is_not_waited_for() -> None:
    async with scripted({GENERATE: streams(event("sys"), event("", "stop"), hang=True)}) as server:
        backend = RemoteBackend(MODEL, url=server.url, served_name="m")
        chunks = await chunks_of(backend, PLAIN)
        assert [chunk.text for chunk in chunks] == ["sys", ""]
        assert chunks[-1].finish_reason == "stop"
        await backend.aclose()


async def test_only_the_configured_address_is_contacted(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scripted({}) as stranger:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, stranger.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        away = says({}, 307, Location=f"{stranger.url}/v1/completions")
        async with scripted({GENERATE: in_turn(ANSWER, away), "GET /v1/models": ONE}) as server:
            backend = RemoteBackend(MODEL, url=server.url, key="secret")
            assert await text_of(backend, PLAIN) == "sys"
            with pytest.raises(EngineUnavailable, match="sends us on"):
                await text_of(backend, PLAIN)
            await backend.aclose()
            assert all("Cookie" not in headers for headers in server.headers)
            assert {headers["Authorization"] for headers in server.headers} == {"Bearer secret"}
        assert stranger.requests == []


async def test_code_that_travels_unencrypted_is_said_once() -> None:
    told: list[EngineStatus] = []
    async with scripted({GENERATE: ANSWER, "GET /v1/models": ONE}) as server:
        # The unspecified address reaches this machine, and is none of its loopback addresses.
        url = server.url.replace("127.0.0.1", "0.0.0.0")
        backend = RemoteBackend(MODEL, url=url, on_status=told.append)
        for _ in range(2):
            assert await text_of(backend, PLAIN) == "sys"
        await backend.aclose()
    warnings = [status for status in told if "travels unencrypted to 0.0.0.0" in status.reason]
    assert [status.state for status in warnings] == [EngineState.DEGRADED]
    assert told[-1] == EngineStatus(EngineState.READY, "embedded", 1.0)


async def test_a_server_whose_certificate_nobody_knows(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not there to make a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2"]
    subprocess.run([*make, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    async with scripted({GENERATE: ANSWER}, ssl=context) as server:
        backend = RemoteBackend(MODEL, url=server.url, served_name="m")
        with pytest.raises(EngineUnavailable, match=r"is not trusted .self-signed certificate") as caught:
            await text_of(backend, PLAIN)
        assert "SSL_CERT_FILE" in caught.value.advice
        assert server.requests == []
        await backend.aclose()


async def test_tls_where_there_is_none_and_names_that_nobody_has() -> None:
    async with scripted({GENERATE: ANSWER}) as server:
        for url, said in (
            (server.url.replace("http:", "https:"), "does not speak TLS"),
            ("http://nobody.invalid:8000", "no machine has the name"),
            ("http://127.0.0.1:9", "does not answer"),
        ):
            backend = RemoteBackend(MODEL, url=url, served_name="m")
            with pytest.raises(EngineUnavailable, match=said):
                await text_of(backend, PLAIN)
            assert backend.status.state is EngineState.DEGRADED
            await backend.aclose()
    assert CONNECT_SECONDS <= 10


async def test_a_kept_connection_that_was_closed_meanwhile_is_not_noticed() -> None:
    """The server closes at the second request of each connection, without an answer, as a race would have it."""
    served: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The last connection is closed by the client, without a second request.
        with contextlib.suppress(asyncio.IncompleteReadError), contextlib.closing(writer):
            for number in range(2):
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
                )
                await reader.readexactly(length)
                if number == 0:
                    body = event("sys") + event("", "stop", usage={"prompt_tokens": 1}) + DONE
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
                    served.append(number)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port: Any = server.sockets[0].getsockname()[1]
        backend = RemoteBackend(MODEL, url=f"http://127.0.0.1:{port}", served_name="m")
        for _ in range(3):
            assert await text_of(backend, PLAIN) == "sys"
        await backend.aclose()
    assert len(served) == 3


@pytest.mark.parametrize("kind", ["llama-server", "openai"])
async def test_a_server_that_is_killed_in_mid_answer_and_comes_back(kind: str) -> None:
    endless = Prompt((Text("import os\nimport sys\n" * 4),), max_tokens=500)
    with llama_server() as first:
        port = int(first.url.rpartition(":")[2])
        backend = RemoteBackend(MODEL, url=f"{kind}+{first.url}", key=first.key)
        async with aclosing(backend.stream(endless)) as chunks:
            assert (await anext(chunks)).text
            assert backend.status.state is EngineState.READY
            first.kill()
            with pytest.raises(EngineCrashed, match="in the middle of an answer"):
                async for _ in chunks:
                    pass
        assert backend.status.state is EngineState.DEGRADED
        assert "remove endpoint" in backend.status.advice
        with pytest.raises(EngineUnavailable, match="does not answer"):
            await text_of(backend, PLAIN)
    with llama_server(first.key, port):
        assert await text_of(backend, PLAIN)
        assert backend.status.state is EngineState.READY
        await backend.aclose()

"""The setting `endpoint`: kinds, addresses, and what is refused."""

from __future__ import annotations

import pytest

from completion.engine.kinds import KINDS, parse_endpoint
from completion.errors import ConfigError


@pytest.mark.parametrize(
    ("setting", "kind", "origin", "path"),
    [
        ("http://gpu:8000", "openai", "http://gpu:8000", ""),
        ("https://models.example/team/v1/", "openai", "https://models.example", "/team"),
        ("openai+http://gpu:8000/v1", "openai", "http://gpu:8000", ""),
        ("ollama+http://gpu:11434", "ollama", "http://gpu:11434", ""),
        ("ollama+http://gpu:11434/api", "ollama", "http://gpu:11434", ""),
        ("llama-server+http://127.0.0.1:8080", "llama-server", "http://127.0.0.1:8080", ""),
        (" vllm+https://[::1]:8000/a+b ", "vllm", "https://[::1]:8000", "/a+b"),
        ("lmstudio+http://localhost:1234/v1", "lmstudio", "http://localhost:1234", ""),
        ("http://gpu/a+b", "openai", "http://gpu", "/a+b"),
    ],
)
def test_kind_and_address(setting: str, kind: str, origin: str, path: str) -> None:
    endpoint = parse_endpoint(setting)
    assert (endpoint.kind, endpoint.origin, endpoint.path) == (KINDS[kind], origin, path)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("server:8000", "is not a URL"),
        ("ftp://server", "is not a URL"),
        ("http://", "is not a URL"),
        ("/x", "is not a URL"),
        ("vllm+", "is not a URL"),
        ("tgi+http://gpu:80", "'tgi' is no kind of server"),
        ("http://gpu:http", "malformed"),
        ("http://[::1", "malformed"),
        ("http://gpu:99999", "malformed"),
        ("http://gpu/?key=x", "query"),
    ],
)
def test_what_is_no_endpoint_is_refused(setting: str, said: str) -> None:
    with pytest.raises(ConfigError, match=f"endpoint: .*{said}"):
        parse_endpoint(setting)


def test_a_password_in_the_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_endpoint("https://me:hunter2@gpu:8000")
    assert "hunter2" not in caught.value.message + caught.value.advice
    assert "endpoint_key" in caught.value.advice


@pytest.mark.parametrize(
    ("url", "exposed"),
    [
        ("http://localhost:1", False),
        ("http://127.0.0.1:1", False),
        ("http://127.9.9.9:1", False),
        ("http://[::1]:1", False),
        ("https://gpu:1", False),
        ("http://gpu:1", True),
        ("http://192.168.0.7:1", True),
        ("http://localhost.example:1", True),
    ],
)
def test_where_code_travels_unencrypted(url: str, exposed: bool) -> None:
    assert parse_endpoint(url).exposed is exposed

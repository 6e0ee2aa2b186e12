"""The kinds of servers that a person can point us at, and what each can do. Opens no connection.

The kind is written in front of the URL: `ollama+http://gpu:11434`, `vllm+https://models.example`. Without one
it is a plain OpenAI server, of which nothing is expected but `/v1/completions`.

How the text of a person's file stays text (`prompt`):
  ids   the server tokenizes each text with special parsing off, and gets ids back as the prompt (llama-server)
  text  one string in which look-alikes of control tokens are broken by an invisible character; also for vLLM,
        which takes ids too but has no tokenizer call that leaves control tokens alone

Who puts the token of the beginning in front (`bos`), for a model whose template has one:
  ours    the prompt says it, and the server is told to add none (ids; vLLM's `add_special_tokens`)
  theirs  the server adds it to every string as its model file says, so ours is left out: two are a known fault
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from completion.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known of one kind of server. Paths begin behind the configured URL."""

    name: str
    title: str
    """In a sentence, with its article where it needs one."""
    generate: str = "/v1/completions"
    models: str = "/v1/models"
    health: str = ""
    prompt: Literal["ids", "text"] = "text"
    bos: Literal["ours", "theirs"] = "theirs"
    grammar: bool = False
    logprobs: bool = True
    named: bool = True
    """Whether the name of the model in a request matters; a llama-server has one model and answers to any name."""


KINDS = {
    kind.name: kind
    for kind in (
        Kind("openai", "the OpenAI-compatible server"),
        Kind(
            "llama-server",
            "llama-server",
            health="/health",
            prompt="ids",
            bos="ours",
            grammar=True,
            named=False,
        ),
        Kind("vllm", "vLLM", health="/health", bos="ours"),
        Kind("ollama", "Ollama", generate="/api/generate", models="/api/tags", health="/api/version"),
        Kind("lmstudio", "LM Studio", logprobs=False),
    )
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server: its kind, `scheme://host:port`, and the path in front of the kind's own paths."""

    kind: Kind
    origin: str
    path: str

    @property
    def host(self) -> str:
        """Host and port, as a person would name the server."""
        return self.origin.partition("://")[2]

    @property
    def exposed(self) -> bool:
        """Whether code travels over a network without encryption."""
        parts = urlsplit(self.origin)
        return parts.scheme == "http" and not _is_loopback(parts.hostname or "")


def parse_endpoint(setting: str) -> Endpoint:
    """`[KIND+]http[s]://HOST[:PORT][/PATH]`; `/v1` (or `/api`) at its end may be written or not.

    Raises `ConfigError`. What is wrong is named without the URL where that may hold a password.
    """
    name, plus, url = setting.strip().partition("+")
    if not plus or "://" in name:
        name, url = "openai", setting.strip()
    kind = KINDS.get(name)
    if kind is None:
        raise ConfigError(
            f"endpoint: {name!r} is no kind of server.", advice=f"Known kinds: {', '.join(KINDS)}; openai needs none."
        )
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ConfigError("endpoint: the host or port of the URL is malformed.") from None
    if "@" in parts.netloc:
        raise ConfigError(
            "endpoint: a name or password in the URL is not used.",
            advice="Put the key into an environment variable and name it with endpoint_key.",
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"endpoint: {setting!r} is not a URL such as http://server:8000.")
    if parts.query or parts.fragment:
        raise ConfigError("endpoint: a URL without a query (?) and a fragment (#) is expected.")
    suffix = "/" + kind.generate.split("/")[1]
    return Endpoint(kind, f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/").removesuffix(suffix))


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

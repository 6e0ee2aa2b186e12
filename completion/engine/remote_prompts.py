"""A prompt for somebody else's server: as one string, or as ids, and the request around it. Pure functions.

Sampling is written out in full: servers have defaults of their own (a repetition penalty of 1.1 in Ollama and in
some models' generation settings that vLLM obeys), and code repeats itself for good reasons.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from completion.engine import spelling
from completion.engine.kinds import Kind
from completion.engine.wire import MAX_STOPS
from completion.errors import EngineRejected
from completion.models.catalog import ModelSpec
from completion.types import Control, Prompt, Text

BREAK = "\u200b"
"""A zero-width space: it keeps a look-alike from being read as a control token."""

KEEP_ALIVE = "15m"
"""How long an Ollama keeps the model after a request; its own 5 minutes are shorter than a thought."""

# The shape of most vocabularies' control tokens, for those that the catalogue does not list.
_SHAPED = re.compile(r"<(?=[|｜][^<>\s]{1,48}[|｜]>)")


@dataclass(frozen=True, slots=True)
class Asked:
    """A prompt in a server's terms. `start` is what a grammar makes it spell first (llama-server).

    `swallowed` characters of the answer's beginning are the text that was dropped for healing, `dropped` the
    tokens of that text. `mended` says that the string holds zero-width spaces that no person wrote.
    """

    prompt: str | Sequence[int]
    start: str = ""
    swallowed: int = 0
    dropped: int = 0
    banned: tuple[int, ...] = ()
    mended: bool = False


def as_text(prompt: Prompt, model: ModelSpec, kind: Kind) -> Asked:
    """The prompt as one string in which only our own control tokens can be read as such.

    Raises `EngineRejected` for a control token that the catalogue does not know, and for an empty prompt.
    """
    names = controls_of(model)
    parts: list[str] = []
    mended = False
    for number, part in enumerate(prompt.segments):
        if isinstance(part, Text):
            safe = defused(part.text, names)
            mended = mended or (safe != part.text and BREAK not in part.text)
            parts.append(safe)
        elif part.token not in names:
            raise EngineRejected(f"{part.token!r} is not a control token of this model ({model.name}).")
        elif number or not _server_adds(part, model, kind):
            parts.append(part.token)
    text = "".join(parts)
    if not text:
        raise EngineRejected("the prompt is empty.")
    return Asked(text, mended=mended)


def controls_of(model: ModelSpec) -> tuple[str, ...]:
    """All strings that the model's tokenizer may read as control tokens, as far as the catalogue knows."""
    return tuple(dict.fromkeys((*model.controls, *(model.fim.stops if model.fim else ()))))


def defused(text: str, names: Sequence[str]) -> str:
    """`text` with a zero-width space behind the first character of every control look-alike."""
    for name in sorted(set(names), key=len, reverse=True):
        text = text.replace(name, name[0] + BREAK + name[1:])
    return _SHAPED.sub("<" + BREAK, text)


def body_of(kind: Kind, name: str, prompt: Prompt, asked: Asked) -> dict[str, Any]:
    """The streaming request. `name` is what the server calls its model."""
    max_tokens = prompt.max_tokens + asked.dropped
    sampling = prompt.sampling
    stops = _stops(prompt, asked)
    if kind.name == "ollama":
        # https://docs.ollama.com/api/generate: raw leaves the prompt as it is; no suffix, no template.
        options = {
            "num_predict": max_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "top_k": 0,
            "min_p": 0.0,
            "repeat_penalty": 1.0,
            "seed": sampling.seed,
            "stop": stops,
        }
        shape = {"raw": True, "stream": True, "logprobs": True, "truncate": False, "keep_alive": KEEP_ALIVE}
        return {"model": name, "prompt": asked.prompt, **shape, "options": options}
    body: dict[str, Any] = {
        "model": name,
        "prompt": asked.prompt,
        "max_tokens": max_tokens,
        "stop": stops or None,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "seed": sampling.seed,
        "stream": True,
    }
    if kind.logprobs:
        body["logprobs"] = 1
    return body | _extensions(kind, prompt, asked)


def _extensions(kind: Kind, prompt: Prompt, asked: Asked) -> dict[str, Any]:
    neutral: dict[str, Any] = {"top_k": 0, "min_p": 0.0}
    if kind.name == "vllm":
        # Control tokens that the model generates must be seen, or what follows them is taken for the answer.
        shown = {"skip_special_tokens": False, "add_special_tokens": False}
        return neutral | shown | {"repetition_penalty": 1.0, "stream_options": {"include_usage": True}}
    if kind.name == "lmstudio":
        return {"top_k": 0, "repeat_penalty": 1.0, "stream_options": {"include_usage": True}}
    if kind.name != "llama-server":
        return {}
    # No id_slot: the server is shared, and finds the slot with the longest common beginning by itself, whereas a
    # request for a named slot that is busy waits although others are free.
    body = neutral | {"repeat_penalty": 1.0, "cache_prompt": True}
    if asked.start:
        body |= {"grammar": spelling.rule(asked.start), "n_probs": spelling.ALTERNATIVES}
        body["logit_bias"] = [[token, False] for token in asked.banned]
    elif prompt.grammar:
        body["grammar"] = prompt.grammar
    return body


def _stops(prompt: Prompt, asked: Asked) -> list[str]:
    """Stop strings for the server, which sees the left-over of healing too: no stop may hold part of that."""
    left_over = asked.start[: asked.swallowed]
    return [stop for stop in prompt.stops[:MAX_STOPS] if not _touches(stop, left_over)]


def _touches(stop: str, text: str) -> bool:
    return stop in text or any(text.endswith(stop[:length]) for length in range(1, len(stop)))


def _server_adds(part: Control, model: ModelSpec, kind: Kind) -> bool:
    return kind.bos == "theirs" and part.token in model.beginnings

"""The vocabulary of a GGUF header: lists of equal length, no token twice, and how it treats line breaks.

llama.cpp ends the process where two tokens are spelt alike, and where a byte token does not say its byte.
Templates are never looked at.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from completion.errors import ModelFileInvalid
from completion.models.gguf_values import AGAIN, FLOAT32, INT32, STRING, Items, Value

_LIST = "tokenizer.ggml."
_PIECES = "llama"
_BYTE_PAIRS = frozenset({"gpt2", "gemma4"})
_BYTE = 6
_SPELT_BYTE = re.compile(rb"<0x[0-9A-Fa-f]{2}>")
_FEWEST = 256
"""Every byte must be spelt somehow."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Number of tokens; `breaks_apart` as in `gguf.Header`."""

    tokens: int
    breaks_apart: bool


def check(path: Path, values: Mapping[str, Value]) -> Vocabulary:
    """What the header says of its vocabulary. Raises `ModelFileInvalid` with the key that is wrong."""
    model = values.get(f"{_LIST}model")
    if model != _PIECES and model not in _BYTE_PAIRS:
        raise ModelFileInvalid(
            f"{path}: {_LIST}model is {str(model)[:40]!r}; only SentencePiece (llama) and byte pairs (gpt2) are known.",
            advice="Choose another model.",
        )
    tokens = _items(path, values, "tokens", (STRING,)).texts
    if len(tokens) < _FEWEST:
        raise _damaged(path, f"{_LIST}tokens has only {len(tokens)} tokens")
    types = _like(path, values, "token_type", (INT32,), len(tokens))
    scores = _like(path, values, "scores", (FLOAT32, INT32), len(tokens))
    if not all(map(math.isfinite, scores)):
        raise _damaged(path, f"{_LIST}scores has values that are no numbers")
    if model == _PIECES:
        _check_bytes(path, tokens, types)
    elif _items(path, values, "merges", (STRING,)).count == 0:
        raise _damaged(path, f"{_LIST}merges is empty")
    # An empty one gets a name of its own while it is loaded.
    spelt = {token or b"[EMPTY_%d]" % number for number, token in enumerate(tokens)}
    if len(spelt) != len(tokens):
        raise _damaged(path, f"{_LIST}tokens has a token twice")
    return Vocabulary(len(tokens), model == _PIECES and _breaks_apart(values, tokens))


def _breaks_apart(values: Mapping[str, Value], tokens: Sequence[bytes]) -> bool:
    """True only where it is certain: SentencePiece merges neighbours into tokens of its list and nothing else.

    It puts a blank before the text unless told otherwise.
    """
    if values.get(f"{_LIST}add_space_prefix", True) is not False:
        return False
    return not any(b"\n" in token and token != b"\n" for token in tokens)


def _check_bytes(path: Path, tokens: Sequence[bytes], types: Sequence[int | float]) -> None:
    for number, (token, kind) in enumerate(zip(tokens, types, strict=False)):
        if kind == _BYTE and not _SPELT_BYTE.fullmatch(token):
            raise _damaged(path, f"token {number} of {_LIST}tokens is to be a byte and is spelt otherwise")


def _items(path: Path, values: Mapping[str, Value], name: str, kinds: Sequence[int]) -> Items:
    found = values.get(f"{_LIST}{name}")
    if not isinstance(found, Items) or found.kind not in kinds:
        raise _damaged(path, f"{_LIST}{name} is missing or of another type")
    return found


def _like(
    path: Path, values: Mapping[str, Value], name: str, kinds: Sequence[int], count: int
) -> Sequence[int | float]:
    """A list as long as that of the tokens; empty where the file has none."""
    if f"{_LIST}{name}" not in values:
        return ()
    found = _items(path, values, name, kinds)
    if found.count != count:
        raise _damaged(path, f"{_LIST}{name} has {found.count} items for {count} tokens")
    return found.values


def _damaged(path: Path, what: str) -> ModelFileInvalid:
    return ModelFileInvalid(f"{path} is damaged: {what}.", advice=AGAIN)

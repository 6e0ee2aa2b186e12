"""What a GGUF header claims of its model: is it one that writes text, is it whole, and is its shape possible?

The keys are those of ggml's docs/gguf.md. The bounds are those of llama.cpp, which ends the process (GGML_ASSERT)
where a claim is outside of them instead of refusing the file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from completion.errors import ModelFileInvalid
from completion.models.gguf_values import AGAIN, Items, Value

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
_NO_WRITERS = frozenset(
    [
        "bert",
        "modern-bert",
        "nomic-bert",
        "nomic-bert-moe",
        "neo-bert",
        "jina-bert-v2",
        "jina-bert-v3",
        "eurobert",
        "gemma-embedding",
        "gemma-embedding2",
        "llama-embed",
        "clip",
        "t5",
        "t5encoder",
        "wavtokenizer-dec",
        "qwen3tts",
        "pockettts",
        "dream",
        "llada",
        "llada-moe",
        "rnd1",
        "eagle3",
        "dflash",
        "gemma4-assistant",
        "clef",
    ]
)
"""Architectures that embed, see, speak, write out of order, or only help another model."""

_MOST_LAYERS = 512
_MOST_EXPERTS = 1024
_MOST_HEADS = 4096
_MOST_WIDTH = 1 << 20
_MOST_CONTEXT = 1 << 31
_MOST_HEAD_DIM = 8192
_MOST_WIDENING = 16
_SIZES = re.compile(r".*(length|size|count|rank|dim)(_[a-z]+)*")
_LONG = re.compile(r".*(context|window|temperature).*")
_SCALINGS = ("none", "linear", "yarn", "longrope")
_FILE_TYPES = {
    0: "F32",
    1: "F16",
    2: "Q4_0",
    3: "Q4_1",
    7: "Q8_0",
    8: "Q5_0",
    9: "Q5_1",
    10: "Q2_K",
    11: "Q3_K_S",
    12: "Q3_K_M",
    13: "Q3_K_L",
    14: "Q4_K_S",
    15: "Q4_K_M",
    16: "Q5_K_S",
    17: "Q5_K_M",
    18: "Q6_K",
    19: "IQ2_XXS",
    20: "IQ2_XS",
    21: "Q2_K_S",
    22: "IQ3_XS",
    23: "IQ3_XXS",
    24: "IQ1_S",
    25: "IQ4_NL",
    26: "IQ3_S",
    27: "IQ3_M",
    28: "IQ2_S",
    29: "IQ2_M",
    30: "IQ4_XS",
    31: "IQ1_M",
    32: "BF16",
    36: "TQ1_0",
    37: "TQ2_0",
    38: "MXFP4_MOE",
    39: "NVFP4",
    40: "Q1_0",
    41: "Q2_0",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """See `gguf.Header`."""

    architecture: str
    layers: int
    hidden: int
    context: int
    heads: int | None
    kv_heads: int | None
    head_dim: int | None
    cache_values_per_token: int | None
    sliding_window: int | None


def check(path: Path, values: Mapping[str, Value]) -> Shape:
    """The shape that the header claims. Raises `ModelFileInvalid` with the key that is wrong."""
    architecture = _check_kind(path, values)
    claims = _Claims(path, values, architecture)
    layers = claims.needed("block_count", _MOST_LAYERS)
    hidden = claims.needed("embedding_length", _MOST_WIDTH)
    context = claims.needed("context_length", _MOST_CONTEXT)
    claims.check_numbers()
    claims.whole("embedding_length_out", _MOST_WIDENING * hidden)
    _check_experts(claims, layers)
    if claims.whole("nextn_predict_layers", layers) == layers:
        raise claims.wrong("nextn_predict_layers", f"less than the {layers} layers")
    window = claims.whole("attention.sliding_window", _MOST_CONTEXT)
    heads, kv_heads, key_dim, value_dim = _check_heads(claims, layers, hidden)
    cache = sum(kv_heads) * (key_dim + value_dim) if heads else None
    return Shape(
        architecture,
        layers,
        hidden,
        context,
        max(heads, default=0) or None,
        max(kv_heads, default=0) or None,
        key_dim or None,
        cache,
        window or None,
    )


def text_of(values: Mapping[str, Value], key: str) -> str:
    """A text to be shown: one line, nothing that a terminal would obey; "" where there is none."""
    found = values.get(key)
    return "".join(character for character in found[:200] if character.isprintable()) if isinstance(found, str) else ""


def quantization(values: Mapping[str, Value]) -> str:
    """The file type by name; "" where the file does not say."""
    found = values.get("general.file_type")
    return _FILE_TYPES.get(found, "") if type(found) is int else ""


def _check_kind(path: Path, values: Mapping[str, Value]) -> str:
    architecture = values.get("general.architecture")
    if not isinstance(architecture, str) or not _NAME.fullmatch(architecture):
        raise ModelFileInvalid(f"{path} does not say its architecture (general.architecture).", advice=AGAIN)
    kind = values.get("general.type", "model")
    if kind != "model":
        raise ModelFileInvalid(
            f"{path} is no model but {str(kind)[:40]!r} for one (general.type).", advice="Choose the model's own file."
        )
    writes = values.get(f"{architecture}.attention.causal", True) is True
    embeds = values.get(f"{architecture}.pooling_type", 0) != 0
    other = any(key.startswith((f"{architecture}.classifier.", f"{architecture}.decision.")) for key in values)
    if architecture in _NO_WRITERS or not writes or embeds or other:
        raise ModelFileInvalid(
            f"{path}: a model of the kind {architecture} with these settings does not write text from left to right.",
            advice="Choose a model that completes code.",
        )
    parts = values.get("split.count", 0)
    if type(parts) is not int or parts > 1:
        raise ModelFileInvalid(
            f"{path} is one of {parts} parts (split.count); all of them are needed, as one file.",
            advice="Join them with llama-gguf-split --merge.",
        )
    return architecture


class _Claims:
    """The entries of one architecture, with their bounds."""

    def __init__(self, path: Path, values: Mapping[str, Value], architecture: str) -> None:
        self._path = path
        self._values = values
        self._prefix = f"{architecture}."

    def wrong(self, key: str, expected: str) -> ModelFileInvalid:
        found = self._values.get(self._prefix + key)
        shown = "missing" if found is None else "a list" if isinstance(found, Items) else str(found)[:40]
        return ModelFileInvalid(
            f"{self._path} is damaged: {self._prefix}{key} is {shown}; {expected} is expected.", advice=AGAIN
        )

    def has(self, key: str) -> bool:
        return self._prefix + key in self._values

    def needed(self, key: str, most: int) -> int:
        """A whole number from 1 on."""
        found = self.whole(key, most)
        if not found:
            raise self.wrong(key, f"a whole number from 1 to {most}")
        return found

    def whole(self, key: str, most: int) -> int | None:
        """A whole number from 0 on; None where there is none."""
        found = self._values.get(self._prefix + key)
        if found is None:
            return None
        if type(found) is not int or not 0 <= found <= most:
            raise self.wrong(key, f"a whole number up to {most}")
        return found

    def layered(self, key: str, most: int, layers: int) -> tuple[int, ...] | None:
        """A whole number for each layer, which the file says once or layer by layer."""
        found = self._values.get(self._prefix + key)
        if not isinstance(found, Items):
            one = self.whole(key, most)
            return None if one is None else (one,) * layers
        whole = tuple(int(value) for value in found.values if isinstance(value, int) and 0 <= value <= most)
        if found.count != layers or len(whole) != layers:
            raise self.wrong(key, f"a whole number up to {most} for each of {layers} layers")
        return whole

    def check_numbers(self) -> None:
        """Sizes are bounded, fractions finite and not negative where they scale, scalings known."""
        for key, value in self._values.items():
            if not key.startswith(self._prefix):
                continue
            short = key.removeprefix(self._prefix)
            # Buffers are made as large as these say.
            if _SIZES.fullmatch(short) and not _LONG.fullmatch(short) and type(value) is int and value > _MOST_WIDTH:
                raise self.wrong(short, f"a whole number up to {_MOST_WIDTH}")
            if isinstance(value, float) and not math.isfinite(value):
                raise self.wrong(short, "a number")
            if isinstance(value, float) and value < 0 and short.endswith("epsilon"):
                raise self.wrong(short, "a number from 0 on")
        base = self._values.get(f"{self._prefix}rope.freq_base", 1.0)
        if not isinstance(base, float) or base <= 0:
            raise self.wrong("rope.freq_base", "a number above 0")
        scaling = self._values.get(f"{self._prefix}rope.scaling.type", "none")
        if scaling not in _SCALINGS:
            raise self.wrong("rope.scaling.type", f"one of {', '.join(_SCALINGS)}")


def _check_experts(claims: _Claims, layers: int) -> None:
    experts = claims.whole("expert_count", _MOST_EXPERTS) or 0
    used = max(claims.layered("expert_used_count", _MOST_EXPERTS, layers) or (0,))
    if used > experts or bool(used) != bool(experts):
        raise claims.wrong("expert_used_count", f"a number from 1 to the {experts} experts, or none without experts")
    groups = claims.whole("expert_group_count", _MOST_EXPERTS) or 0
    chosen = claims.whole("expert_group_used_count", _MOST_EXPERTS) or 0
    if groups and (groups >= experts or experts % groups):
        raise claims.wrong("expert_group_count", f"a divisor of the {experts} experts")
    if groups > 1 and not 0 < chosen < groups:
        raise claims.wrong("expert_group_used_count", f"a number from 1 to {groups - 1}")


def _check_heads(claims: _Claims, layers: int, hidden: int) -> tuple[tuple[int, ...], tuple[int, ...], int, int]:
    """Heads and key heads of each layer, and the numbers kept of a key and of a value; none without attention."""
    heads = claims.layered("attention.head_count", _MOST_HEADS, layers) or ()
    if not any(heads):
        if not claims.has("ssm.state_size") and not claims.has("wkv.head_size"):
            raise claims.wrong("attention.head_count", "a whole number from 1 on")
        return (), (), 0, 0
    kv_heads = claims.layered("attention.head_count_kv", _MOST_HEADS, layers) or heads
    for head, kv_head in zip(heads, kv_heads, strict=True):
        if head and kv_head and (head < kv_head or head % kv_head):
            raise claims.wrong("attention.head_count_kv", f"a divisor of the {head} heads")
    most = max(heads)
    key_dim = claims.whole("attention.key_length", _MOST_HEAD_DIM) if claims.has("attention.key_length") else None
    if key_dim is None and hidden % most:
        raise claims.wrong("attention.head_count", f"a divisor of embedding_length ({hidden})")
    key_dim = hidden // most if key_dim is None else key_dim
    value_dim = claims.whole("attention.value_length", _MOST_HEAD_DIM)
    value_dim = hidden // most if value_dim is None else value_dim
    if not key_dim or not value_dim:
        raise claims.wrong("attention.key_length", "a whole number from 1 on")
    turned = claims.whole("rope.dimension_count", _MOST_HEAD_DIM)
    if (key_dim if turned is None else turned) % 2 or (turned or 0) > key_dim:
        raise claims.wrong("rope.dimension_count", f"an even number up to {key_dim}")
    # Attention through a latent (MLA) keeps one row, and finds the value in it.
    latent = claims.whole("attention.key_length_mla", _MOST_HEAD_DIM)
    return heads, kv_heads, key_dim, 0 if latent else value_dim

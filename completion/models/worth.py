"""What a model is worth to a person who types, and what may be chosen for them at all. Knows no machine.

The worth is a score out of 100. Where it is an estimate, the words that come with it say so.
"""

from __future__ import annotations

import math

from completion.models.catalog import Catalog
from completion.models.spec import ModelFile, ModelSpec, Role

CHOOSABLE = {
    "Apache-2.0": "",
    "MIT": "",
    "BigCode-OpenRAIL-M-v1": "its licence names uses that are not allowed",
    "BigScience-OpenRAIL-M-v1": "its licence names uses that are not allowed",
    "DeepSeek-Model-License": "its licence names uses that are not allowed",
    "Gemma": "its terms name uses that are not allowed",
    "Llama-2-Community": "its licence has an acceptable use policy",
}
"""Licences that allow commercial work, with what a person should know; nothing else is chosen for anybody."""

ARITHMETIC = (
    *("parameters", "active_parameters", "layers", "hidden", "heads", "kv_heads", "head_dim"),
    *("kv_values_per_token", "vocabulary", "tied_embeddings", "fim"),
)
"""Keys of the catalogue that the choice rests on; `files` too, unless the file is here."""

SCORES = ("humaneval_fim", "crosscodeeval_em")
"""Single-line infilling and completion across files, from one report; their mean is the worth."""

_INSTRUCT_LOSS = 3.0
_UNKNOWN = 10.0
_QUANTIZATION_LOSS = {"Q6_K": 0.1, "Q5_K_M": 0.3, "Q5_K_S": 0.4, "Q4_K_M": 0.8, "Q4_K_S": 1.0, "Q4_0": 1.5}
_COARSER_LOSS = 5.0
_FINE = ("F32", "BF16", "F16", "Q8_0")
_HALVING_LOSS = 2.0


def worth(catalog: Catalog, spec: ModelSpec, role: Role) -> tuple[float, str]:
    """The worth of a model before any quantization, and how it comes about.

    For completion: the mean of two published scores. An instruct model without them counts as its base model less 3,
    because it infills slightly worse (QwenLM/Qwen3-Coder issue 206); any other without them counts 10, below all
    with scores, and what ships with the program counts 0. For scripts nobody publishes such scores, so size decides:
    the logarithm of the parameters, of a mixture of experts those of the geometric mean of all and active ones.
    """
    if role == "script":
        size = math.sqrt((spec.parameters or 1) * (spec.active_parameters or spec.parameters or 1))
        return 10 * math.log10(max(1.0, size / 1e7)), f"no score for scripts is known; {size / 1e9:.1f} G parameters"
    found = _mean(spec)
    if found is not None:
        return found, f"the mean of {_scores(spec)}"
    if any(file.shipped for file in spec.files):
        return 0.0, "it ships with the program; every larger model does better"
    base = catalog.models.get(spec.name.removesuffix("-instruct")) if spec.instruct else None
    inherited = _mean(base) if base is not None else None
    if base is not None and inherited is not None:
        return inherited - _INSTRUCT_LOSS, f"{base.title}'s {inherited:.1f} less 3 for instruct, an estimate"
    return _UNKNOWN, "no score that can be compared is known"


def loss(file: ModelFile, prompt_tokens: int, full: int) -> float:
    """What a quantization and a prompt shorter than `full` take from the worth.

    Estimates: quantization after the order of llama.cpp's published perplexities, two points for half a prompt.
    """
    name = file.quantization.upper()
    coarse = 0.0 if name in _FINE else _QUANTIZATION_LOSS.get(name, _COARSER_LOSS)
    return coarse + _HALVING_LOSS * math.log2(full / prompt_tokens)


def licence_obstacle(spec: ModelSpec) -> str:
    """Why the licence forbids to choose the model for a person; "" where it does not."""
    if spec.licence in CHOOSABLE:
        return ""
    note = spec.licence_note or f"the licence {spec.licence} is not among those that allow all work"
    return f"never chosen for you: {note.rstrip('.')}"


def doubts(spec: ModelSpec, file: ModelFile, is_here: bool) -> tuple[str, ...]:
    """Keys that the arithmetic needs and nobody has verified."""
    keys = ARITHMETIC if is_here or file.basis == "exact" else (*ARITHMETIC, "files")
    return spec.doubts(keys)


def _mean(spec: ModelSpec) -> float | None:
    if not all(name in spec.scores for name in SCORES):
        return None
    return sum(spec.scores[name] for name in SCORES) / len(SCORES)


def _scores(spec: ModelSpec) -> str:
    return " and ".join(f"{name} {spec.scores[name]:g}" for name in SCORES)

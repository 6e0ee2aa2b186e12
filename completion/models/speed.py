"""How fast a model will answer on this machine: the prediction that follows from a calibration. Runs no engine.

A decoding step reads all active weights once, so its time is their bytes over a rate of bytes; a prompt is
arithmetic, two operations for a parameter and token; attention adds its own operations for each token of context,
each layer a fixed time, and so does each token of the vocabulary when the next one is chosen. A mixture of experts
reads the experts that a batch asks for: of one token the active weights, of many tokens all.
"""

from __future__ import annotations

from dataclasses import dataclass

from completion.models.calibration import (
    APPENDED_TOKENS,
    KINDS,
    Calibration,
    Place,
    Rates,
    Times,
    assumed,
    cache_folder,
    fingerprint,
    load,
    save,
    uniform,
)
from completion.models.spec import ModelFile, ModelSpec, Role

__all__ = [
    "APPENDED_TOKENS",
    "KINDS",
    "Calibration",
    "Place",
    "Prediction",
    "Rates",
    "Times",
    "assumed",
    "cache_folder",
    "fingerprint",
    "kind_of",
    "load",
    "missing",
    "predict",
    "save",
    "uniform",
]

LINE_TOKENS = 12
"""Tokens of a line of code and its break."""

SUFFIX_TOKENS = 250
"""What each key costs a model that knows no order in which typing only appends: the suffix behind the cursor."""

LATE = 1.3
"""How much later than predicted one key in twenty is: measured 1.35 (0.5B) over the median beside a busy process."""

SCRIPT_PROMPT_TOKENS = 400
SCRIPT_TOKENS = 150

_SMALL_BATCH = 32
_SMALL_BATCH_RATE = 0.77
"""Batches of 32 tokens or fewer run at about three quarters of the prompt rate of 64 and more (AVX2 kernels)."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """Times of one model, in milliseconds, with their arithmetic.

    `warm_ms`: from a key to the first line when the prompt was only appended to; `cold_ms`: with the whole prompt new;
    `step_ms`: one token; `prompt_rate`: tokens of a prompt a second; `batch_ms`: one batch, which a cancel waits for.
    """

    warm_ms: float
    cold_ms: float
    step_ms: float
    append_ms: float
    prompt_rate: float
    batch_ms: float
    arithmetic: tuple[str, ...]

    @property
    def late_ms(self) -> float:
        """What nineteen of twenty keys keep: the time that is held against the budget."""
        return LATE * self.warm_ms


def predict(
    spec: ModelSpec, file: ModelFile, place: Place, *, prompt_tokens: int, batch: int, role: Role = "completion"
) -> Prediction | None:
    """The times of `file` at `place` with prompts of `prompt_tokens`; None where a fact is missing (`missing`).

    For scripts, which nobody types ahead of, both times are those of a whole script.
    """
    work = _work(spec, file)
    if work is None:
        return None
    tokens = SCRIPT_PROMPT_TOKENS if role == "script" else prompt_tokens
    known = place.models.get(spec.name) if file.shipped else None
    if known is not None:
        costs = _known_costs(work, place, known, tokens, batch)
    else:
        costs = _costs(work, kind_of(spec, file), place, tokens, batch)
    written = SCRIPT_TOKENS if role == "script" else LINE_TOKENS
    line = (written - 1) * costs.step
    prompt = tokens / batch * costs.in_batch + costs.last
    cold = prompt + line
    after = f"{written - 1} x {1000 * costs.step:.1f} ms"
    if role == "script":
        warm, text = (
            cold,
            f"a script of {written} tokens {1000 * cold:.0f} ms: its prompt {1000 * prompt:.0f}, then {after}",
        )
    elif spec.recurrent:
        warm, text = cold, f"first line {1000 * cold:.0f} ms: its state cannot be taken back, so each key costs all"
    elif not _appends(spec):
        suffix = SUFFIX_TOKENS / batch * costs.in_batch
        warm = suffix + line
        text = f"first line {1000 * warm:.0f} ms: {SUFFIX_TOKENS} tokens of suffix {1000 * suffix:.0f}, then {after}"
    else:
        warm = costs.append + line
        text = (
            f"first line {1000 * warm:.0f} ms: {APPENDED_TOKENS} typed tokens {1000 * costs.append:.0f}, then {after}"
        )
    return Prediction(
        warm_ms=1000 * warm,
        cold_ms=1000 * cold,
        step_ms=1000 * costs.step,
        append_ms=1000 * costs.append,
        prompt_rate=batch / costs.in_batch,
        batch_ms=1000 * costs.in_batch,
        arithmetic=(
            f"one token {1000 * costs.step:.1f} ms: {costs.step_text}",
            text,
            f"all new {1000 * cold:.0f} ms: {tokens} tokens at {batch / costs.in_batch:.0f} a second "
            f"({costs.prompt_text}), then {after}",
        ),
    )


@dataclass(frozen=True, slots=True)
class _Costs:
    """Seconds of a step, of an append, of one batch of a prompt and of its end."""

    step: float
    append: float
    in_batch: float
    last: float
    step_text: str
    prompt_text: str


def _known_costs(work: _Work, place: Place, known: Times, tokens: int, batch: int) -> _Costs:
    """Of a model that was measured itself, at another depth."""
    more = work.attention * (tokens - known.depth)
    step = max(known.step / 2, known.step + more / place.attention)
    token = max(known.prompt_token / 2, known.prompt_token + more / 2 / place.prompt_attention)
    append = max(known.append / 2, known.append + APPENDED_TOKENS * more / place.attention)
    return _Costs(step, append, batch * token, 0.0, "measured itself", "measured itself")


def _costs(work: _Work, kind: str, place: Place, tokens: int, batch: int) -> _Costs:
    rates = place.rates[kind]
    deep = work.attention * tokens / place.attention
    fixed = work.layers * place.layer + work.vocabulary * place.vocabulary
    weights = work.layer_bytes + work.output_bytes
    step = weights / rates.read + fixed + deep
    # The last layer and the scores are calculated for the last token only.
    last = work.layer_bytes / work.layers
    experts = min(work.all_layer_bytes, APPENDED_TOKENS * work.layer_bytes) if work.is_mixture else 0.0
    several = max((work.layer_bytes - last) * rates.append, experts)
    append = (several + last + work.output_bytes) / rates.read + fixed + APPENDED_TOKENS * deep
    operations = 2 * work.layer_parameters * (work.layers - 1) / work.layers
    compute = rates.compute * (_SMALL_BATCH_RATE if batch <= _SMALL_BATCH < place.batch else 1.0)
    token = operations / compute + work.attention * tokens / 2 / place.prompt_attention
    read = min(work.all_layer_bytes, batch * work.layer_bytes) if work.is_mixture else work.layer_bytes
    in_batch = max(batch * token, read / rates.read) + work.layers * place.layer
    return _Costs(
        step=step,
        append=append,
        in_batch=in_batch,
        last=work.output_bytes / rates.read + work.vocabulary * place.vocabulary,
        step_text=f"{weights / 1e6:.0f} MB of weights at {rates.read / 1e9:.1f} GB/s ({kind}) "
        f"{1000 * weights / rates.read:.1f}, layers and vocabulary {1000 * fixed:.1f}, "
        f"attention over {tokens} tokens {1000 * deep:.1f}",
        prompt_text=f"{work.layer_parameters / 1e9:.2f} G parameters x 2 at {compute / 1e9:.0f} GFLOP/s",
    )


def missing(spec: ModelSpec, file: ModelFile) -> tuple[str, ...]:
    """Keys of the catalogue that the arithmetic needs and nobody knows."""
    known = {
        "files.bytes": file.bytes,
        "parameters": spec.parameters,
        "layers": spec.layers,
        "hidden": spec.hidden,
        "vocabulary": spec.vocabulary,
        "heads": spec.heads,
    }
    return tuple(name for name, value in known.items() if not value)


def kind_of(spec: ModelSpec, file: ModelFile) -> str:
    """Which of the measured kinds a file runs as.

    K-quants have blocks of 256 values; rows that are no multiple of it are encoded as Q5_0 and Q8_0 instead.
    """
    name = file.quantization.upper()
    odd = bool(spec.hidden and spec.hidden % 256) and "_K" in name
    if name.startswith(("F", "BF", "Q8")) or (odd and name.startswith("Q6")):
        return "Q8_0"
    if odd:
        return "Q5_0"
    return "Q6_K" if name.startswith(("Q5", "Q6")) else "Q4_K_M"


@dataclass(frozen=True, slots=True)
class _Work:
    """What a model has to read and to calculate; bytes, parameters and operations of one token."""

    layers: int
    layer_bytes: float
    all_layer_bytes: float
    output_bytes: float
    layer_parameters: float
    vocabulary: int
    attention: float
    is_mixture: bool


def _work(spec: ModelSpec, file: ModelFile) -> _Work | None:
    if not (spec.parameters and spec.layers and spec.hidden and spec.vocabulary and file.bytes and spec.heads):
        return None
    bytes_per = file.bytes / spec.parameters
    output = spec.vocabulary * spec.hidden
    # Rows of an input matrix of its own are looked up, not multiplied. Where nobody knows: one matrix for both.
    tables = output * (2 if spec.tied_embeddings is False else 1)
    active = max(0, (spec.active_parameters or spec.parameters) - tables)
    return _Work(
        layers=spec.layers,
        layer_bytes=active * bytes_per,
        all_layer_bytes=max(0, spec.parameters - tables) * bytes_per,
        output_bytes=output * bytes_per,
        layer_parameters=active,
        vocabulary=spec.vocabulary,
        attention=4 * spec.layers * spec.heads * (spec.head_dim or spec.hidden / spec.heads),
        is_mixture=bool(spec.active_parameters and spec.active_parameters < spec.parameters),
    )


def _appends(spec: ModelSpec) -> bool:
    """Whether the model knows an order in which typing only appends to the prompt."""
    return spec.fim is not None and set(spec.fim.layouts) != {"psm"}

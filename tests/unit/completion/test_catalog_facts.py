"""What the shipped catalogue says, held against figures that were calculated apart from it, and against itself."""

from __future__ import annotations

import pytest

from completion.errors import ConfigError
from completion.models import catalog
from completion.models.spec import F16_BYTES, ModelSpec

MODELS = catalog.builtin().models
FREE = frozenset({"Apache-2.0", "MIT"})


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("embedded", 3072),
        ("qwen2.5-coder-0.5b", 12_288),
        ("qwen2.5-coder-1.5b", 28_672),
        ("qwen2.5-coder-3b", 36_864),
        ("qwen2.5-coder-7b", 57_344),
        ("qwen2.5-coder-14b", 196_608),
        ("qwen2.5-coder-32b", 262_144),
        ("qwen3-coder-30b-a3b-instruct", 98_304),
        ("qwen3-coder-next", 24_576),  # 12 of 48 layers
        ("deepseek-coder-1.3b", 196_608),  # no grouped heads
        ("deepseek-coder-33b", 253_952),
        ("deepseek-coder-v2-lite", 31_104),  # latent attention
        ("starcoderbase-1b", 12_288),  # one head of keys and values
        ("starcoder2-15b", 81_920),
        ("codellama-13b", 819_200),
        ("codegemma-7b", 458_752),
        ("stable-code-3b", 327_680),
        ("codestral-22b", 229_376),
        ("granite-8b-code", 147_456),
        ("granite-4.1-30b", 262_144),
        ("mellum-4b", 368_640),
        ("mellum2-12b-a2.5b", 57_344),
        ("seed-coder-8b", 131_072),
        ("aixcoder-7b", None),
        ("granite-4.0-h-tiny", None),  # it is not known how many layers have a cache
    ],
)
def test_bytes_of_cache_for_a_token(name: str, wanted: int | None) -> None:
    values = MODELS[name].cache_values_per_token
    assert (None if values is None else F16_BYTES * values) == wanted


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_a_table_holds_together(model: ModelSpec) -> None:
    for key in model.unverified:
        assert model.doubts((key,)) == (key,)
        assert key in model.doubts(type(model).model_fields)
    assert (model.licence in FREE) == (model.licence_note == "")
    assert model.instruct == (model.chat is not None)
    assert model.instruct or model.roles == ("completion",)
    if model.heads and model.kv_heads:
        # Latent attention is one head for all.
        assert model.heads % model.kv_heads == 0
    if model.active_parameters and model.parameters:
        assert model.active_parameters < model.parameters
    if model.sliding_window and model.architecture == "starcoder2":
        assert model.prompt_tokens < model.sliding_window
    quantizations = [file.quantization for file in model.files]
    assert len(set(quantizations)) == len(quantizations)


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_files_are_plausible(model: ModelSpec) -> None:
    order = ["Q4_0", "Q4_K_S", "Q4_K_M", "Q5_K_M", "Q6_K", "Q8_0", "F16", "BF16"]
    files = sorted(model.files, key=lambda file: order.index(file.quantization))
    assert list(model.files) == files
    sizes = [file.bytes for file in files if file.bytes is not None]
    assert sizes == sorted(sizes)
    for file in files:
        if file.name and not file.shipped:
            # It can be pulled.
            assert file.repo or model.repo
            assert file.name.endswith(".gguf")
        if file.sha256 or file.commit:
            assert file.name
        if model.parameters and file.bytes:
            bits = 8 * file.bytes / model.parameters
            assert 4.2 < bits < 17.5, (file.quantization, bits)


def test_some_files_are_pinned_to_their_bytes() -> None:
    pinned = {(model.name, file.quantization) for model in MODELS.values() for file in model.files if file.commit}
    assert {("qwen2.5-coder-1.5b", "Q8_0"), ("qwen2.5-coder-7b", "Q8_0")} <= pinned
    assert all(
        file.sha256 and file.bytes and file.basis == "exact"
        for model in MODELS.values()
        for file in model.files
        if file.commit
    )


def test_what_is_unverified_is_asked_for_by_key() -> None:
    codestral = MODELS["codestral-22b"]
    assert codestral.doubts(("layers", "trained_context")) == ("layers",)
    assert codestral.doubts(("fim",)) == ()
    assert MODELS["seed-coder-8b"].doubts(("fim",)) == ("fim.end",)
    assert MODELS["seed-coder-8b"].doubts(("fim.layouts", "vocabulary")) == ()


def test_models_that_only_chat_have_no_template() -> None:
    with pytest.raises(ConfigError, match=r"model granite-4\.0-micro does not complete code\. Choose a model for"):
        _ = MODELS["granite-4.0-micro"].template
    assert MODELS["granite-4.0-micro"].controls == ("<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>")

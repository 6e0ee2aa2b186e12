"""The engine transformers alone: other architectures, going back in its cache, and folders that are no models."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from completion.engine.engine import Generation, Piece
from completion.errors import ModelError, ModelFileInvalid, ModelFileMissing
from completion.types import Sampling
from tests.engine.conftest import MODEL
from tests.engine.contract.subjects import Weights, skip_without

SMALL = {
    "vocab_size": 16384,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "bos_token_id": None,
    "eos_token_id": 2,
}
SHAPES: dict[str, dict[str, Any]] = {
    "qwen2": {},
    "qwen2 sliding": {"use_sliding_window": True, "sliding_window": 24, "max_window_layers": 1},
    "starcoder2": {"sliding_window": 24},
    "mistral": {"sliding_window": 24},
    "gemma": {"head_dim": 16},
}


@pytest.fixture(autouse=True)
def installed() -> None:
    """All of it needs torch."""
    skip_without("transformers")


def engine_on(folder: Path, controls: tuple[str, ...] = MODEL.controls) -> Any:
    """An engine that is not loaded."""
    from completion.engine.transformers import TransformersEngine

    return TransformersEngine(folder, controls=controls, slots=2, context_tokens=512, batch=16, threads=1)


def answer(engine: Any, ids: list[int], slot: int) -> tuple[str, int]:
    """Text of an answer, and how many tokens came from the cache."""
    pieces: list[Piece] = []
    generation = Generation(slot, 12, Sampling())
    finished = engine.generate(ids, generation, threading.Event(), pieces.append)
    return "".join(piece.text for piece in pieces), finished.usage.cached_tokens


@pytest.mark.parametrize("name", SHAPES)
def test_going_back_in_the_cache_changes_no_answer(name: str, weights: Weights, tmp_path: Path) -> None:
    import torch
    import transformers

    torch.manual_seed(3)
    config = transformers.AutoConfig.for_model(name.split()[0], **SMALL, **SHAPES[name])
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path)
    shutil.copyfile(weights.paths["transformers"] / "tokenizer.model", tmp_path / "tokenizer.model")
    engine = engine_on(tmp_path)
    engine.load()
    ids = [token.id for token in engine.tokenize("def area(width, height):\n    return width * height\n" * 10)]
    assert len(ids) > 4 * 24
    whole = answer(engine, ids, 0)
    with torch.inference_mode():
        best = int(engine._evaluator._model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -1].argmax())
    assert whole[0].encode().startswith(engine._tokenizer.vocabulary.pieces[best])
    # Other ways to the same place: longer first, another end first, and from an empty slot.
    answer(engine, [*ids, 300, 301, 302], 0)
    answer(engine, [*ids[:-10], 300, 301], 0)
    back = answer(engine, ids, 0)
    assert back == (whole[0], len(ids) - 10)
    assert answer(engine, ids, 1) == (whole[0], 0)
    engine.close()


def spoil(name: str, change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    """Changes one of the folder's tables."""

    def do(folder: Path) -> None:
        table = json.loads((folder / name).read_text("utf-8"))
        change(table)
        (folder / name).write_text(json.dumps(table), "utf-8")

    return do


def cut_weights(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])


def pickle_instead(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def remote_code(folder: Path) -> None:
    """A model that brings its own code, which would leave a trace if it ran."""
    (folder / "modeling.py").write_text(f"open({str(folder / 'ran')!r}, 'w')\n", "utf-8")
    spoil("config.json", lambda t: t.update(model_type="own", auto_map={"AutoConfig": "modeling.Own"}))(folder)


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "no config": (lambda folder: (folder / "config.json").unlink(), "config.json does not exist"),
    "no json": (
        lambda folder: (folder / "config.json").write_text("{"),
        "config.json is damaged: it is not valid JSON",
    ),
    "no object": (
        lambda folder: (folder / "config.json").write_text("[1]"),
        "config.json is damaged: it is not a JSON object",
    ),
    "a pickle": (pickle_instead, "only pytorch_model.bin: reading that could run code"),
    "no weights": (lambda folder: (folder / "model.safetensors").unlink(), r"has no \*.safetensors, no weights"),
    "cut weights": (cut_weights, "model.safetensors is incomplete"),
    "no tokenizer": (lambda folder: (folder / "tokenizer.model").unlink(), "neither tokenizer.json nor"),
    "a strange tokenizer": (lambda folder: (folder / "tokenizer.model").write_bytes(b"x" * 99), "not a SentencePiece"),
    "a layer too many": (spoil("config.json", lambda t: t.update(num_hidden_layers=7)), r"layers\.6.* is missing"),
    "another width": (spoil("config.json", lambda t: t.update(intermediate_size=640)), "mlp.*another shape|could not"),
    "too few rows": (spoil("config.json", lambda t: t.update(vocab_size=99)), "16384 tokens, the model only 99"),
    "recurrent": (spoil("config.json", lambda t: t.update(layer_types=["mamba"])), "layers of the kind mamba"),
    "unknown": (spoil("config.json", lambda t: t.update(model_type="nonsense")), "could not be loaded as a model"),
    "its own code": (remote_code, "wants to run code"),
    "a part is missing": (
        lambda folder: (folder / "model.safetensors.index.json").write_text('{"weight_map": {"a": "b.safetensors"}}'),
        "incomplete: b.safetensors is missing",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_folder_that_is_no_model_is_refused_with_a_reason(name: str, weights: Weights, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(weights.paths["transformers"], folder)
    change, said = BROKEN[name]
    change(folder)
    with pytest.raises((ModelFileInvalid, ModelFileMissing), match=said) as caught:
        engine_on(folder).load()
    assert str(folder) in caught.value.message
    assert caught.value.advice
    assert not (folder / "ran").exists()
    assert isinstance(caught.value, ModelError)

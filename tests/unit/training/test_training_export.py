"""Exports: GGUF and the Hugging Face folder hold the trained weights, and the engine computes the same ids."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the training extra is not installed: no torch")
pytest.importorskip("sentencepiece", reason="the training extra is not installed: no sentencepiece")
pytest.importorskip("gguf", reason="the training extra is not installed: no gguf")
pytest.importorskip("safetensors", reason="the training extra is not installed: no safetensors")

import numpy as np
import torch
from safetensors.numpy import load_file

from training import export, gguf_file, state
from training.gguf_file import Card, Precision
from training.likelihood import bits_per_byte, model_of
from training.model import LanguageModel, empty_cache, weights_of
from training.shape import Shape
from training.shards import Source
from training.state import Progress, State
from training.vocabulary import Vocabulary

ENGINE = """
import json, sys, tempfile, xllamacpp
path, prompts = sys.argv[1], json.loads(sys.argv[2])
p = xllamacpp.CommonParams()
p.model.path, p.n_ctx, p.n_parallel, p.cpuparams.n_threads = path, 256, 1, 1
p.fit_params = p.ui = p.use_jinja = False
p.offline, p.verbosity = True, 1
p.api_keys, p.hostnames = ["key"], [tempfile.mkdtemp() + "/e.sock"]
server, out = xllamacpp.Server(p), []
for ids in prompts:
    body = {"prompt": ids, "n_predict": 20, "temperature": 0.0, "stream": False, "return_tokens": True,
            "verbose": True, "cache_prompt": False, "ignore_eos": True}
    server.handle_completions(body, lambda event: out.append(event) and False)
print(json.dumps([event["__verbose"]["tokens"] for event in out]))
"""


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary()


@pytest.fixture(scope="module")
def model(vocabulary: Vocabulary) -> LanguageModel:
    torch.manual_seed(11)
    found = LanguageModel(Shape(vocabulary.padded_size, 64, 2, 4, 2, 96, 256))
    with torch.no_grad():
        for parameter in found.parameters():
            if parameter.dim() == 2:
                parameter.mul_(6)  # far from uniform, so that greedy ids are well apart
            else:
                parameter.add_(torch.randn_like(parameter) * 0.1)
    return found.eval()


def written(folder: Path, model: LanguageModel, vocabulary: Vocabulary, precision: Precision) -> Path:
    path = folder / f"{precision}.gguf"
    gguf_file.write(path, weights_of(model), model.shape, vocabulary, precision, Card("tiny"))
    return path


@torch.no_grad()
def greedy(model: LanguageModel, prompt: list[int], count: int) -> list[int]:
    """The `count` ids that are most probable after `prompt`, one after the other."""
    cache, fresh, out = empty_cache(model.shape), prompt, list[int]()
    for _ in range(count):
        out.append(int(model.logits(torch.tensor([fresh]), cache)[0].argmax()))
        fresh = [out[-1]]
    return out


def test_the_engine_gives_the_same_greedy_ids(tmp_path: Path, model: LanguageModel, vocabulary: Vocabulary) -> None:
    if importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("xllamacpp is not installed")
    controls, texts = vocabulary.controls, ("def area(width):\n    return", "\tx = [1, 2]\n", "SELECT name FROM t")
    prompts = [[controls.file, *vocabulary.encode("a.py\n"), controls.suffix, controls.middle, *vocabulary.encode(text)]
               for text in texts]  # fmt: skip
    path = written(tmp_path, model, vocabulary, "f32")
    ran = subprocess.run(
        [sys.executable, "-c", ENGINE, str(path), json.dumps(prompts)],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    ours = [greedy(model, prompt, 21) for prompt in prompts]
    theirs = json.loads(ran.stdout.splitlines()[-1])
    for own, other in zip(ours, theirs, strict=True):
        # The engine was told never to end; a model that wants to end here would be compared past it.
        assert controls.end not in own
        assert own[:20] == other
    assert len({tuple(ids) for ids in ours}) == 3


@pytest.mark.parametrize(("precision", "bound"), [("f32", 0.0), ("f16", 0.0005), ("q8_0", 0.005), ("q4_0", 0.126)])
def test_gguf_reads_back(
    tmp_path: Path, model: LanguageModel, vocabulary: Vocabulary, precision: Precision, bound: float
) -> None:
    weights, shape = gguf_file.read(written(tmp_path, model, vocabulary, precision))
    assert shape == model.shape
    for name, array in weights_of(model).items():
        assert np.abs(weights[name] - array).max() <= bound * np.abs(array).max(), name


def test_gguf_says_what_the_engine_needs(tmp_path: Path, model: LanguageModel, vocabulary: Vocabulary) -> None:
    import gguf

    path = tmp_path / "m.gguf"
    gguf_file.write(path, weights_of(model), model.shape, vocabulary, "q8_0", Card("tiny"), separate_output=True)
    reader = gguf.GGUFReader(path)

    def value(key: str) -> object:
        field = reader.get_field(key)
        return None if field is None else field.contents()

    controls = vocabulary.controls
    assert value("llama.context_length") == 256
    assert value("tokenizer.ggml.model") == "llama"
    assert (value("tokenizer.ggml.add_space_prefix"), value("tokenizer.ggml.add_bos_token")) == (False, False)
    assert value("tokenizer.ggml.eos_token_id") == value("tokenizer.ggml.eot_token_id") == controls.end
    fim = {key: value(f"tokenizer.ggml.fim_{key}_token_id") for key in ("pre", "suf", "mid", "pad", "rep", "sep")}
    assert fim == {"pre": controls.prefix, "suf": controls.suffix, "mid": controls.middle, "pad": controls.pad,
                   "rep": controls.repository, "sep": controls.file}  # fmt: skip
    types = value("tokenizer.ggml.token_type")
    assert isinstance(types, list)
    for text in "\n\t":
        (number,) = vocabulary.encode(text)
        assert types[number] == gguf.TokenType.NORMAL
    assert types[controls.middle] == gguf.TokenType.CONTROL
    assert "output.weight" in {tensor.name for tensor in reader.tensors}


def test_export_writes_everything(tmp_path: Path, model: LanguageModel, vocabulary: Vocabulary) -> None:
    kept = State(weights_of(model), model.shape, Progress(3, 4), vocabulary.digest)
    state.write(tmp_path / "s", kept)
    assert export.main(["--state", str(tmp_path / "s"), "--out", str(tmp_path), "--name", "m", "--gguf", "q8_0"]) == 0
    folder = tmp_path / "m-hf"
    config = json.loads((folder / "config.json").read_text())
    assert (config["max_position_embeddings"], config["tie_word_embeddings"]) == (256, True)
    assert (folder / "tokenizer.model").read_bytes() == vocabulary.path.read_bytes()
    tensors = load_file(folder / "model.safetensors")
    assert tensors.keys() == kept.weights.keys()
    # The state is Q8_0 already: exporting it in Q8_0 loses nothing more than rounding.
    weights, _ = gguf_file.read(tmp_path / "m-q8_0.gguf")
    again = state.read(tmp_path / "s").weights
    for name, array in again.items():
        assert np.allclose(weights[name], array, rtol=2e-3, atol=1e-6), name


def test_export_refuses_another_vocabulary(
    tmp_path: Path, model: LanguageModel, capsys: pytest.CaptureFixture[str]
) -> None:
    state.write(tmp_path / "s", State(weights_of(model), model.shape, Progress(), "0" * 64))
    assert export.main(["--state", str(tmp_path / "s"), "--out", str(tmp_path)]) == 2
    assert "not the vocabulary" in capsys.readouterr().err


def test_bits_per_byte_of_random_weights(model: LanguageModel, vocabulary: Vocabulary) -> None:
    text = "".join(f"value_{number} = compute({number})\n" for number in range(60))
    network = model_of(weights_of(model), model.shape)
    measured = bits_per_byte(network, vocabulary, [Source("p", "python", "a.py", text)])
    assert measured["bits_per_byte"] > 2, "random weights know nothing"
    assert bits_per_byte(network, vocabulary, [Source("p", "python", "a.py", "x")]) == {}

"""Turn a trained model into files that engines load.

    python -m training.export --checkpoint RUN/checkpoint.pt --out DIR [--gguf f32 f16 q8_0 q4_0] [--dup-output]
    python -m training.export --state RUN/state.safetensors --out DIR

DIR gets a folder `NAME-hf` for transformers (safetensors, config, tokenizer) and one GGUF a precision.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from training import gguf_file, state
from training.controls import NAMES
from training.gguf_file import TYPES, Card
from training.shape import Shape, Weights, check_weights
from training.state import State
from training.vocabulary import SHIPPED, Vocabulary

NAME = "lsp-copilot-9m"


def write_folder(folder: Path, weights: Weights, shape: Shape, vocabulary: Vocabulary, *, half: bool = True) -> None:
    """A folder that `transformers.AutoModelForCausalLM` and `AutoTokenizer` load. Raises `ValueError`."""
    check_weights(weights, shape)
    folder.mkdir(parents=True, exist_ok=True)
    kind = np.float16 if half else np.float32
    tensors = {name: np.ascontiguousarray(array, kind) for name, array in weights.items()}
    (folder / "model.safetensors").write_bytes(save(tensors, {"format": "pt"}))
    shutil.copyfile(vocabulary.path, folder / "tokenizer.model")
    _write_json(folder / "config.json", config(shape, vocabulary, "float16" if half else "float32"))
    _write_json(folder / "tokenizer_config.json", tokenizer_config(shape))


def config(shape: Shape, vocabulary: Vocabulary, dtype: str) -> dict[str, object]:
    """`config.json` of a `LlamaForCausalLM`."""
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": shape.hidden,
        "intermediate_size": shape.feed_forward,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "head_dim": shape.head_dim,
        "vocab_size": shape.vocabulary,
        "max_position_embeddings": shape.context,
        "rms_norm_eps": shape.epsilon,
        "rope_theta": shape.theta,
        "rope_parameters": {"rope_type": "default", "rope_theta": shape.theta},
        "tie_word_embeddings": True,
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        "bos_token_id": None,
        "eos_token_id": vocabulary.controls.end,
        "pad_token_id": vocabulary.controls.pad,
        "dtype": dtype,
    }


def tokenizer_config(shape: Shape) -> dict[str, object]:
    """`tokenizer_config.json` for the SentencePiece file: nothing added, no blank in front."""
    return {
        "tokenizer_class": "LlamaTokenizer",
        "bos_token": "<s>",
        "eos_token": NAMES["end"],
        "unk_token": "<unk>",
        "pad_token": NAMES["pad"],
        "additional_special_tokens": [name for role, name in NAMES.items() if role != "end"],
        "add_bos_token": False,
        "add_eos_token": False,
        "add_prefix_space": False,
        "legacy": False,
        "clean_up_tokenization_spaces": False,
        "model_max_length": shape.context,
    }


def load(checkpoint: Path | None, small: Path | None) -> State:
    """The state of whichever file is given. Raises `ValueError`, `FileNotFoundError`."""
    if small is not None:
        return state.read(small)
    if checkpoint is None:
        raise ValueError("neither a checkpoint nor a state file was given")
    from training import checkpoint as checkpoints  # needs torch, which a state file does not

    return checkpoints.state_of(checkpoints.read(checkpoint))


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; see `--help`."""
    parser = argparse.ArgumentParser(prog="training.export", description=(__doc__ or "").splitlines()[0])
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--checkpoint", type=Path, help="a trainer's checkpoint")
    source.add_argument("--state", type=Path, help="a small state file")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--name", default=NAME, help="beginning of every file name")
    parser.add_argument("--gguf", nargs="*", choices=tuple(TYPES), default=("f32", "f16", "q8_0"))
    parser.add_argument("--dup-output", action="store_true", help="also write the output matrix, for old loaders")
    parser.add_argument("--vocabulary", type=Path, default=SHIPPED)
    given = parser.parse_args(arguments)
    try:
        found, vocabulary = load(given.checkpoint, given.state), Vocabulary(given.vocabulary)
        if found.vocabulary and found.vocabulary != vocabulary.digest:
            raise ValueError(f"{given.vocabulary} is not the vocabulary that this model was trained with")
        given.out.mkdir(parents=True, exist_ok=True)
        write_folder(given.out / f"{given.name}-hf", found.weights, found.shape, vocabulary)
        card = Card(given.name, description=f"{found.progress.tokens} tokens, {found.progress.step} steps")
        for precision in given.gguf:
            tail = "-untied" if given.dup_output else ""
            path = given.out / f"{given.name}-{precision}{tail}.gguf"
            size = gguf_file.write(
                path, found.weights, found.shape, vocabulary, precision, card, separate_output=given.dup_output
            )
            print(f"{path} {size}")
    except (ValueError, OSError) as error:
        print(f"training.export: {error}", file=sys.stderr)
        return 2
    return 0


def _write_json(path: Path, content: dict[str, object]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())

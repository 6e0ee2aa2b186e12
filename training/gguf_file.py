"""Weights and vocabulary as one GGUF file for llama.cpp, and back again.

llama.cpp turns neighbouring pairs of each head (interleaved rotary positions), Hugging Face turns
halves; query and key rows are permuted on the way out and back on the way in.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import gguf
import numpy as np
from gguf.quants import dequantize, quantize
from numpy.typing import NDArray

from training.controls import NAMES
from training.shape import EMBEDDING, FINAL_NORM, Array, Shape, Weights, check_weights
from training.vocabulary import Vocabulary

Precision = Literal["f32", "f16", "q8_0", "q4_0"]

TYPES = {
    "f32": (gguf.GGMLQuantizationType.F32, gguf.LlamaFileType.ALL_F32),
    "f16": (gguf.GGMLQuantizationType.F16, gguf.LlamaFileType.MOSTLY_F16),
    "q8_0": (gguf.GGMLQuantizationType.Q8_0, gguf.LlamaFileType.MOSTLY_Q8_0),
    "q4_0": (gguf.GGMLQuantizationType.Q4_0, gguf.LlamaFileType.MOSTLY_Q4_0),
}
FIM_KEYS = {"prefix": "pre", "suffix": "suf", "middle": "mid", "pad": "pad", "repository": "rep", "file": "sep"}
TOP = {EMBEDDING: "token_embd.weight", FINAL_NORM: "output_norm.weight"}
LAYER = {
    "self_attn.q_proj.weight": "attn_q.weight",
    "self_attn.k_proj.weight": "attn_k.weight",
    "self_attn.v_proj.weight": "attn_v.weight",
    "self_attn.o_proj.weight": "attn_output.weight",
    "mlp.gate_proj.weight": "ffn_gate.weight",
    "mlp.up_proj.weight": "ffn_up.weight",
    "mlp.down_proj.weight": "ffn_down.weight",
    "input_layernorm.weight": "attn_norm.weight",
    "post_attention_layernorm.weight": "ffn_norm.weight",
}
OUTPUT = "output.weight"


@dataclass(frozen=True, slots=True)
class Card:
    """What the file says of itself."""

    name: str
    licence: str = "Apache-2.0"
    description: str = ""


def write(
    path: Path,
    weights: Weights,
    shape: Shape,
    vocabulary: Vocabulary,
    precision: Precision,
    card: Card,
    *,
    separate_output: bool = False,
) -> int:
    """Write the model; the file's size in bytes.

    With `separate_output` the tied embedding is written a second time as the output matrix, for
    loaders from before 2024. In Q4_0 the embedding stays Q8_0. Raises `ValueError` for weights of
    another shape.
    """
    check_weights(weights, shape)
    kind, file_type = TYPES[precision]
    writer: Any = gguf.GGUFWriter(path, "llama")
    writer.add_name(card.name)
    writer.add_license(card.licence)
    if card.description:
        writer.add_description(card.description)
    writer.add_file_type(file_type)
    _add_shape(writer, shape)
    _add_vocabulary(writer, vocabulary, shape.vocabulary)
    table = gguf.GGMLQuantizationType.Q8_0 if precision == "q4_0" else kind
    for name, array in weights.items():
        _add_tensor(writer, tensor_name(name), _permuted(name, array, shape), table if name == EMBEDDING else kind)
    if separate_output:
        _add_tensor(writer, OUTPUT, weights[EMBEDDING], table)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path.stat().st_size


def read_shape(path: Path) -> Shape:
    """The dimensions of such a file. Raises `ValueError`."""
    return _shape_of(path, gguf.GGUFReader(path))


def read(path: Path) -> tuple[dict[str, Array], Shape]:
    """The weights of such a file in float32, as the engine computes with them. Raises `ValueError`."""
    reader: Any = gguf.GGUFReader(path)
    shape, tensors = _shape_of(path, reader), {tensor.name: tensor for tensor in reader.tensors}
    weights: dict[str, Array] = {}
    names = [*TOP, *(f"model.layers.{index}.{part}" for index in range(shape.layers) for part in LAYER)]
    for name in names:
        tensor = tensors[tensor_name(name)]
        array = np.asarray(dequantize(tensor.data, tensor.tensor_type), np.float32)
        weights[name] = _permuted(name, array, shape, back=True)
    check_weights(weights, shape)
    return weights, shape


def _shape_of(path: Path, reader: Any) -> Shape:
    def number(key: str) -> Any:
        field = reader.get_field("llama." + key)
        if field is None:
            raise ValueError(f"{path}: no llama.{key}")
        return field.contents()

    tables = {tensor.name: tensor for tensor in reader.tensors}
    return Shape(
        vocabulary=int(tables[TOP[EMBEDDING]].shape[1]),
        hidden=number("embedding_length"),
        layers=number("block_count"),
        heads=number("attention.head_count"),
        kv_heads=number("attention.head_count_kv"),
        feed_forward=number("feed_forward_length"),
        context=number("context_length"),
        theta=float(number("rope.freq_base")),
        epsilon=float(f"{number('attention.layer_norm_rms_epsilon'):.6g}"),  # stored in float32
    )


def tensor_name(name: str) -> str:
    """GGUF's name of a weight that Hugging Face calls `name`."""
    if name in TOP:
        return TOP[name]
    _, _, index, part = name.split(".", 3)
    return f"blk.{index}.{LAYER[part]}"


def _permuted(name: str, array: Array, shape: Shape, *, back: bool = False) -> Array:
    if not name.endswith(("q_proj.weight", "k_proj.weight")):
        return array
    heads = shape.heads if name.endswith("q_proj.weight") else shape.kv_heads
    halves = (heads, array.shape[0] // heads // 2, 2, array.shape[1])
    if not back:
        halves = (heads, 2, array.shape[0] // heads // 2, array.shape[1])
    return np.ascontiguousarray(array.reshape(halves).swapaxes(1, 2).reshape(array.shape))


def _add_tensor(writer: Any, name: str, array: Array, kind: gguf.GGMLQuantizationType) -> None:
    if array.ndim == 1 or kind == gguf.GGMLQuantizationType.F32:
        writer.add_tensor(name, np.ascontiguousarray(array, np.float32))
    elif kind == gguf.GGMLQuantizationType.F16:
        writer.add_tensor(name, array.astype(np.float16))
    else:
        packed: NDArray[Any] = quantize(np.ascontiguousarray(array, np.float32), kind)
        writer.add_tensor(name, packed, raw_dtype=kind)


def _add_shape(writer: Any, shape: Shape) -> None:
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.hidden)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_rope_freq_base(shape.theta)
    writer.add_rope_dimension_count(shape.head_dim)
    writer.add_vocab_size(shape.vocabulary)


def _add_vocabulary(writer: Any, vocabulary: Vocabulary, rows: int) -> None:
    pieces, kinds = vocabulary.pieces, gguf.TokenType
    tokens: list[str] = []
    types: list[int] = []
    scores: list[float] = []
    for number in range(rows):
        if number >= vocabulary.size:
            tokens.append(f"<|unused_{number}|>")
            types.append(kinds.UNUSED)
            scores.append(-1e4)
            continue
        tokens.append(pieces.id_to_piece(number))
        scores.append(pieces.get_score(number))
        # Newline and tab are user-defined in SentencePiece; NORMAL keeps them plain pieces in every llama.cpp.
        kind = kinds.UNKNOWN if pieces.is_unknown(number) else kinds.NORMAL
        kind = kinds.CONTROL if pieces.is_control(number) else kinds.BYTE if pieces.is_byte(number) else kind
        types.append(kind)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_scores(scores)
    writer.add_token_types(types)
    writer.add_add_space_prefix(False)
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    controls = vocabulary.controls
    writer.add_unk_token_id(pieces.unk_id())
    writer.add_bos_token_id(pieces.bos_id())
    writer.add_eos_token_id(controls.end)
    writer.add_eot_token_id(controls.end)
    writer.add_pad_token_id(controls.pad)
    for role in NAMES.keys() & FIM_KEYS.keys():
        writer.add_uint32(f"tokenizer.ggml.fim_{FIM_KEYS[role]}_token_id", getattr(controls, role))

"""Real vocabularies in an engine: each is given the smallest model that llama.cpp loads, with nothing but zeros in it.

`data/README.md` says where the vocabularies come from. Two of them lack the markers of the code models that grew out
of them; `ADDED` puts those at the ids that are published for them, and says so.
"""

from __future__ import annotations

import lzma
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from completion.engine.llama import LlamaEngine

DATA = Path(__file__).parent / "data"
NORMAL, CONTROL = 1, 3
_STRING, _ARRAY, _U32, _I32, _F32 = 8, 9, 4, 5, 6
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_WIDTH, _INNER = 32, 64

ADDED: Mapping[str, tuple[str, Mapping[int, str]]] = {
    # Qwen2.5-Coder: its vocabulary is Qwen2's with these markers (its README and technical report).
    "qwen2.5-coder": (
        "qwen2",
        {
            151659: "<|fim_prefix|>",
            151660: "<|fim_middle|>",
            151661: "<|fim_suffix|>",
            151662: "<|fim_pad|>",
            151663: "<|repo_name|>",
            151664: "<|file_sep|>",
        },
    ),
    # CodeLlama: Llama's vocabulary and 16 more. The seven before the markers are pieces that no text needs.
    "codellama": (
        "llama-spm",
        {
            **{number: f"<unused_{number}>" for number in range(32000, 32016)},
            32007: "▁<PRE>",
            32008: "▁<SUF>",
            32009: "▁<MID>",
            32010: "▁<EOT>",
        },
    ),
}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The `tokenizer.` keys of a GGUF file: (type, value); lists are (element type, elements)."""

    entries: Mapping[str, tuple[int, Any]]

    @property
    def tokens(self) -> list[str]:
        """The texts of all tokens, by id."""
        return list(self.entries["tokenizer.ggml.tokens"][1][1])

    @property
    def kinds(self) -> list[int]:
        """The types of all tokens, by id."""
        return list(self.entries["tokenizer.ggml.token_type"][1][1])


def read(name: str) -> Vocabulary:
    """A published vocabulary, or one of `ADDED`."""
    if name in ADDED:
        base, markers = ADDED[name]
        return _with(read(base), markers)
    reader = _Reader(lzma.decompress((DATA / f"{name}.gguf.xz").read_bytes()))
    _, _, _, count = reader.values("4sIQQ")
    entries = dict(reader.entry() for _ in range(count))
    return Vocabulary({key: entry for key, entry in entries.items() if key.startswith("tokenizer.ggml.")})


def texts() -> list[str]:
    """llama.cpp's test texts."""
    parts = (DATA / "texts.inp").read_text("utf-8").split("\n__ggml_vocab_test__\n")
    return parts[:-1] if not parts[-1] else parts


def published_ids(name: str) -> list[list[int]]:
    """The ids that llama.cpp publishes for `texts()`."""
    lines = (DATA / f"{name}.ids").read_text("utf-8").splitlines()
    return [[int(number) for number in line.split()] for line in lines]


def write_model(vocabulary: Vocabulary, path: Path) -> None:
    """A model of one layer with this vocabulary; its weights are zeros."""
    size = len(vocabulary.tokens)
    shape = {
        "context_length": 512, "embedding_length": _WIDTH, "block_count": 1, "feed_forward_length": _INNER,
        "attention.head_count": 1, "attention.head_count_kv": 1, "rope.dimension_count": _WIDTH, "vocab_size": size,
    }  # fmt: skip
    entries: dict[str, tuple[int, Any]] = {"general.architecture": (_STRING, "llama")}
    entries |= {f"llama.{key}": (_U32, value) for key, value in shape.items()}
    entries["llama.attention.layer_norm_rms_epsilon"] = (_F32, 1e-5)
    entries |= vocabulary.entries
    square, up, down, norm = (_WIDTH, _WIDTH), (_WIDTH, _INNER), (_INNER, _WIDTH), (_WIDTH,)
    layer = {
        "attn_norm": norm, "attn_q": square, "attn_k": square, "attn_v": square, "attn_output": square,
        "ffn_norm": norm, "ffn_gate": up, "ffn_up": up, "ffn_down": down,
    }  # fmt: skip
    tensors: dict[str, tuple[int, ...]] = {"token_embd.weight": (_WIDTH, size), "output_norm.weight": norm}
    tensors |= {f"blk.0.{key}.weight": dimensions for key, dimensions in layer.items()}
    head = [struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(entries))]
    head += [_string(key) + struct.pack("<I", kind) + _value(kind, value) for key, (kind, value) in entries.items()]
    offset = 0
    for key, dimensions in tensors.items():
        # Vectors in F32 (0), matrices in F16 (1).
        kind, width = (0, 4) if len(dimensions) == 1 else (1, 2)
        form = f"<I{len(dimensions)}QIQ"
        head.append(_string(key) + struct.pack(form, len(dimensions), *dimensions, kind, offset))
        bytes_needed = width
        for dimension in dimensions:
            bytes_needed *= dimension
        offset += -(-bytes_needed // 32) * 32
    header = b"".join(head)
    with path.open("wb") as file:
        file.write(header)
        file.truncate(-(-len(header) // 32) * 32 + offset)


@contextmanager
def engine(vocabulary: Vocabulary, folder: Path, controls: tuple[str, ...]) -> Iterator[LlamaEngine]:
    """The product's engine, loaded in this process with this vocabulary."""
    path = folder / "vocabulary.gguf"
    write_model(vocabulary, path)
    found = LlamaEngine(
        path, controls=controls, slots=1, context_tokens=512, batch=64, threads=1, socket_file=folder / "engine.sock"
    )
    try:
        found.load()
        yield found
    finally:
        found.close()


class Engines:
    """Engines by vocabulary, loaded once."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self._stack = stack
        self._folder = folder
        self._known: dict[tuple[str, tuple[str, ...]], LlamaEngine] = {}

    def of(self, name: str, controls: tuple[str, ...] = ()) -> LlamaEngine:
        """The engine with the vocabulary `name`, which must have these control tokens."""
        if (name, controls) not in self._known:
            place = self._folder / str(len(self._known))
            place.mkdir()
            self._known[name, controls] = self._stack.enter_context(engine(read(name), place, controls))
        return self._known[name, controls]


@contextmanager
def opened(folder: Path) -> Iterator[Engines]:
    """Engines that are closed at the end."""
    with ExitStack() as stack:
        yield Engines(stack, folder)


def _with(vocabulary: Vocabulary, markers: Mapping[int, str]) -> Vocabulary:
    tokens, kinds = vocabulary.tokens, vocabulary.kinds
    entries = dict(vocabulary.entries)
    for number, text in sorted(markers.items()):
        if number == len(tokens):
            tokens.append("")
            kinds.append(NORMAL)
        tokens[number] = text
        kinds[number] = CONTROL
    entries["tokenizer.ggml.tokens"] = (_ARRAY, (_STRING, tokens))
    entries["tokenizer.ggml.token_type"] = (_ARRAY, (_I32, kinds))
    if "tokenizer.ggml.scores" in entries:
        scores = list(entries["tokenizer.ggml.scores"][1][1])
        entries["tokenizer.ggml.scores"] = (_ARRAY, (_F32, scores + [0.0] * (len(tokens) - len(scores))))
    return replace(vocabulary, entries=entries)


class _Reader:
    """Reads GGUF metadata from the beginning to the end (ggml, docs/gguf.md)."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def values(self, form: str) -> tuple[Any, ...]:
        found = struct.unpack_from("<" + form, self._data, self._place)
        self._place += struct.calcsize("<" + form)
        return found

    def entry(self) -> tuple[str, tuple[int, Any]]:
        key = self._string()
        (kind,) = self.values("I")
        return key, (kind, self._value(kind))

    def _string(self) -> str:
        (length,) = self.values("Q")
        self._place += length
        return self._data[self._place - length : self._place].decode("utf-8")

    def _value(self, kind: int) -> Any:
        if kind == _STRING:
            return self._string()
        if kind == _ARRAY:
            inner, count = self.values("IQ")
            one: Callable[[], Any] = self._string if inner == _STRING else lambda: self.values(_SCALARS[inner])[0]
            return inner, [one() for _ in range(count)]
        return self.values(_SCALARS[kind])[0]


def _string(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("<Q", len(encoded)) + encoded


def _value(kind: int, value: Any) -> bytes:
    if kind == _STRING:
        return _string(value)
    if kind == _ARRAY:
        inner, elements = value
        return struct.pack("<IQ", inner, len(elements)) + b"".join(_value(inner, one) for one in elements)
    return struct.pack("<" + _SCALARS[kind], value)

"""Damaged and hostile variants of the shipped GGUF file, each made from a number: the same number, the same file.

Four in ten damage bytes. The others are taken apart and put together again, so that all counts and offsets are
right and only one claim is not: those go deepest into an engine.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

from tests.conftest import ROOT
from tests.engine.gguf_parts import (
    ARRAY,
    BOOL,
    F32,
    FORMS,
    I32,
    STRING,
    U32,
    File,
    put_together,
    take_apart,
    text,
    texts,
)

GOLDEN = ROOT / "tests" / "golden" / "gguf"
BLOCKS = {0: (1, 4), 1: (1, 2), 2: (32, 18), 6: (32, 22), 8: (32, 34), 12: (256, 144), 14: (256, 210), 30: (1, 2)}
"""Elements and bytes of a block, of the tensor types that are tried."""

EDGES = (0, 1, 2, 3, 5, 7, 63, 255, 257, 511, 512, 513, 65_535, 1 << 20, (1 << 31) - 1, 1 << 31, (1 << 32) - 1)
FRACTIONS = (0.0, -1.0, 1e-45, 1e38, -1e38, float("inf"), float("-inf"), float("nan"))
HUGE = (1 << 16, 1 << 31, (1 << 32) - 1, 1 << 40, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)
ARCHITECTURES = (GOLDEN / "architectures.txt").read_text("utf-8").split()
TEXTS = (
    "",
    "llama",
    "gpt2",
    "none",
    "no_vocab",
    "bert",
    "t5",
    "rwkv",
    "test",
    "\x00",
    "\u202e",
    "x" * 70_000,
    "{% for",
)
TEMPLATES = (
    "{% for x in range(1000000000000) %}{{ x }}{% endfor %}",
    "{{ raise_exception('no') }}",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{{ 'x' * 100000000000 }}",
    "{%" * 50_000,
    "{{ messages[0]['content'] }}",
)


def mutated(whole: bytes, number: int) -> tuple[str, bytes]:
    """What was done, and the file."""
    chance = random.Random(number)
    if chance.random() < 0.4:
        name, damage = chance.choice(_DAMAGES)
        return name, damage(whole, chance)
    file = take_apart(whole)
    done = []
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        name, change = chance.choice(_CHANGES)
        change(file, chance)
        done.append(name)
    return ", ".join(done), put_together(file)


# --- damage to bytes ---------------------------------------------------------------------------


def _place(whole: bytes, chance: random.Random) -> int:
    """Somewhere in the header; mostly where it is dense."""
    first, last = whole.index(b"tokenizer.ggml.tokens"), whole.index(b"token_embd.weight")
    start = whole.index(b"tokenizer.ggml.add_space_prefix")
    ranges = ((4, first + 60), (start, last), (last, last + 3_000), (4, last + 3_000))
    return chance.randrange(*chance.choice(ranges))


def _flip(whole: bytes, chance: random.Random) -> bytes:
    data = bytearray(whole)
    for _ in range(chance.randint(1, 8)):
        data[_place(whole, chance)] ^= 1 << chance.randrange(8)
    return bytes(data)


def _overwrite(whole: bytes, chance: random.Random) -> bytes:
    data, at = bytearray(whole), _place(whole, chance)
    data[at : at + 8] = struct.pack("<Q", chance.choice(HUGE))
    return bytes(data[: len(whole)])


def _cut(whole: bytes, chance: random.Random) -> bytes:
    return whole[: chance.choice((_place(whole, chance), chance.randrange(len(whole))))]


def _splice(whole: bytes, chance: random.Random) -> bytes:
    source, target, length = _place(whole, chance), _place(whole, chance), chance.randint(1, 64)
    data = bytearray(whole)
    if chance.random() < 0.5:
        data[target : target + length] = whole[source : source + length]
    else:
        data[target:target] = whole[source : source + length]
    return bytes(data)


def _weights(whole: bytes, chance: random.Random) -> bytes:
    """Noise in the numbers, which no header shows."""
    data = bytearray(whole)
    for _ in range(chance.choice((1, 50, 2_000))):
        data[chance.randrange(400_000, len(data))] = chance.randrange(256)
    return bytes(data)


_DAMAGES: tuple[tuple[str, Callable[[bytes, random.Random], bytes]], ...] = (
    ("flip", _flip),
    ("flip", _flip),
    ("overwrite", _overwrite),
    ("cut", _cut),
    ("splice", _splice),
    ("weights", _weights),
)


# --- one wrong claim ---------------------------------------------------------------------------


def _scalar(chance: random.Random, kind: int) -> bytes:
    if kind == STRING:
        return text(chance.choice((*TEXTS, *ARCHITECTURES)).encode())
    if kind in (6, 12):
        return struct.pack("<" + FORMS[kind], chance.choice(FRACTIONS if kind == 12 else FRACTIONS[:3] + FRACTIONS[5:]))
    size = struct.calcsize("<" + FORMS[kind])
    return (chance.choice(EDGES) % (1 << 8 * size)).to_bytes(size, "little")


def _value(file: File, chance: random.Random) -> None:
    entry = chance.choice([entry for entry in file.entries if entry.kind != ARRAY])
    entry.data = _scalar(chance, entry.kind)


def _type(file: File, chance: random.Random) -> None:
    entry = chance.choice(file.entries)
    entry.kind = chance.choice((*FORMS, STRING))
    entry.data = _scalar(chance, entry.kind)


def _drop(file: File, chance: random.Random) -> None:
    file.entries.remove(chance.choice(file.entries))


def _twice(file: File, chance: random.Random) -> None:
    file.entries.append(chance.choice(file.entries))


def _architecture(file: File, chance: random.Random) -> None:
    """Another architecture, with its keys named accordingly."""
    name = chance.choice(ARCHITECTURES).encode()
    file.put(b"general.architecture", STRING, text(name))
    for entry in file.entries:
        if entry.key.startswith(b"llama."):
            entry.key = name + entry.key[5:]


_ADDED = (GOLDEN / "keys.txt").read_text("utf-8").split()


def _add(file: File, chance: random.Random) -> None:
    """A key that the file does not have, of the right type and with an odd value."""
    roll = chance.random()
    if roll < 0.6:
        file.put(f"llama.{chance.choice(_ADDED)}".encode(), U32, struct.pack("<I", chance.choice(EDGES)))
    elif roll < 0.75:
        key = chance.choice(
            ("rope.scaling.factor", "rope.freq_base", "logit_scale", "attention.clamp_kqv", "rope.scale")
        )
        file.put(f"llama.{key}".encode(), F32, struct.pack("<f", chance.choice(FRACTIONS[:3] + FRACTIONS[5:])))
    elif roll < 0.85:
        key = chance.choice(("rope.scaling.type", "classifier.activation", "tensor_data_layout"))
        file.put(f"llama.{key}".encode(), STRING, text(chance.choice((b"", b"yarn", b"magic"))))
    elif roll < 0.93:
        key = chance.choice(("head_count", "head_count_kv", "feed_forward_length"))
        count = chance.choice((0, 5, 6, 7, 600))
        key = f"llama.{'' if key[0] == 'f' else 'attention.'}{key}"
        numbers = [chance.choice((0, 1, 2, 4, 768, 1 << 31)) for _ in range(count)]
        file.put(key.encode(), ARRAY, struct.pack(f"<IQ{count}I", U32, count, *numbers))
    else:
        file.put(b"llama.attention.causal", BOOL, b"\x00")


def _template(file: File, chance: random.Random) -> None:
    name = chance.choice(("", ".tool_use", ".rerank", ".systemone"))
    file.put(f"tokenizer.chat_template{name}".encode(), STRING, text(chance.choice(TEMPLATES).encode()))


def _special(file: File, chance: random.Random) -> None:
    """Another token for a special role, or another way to tokenize."""
    key = chance.choice(("bos", "eos", "eot", "unknown", "padding", "seperator", "mask", "cls", "fim_pre", "fim_mid"))
    file.put(f"tokenizer.ggml.{key}_token_id".encode(), U32, struct.pack("<I", chance.choice((*EDGES, 16_383, 16_384))))
    if chance.random() < 0.3:
        switch = chance.choice(("add_bos_token", "add_eos_token", "add_sep_token", "remove_extra_whitespaces"))
        file.put(f"tokenizer.ggml.{switch}".encode(), BOOL, b"\x01")


def _vocabulary(file: File, chance: random.Random) -> None:
    """A list of the vocabulary that is shorter, of another type, or has odd items."""
    tokens = file.entry(b"tokenizer.ggml.tokens") if _has(file, b"tokenizer.ggml.tokens") else None
    if tokens is None or tokens.kind != ARRAY:
        return
    words = [b"%d" % number for number in range(16_384)]
    roll = chance.random()
    if roll < 0.15:
        file.put(tokens.key, ARRAY, texts(words[: chance.choice((0, 1, 300, 16_383))]))
    elif roll < 0.3:
        words[chance.randrange(16_384)] = chance.choice((b"", b"7", b"\xff\xfe", b"x" * 5_000, b"\x00", b"\n\n"))
        file.put(tokens.key, ARRAY, texts(words))
    elif roll < 0.4:
        file.put(tokens.key, ARRAY, texts([b""] * 16_384))
    elif roll < 0.6:
        kinds = [chance.randrange(-1, 9) for _ in range(16_384)]
        file.put(b"tokenizer.ggml.token_type", ARRAY, struct.pack("<IQ16384i", I32, 16_384, *kinds))
    elif roll < 0.7:
        file.put(b"tokenizer.ggml.scores", ARRAY, struct.pack("<IQ16384f", F32, 16_384, *[float("nan")] * 16_384))
    elif roll < 0.8:
        key = chance.choice((b"scores", b"token_type", b"tokens", b"merges"))
        count = chance.choice((0, 3, 16_384))
        file.put(b"tokenizer.ggml." + key, ARRAY, struct.pack(f"<IQ{count}I", U32, count, *[5] * count))
    else:
        # Byte pairs with the pieces of SentencePiece.
        file.put(b"tokenizer.ggml.model", STRING, text(b"gpt2"))
        file.put(b"tokenizer.ggml.merges", ARRAY, texts([chance.choice((b"a b", b"ab", b" ", b"")) for _ in range(20)]))
        file.put(
            b"tokenizer.ggml.pre", STRING, text(chance.choice((b"qwen2", b"default", b"deepseek-coder", b"magic")))
        )


def _tensor(file: File, chance: random.Random) -> None:
    row = chance.choice(file.rows)
    roll = chance.random()
    if roll < 0.2:
        row.shape = [chance.choice((0, 1, 32, 256, 768, 16_384, *HUGE)) for _ in range(chance.randint(0, 5))]
        row.shape = [size % (1 << 64) for size in row.shape]
    elif roll < 0.35:
        row.kind = chance.choice((*BLOCKS, 4, 5, 31, 36, 43, 99, 1 << 31))
    elif roll < 0.5:
        file.relaid = False
        for other in file.rows:
            other.offset = chance.choice((other.offset, other.offset, 0, 32, 1, 1 << 40, (1 << 64) - 32))
    elif roll < 0.6:
        row.name = chance.choice((b"", b"x" * 63, b"x" * 64, b"blk.-1.x", b"blk.99999999999.attn_q.weight", b"\xff"))
    elif roll < 0.7:
        file.rows.remove(row)
    elif roll < 0.8:
        row.name = chance.choice(file.rows).name
    else:
        _requantize(file, chance)


def _requantize(file: File, chance: random.Random) -> None:
    """Other types with numbers to match: noise, so that the sums become anything."""
    kind = chance.choice(tuple(BLOCKS))
    for row in chance.choice((file.rows, [chance.choice(file.rows)])):
        block, size = BLOCKS[kind]
        if row.shape and row.shape[0] % block == 0 and all(row.shape) and len(row.data) < 1 << 23:
            elements = 1
            for length in row.shape:
                elements *= length
            if elements <= 1 << 23:
                row.kind, row.data = kind, chance.randbytes(elements // block * size)


def _count(file: File, chance: random.Random) -> None:
    key = chance.choice(("tensors", "entries"))
    real = len(file.rows if key == "tensors" else file.entries)
    file.counts[key] = chance.choice((0, real - 1, real + 1, *HUGE))


def _align(file: File, chance: random.Random) -> None:
    file.put(b"general.alignment", U32, struct.pack("<I", chance.choice((0, 1, 3, 8, 16, 64, 4_096, 1 << 20, 1 << 31))))


def _kind(file: File, chance: random.Random) -> None:
    if chance.random() < 0.5:
        file.put(b"general.type", STRING, text(chance.choice((b"adapter", b"mmproj", b"imatrix", b"model"))))
    else:
        file.put(b"split.count", 2, struct.pack("<H", chance.choice((0, 1, 2, 65_535))))


def _has(file: File, key: bytes) -> bool:
    return any(entry.key == key for entry in file.entries)


_CHANGES: tuple[tuple[str, Callable[[File, random.Random], None]], ...] = (
    ("value", _value),
    ("value", _value),
    ("value", _value),
    ("type", _type),
    ("drop", _drop),
    ("twice", _twice),
    ("architecture", _architecture),
    ("architecture", _architecture),
    ("add", _add),
    ("add", _add),
    ("add", _add),
    ("template", _template),
    ("special", _special),
    ("vocabulary", _vocabulary),
    ("vocabulary", _vocabulary),
    ("tensor", _tensor),
    ("tensor", _tensor),
    ("count", _count),
    ("align", _align),
    ("kind", _kind),
)

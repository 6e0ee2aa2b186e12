"""A sound GGUF file taken apart into values, and put together again with whatever was changed."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

U32, I32, F32, BOOL, STRING, ARRAY, U64 = 4, 5, 6, 7, 8, 9, 10
FORMS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
ALIGNMENT = 32


@dataclass
class Entry:
    """A key, its type and the bytes of its value."""

    key: bytes
    kind: int
    data: bytes


@dataclass
class Row:
    """A tensor of the table and its numbers."""

    name: bytes
    shape: list[int]
    kind: int
    offset: int
    data: bytes


@dataclass
class File:
    """A GGUF file taken apart; `relaid` says that offsets follow from the tensors' data when it is put together."""

    entries: list[Entry]
    rows: list[Row]
    version: int = 3
    relaid: bool = True
    tail: bytes = b""
    counts: dict[str, int] = field(default_factory=dict)

    def entry(self, key: bytes) -> Entry:
        """The entry of that name."""
        return next(entry for entry in self.entries if entry.key == key)

    def put(self, key: bytes, kind: int, data: bytes) -> None:
        """Change or add an entry."""
        self.entries = [entry for entry in self.entries if entry.key != key] + [Entry(key, kind, data)]


def take_apart(data: bytes) -> File:
    """A sound file as values. Strict about nothing: only the shipped file is given to it."""
    at = 8
    count, entries = struct.unpack_from("<QQ", data, at)
    at += 16
    found: list[Entry] = []
    for _ in range(entries):
        length = struct.unpack_from("<Q", data, at)[0]
        key, at = data[at + 8 : at + 8 + length], at + 8 + length
        kind = struct.unpack_from("<I", data, at)[0]
        end = _end(data, at + 4, kind)
        found.append(Entry(key, kind, data[at + 4 : end]))
        at = end
    table = []
    for _ in range(count):
        length = struct.unpack_from("<Q", data, at)[0]
        name, at = data[at + 8 : at + 8 + length], at + 8 + length
        dimensions = struct.unpack_from("<I", data, at)[0]
        shape = list(struct.unpack_from(f"<{dimensions}Q", data, at + 4))
        at += 4 + 8 * dimensions
        kind, offset = struct.unpack_from("<IQ", data, at)
        at += 12
        table.append((name, shape, kind, offset))
    start = -(-at // ALIGNMENT) * ALIGNMENT
    ends = sorted({row[3] for row in table} | {len(data) - start})
    rows = [Row(*row, data[start + row[3] : start + ends[ends.index(row[3]) + 1]]) for row in table]
    return File(found, rows)


def put_together(file: File) -> bytes:
    """Bytes again."""
    counts = (file.counts.get("tensors", len(file.rows)), file.counts.get("entries", len(file.entries)))
    parts = [b"GGUF", struct.pack("<IQQ", file.version, *counts)]
    for entry in file.entries:
        parts += [text(entry.key), struct.pack("<I", entry.kind), entry.data]
    offset = 0
    for row in file.rows:
        place = offset if file.relaid else row.offset
        parts += [text(row.name), struct.pack(f"<I{len(row.shape)}Q", len(row.shape), *row.shape)]
        parts.append(struct.pack("<IQ", row.kind, place))
        offset += -(-len(row.data) // ALIGNMENT) * ALIGNMENT
    parts.append(bytes(-sum(map(len, parts)) % ALIGNMENT))
    parts += [row.data + bytes(-len(row.data) % ALIGNMENT) for row in file.rows]
    return b"".join(parts) + file.tail


def text(value: bytes) -> bytes:
    """Length and bytes."""
    return struct.pack("<Q", len(value)) + value


def texts(values: list[bytes]) -> bytes:
    """A list of texts, as the value of an entry."""
    return struct.pack("<IQ", STRING, len(values)) + b"".join(map(text, values))


def _end(data: bytes, at: int, kind: int) -> int:
    if kind == STRING:
        return at + 8 + int(struct.unpack_from("<Q", data, at)[0])
    if kind == ARRAY:
        inner, count = struct.unpack_from("<IQ", data, at)
        at += 12
        for _ in range(count):
            at = _end(data, at, inner)
        return at
    return at + struct.calcsize("<" + FORMS[kind])


def small() -> File:
    """A sound header of the least size: one layer, bytes as the vocabulary. Passes all checks and is no real model."""
    words = [b"<unk>", b"<s>", b"</s>", *(b"<0x%02X>" % byte for byte in range(256))]
    count = len(words)
    kinds = [2, 3, 3, *[6] * 256]
    file = File([], [Row(b"token_embd.weight", [32, count], 8, 0, bytes(34 * count))])
    for key, value in (
        ("general.architecture", b"llama"),
        ("general.name", b"small"),
        ("tokenizer.ggml.model", b"llama"),
    ):
        file.put(key.encode(), STRING, text(value))
    for key, number in (
        ("block_count", 2),
        ("context_length", 64),
        ("embedding_length", 32),
        ("attention.head_count", 4),
        ("attention.head_count_kv", 2),
    ):
        file.put(f"llama.{key}".encode(), U32, struct.pack("<I", number))
    file.put(b"llama.attention.layer_norm_rms_epsilon", F32, struct.pack("<f", 1e-5))
    file.put(b"tokenizer.ggml.tokens", ARRAY, texts(words))
    file.put(b"tokenizer.ggml.token_type", ARRAY, struct.pack(f"<IQ{count}i", I32, count, *kinds))
    return file

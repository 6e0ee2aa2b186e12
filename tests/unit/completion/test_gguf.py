"""What a GGUF header may not claim: each claim is refused with a sentence that names it, before any library sees it."""

from __future__ import annotations

import contextlib
import io
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from completion.errors import ModelFileInvalid, ModelFileMissing
from completion.models import gguf, gguf_values
from tests.engine.gguf_parts import (
    ARRAY,
    BOOL,
    F32,
    I32,
    STRING,
    U32,
    U64,
    Entry,
    File,
    Row,
    put_together,
    small,
    take_apart,
    text,
    texts,
)

SOUND = put_together(small())


def number(key: str, value: int, kind: int = U32) -> Callable[[File], None]:
    return lambda file: file.put(key.encode(), kind, value.to_bytes(8 if kind == U64 else 4, "little"))


def fraction(key: str, value: float) -> Callable[[File], None]:
    return lambda file: file.put(key.encode(), F32, struct.pack("<f", value))


def word(key: str, value: bytes) -> Callable[[File], None]:
    return lambda file: file.put(key.encode(), STRING, text(value))


def numbers(key: str, values: list[int], kind: int = U32) -> Callable[[File], None]:
    packed = struct.pack(f"<IQ{len(values)}I", kind, len(values), *values)
    return lambda file: file.put(key.encode(), ARRAY, packed)


def without(key: str) -> Callable[[File], None]:
    return lambda file: file.entries.remove(file.entry(key.encode()))


def tensor(**changed: object) -> Callable[[File], None]:
    def change(file: File) -> None:
        for name, value in changed.items():
            setattr(file.rows[0], name, value)

    return change


def tokens(change: Callable[[list[bytes]], None]) -> Callable[[File], None]:
    def apply(file: File) -> None:
        words = [b"<unk>", b"<s>", b"</s>", *(b"<0x%02X>" % byte for byte in range(256))]
        change(words)
        file.put(b"tokenizer.ggml.tokens", ARRAY, texts(words))

    return apply


def more(row: Row) -> Callable[[File], None]:
    return lambda file: file.rows.append(row)


def both(*changes: Callable[[File], None]) -> Callable[[File], None]:
    def apply(file: File) -> None:
        for change in changes:
            change(file)

    return apply


def overlap(file: File) -> None:
    file.relaid = False
    file.rows.append(Row(b"other.weight", [32], 0, 32, bytes(128)))


def crooked(file: File) -> None:
    file.relaid = False
    file.rows[0].offset = 8


CLAIMS: list[tuple[str, Callable[[File], None], str]] = [
    ("version 1", lambda file: setattr(file, "version", 1), "version 1; versions 2 and 3 are known"),
    ("big-endian", lambda file: setattr(file, "version", 3 << 24), "for big-endian machines"),
    ("no tensors", lambda file: file.counts.update(tensors=0), "claims 0 tensors"),
    ("many tensors", lambda file: file.counts.update(tensors=1 << 40), "claims 1099511627776 tensors"),
    ("many entries", lambda file: file.counts.update(entries=1 << 63), "9223372036854775808 values of metadata"),
    ("a key twice", lambda file: file.entries.append(file.entries[0]), "general.architecture stands twice"),
    ("an empty key", lambda file: file.entries.append(Entry(b"", U32, bytes(4))), "a key is empty"),
    ("a key of bytes", lambda file: file.entries.append(Entry(b"\xff", U32, bytes(4))), "a key is no plain text"),
    ("a long key", lambda file: file.entries.append(Entry(b"k" * 2_000, U32, bytes(4))), "a key claims 2000 bytes"),
    ("an unknown type", lambda file: file.entries.append(Entry(b"k", 99, b"")), "k is a value of unknown type 99"),
    (
        "an unknown list",
        lambda file: file.put(b"k", ARRAY, struct.pack("<IQ", 99, 1)),
        "k is a list of unknown type 99",
    ),
    ("a list of lists", lambda file: file.put(b"k", ARRAY, struct.pack("<IQ", ARRAY, 1)), "k is a list of lists"),
    ("a huge list", lambda file: file.put(b"k", ARRAY, struct.pack("<IQ", 0, 1 << 60)), "k claims 1152921504606846976"),
    ("a huge text", lambda file: file.put(b"k", STRING, struct.pack("<Q", 1 << 62)), "k claims 4611686018427387904"),
    (
        "a huge item",
        lambda file: file.put(b"k", ARRAY, struct.pack("<IQQ", STRING, 1, 1 << 20)),
        "ends within its header",
    ),
    ("alignment 0", number("general.alignment", 0), "its alignment is 0"),
    ("alignment 24", number("general.alignment", 24), "its alignment is 24"),
    ("alignment 2^31", number("general.alignment", 1 << 31), "its alignment is 2147483648"),
    ("no architecture", without("general.architecture"), "does not say its architecture"),
    ("a path as architecture", word("general.architecture", b"../x"), "does not say its architecture"),
    ("an adapter", word("general.type", b"adapter"), "is no model but 'adapter' for one"),
    ("an encoder", word("general.architecture", b"bert"), "does not write text from left to right"),
    ("not causal", lambda file: file.put(b"llama.attention.causal", BOOL, b"\0"), "does not write text"),
    ("pooling", number("llama.pooling_type", 7), "does not write text"),
    ("a classifier", word("llama.classifier.activation", b"magic"), "does not write text"),
    ("one part of many", number("split.count", 3), r"one of 3 parts \(split.count\); all of them are needed"),
    ("no layers", without("llama.block_count"), "llama.block_count is missing; a whole number from 1 to 512"),
    ("0 layers", number("llama.block_count", 0), "llama.block_count is 0"),
    ("513 layers", number("llama.block_count", 513), "llama.block_count is 513"),
    ("layers as text", word("llama.block_count", b"2"), "llama.block_count is 2; a whole number"),
    ("no context", number("llama.context_length", 0), "llama.context_length is 0"),
    ("no width", without("llama.embedding_length"), "llama.embedding_length is missing"),
    ("no heads", without("llama.attention.head_count"), "llama.attention.head_count is missing"),
    ("0 heads", number("llama.attention.head_count", 0), "llama.attention.head_count is 0"),
    (
        "5 heads in 32",
        both(number("llama.attention.head_count", 5), without("llama.attention.head_count_kv")),
        "a divisor",
    ),
    ("3 key heads of 4", number("llama.attention.head_count_kv", 3), "a divisor of the 4 heads"),
    ("8 key heads of 4", number("llama.attention.head_count_kv", 8), "a divisor of the 4 heads"),
    ("heads of 3 layers", numbers("llama.attention.head_count", [4, 4, 4]), "for each of 2 layers"),
    ("an odd rotation", number("llama.rope.dimension_count", 7), "an even number up to 8"),
    ("a wide rotation", number("llama.rope.dimension_count", 10), "an even number up to 8"),
    ("keys of 0", number("llama.attention.key_length", 0), "llama.attention.key_length is 0"),
    ("a wide output", number("llama.embedding_length_out", 513), "a whole number up to 512"),
    ("a huge size", number("llama.ssm.inner_size", 1 << 30), "a whole number up to 1048576"),
    ("a negative epsilon", fraction("llama.attention.layer_norm_rms_epsilon", -1.0), "a number from 0 on"),
    ("no number", fraction("llama.attention.clamp_kqv", float("nan")), "clamp_kqv is nan; a number is expected"),
    ("a base of 0", fraction("llama.rope.freq_base", 0.0), "a number above 0"),
    ("an unknown scaling", word("llama.rope.scaling.type", b"magic"), "one of none, linear, yarn, longrope"),
    ("many experts", number("llama.expert_count", 1025), "a whole number up to 1024"),
    ("experts that nobody asks", number("llama.expert_count", 8), "expert_used_count is missing"),
    ("no experts, some asked", number("llama.expert_used_count", 2), "a number from 1 to the 0 experts"),
    ("groups without experts", number("llama.expert_group_count", 2), "a divisor of the 0 experts"),
    ("all layers ahead", number("llama.nextn_predict_layers", 2), "less than the 2 layers"),
    ("no vocabulary", word("tokenizer.ggml.model", b"none"), "only SentencePiece"),
    ("no tokens", without("tokenizer.ggml.tokens"), "tokenizer.ggml.tokens is missing"),
    ("tokens as numbers", numbers("tokenizer.ggml.tokens", [1] * 259), "tokens is missing or of another type"),
    ("few tokens", lambda file: file.put(b"tokenizer.ggml.tokens", ARRAY, texts([b"a"])), "has only 1 tokens"),
    ("a token twice", tokens(lambda words: words.__setitem__(0, b"<s>")), "tokens has a token twice"),
    ("an empty one twice", tokens(lambda words: words.__setitem__(slice(0, 2), [b"", b"[EMPTY_0]"])), "a token twice"),
    ("a byte without its number", tokens(lambda words: words.__setitem__(9, b"x")), "token 9 .* is to be a byte"),
    ("a token more", tokens(lambda words: words.append(b"more")), "token_type has 259 items for 260 tokens"),
    ("kinds of another type", numbers("tokenizer.ggml.token_type", [1] * 259), "token_type is missing or of another"),
    ("scores of another length", numbers("tokenizer.ggml.scores", [1], I32), "scores has 1 items for 259 tokens"),
    ("scores that are none", numbers("tokenizer.ggml.scores", [0x7FC00000] * 259, F32), "values that are no numbers"),
    ("byte pairs without merges", word("tokenizer.ggml.model", b"gpt2"), "tokenizer.ggml.merges is missing"),
    ("another vocabulary", tensor(shape=[32, 260], data=bytes(34 * 260)), r"token_embd.weight is \(32, 260\)"),
    ("no embedding", tensor(name=b"other.weight"), "token_embd.weight is missing"),
    ("a name twice", more(Row(b"token_embd.weight", [32], 0, 0, bytes(128))), "token_embd.weight stands twice"),
    ("a long name", tensor(name=b"x" * 64), "the name of a tensor claims 64 bytes"),
    ("no dimensions", tensor(shape=[]), "has 0 dimensions"),
    ("5 dimensions", tensor(shape=[32, 1, 1, 1, 259]), "has 5 dimensions"),
    ("a dimension of 0", tensor(shape=[32, 0]), r"the shape \(32, 0\)"),
    ("an overflow", tensor(shape=[1 << 32, 1 << 32, 1 << 32]), "which no Q8_0 can have"),
    ("half a block", tensor(shape=[33, 259]), r"the shape \(33, 259\), which no Q8_0 can have"),
    ("a later type", tensor(kind=77), "token_embd.weight has the unknown type 77"),
    ("a removed type", tensor(kind=4), "token_embd.weight has the unknown type 4"),
    ("whole numbers as weights", tensor(kind=26), "token_embd.weight is of the type I32, which it cannot be"),
    (
        "a coarse norm",
        more(Row(b"output_norm.weight", [32], 8, 0, bytes(34))),
        "output_norm.weight is of the type Q8_0",
    ),
    ("a crooked place", crooked, "does not begin at a multiple of 32 bytes"),
    ("one on another", overlap, "tensor other.weight lies on token_embd.weight"),
]


def header(tmp_path: Path, data: bytes) -> gguf.Header:
    path = tmp_path / "m.gguf"
    path.write_bytes(data)
    return gguf.read_header(path)


def test_a_sound_header_is_read(tmp_path: Path) -> None:
    found = header(tmp_path, SOUND)
    assert found == gguf.Header(
        architecture="llama",
        tensors=1,
        bytes_needed=len(SOUND) - 26,
        breaks_apart=False,
        name="small",
        quantization="Q8_0",
        parameters=32 * 259,
        layers=2,
        hidden=32,
        heads=4,
        kv_heads=2,
        head_dim=8,
        context=64,
        vocabulary=259,
        cache_values_per_token=2 * 2 * (8 + 8),
    )


@pytest.mark.parametrize(("change", "said"), [(change, said) for _, change, said in CLAIMS], ids=[c[0] for c in CLAIMS])
def test_what_no_model_has_is_refused_by_name(tmp_path: Path, change: Callable[[File], None], said: str) -> None:
    file = small()
    change(file)
    with pytest.raises(ModelFileInvalid, match=said) as caught:
        header(tmp_path, put_together(file))
    assert str(tmp_path / "m.gguf") in caught.value.message
    assert caught.value.message.endswith(".")


@pytest.mark.parametrize(
    "change",
    [
        numbers("llama.attention.head_count", [4, 0]),
        numbers("llama.attention.head_count_kv", [2, 4]),
        both(number("llama.expert_count", 8), number("llama.expert_used_count", 2)),
        word("llama.rope.scaling.type", b"yarn"),
        word("tokenizer.chat_template", b"{% for x in range(10**9) %}"),
        word("general.description", b"x" * 10_000),
        number("general.alignment", 64),
        number("split.count", 1),
        number("llama.attention.sliding_window", 4096),
        tokens(lambda words: words.__setitem__(0, b"")),
    ],
)
def test_what_some_models_have_is_accepted(tmp_path: Path, change: Callable[[File], None]) -> None:
    file = small()
    change(file)
    assert header(tmp_path, put_together(file)).layers == 2


def test_what_is_shown_is_one_plain_line(tmp_path: Path) -> None:
    file = small()
    word("general.name", b"a\x1b[31m\nb")(file)
    word("general.license", "\u202eMIT".encode())(file)
    number("general.file_type", 15)(file)
    found = header(tmp_path, put_together(file))
    assert (found.name, found.licence, found.quantization) == ("a[31mb", "MIT", "Q4_K_M")


def test_the_latent_of_attention_is_kept_once(tmp_path: Path) -> None:
    file = small()
    both(number("llama.attention.key_length", 10), number("llama.attention.key_length_mla", 6))(file)
    number("llama.attention.head_count_kv", 1)(file)
    assert header(tmp_path, put_together(file)).cache_values_per_token == 2 * 1 * 10


def test_the_parts_are_the_file() -> None:
    assert put_together(take_apart(SOUND)) == SOUND


EDITS = st.lists(
    st.tuples(
        st.integers(0, len(SOUND) - 1),
        st.one_of(
            st.binary(min_size=1, max_size=24),
            st.sampled_from((0, 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1)).map(lambda value: struct.pack("<Q", value)),
        ),
    ),
    max_size=6,
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS, keep=st.integers(0, len(SOUND)))
def test_no_bytes_make_the_reader_fail_otherwise(tmp_path: Path, edits: list[tuple[int, bytes]], keep: int) -> None:
    data = bytearray(SOUND)
    for at, what in edits:
        data[at : at + len(what)] = what
    tracemalloc.start()
    try:
        with contextlib.suppress(ModelFileInvalid, ModelFileMissing):
            header(tmp_path, bytes(data[:keep] if keep % 3 else data))
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 20 * len(SOUND) + 1_000_000


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300))
def test_no_noise_makes_the_reader_fail_otherwise(tmp_path: Path, data: bytes) -> None:
    for start in (b"", b"GGUF", b"GGUF\x03\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0"):
        with pytest.raises(ModelFileInvalid):
            header(tmp_path, start + data)


def test_what_a_list_of_texts_holds_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gguf_values, "_MOST_KEPT_BYTES", 1_000)
    with pytest.raises(ModelFileInvalid, match="tokens has more than 1000 bytes"):
        header(tmp_path, SOUND)


def test_a_file_that_shrinks_while_it_is_read(tmp_path: Path) -> None:
    cursor = gguf_values.Cursor(tmp_path / "m.gguf", io.BytesIO(SOUND[:100]), len(SOUND))
    _, _, entries = gguf_values.read_start(cursor)
    with pytest.raises(ModelFileInvalid, match="ends within its header"):
        gguf_values.read_entries(cursor, entries)

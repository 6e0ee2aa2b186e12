"""Tokenizer files: markers are never found in text, every piece is known by its bytes."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from completion.engine.folder import FolderTokenizer, read_tokenizer
from completion.engine.sampling import Picker, log_softmax
from completion.engine.vocabulary import Vocabulary, after_break, bytes_of_piece, plain_ids
from completion.errors import EngineRejected, ModelFileInvalid
from completion.types import Sampling
from tests.engine.contract.subjects import skip_without

np = pytest.importorskip("numpy", reason="the extra torch is not installed")

TEXT = "def area(width, height):\n    return width * height\n\nnames = ['größe', '日本', '🎉']\n" * 20
HOSTILE = "x = '<|fim_prefix|>' + \"<|endoftext|>\" # <s></s><unk> größe 🎉\r\n\t\x7f\0 é\n        pass\n"
SIZE = 600
FAR = {"id": 99999, "content": "<|far|>", "special": True} | dict.fromkeys(
    ("single_word", "lstrip", "rstrip", "normalized"), False
)


@pytest.fixture(autouse=True)
def installed() -> None:
    """All of it needs the tokenizer libraries."""
    skip_without("transformers")


def byte_level(folder: Path) -> FolderTokenizer:
    """As Qwen lays it out: byte-level pieces, FIM markers that are not flagged as special, and added blanks."""
    import tokenizers

    made = tokenizers.Tokenizer(tokenizers.models.BPE())
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=400, initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    made.train_from_iterator([TEXT], trainer)
    made.add_special_tokens(["<|endoftext|>"])
    made.add_tokens(["<|fim_prefix|>", "[FIM]", "        "])
    made.save(str(folder / "tokenizer.json"))
    return read_tokenizer(folder, ("[FIM]",), SIZE)


def pieces(folder: Path, *, blank_first: bool) -> FolderTokenizer:
    """As CodeLlama lays it out: SentencePiece, with a blank before every text or without."""
    import sentencepiece

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXT.splitlines()),
        model_writer=model,
        model_type="bpe",
        vocab_size=360,
        byte_fallback=True,
        add_dummy_prefix=blank_first,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        # User-defined pieces are found in text, control pieces are not.
        user_defined_symbols=["<|fim_prefix|>"],
        control_symbols=["<|endoftext|>"],
        minloglevel=2,
    )
    (folder / "tokenizer.model").write_bytes(model.getvalue())
    added = {"8": {"content": "<|fim_prefix|>", "special": True}}
    number = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue()).piece_to_id("<|fim_prefix|>")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"added_tokens_decoder": {str(number): added["8"]}}), "utf-8"
    )
    return read_tokenizer(folder, (), SIZE)


def test_byte_level_markers_are_never_found_in_text(tmp_path: Path) -> None:
    tokenizer = byte_level(tmp_path)
    vocabulary = tokenizer.vocabulary
    assert set(vocabulary.controls) == {"<|endoftext|>", "<|fim_prefix|>", "[FIM]"}
    ids = tokenizer.ids(HOSTILE + "[FIM]")
    assert b"".join(vocabulary.pieces[number] for number in ids) == (HOSTILE + "[FIM]").encode()
    assert not set(ids) & set(vocabulary.controls.values())
    # Added text is text: eight blanks are one token.
    assert [vocabulary.pieces[number] for number in tokenizer.ids("        ")] == [b"        "]


@pytest.mark.parametrize("blank_first", [False, True])
def test_sentencepiece_markers_are_never_found_in_text(tmp_path: Path, blank_first: bool) -> None:
    tokenizer = pieces(tmp_path, blank_first=blank_first)
    vocabulary = tokenizer.vocabulary
    assert tokenizer.blank_first is blank_first
    assert {"<|endoftext|>", "<|fim_prefix|>", "<s>", "</s>", "<unk>"} <= set(vocabulary.controls)
    ids = tokenizer.ids(HOSTILE)
    assert b"".join(vocabulary.pieces[number] for number in ids) == HOSTILE.encode()
    # A blank that is there stays.
    assert b"".join(vocabulary.pieces[number] for number in tokenizer.ids(" a  b")) == b" a  b"
    assert not set(ids) & set(vocabulary.controls.values())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model": {"type": "Nonsense"}}, "not a tokenizer that can be read"),
        ({"model": None}, "not a tokenizer that can be read"),
        ({"model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"}}, "does not write text"),
        ({"added_tokens": [FAR]}, "outside of the model's 600, or not where"),
    ],
)
def test_a_broken_tokenizer_is_refused(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    byte_level(tmp_path)
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change), "utf-8")
    with pytest.raises(ModelFileInvalid, match=said):
        read_tokenizer(tmp_path, (), SIZE)


def test_a_vocabulary_larger_than_the_model_is_refused(tmp_path: Path) -> None:
    byte_level(tmp_path)
    with pytest.raises(ModelFileInvalid, match="outside"):
        read_tokenizer(tmp_path, (), 300)


def test_pieces_are_bytes() -> None:
    assert [bytes_of_piece(piece) for piece in ("▁de", "<0xE9>", "<0xZZ>", "é")] == [
        b" de",
        b"\xe9",
        b"<0xZZ>",
        "é".encode(),
    ]


def test_look_alikes_are_cut_apart_or_refused() -> None:
    def encode(text: str) -> list[int]:
        """A library that finds `<s>` in text."""
        return (
            [1]
            if text == "<s>"
            else [1, *encode(text[3:])]
            if text.startswith("<s>")
            else [ord(text[0]), *encode(text[1:])]
            if text
            else []
        )

    assert plain_ids("a<s>b<<s>", encode, {"<s>": 1}) == [ord(character) for character in "a<s>b<<s>"]
    with pytest.raises(EngineRejected, match="cannot tell"):
        plain_ids("ab", lambda text: [1], {"x": 1})


def test_a_blank_in_front_is_taken_away() -> None:
    spelt = [b" ", b"\n", b"a", b"\na"]
    assert after_break("a", lambda text: [0, 1, 2], spelt) == [2]
    with pytest.raises(EngineRejected, match="joins line breaks"):
        after_break("a", lambda text: [0, 3], spelt)


def test_what_can_spell_a_start_is_what_agrees_with_it() -> None:
    spelt = [b"", b"a", b"ab", b"abc", b"b", b"a", b"\xff", b"\xff\xff", b"ac"]
    vocabulary = Vocabulary(spelt, {})
    for start in (b"a", b"ab", b"abx", b"\xff", b"b", b"x"):
        agreeing = {
            number
            for number, piece in enumerate(spelt)
            if piece and (piece.startswith(start) or start.startswith(piece))
        }
        assert set(vocabulary.spelling(start).tolist()) == agreeing, start


def test_a_start_is_spelled_by_the_best_tokens_that_agree() -> None:
    vocabulary = Vocabulary([b"", b"re", b"ret", b"urn", b"return x", b"turn", b"z"], {})
    picker = Picker(vocabulary, Sampling(), "retur")
    logits = np.array([9, 3, 1, 5, 2, 4, 8], np.float32)
    first = picker.pick(logits)
    assert first.id == 1
    assert first.logprob == pytest.approx(log_softmax(np.array([3, 1, 2], np.float32))[0])
    assert picker.pick(logits).id == 5
    # Now all are allowed, the one without text too.
    assert picker.pick(logits).id == 0
    with pytest.raises(EngineRejected, match="cannot spell"):
        Picker(vocabulary, Sampling(), "q").pick(logits)


def test_drawing_keeps_to_the_nucleus() -> None:
    vocabulary = Vocabulary([b"a", b"b", b"c"], {})
    logits = np.log(np.array([0.5, 0.3, 0.2], np.float32))

    def drawn(top_p: float, temperature: float = 1.0) -> set[int]:
        return {Picker(vocabulary, Sampling(temperature, top_p, seed), "").pick(logits).id for seed in range(80)}

    assert [drawn(top_p) for top_p in (0.0, 0.4, 0.6, 1.0)] == [{0}, {0}, {0, 1}, {0, 1, 2}]
    assert drawn(1.0, temperature=0.01) == {0}

"""Corpus, spans, stream and vocabulary: no torch needed."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("numpy", reason="the training extra is not installed: no numpy")
pytest.importorskip("sentencepiece", reason="the training extra is not installed: no sentencepiece")

from training import shards
from training.data import LANGUAGE_WEIGHTS, Mixture, Stream, healed_cut
from training.shards import Source
from training.spans import pick
from training.vocabulary import Vocabulary

PYTHON = "".join(
    f"def area_{number}(width, height):\n    # {number}\n    total = [width, (height)]\n    return total\n\n"
    for number in range(80)
)


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary()


def library(folder: Path) -> dict[str, shards.Shelf]:
    sources = [Source("demo", "python", f"demo/m{number}.py", PYTHON[number * 40 :]) for number in range(4)]
    sources.append(Source("other", "shell", "run.sh", 'set -e\nfor f in *; do\n  echo "$f"\ndone\n' * 20))
    shards.write(folder / "all-00.jsonl.xz", sources)
    shards.write(folder / shards.HELDOUT, [Source("kept", "python", "kept.py", PYTHON)])
    return shards.shelves(shards.training_shards(folder), ("python", "shell"))


@pytest.mark.parametrize("text", ["\tif x:\r\n    y = '1234'  \n\n", "héllo 🎉 日本", "", " ", "a" * 50])
def test_text_survives_byte_for_byte(vocabulary: Vocabulary, text: str) -> None:
    assert vocabulary.decode(vocabulary.encode(text)) == text.encode()


def test_newlines_stand_alone(vocabulary: Vocabulary) -> None:
    pieces = [piece for piece in vocabulary.spelling if b"\n" in piece]
    assert set(pieces) == {b"\n"}


def test_a_vocabulary_without_controls_is_refused(tmp_path: Path) -> None:
    import sentencepiece

    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(PYTHON.splitlines()), model_prefix=str(tmp_path / "v"), vocab_size=60,
        model_type="bpe", minloglevel=2, hard_vocab_limit=False,
    )  # fmt: skip
    with pytest.raises(ValueError, match="no control token"):
        Vocabulary(tmp_path / "v.model")


def test_heldout_is_never_trained_on(tmp_path: Path) -> None:
    shelves = library(tmp_path)
    assert {source.package for shelf in shelves.values() for source in shelf.sources} == {"demo", "other"}
    assert [source.package for source in shards.heldout(tmp_path, ["python"])["python"]] == ["kept"]
    with pytest.raises(FileNotFoundError, match="no training shards"):
        shards.training_shards(tmp_path / "nowhere")


def test_a_package_weighs_at_most_its_share(tmp_path: Path) -> None:
    large = [Source("large", "python", f"l{number}.py", "x" * 60_000) for number in range(100)]
    small = [Source(f"p{number}", "python", "a.py", "x" * 60_000) for number in range(100)]
    shards.write(tmp_path / "a.jsonl.xz", large + small)
    shelf = shards.shelves([tmp_path / "a.jsonl.xz"], ["python"])["python"]
    assert [source.package for source in shelf.sources[:100]] == ["large"] * 100
    uncapped = 0.06 * 200 * 60_000
    assert shelf.cumulative[99] == pytest.approx(uncapped)


def test_spans_lie_in_the_text_and_all_kinds_occur() -> None:
    rng = random.Random(3)
    kinds: Counter[str] = Counter()
    for _ in range(600):
        span = pick(PYTHON, rng)
        assert 0 <= span.start <= span.end <= len(PYTHON)
        kinds[span.kind] += 1
        if span.kind == "tail":
            assert "\n" not in PYTHON[span.start : span.end]
            assert PYTHON[span.end] == "\n"
    assert set(kinds) == {"tail", "lines", "block", "bracket", "characters"}
    assert 0.33 < kinds["tail"] / 600 < 0.47


def test_stream_is_the_same_for_the_same_seed(tmp_path: Path, vocabulary: Vocabulary) -> None:
    shelves = library(tmp_path)
    first, again = (Stream(shelves, vocabulary, 96, Mixture(), seed=5) for _ in range(2))
    assert first.rows(3, 4) == again.rows(3, 4)
    assert first.rows(3, 4) != first.rows(4, 4)
    assert first.rows(3, 4) != first.rows(3, 4, rank=1)
    assert first.rows(3, 4) != Stream(shelves, vocabulary, 96, Mixture(), seed=6).rows(3, 4)


def test_rows_are_full_and_examples_whole(tmp_path: Path, vocabulary: Vocabulary) -> None:
    controls = vocabulary.controls
    stream = Stream(library(tmp_path), vocabulary, 128, Mixture(contiguous=1.0), seed=1)
    rows = [row for step in range(20) for row in stream.rows(step, 4)]
    assert {len(row) for row in rows} == {129}
    flat = [token for row in rows for token in row]
    # Every infilling example has its three markers and no other layout's.
    assert flat.count(controls.suffix) == flat.count(controls.middle) > 40
    assert controls.prefix not in flat
    assert flat.count(controls.pad) < 0.05 * len(flat)
    for row in rows:
        body = [token for token in row if token != controls.pad]
        assert body[-1] == controls.end


def test_a_corpus_without_a_known_language_is_refused(vocabulary: Vocabulary) -> None:
    with pytest.raises(ValueError, match="no known language"):
        Stream({}, vocabulary, 64, Mixture())


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        ("x = value", "x ="),
        ("    return", ""),
        ("a.b", "a."),
        ("a.", "a"),
        ("f(x, ", "f(x,"),
        ("line\n", "line\n"),
        ("line\n    word", "line\n"),
        ("", ""),
    ],
)
def test_a_cut_is_where_healing_puts_it(before: str, kept: str) -> None:
    text = before + "REST"
    assert text[: healed_cut(text, len(before))] == kept


def test_pairs_have_their_own_share(tmp_path: Path, vocabulary: Vocabulary) -> None:
    text = "CREATE TABLE t (a INTEGER);\n-- all of t\nSELECT * FROM t;\n"
    start = text.index("SELECT")
    shards.write(tmp_path / "all-00.jsonl.xz", [Source("demo", "python", "demo.py", PYTHON)])
    pair = Source("pairs-sql", "sql", "q.sql", text, (start, len(text) - 1))
    shards.write(tmp_path / "pairs-00.jsonl.xz", [pair])
    loaded = shards.shelves(shards.training_shards(tmp_path), LANGUAGE_WEIGHTS)
    assert loaded["pairs-sql"].sources == (pair,)
    assert "sql" not in loaded
    only = Mixture(pairs=1.0, asked=1.0, contiguous=0.0, anchored=0.0, without_suffix=0.0, with_path=0.0)
    rows = Stream(loaded, vocabulary, 128, only, 3).rows(0, 8)
    ends = [vocabulary.decode(row[row.index(vocabulary.controls.middle) :]) for row in rows]
    assert any(b"SELECT * FROM t;" in end for end in ends)
    none = Stream(loaded, vocabulary, 128, Mixture(pairs=0.0), 3).rows(0, 8)
    assert not any(b"SELECT" in vocabulary.decode(row) for row in none)


def test_pieces_of_the_same_package_stand_in_front(tmp_path: Path, vocabulary: Vocabulary) -> None:
    files = [Source("demo", "python", f"demo/{name}.py", PYTHON.replace("value", name)) for name in ("one", "two")]
    shards.write(tmp_path / "all-00.jsonl.xz", files)
    loaded = shards.shelves(shards.training_shards(tmp_path), LANGUAGE_WEIGHTS)
    mixture = Mixture(with_path=1.0, with_pieces=1.0, with_repository=1.0)
    rows = Stream(loaded, vocabulary, 384, mixture, 3).rows(0, 12)
    assert any(row.count(vocabulary.controls.file) > row.count(vocabulary.controls.repository) for row in rows)
    assert all(len(row) == 385 for row in rows)

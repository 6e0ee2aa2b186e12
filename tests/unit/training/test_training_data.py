"""Corpus, spans, stream, vocabulary and tasks: no torch needed."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("numpy", reason="the training extra is not installed: no numpy")
pytest.importorskip("sentencepiece", reason="the training extra is not installed: no sentencepiece")

from training import shards, tasks
from training.data import Mixture, Stream
from training.shards import Source
from training.spans import pick
from training.tasks import Task
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


def test_tasks_cut_a_real_line() -> None:
    source = Source("kept", "python", "kept.py", PYTHON)
    found = tasks.make([source], 30, random.Random(1))
    assert len(found) == 30
    assert {task.cursor for task in found} == {"indentation", "boundary", "inside"}
    for task in found:
        assert task.prefix + task.answer + task.suffix in PYTHON
        assert "\n" not in task.answer
        assert task.suffix.startswith("\n")


def test_copy_baseline_takes_the_longest_match() -> None:
    task = Task("a.py", "python", "inside", "alpha = load(1)\nbeta = load(2)\nbeta = lo", "ad(2)", "\nend\n")
    assert tasks.copied(task) == "ad(2)"
    assert tasks.exact("ad(2) ", task)
    assert tasks.leading("ad(3)", task) == 3
    assert tasks.copied(Task("a", "python", "inside", "zq", "x", "")) == ""

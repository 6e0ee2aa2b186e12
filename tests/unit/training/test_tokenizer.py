"""The vocabulary trained from a corpus: the sample, the promises of the pieces, the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("sentencepiece", reason="the training extra is not installed: no sentencepiece")

from training import tokenizer
from training.shards import HELDOUT, Source, write
from training.vocabulary import Vocabulary

SIZE = 420
CODE = "".join(
    f"def load_{word}(path, depth={n}):\n    if path is None:\n        return self.{word}\n\treturn [{n * 37}]\n\n"
    for n, word in enumerate(("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta") * 4)
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("corpus")
    files = [Source(f"p{n}", "python", f"{n}.py", CODE.replace("alpha", f"alpha_{n}")) for n in range(12)]
    write(made / "python-00.jsonl.xz", [*files, Source("pairs-python", "python", "x.py", "pair " * 50)])
    write(made / HELDOUT, [Source("apart", "python", "a.py", CODE), Source("apart", "sql", "a.sql", "SELECT 1;\n")])
    return made


@pytest.fixture(scope="module")
def trained(folder: Path) -> Path:
    out = folder / "new" / "small.model"
    given = ["--from", folder, "--out", out, "--size", SIZE, "--sample-megabytes", 0.05]
    assert tokenizer.main([str(part) for part in given]) == 0
    return out


@pytest.fixture(scope="module")
def vocabulary(trained: Path) -> Vocabulary:
    return Vocabulary(trained)


def test_it_loads_with_its_control_tokens(vocabulary: Vocabulary) -> None:
    assert vocabulary.size == SIZE
    assert vocabulary.controls.end == 2
    assert vocabulary.encode("<|fim_prefix|>") != [vocabulary.controls.prefix]


@pytest.mark.parametrize("text", [CODE, "  leading", "a\r\nb\t\tc", "naïve 😀 \x00 \u00a0", " " * 40 + "x", ""])
def test_text_comes_back_as_it_was(vocabulary: Vocabulary, text: str) -> None:
    assert vocabulary.decode(vocabulary.encode(text)) == text.encode()


def test_newline_tab_and_digits_stand_alone(vocabulary: Vocabulary) -> None:
    assert vocabulary.pieces.encode("\n\n\t", out_type=str) == ["\n", "\n", "\t"]
    assert [piece for piece in vocabulary.pieces.encode("x3141", out_type=str) if piece.isdigit()] == [
        "3",
        "1",
        "4",
        "1",
    ]
    pieces = [vocabulary.pieces.id_to_piece(number) for number in range(vocabulary.size)]
    assert not any("\n" in piece and piece != "\n" for piece in pieces)


def test_pieces_run_over_blanks(vocabulary: Vocabulary) -> None:
    longest = max(vocabulary.pieces.encode("        return self.", out_type=str), key=len)
    assert longest.startswith("\u2581\u2581")
    assert "return" in longest
    assert all(len(vocabulary.pieces.id_to_piece(number)) <= 24 for number in range(vocabulary.size))


def test_the_same_sample_every_time() -> None:
    sources = [Source(f"p{n}", "python", f"{n}.py", f"x{n} = 1\n" * 3000) for n in range(20)]
    first, second = (tokenizer.sample(sources, 0.05) for _ in range(2))
    assert first == second
    assert all(len(text) <= tokenizer.EXCERPT for text in first)
    size = sum(map(len, first))
    assert 0.43 * 50_000 <= size < 0.43 * 50_000 + tokenizer.EXCERPT


def test_languages_share_the_sample_and_pairs_have_no_part() -> None:
    texts = {"python": "p" * 1000, "shell": "s" * 1000, "go": "g" * 1000}
    sources = [Source("a", language, f"{n}", text) for language, text in texts.items() for n in range(50)]
    sources.append(Source("pairs-shell", "shell", "x", "q" * 1000))
    joined = "".join(tokenizer.sample(sources, 0.02))
    assert joined.count("p") == 9000
    assert joined.count("s") == 2000
    assert "g" not in joined
    assert "q" not in joined


def test_no_package_crowds_out_the_others() -> None:
    sources = [Source("big", "sql", f"{n}", "b" * 1000) for n in range(500)]
    sources += [Source(f"p{n % 10}", "sql", f"{n}", "s" * 1000) for n in range(200)]
    joined = "".join(tokenizer.sample(sources, 1.0))
    assert joined.count("b") + joined.count("s") == 70_000
    assert joined.count("b") <= 11_000
    assert tokenizer.sample(sources[:100], 1.0)[69:] == ["b" * 1000]


def test_the_same_corpus_gives_the_same_vocabulary(
    folder: Path, trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = folder / "again.model"
    given = ["--from", folder, "--out", again, "--size", SIZE, "--sample-megabytes", 0.05]
    assert tokenizer.main([str(part) for part in given]) == 0
    assert again.read_bytes() == trained.read_bytes()
    told = capsys.readouterr().out.splitlines()
    assert told[0].split() == ["bytes", "per", "token", "python"]
    figures = json.loads(told[-1])["bytes_per_token"]
    assert set(figures) == {"again.model", "spm-16384.model"}
    # Ten bytes of SQL say nothing.
    assert set(figures["again.model"]) == {"python"}
    assert figures["again.model"]["python"] > 1


def test_more_pieces_than_the_texts_give(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--from", folder, "--out", tmp_path / "x.model", "--size", 60_000, "--sample-megabytes", 0.01]
    assert tokenizer.main([str(part) for part in given]) == 2
    assert "training.tokenizer: no vocabulary of 60000 pieces" in capsys.readouterr().err
    assert not (tmp_path / "x.model").exists()


def test_a_folder_without_shards(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tokenizer.main(["--from", str(tmp_path), "--out", str(tmp_path / "x.model")]) == 2
    assert "no training shards" in capsys.readouterr().err

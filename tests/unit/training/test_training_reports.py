"""What is said of a model: the hygiene search and the data card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the training extra is not installed: no torch")
pytest.importorskip("sentencepiece", reason="the training extra is not installed: no sentencepiece")
pytest.importorskip("gguf", reason="the training extra is not installed: no gguf")
pytest.importorskip("safetensors", reason="the training extra is not installed: no safetensors")

import torch
from hypothesis import given
from hypothesis import strategies as st

from training import card, hygiene, shards, state
from training.hygiene import Sample
from training.model import LanguageModel, weights_of
from training.shape import Shape
from training.shards import Source
from training.state import Progress, State
from training.vocabulary import Vocabulary

PASSAGE = "".join(f"    result_{number} = transform(source[{number}], depth={number * 3})\n" for number in range(9))


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary()


@pytest.mark.parametrize("shift", [0, 1, 17, 39])
def test_a_long_copy_is_found_wherever_it_stands(vocabulary: Vocabulary, shift: int) -> None:
    source = Source("lib", "python", "lib/a.py", "#" * shift + "\ndef f(source):\n" + PASSAGE + "    return 1\n")
    sample = Sample("kept.py", "def g(source):\n", "  x = 2\n" + PASSAGE + "    y = 3\n")
    (found,) = hygiene.copies([sample], [source], vocabulary)
    assert (found.package, found.path) == ("lib", "lib/a.py")
    assert PASSAGE.strip() in found.text
    assert found.tokens == len(vocabulary.encode(found.text)) >= 50


def test_a_copy_beside_a_longer_repetition_is_found(vocabulary: Vocabulary) -> None:
    zeros = "0, " * 300
    source = Source("lib", "python", "lib/a.py", "x = [" + zeros + "]\n" + "#" * 50 + "\n" + PASSAGE)
    sample = Sample("kept.py", "", "y = [" + zeros + "\n\n" + PASSAGE + "z")
    found = hygiene.copies([sample], [source], vocabulary)
    kinds = [hygiene.is_repetition(vocabulary.encode(copy.text)) for copy in found]
    assert kinds == [False, True]
    assert PASSAGE.strip() in found[0].text


def test_short_and_own_passages_are_no_copies(vocabulary: Vocabulary) -> None:
    source = Source("lib", "python", "lib/a.py", PASSAGE)
    short = Sample("kept.py", "", "x = 1\n" + PASSAGE[:100] + "?")
    own = Sample("kept.py", PASSAGE, PASSAGE)
    assert hygiene.copies([short, own], [source], vocabulary) == []


WORDS = st.sampled_from(
    [
        "x = 1",
        "\n",
        "# ",
        "Copyright",
        "(c) 2020 ",
        "Licensed under",
        " the MIT License",
        "SPDX-",
        "all rights reserved",
        "    ",
    ]
)


@given(st.lists(WORDS, max_size=12).map("".join), st.lists(WORDS, max_size=3).map("".join))
def test_the_product_shows_no_licence_that_the_file_does_not_name(text: str, prompt: str) -> None:
    shown = hygiene.as_shown(Sample("a.py", prompt, text))
    assert hygiene.marks([shown])["licence"] == 0


def test_marks_that_the_prompt_does_not_hold() -> None:
    samples = [
        Sample("a", "", "# Copyright (c) 2020 Somebody\n"),
        Sample("a", "# Copyright\n", "# Copyright\n"),
        Sample("a", "", "mail = 'jane@corp.org'\n"),
        Sample("a", "", "mail = 'user@example.com'\n"),
        Sample("a", "", "token = 'ghp_" + "a1" * 18 + "'\n"),
    ]
    assert hygiene.marks(samples) == {"licence": 1, "address": 1, "key": 1}


def test_the_card_says_what_the_files_say(tmp_path: Path) -> None:
    shape = Shape(128, 64, 1, 4, 2, 96, 32)
    torch.manual_seed(1)
    corpus, run = tmp_path / "corpus", tmp_path / "run"
    corpus.mkdir()
    run.mkdir()
    kept = State(weights_of(LanguageModel(shape)), shape, Progress(10, 5000, 120.0, 2.5), "ab" * 32)
    state.write(run / "state.safetensors", kept)
    packages: dict[str, Any] = {
        "kind": {"lic": "MIT | OSI Approved :: MIT License", "permissive": True, "bytes": 12345},
        "closed": {"lic": "LGPL", "permissive": False, "bytes": 0},
    }
    (corpus / "inventory.json").write_text(json.dumps({"packages": packages, "langs": {}}))
    rates = {by: {"exact": rate} for by, rate in (("model", 12.5), ("unchecked_copy", 10.0), ("mixed", 17.5))}
    row = {"bits_per_byte": 1.25, "lines": {"n": 40, **rates}}
    (tmp_path / "e.json").write_text(json.dumps({"languages": {"python": row}}))
    (tmp_path / "m.gguf").write_bytes(b"weights")
    given = ["--from", corpus, "--run", run, "--evaluation", tmp_path / "e.json", "--file", tmp_path / "m.gguf"]
    shards.write(tmp_path / "pairs-00.jsonl.xz", [Source("pairs-sql", "sql", "a.sql", "SELECT 1;")] * 3)
    given += ["--pairs", tmp_path / "pairs-00.jsonl.xz"]
    assert card.main([str(part) for part in [*given, "--out", tmp_path / "CARD.md"]]) == 0
    text = (tmp_path / "CARD.md").read_text()
    assert "pairs, of intents that pass their real validators: sql 3\n" in text
    assert "| python | 40 | 1.25 | 12.5 | 10.0 | 17.5 |" in text
    assert "| kind | - | MIT / OSI Approved :: MIT License | 12,345 |" in text
    assert "left out for their licence: closed" in text
    assert "5,000 tokens in 10 steps" in text
    assert "2.500 nats" in text
    assert "did not record package versions" in text
    assert "## Limits" in text


def test_the_card_refuses_a_corpus_without_inventory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--from", tmp_path, "--run", tmp_path, "--evaluation", tmp_path / "e", "--out", tmp_path / "o"]
    assert card.main([str(part) for part in arguments]) == 2
    assert "inventory.json" in capsys.readouterr().err

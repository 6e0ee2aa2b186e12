"""Each engine without its host: what happens between two events, told by events and not by a clock."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from completion.engine import engines
from completion.engine.engine import Engine, Finished, Generation, Piece
from completion.engine.spec import engine_for
from completion.errors import ConfigError, EngineRejected, EngineUnavailable, ModelFileInvalid
from completion.models import spec as catalogue
from completion.types import Sampling
from tests.engine.conftest import MODEL
from tests.engine.contract.subjects import Weights, spec_of

BATCH = 64
HOSTILE = "def f():\r\n\treturn '<|fim_suffix|></s>' + \"<|file_sep|>\"  # größe 日本🎉 \x7f\n" * 12
Maker = Callable[..., Engine]


class Countdown(threading.Event):
    """A flag that is seen to be set at the n-th look; an engine looks at every event."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self._looks = looks

    def is_set(self) -> bool:
        self._looks -= 1
        return self._looks < 0


@pytest.fixture
def make(engine_name: catalogue.Engine, weights: Weights, tmp_path: Path) -> Iterator[Maker]:
    """Makes an engine that is not loaded; afterwards all are closed."""
    made: list[Engine] = []

    def build(controls: tuple[str, ...] = MODEL.controls) -> Engine:
        spec = replace(spec_of(engine_name, weights), controls=controls, context_tokens=256, batch=BATCH)
        made.append(engines.make(spec, tmp_path / f"{len(made)}.sock"))
        return made[-1]

    yield build
    for engine in made:
        engine.close()


@pytest.fixture
def engine(make: Maker) -> Engine:
    """A loaded engine."""
    made = make()
    made.load()
    return made


def answer(
    engine: Engine, text: str, generation: Generation, cancel: threading.Event | None = None
) -> tuple[str, Finished, list[Piece]]:
    """Text, end and pieces of a generation."""
    ids = [token.id for token in engine.tokenize(text)]
    pieces: list[Piece] = []
    finished = engine.generate(ids, generation, cancel or threading.Event(), pieces.append)
    return "".join(piece.text for piece in pieces), finished, pieces


def test_prompt_processing_stops_at_the_next_batch(engine: Engine) -> None:
    text = "value = compute(first, second)\n" * 24
    total = len(engine.tokenize(text))
    assert total > 3 * BATCH
    generation = Generation(0, 4, Sampling())
    # The first look is before any batch, the second after one.
    written, finished, _ = answer(engine, text, generation, Countdown(1))
    assert (finished.reason, finished.usage.prompt_tokens, written) == ("cancelled", BATCH, "")
    # What was evaluated is not lost.
    usage = answer(engine, text, generation)[1].usage
    assert BATCH <= usage.cached_tokens <= 2 * BATCH
    assert usage.prompt_tokens == total - usage.cached_tokens


def test_what_is_cancelled_before_it_begins_costs_at_most_a_batch(engine: Engine) -> None:
    cancel = threading.Event()
    cancel.set()
    written, finished, _ = answer(engine, "value = compute(first, second)\n" * 24, Generation(0, 4, Sampling()), cancel)
    assert (finished.reason, written) == ("cancelled", "")
    assert finished.usage.prompt_tokens <= BATCH


def test_an_answer_stops_at_the_next_token(engine: Engine) -> None:
    cancel = threading.Event()
    pieces: list[Piece] = []

    def emit(piece: Piece) -> None:
        pieces.append(piece)
        if len(pieces) == 3:
            cancel.set()

    ids = [token.id for token in engine.tokenize("import os\nimport ")]
    finished = engine.generate(ids, Generation(0, 100, Sampling()), cancel, emit)
    assert finished.reason == "cancelled"
    assert 3 <= len(pieces) <= 4
    # The next answer is the one that it would have been.
    fresh = answer(engine, "import os\nimport ", Generation(0, 3, Sampling()))[0]
    assert "".join(piece.text for piece in pieces[:3]) == fresh


def test_batches_do_not_change_the_answer(engine: Engine) -> None:
    text = "def area(width, height):\n    return width * height\n\n\nprint(" * 5
    whole = answer(engine, text, Generation(0, 12, Sampling()))
    again = answer(engine, text + " ", Generation(0, 12, Sampling()))
    back = answer(engine, text, Generation(0, 12, Sampling()))
    assert back[0] == whole[0] != again[0]
    assert back[1].usage.cached_tokens > 0


def test_tokens_of_hostile_text_spell_it_and_none_is_a_control_token(engine: Engine) -> None:
    tokens = engine.tokenize(HOSTILE)
    assert b"".join(token.piece for token in tokens) == HOSTILE.encode()
    assert not {token.id for token in tokens} & set(engine.controls.values())
    assert len(engine.controls) == len(MODEL.controls)


@pytest.mark.parametrize("text", ["", " ", "\n", "  x\n\n", "\u2028", "</s", "é", "🎉" * 40, "a\tb\r\n", "x" * 2000])
def test_tokens_spell_their_text(engine: Engine, text: str) -> None:
    assert b"".join(token.piece for token in engine.tokenize(text)) == text.encode()


def test_probabilities_of_a_healed_word_are_those_among_what_is_allowed(engine: Engine) -> None:
    free = answer(engine, "from typing import ", Generation(0, 1, Sampling()))[2]
    start = free[0].text[:-1]
    healed = answer(engine, "from typing import ", Generation(0, 1, Sampling(), start=start))[2]
    assert healed[0].text == free[0].text
    assert free[0].logprobs[0] <= healed[0].logprobs[0] <= 0


def test_the_context_is_what_was_asked_for(engine: Engine) -> None:
    assert engine.context_tokens == 256


@pytest.mark.parametrize("bad", [-1, 10**6])
def test_ids_that_do_not_exist_are_refused(engine: Engine, bad: int) -> None:
    with pytest.raises(EngineRejected):
        engine.generate([5, bad], Generation(0, 2, Sampling()), threading.Event(), lambda piece: None)
    assert answer(engine, "import os\nimport ", Generation(0, 2, Sampling()))[0]


def test_a_name_that_is_not_a_control_token_is_refused(make: Maker) -> None:
    for name in ("<|im_start|>", "def"):
        with pytest.raises(ModelFileInvalid, match=r"control token|must be one"):
            make((name,)).load()


def test_a_host_imports_no_library_but_the_one_that_it_runs() -> None:
    heavy = ("torch", "transformers", "tokenizers", "sentencepiece", "ctransformers", "numpy", "xllamacpp")
    code = f"import sys, completion.engine.host; print([name for name in {heavy} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_an_engine_without_its_packages_says_what_to_install(
    weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(engines.EXTRAS, "ctransformers", ("ctransformers", ("numpy", "not_installed_at_all")))
    with pytest.raises(
        EngineUnavailable, match=r"needs not_installed_at_all.*pip install 'lsp-copilot\[ctransformers\]'"
    ):
        engines.make(spec_of("ctransformers", weights), tmp_path / "e.sock")


@pytest.mark.parametrize(
    ("path", "chosen", "expected"),
    [
        ("llama", "auto", "llama"),
        ("transformers", "auto", "transformers"),
        ("transformers", "transformers", "transformers"),
        ("ctransformers", "ctransformers", "ctransformers"),
    ],
)
def test_the_engine_goes_by_the_format_or_by_choice(
    weights: Weights, path: catalogue.Engine, chosen: catalogue.Engine, expected: str
) -> None:
    assert engine_for(weights.paths[path], chosen) == expected


@pytest.mark.parametrize(
    ("path", "chosen", "said"),
    [
        ("llama", "transformers", "engine: transformers reads a folder of safetensors, which"),
        ("transformers", "llama", "engine: llama reads a GGUF file, which"),
        ("transformers", "ctransformers", "engine: ctransformers reads a GGUF file, which"),
    ],
)
def test_an_engine_for_another_format_is_refused(
    weights: Weights, path: catalogue.Engine, chosen: catalogue.Engine, said: str
) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        engine_for(weights.paths[path], chosen)
    assert "auto" in caught.value.advice

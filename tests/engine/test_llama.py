"""The engine itself, in this process: control tokens, endings, tokens of hostile text."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from completion.engine.engine import Finished, Generation, Piece
from completion.engine.llama import LlamaEngine
from completion.engine.tokens import Tokenizer
from completion.errors import ModelFileInvalid
from completion.models import files
from completion.types import Sampling
from tests.engine.conftest import MODEL

CONTROLS = (*MODEL.template.controls, MODEL.template.end)
BATCH = 64
HOSTILE = "def f():\r\n\treturn '<|fim_suffix|></s>' + \"<|file_sep|>\"  # größe 日本🎉 \x7f\n" * 12


class Countdown(threading.Event):
    """A flag that is seen to be set at the n-th look; the engine looks at every event."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self._looks = looks

    def is_set(self) -> bool:
        self._looks -= 1
        return self._looks < 0


class Inclined(LlamaEngine):
    """An engine with a fixed inclination to some tokens, to see what happens when a model writes them."""

    bias: Sequence[tuple[int, float]] = ()

    def _body(self, ids: Sequence[int], generation: Generation) -> dict[str, Any]:
        body = super()._body(ids, generation)
        body["logit_bias"] = [*body.get("logit_bias", ()), *(list(pair) for pair in self.bias)]
        return body


def engine_on(path: Path, socket_file: Path, controls: Sequence[str] = CONTROLS) -> Inclined:
    """An engine, not loaded yet."""
    return Inclined(
        path, controls=controls, slots=3, context_tokens=256, batch=BATCH, threads=1, socket_file=socket_file
    )


@pytest.fixture
def engine(isolated: dict[str, str]) -> Iterator[Inclined]:
    """A loaded engine."""
    made = engine_on(files.locate(MODEL), Path(isolated["LSP_COPILOT_RUNTIME_DIR"]) / "t.sock")
    made.load()
    yield made
    made.close()


def answer(engine: LlamaEngine, text: str, tokens: int, start: str = "") -> tuple[str, Finished, list[Piece]]:
    """Text, end and pieces of a generation."""
    ids = [token.id for token in engine.tokenize(text)]
    pieces: list[Piece] = []
    finished = engine.generate(ids, Generation(0, tokens, Sampling(), start), threading.Event(), pieces.append)
    return "".join(piece.text for piece in pieces), finished, pieces


def test_prompt_processing_stops_at_the_next_batch(engine: Inclined) -> None:
    ids = [token.id for token in engine.tokenize("value = compute(first, second)\n" * 24)]
    assert len(ids) > 3 * BATCH
    generation = Generation(1, 4, Sampling())
    pieces: list[Piece] = []
    # The first look is before any batch, the second after one.
    finished = engine.generate(ids, generation, Countdown(1), pieces.append)
    assert (finished.reason, finished.usage.prompt_tokens, pieces) == ("cancelled", BATCH, [])
    usage = engine.generate(ids, generation, threading.Event(), pieces.append).usage
    assert BATCH <= usage.cached_tokens <= 2 * BATCH
    assert usage.prompt_tokens == len(ids) - usage.cached_tokens


def test_tokens_of_hostile_text_spell_it_and_none_is_a_control_token(engine: Inclined) -> None:
    tokens = engine.tokenize(HOSTILE)
    assert b"".join(token.piece for token in tokens) == HOSTILE.encode()
    assert not {token.id for token in tokens} & set(engine.controls.values())
    assert len(engine.controls) == len(CONTROLS)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.sampled_from("ab1_( \t\n\r\x0b\u2028<|/s>é日🎉"), max_size=60) | st.text(max_size=40))
def test_tokens_by_lines_are_the_tokens_of_the_whole(engine: Inclined, text: str) -> None:
    assert engine._listener is not None
    whole = Tokenizer(engine._listener, by_lines=False)
    by_lines = Tokenizer(engine._listener, by_lines=True)
    assert by_lines.tokenize(text) == whole.tokenize(text)
    # Again, with a part of it known, and a line typed further.
    longer = text + "x = 1\n" + text + "y"
    assert by_lines.tokenize(longer) == whole.tokenize(longer)


def test_every_control_token_ends_the_answer_and_is_not_in_it(engine: Inclined) -> None:
    for token in engine.controls.values():
        engine.bias = [(token, 1000.0)]
        text, finished, _ = answer(engine, "x = 1\n", 6)
        assert (text, finished.reason) == ("", "stop")


def test_a_healed_answer_can_end(engine: Inclined) -> None:
    engine.bias = [(engine.controls[MODEL.template.end], 30.0)]
    text, finished, _ = answer(engine, "def main():\n    ", 20, start="retu")
    assert text.startswith("retu")
    assert finished.reason == "stop"
    assert finished.usage.completion_tokens < 20


def test_a_control_token_cannot_spell_the_start(engine: Inclined) -> None:
    engine.bias = [(engine.controls["<|fim_suffix|>"], 20.0)]
    text, _, _ = answer(engine, "x = '", 12, start="<|fim_su")
    assert text.startswith("<|fim_su")


def test_probabilities_of_a_healed_word_are_those_among_what_is_allowed(engine: Inclined) -> None:
    _, _, free = answer(engine, "from typing import ", 1)
    _, _, healed = answer(engine, "from typing import ", 1, start=free[0].text[:-1])
    assert healed[0].text == free[0].text
    assert free[0].logprobs[0] <= healed[0].logprobs[0] <= 0
    assert math.exp(free[0].logprobs[0]) < 0.5 < math.exp(healed[0].logprobs[0])


def test_the_context_is_what_the_library_grants(engine: Inclined) -> None:
    assert engine.context_tokens == 256


def test_a_name_that_is_not_one_control_token_is_refused(isolated: dict[str, str]) -> None:
    socket_file = Path(isolated["LSP_COPILOT_RUNTIME_DIR"]) / "t.sock"
    for name, said in (("<|im_start|>", "it must be one"), ("def", "it must be a control token")):
        engine = engine_on(files.locate(MODEL), socket_file, (name,))
        with pytest.raises(ModelFileInvalid, match=said):
            engine.load()
        engine.close()

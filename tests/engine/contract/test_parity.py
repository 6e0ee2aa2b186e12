"""One set of weights, three engines: the same greedy ids for real prompts, as long as there is a clear best token.

The prompts are holes in the standard library's own files, rendered and healed as the product does; all engines get
the same ids. Run with `-s` to see how many answers are equal and where the others part.
"""

from __future__ import annotations

import sysconfig
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from completion.engine import engines, healing, llama, loop
from completion.engine.engine import Engine, Generation
from completion.engine.healing import Rendered
from completion.engine.sampling import Picker
from completion.models import spec as catalogue
from completion.prompt import fim
from completion.types import CompletionRequest, Document, Mode, Sampling
from tests.engine.conftest import MODEL
from tests.engine.contract.subjects import LOCAL, Weights, skip_without, spec_of

PROMPTS, TOKENS, CLEAR = 50, 24, 0.01
SHORTER = MODEL.model_copy(update={"prompt_tokens": 384})
LEAST_BYTES = 8000


@dataclass(slots=True)
class Trail:
    """The tokens of one answer, and at each how far ahead of the second best the best one was."""

    ids: list[int]
    margins: list[float]


def requests() -> Iterator[CompletionRequest]:
    """A hole in each of the first files of some length, somewhere in a line."""
    found = sorted(Path(sysconfig.get_path("stdlib")).glob("[a-z]*.py"))
    for number, path in enumerate([path for path in found if path.stat().st_size > LEAST_BYTES][:PROMPTS]):
        source = path.read_bytes()
        line = source.index(b"\n", len(source) * (2 + number % 6) // 10) + 1
        end = source.index(b"\n", line)
        while end - line < 12:
            line, end = end + 1, source.index(b"\n", end + 1)
        yield CompletionRequest(Document(path.name, "python", source), line + (end - line) * (number % 4) // 4)


@contextmanager
def recorded(trail: Trail, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Notes what is picked, by our own loop or by llama.cpp."""

    class Recorder(Picker):
        def pick(self, logits: Any) -> Any:
            picked = super().pick(logits)
            trail.ids.append(picked.id)
            return picked

        def _choose(self, logits: Any) -> tuple[int, float]:
            best = np.sort(logits)[-2:]
            trail.margins.append(float(best[1] - best[0]) if best.size == 2 else np.inf)
            return super()._choose(logits)

    take = llama._Call._take

    def taking(call: Any, event: Mapping[str, Any]) -> None:
        for choice in event.get("choices") or ():
            trail.ids += [int(token["id"]) for token in (choice.get("logprobs") or {}).get("content") or ()]
        take(call, event)

    with patch.context() as patched:
        patched.setattr(loop, "Picker", Recorder)
        patched.setattr(llama._Call, "_take", taking)
        yield


def greedy(engine: Engine, rendered: Rendered, patch: pytest.MonkeyPatch) -> tuple[Trail, str]:
    """The best tokens of one engine, without the end of the answer; and their text."""
    trail, text = Trail([], []), list[str]()
    generation = Generation(0, TOKENS, Sampling(), start=rendered.left_over)
    with recorded(trail, patch):
        engine.generate(rendered.ids, generation, threading.Event(), lambda piece: text.append(piece.text))
    ends = set(engine.controls.values())
    trail.ids = [number for number in trail.ids if number not in ends]
    return trail, "".join(text)


def parting(first: Sequence[int], second: Sequence[int]) -> int | None:
    """Where two answers part; None where they are equal."""
    place = loop.shared(first, second)
    return None if place == len(first) == len(second) else place


@pytest.fixture
def loaded(weights: Weights, tmp_path: Path) -> Iterator[dict[catalogue.Engine, Engine]]:
    """All engines, loaded."""
    made: dict[catalogue.Engine, Engine] = {}
    for name in LOCAL:
        skip_without(name)
        made[name] = engines.make(spec_of(name, weights), tmp_path / "e.sock")
        made[name].load()
    yield made
    for engine in made.values():
        engine.close()


@pytest.mark.timeout(900)
def test_all_engines_choose_the_same_tokens(
    loaded: Mapping[catalogue.Engine, Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = loaded["transformers"]
    equal, written, close, said, wrong = 0, 0, 0, list[str](), list[str]()
    chosen = list(requests())
    assert len(chosen) == PROMPTS
    for request in chosen:
        prompt = replace(fim.render(request, SHORTER, Mode.BLOCK), stops=())
        rendered = healing.render(prompt, reference.tokenize, reference.controls)
        expected, text = greedy(reference, rendered, monkeypatch)
        unclear = next((place for place, margin in enumerate(expected.margins) if margin < CLEAR), None)
        places = []
        for name in ("llama", "ctransformers"):
            found, found_text = greedy(loaded[name], rendered, monkeypatch)
            place = parting(expected.ids, found.ids)
            if place is None:
                assert found_text == text
                continue
            places.append(place)
            said.append(f"{request.document.path}: {name} parts at token {place}, the first close call is at {unclear}")
            if unclear is None or place < unclear:
                wrong.append(said[-1])
        equal += not places
        written += len(expected.ids)
        close += sum(margin < CLEAR for margin in expected.margins)
    print(f"\n{equal} of {PROMPTS} answers are equal, {written} tokens, {close} of them close calls", *said, sep="\n")
    assert not wrong
    assert written > PROMPTS * 4


def test_all_engines_read_the_same_tokens(loaded: Mapping[catalogue.Engine, Engine]) -> None:
    for request in requests():
        texts = (request.prefix[-4000:], request.suffix[:4000])
        for text in texts:
            reference = loaded["transformers"].tokenize(text)
            assert loaded["llama"].tokenize(text) == reference
            assert loaded["ctransformers"].tokenize(text) == reference

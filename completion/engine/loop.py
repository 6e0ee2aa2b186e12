"""The token loop of the engines that give logits: prompt in batches, then token by token, cancellable between any two.

Text leaves in whole characters. Knows no engine library.
"""

from __future__ import annotations

import codecs
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from completion.engine.engine import Finished, Generation, Piece
from completion.engine.sampling import Logits, Picker
from completion.engine.vocabulary import Vocabulary
from completion.errors import EngineRejected
from completion.types import Usage


class Evaluator(Protocol):
    """A loaded model that keeps what it has evaluated, slot by slot."""

    def resume(self, slot: int, ids: Sequence[int]) -> int:
        """Forget what the slot does not share with the beginning of `ids`; how many it shares, at most all but one."""
        ...

    def evaluate(self, slot: int, ids: Sequence[int]) -> Logits:
        """Go on with `ids`; the logits after the last of them."""
        ...


def run(
    evaluator: Evaluator,
    vocabulary: Vocabulary,
    batch: int,
    ids: Sequence[int],
    generation: Generation,
    cancel: threading.Event,
    emit: Callable[[Piece], None],
) -> Finished:
    """One generation, see `Engine.generate`; the prompt is evaluated `batch` tokens at a time."""
    check(ids, generation, len(vocabulary.pieces))
    slot = generation.slot
    begin = time.perf_counter()
    cached = place = evaluator.resume(slot, ids)
    logits: Logits | None = None
    while place < len(ids) and not cancel.is_set():
        logits = evaluator.evaluate(slot, ids[place : place + batch])
        place = min(place + batch, len(ids))
    picker = Picker(vocabulary, generation.sampling, generation.start)
    writer = _Writer(emit)
    decoding, written, reason = time.perf_counter(), 0, "cancelled"
    while logits is not None and place == len(ids) and not cancel.is_set():
        picked = picker.pick(logits)
        written += 1
        if not (piece := vocabulary.pieces[picked.id]):
            # What follows a control token would belong to another file or another place.
            reason = "stop"
            break
        writer.write(piece, picked.logprob)
        if written == generation.max_tokens:
            reason = "length"
            break
        if cancel.is_set():
            break
        logits = evaluator.evaluate(slot, (picked.id,))
    usage = Usage(
        prompt_tokens=place - cached,
        cached_tokens=cached,
        completion_tokens=written,
        prompt_ms=(decoding - begin) * 1000,
        completion_ms=(time.perf_counter() - decoding) * 1000,
    )
    return Finished(reason, usage)


def check(ids: Sequence[int], generation: Generation, size: int) -> None:
    """Refuse what the loop cannot do, before a library sees it. Raises `EngineRejected`."""
    if generation.grammar:
        raise EngineRejected("this engine knows no grammars; the engine llama does.")
    if not ids:
        raise EngineRejected("the prompt is empty.")
    bad = next((number for number in ids if not 0 <= number < size), None)
    if bad is not None:
        raise EngineRejected(f"{bad} is not a token of this model: it has {size}.")


def shared(first: Sequence[int], second: Sequence[int]) -> int:
    """How many ids the two have in common at their beginning."""
    length = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        length += 1
    return length


class _Writer:
    """Bytes to whole characters; the probabilities of a character's tokens leave with it."""

    def __init__(self, emit: Callable[[Piece], None]) -> None:
        self._emit = emit
        # What is no character is left out, as is what the length limit cuts off.
        self._decoder = codecs.getincrementaldecoder("utf-8")("ignore")
        self._logprobs: list[float] = []

    def write(self, piece: bytes, logprob: float) -> None:
        self._logprobs.append(logprob)
        if text := self._decoder.decode(piece):
            self._emit(Piece(text, tuple(self._logprobs)))
            self._logprobs.clear()

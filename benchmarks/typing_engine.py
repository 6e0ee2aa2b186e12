"""The engine host of the product, watched: what each generation costs is written down, and noise is replaced.

Started in place of the host by an interpreter that is none (see `interpreter`). The real engine computes what it
is asked for. With an oracle (random weights) every token that it makes is made the same one, so that each token is
one event, and the oracle's text goes out instead, token for token; it ends where the text does. Without one nothing
is changed. Times are those of the monotonic clock, which processes share.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.typing_oracle import Oracle, tokens_of
from completion.engine import engines, host
from completion.engine.engine import Finished, Generation, Piece, Token
from completion.engine.scheduler import Scheduler
from completion.types import Purpose

ORACLE_VARIABLE, RECORD_VARIABLE = "TYPING_ORACLE", "TYPING_RECORD"

_FAVOURED = 1000.0
_KNOWN, _WRONG = -0.08, -0.7
"""Natural-log probability of a token that the oracle knows, and of one that it does not."""


def interpreter(folder: Path) -> Path:
    """Write a script that stands for a Python interpreter: whatever it is asked, it runs this host."""
    path = folder / "python"
    root = Path(__file__).resolve().parents[1]
    # What a host is started with: -P -c BOOTSTRAP SPEC.
    path.write_text(f'#!/bin/sh\nPYTHONPATH="{root}" exec "{sys.executable}" -m benchmarks.typing_engine "$4"\n')
    path.chmod(0o700)
    return path


def main() -> None:
    """Run a host with a watched engine."""
    make = engines.make
    oracle = os.environ.get(ORACLE_VARIABLE, "")
    record = Path(os.environ[RECORD_VARIABLE])

    def watched(*arguments: Any, **named: Any) -> Any:
        return Watched(make(*arguments, **named), record, Path(oracle) if oracle else None)

    engines.make = watched
    _note_purposes()
    host.main()


_purpose = "answer"


def _note_purposes() -> None:
    """Remember what the engine is asked for, which it is not told itself."""
    evaluate = Scheduler._evaluate

    def noted(self: Scheduler, ids: Any, generation: Any, purpose: Purpose, *more: Any) -> Finished:
        global _purpose
        _purpose = purpose
        return evaluate(self, ids, generation, purpose, *more)

    Scheduler._evaluate = noted  # type: ignore[method-assign]


class Watched:
    """An `Engine` in front of another one."""

    def __init__(self, engine: Any, record: Path, oracle: Path | None) -> None:
        self._engine = engine
        self._file = record.open("a", buffering=1, encoding="utf-8")
        self._oracle: Oracle | None = None
        self._template: dict[str, str] = {}
        if oracle is not None:
            self._oracle, self._template = Oracle.read(oracle)
        self._pieces: dict[int, bytes] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def load(self) -> None:
        """Load; with an oracle have every token be a line break."""
        self._engine.load()
        if self._oracle is not None:
            favour(self._engine)

    def tokenize(self, text: str) -> tuple[Token, ...]:
        """As the engine does; the bytes of the ids are remembered."""
        tokens: tuple[Token, ...] = self._engine.tokenize(text)
        self._pieces.update({token.id: token.piece for token in tokens})
        return tokens

    def generate(
        self,
        ids: Sequence[int],
        generation: Generation,
        cancel: threading.Event,
        emit: Callable[[Piece], None],
        *more: Any,
        **named: Any,
    ) -> Finished:
        """Generate, and write down when the first token that counts came and what was evaluated."""
        begun = time.monotonic()
        first = 0.0

        def watch(piece: Piece) -> None:
            nonlocal first
            first = first or time.monotonic()
            emit(piece)

        if self._oracle is None or not generation.max_tokens:
            finished: Finished = self._engine.generate(ids, generation, cancel, watch, *more, **named)
        else:
            says = Replaced(self._oracle, self._before(ids) + generation.start, generation.start, cancel, watch)
            finished = self._engine.generate(ids, generation, says.cancel, says.take, *more, **named)
            if says.cancel.ended and not cancel.is_set():
                finished = replace(finished, reason="stop")
        usage = finished.usage
        row = {
            "begun": begun,
            "first": first,
            "ended": time.monotonic(),
            "prompt": usage.prompt_tokens,
            "cached": usage.cached_tokens,
            "written": usage.completion_tokens,
            "asked": generation.max_tokens,
            "purpose": _purpose,
            "reason": finished.reason,
        }
        self._file.write(json.dumps(row) + "\n")
        return finished

    def _before(self, ids: Sequence[int]) -> str:
        """The text before the cursor: what follows the prefix's token, and what follows the middle's."""
        controls = {number: name for name, number in self._engine.controls.items()}
        parts: dict[str, bytearray] = {}
        part = parts.setdefault("", bytearray())
        for number in ids:
            if number in controls:
                part = parts.setdefault(controls[number], bytearray())
            else:
                part += self._pieces.get(number, b"")
        said = bytes(parts.get(self._template["prefix"], b"") + parts.get(self._template.get("middle", "-"), b""))
        return said.decode("utf-8", "replace")


class Ending(threading.Event):
    """Set when the caller's own event is, or when the text has ended."""

    def __init__(self, outer: threading.Event) -> None:
        super().__init__()
        self._outer = outer
        self.ended = False

    def is_set(self) -> bool:
        """See `threading.Event`."""
        return self.ended or self._outer.is_set()


class Replaced:
    """Turns the engine's noise into the oracle's text, a token for a token."""

    def __init__(
        self, oracle: Oracle, before: str, start: str, outer: threading.Event, emit: Callable[[Piece], None]
    ) -> None:
        self.cancel = Ending(outer)
        self._left = start
        self._emit = emit
        found = oracle.place(before)
        knows = found is not None and oracle.knows(found[0].name, found[0].text.count("\n", 0, found[1]))
        self._logprob = _KNOWN if knows else _WRONG
        self._says = iter(tokens_of(oracle.answer(before)))

    def take(self, piece: Piece) -> None:
        """One event of the engine."""
        # What must be spelled first is spelled by the engine itself, at the engine's own pace.
        spelled, self._left = self._left[: len(piece.text)], self._left[len(piece.text) :]
        if spelled and len(spelled) == len(piece.text):
            self._emit(Piece(spelled, piece.logprobs))
            return
        said = next(self._says, None)
        if said is None:
            self.cancel.ended = True
            if spelled:
                self._emit(Piece(spelled, piece.logprobs))
            return
        self._emit(Piece(spelled + said, (self._logprob,)))


def favour(engine: Any) -> None:
    """Have a llama engine choose the line break always, and never an end: then every token is one event."""
    body = engine._body
    token = engine.tokenize("\n")[-1].id

    def biased(*arguments: Any, **named: Any) -> dict[str, Any]:
        made: dict[str, Any] = body(*arguments, **named)
        made["ignore_eos"] = True
        made["logit_bias"] = [*made.get("logit_bias", ()), [token, _FAVOURED]]
        return made

    engine._body = biased


if __name__ == "__main__":
    main()

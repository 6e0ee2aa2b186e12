"""ctransformers 0.2.27 behind the `Engine` protocol: GGUF files of the llama family, ids in and logits out.

The library is from 2023 and defends itself against little, so all that it could stumble over is settled before it is
asked: the file (`gguf_v2`), the room for tokens, the context's end, and one call at a time. It runs in the host's
process and nowhere else. Sampling is ours, because its own divides by the temperature.
"""

from __future__ import annotations

import ctypes
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from completion.engine import gguf_v2, loop
from completion.engine.engine import Finished, Generation, Piece, Token
from completion.engine.llama import default_threads
from completion.engine.sampling import Logits
from completion.engine.vocabulary import Vocabulary, after_break, plain_ids
from completion.errors import EngineRejected, EngineUnavailable, ModelFileInvalid

log = logging.getLogger("lsp_copilot.host")


class CtransformersEngine:
    """A GGUF model in ctransformers. It holds one sequence, so there is one slot."""

    def __init__(self, path: Path, *, controls: Sequence[str], context_tokens: int, batch: int, threads: int) -> None:
        self.slots = 1
        self.context_tokens = context_tokens
        self.controls: Mapping[str, int] = {}
        self._path = path
        self._names = tuple(controls)
        self._batch = batch
        self._threads = threads or default_threads()
        self._evaluator: _Evaluator | None = None
        self._vocabulary = Vocabulary((), {})

    def load(self) -> None:
        """Load the model. Raises `ModelError` for a file that is not for this library."""
        import ctransformers

        file = gguf_v2.read(self._path)
        missing = [name for name in self._names if name not in file.vocabulary.controls]
        if missing:
            raise ModelFileInvalid(
                f"{self._path}: {missing[0]!r} is not a control token of this vocabulary.",
                advice="The file is not the model that the catalogue describes.",
            )
        self.context_tokens = min(self.context_tokens, file.trained_context or self.context_tokens)
        path, copied = gguf_v2.version_2(self._path, file.version)
        config = ctransformers.Config(
            context_length=self.context_tokens, batch_size=self._batch, threads=self._threads, gpu_layers=0
        )
        try:
            model = ctransformers.LLM(str(path), "llama", config=config, lib=_instruction_set())
        except (RuntimeError, OSError, ValueError) as error:
            raise ModelFileInvalid(
                f"{self._path} could not be loaded as a model.", advice="The engine host's log says more."
            ) from error
        finally:
            if copied:
                # Mapped by now: the copy takes no name and, once we are gone, no room.
                path.unlink(missing_ok=True)
        if model.vocab_size != len(file.vocabulary.pieces):
            raise ModelFileInvalid(f"{self._path}: the library reads another vocabulary than the file has.")
        self._vocabulary = file.vocabulary
        self._evaluator = _Evaluator(model, self._batch, self._threads)
        self.controls = {name: file.vocabulary.controls[name] for name in self._names}
        log.info("%s in ctransformers, %d threads", self._path.name, self._threads)

    def tokenize(self, text: str) -> tuple[Token, ...]:
        """Tokens of plain text, as inside another: the library's blank in front is taken away."""
        evaluator, pieces = self._loaded(), self._vocabulary.pieces
        if not text:
            return ()

        def encode(part: str) -> Sequence[int]:
            # A zero byte would be the end of the text to the library.
            first, *others = part.split("\0")
            ids = after_break(first, evaluator.tokenize, pieces)
            for other in others:
                ids += [self._zero(), *after_break(other, evaluator.tokenize, pieces)]
            return ids

        ids = plain_ids(text, encode, self._vocabulary.controls)
        return tuple(Token(number, pieces[number]) for number in ids)

    def generate(
        self, ids: Sequence[int], generation: Generation, cancel: threading.Event, emit: Callable[[Piece], None]
    ) -> Finished:
        """See `Engine.generate`."""
        evaluator = self._loaded()
        if len(ids) + generation.max_tokens > self.context_tokens:
            # Beyond the context the library would overwrite what it has.
            raise EngineRejected(f"the context holds {self.context_tokens} tokens.")
        return loop.run(evaluator, self._vocabulary, self._batch, ids, generation, cancel, emit)

    def close(self) -> None:
        """Free the model."""
        self._evaluator = None

    def _zero(self) -> int:
        if b"\0" not in self._vocabulary.pieces:
            raise EngineRejected("this vocabulary has no token for a zero byte.")
        return self._vocabulary.pieces.index(b"\0")

    def _loaded(self) -> _Evaluator:
        if self._evaluator is None:
            raise EngineUnavailable("the model is not loaded.")
        return self._evaluator


def _instruction_set() -> str | None:
    """Which of its builds the library shall take; None lets it find out, which takes it more than a second."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    flags = next((line.split() for line in lines if line.startswith("flags")), [])
    return "avx2" if {"avx2", "fma", "f16c"} <= set(flags) else None


class _Evaluator:
    """The library's one sequence. See `loop.Evaluator`."""

    def __init__(self, model: Any, batch: int, threads: int) -> None:
        self._model = model
        self._batch = batch
        self._threads = threads
        # Two calls at once end the process.
        self._lock = threading.Lock()

    def resume(self, slot: int, ids: Sequence[int]) -> int:
        with self._lock:
            return len(ids) - len(self._model.prepare_inputs_for_generation(list(ids), reset=True))

    def evaluate(self, slot: int, ids: Sequence[int]) -> Logits:
        with self._lock:
            self._model.eval(list(ids), batch_size=self._batch, threads=self._threads)
            size = self._model.ctransformers_llm_logits_size()
            # Copied: the next call overwrites them.
            return np.ctypeslib.as_array(self._model.ctransformers_llm_logits_data(), (size,)).astype(np.float32)

    def tokenize(self, text: str) -> list[int]:
        """Ids of `text` as the library finds them.

        It writes without asking how much room there is; a byte may become a token, and a few are added.
        """
        raw = text.encode()
        room = (ctypes.c_int * (4 * len(raw) + 8))()
        with self._lock:
            count = self._model.ctransformers_llm_tokenize(raw, False, room)
        return list(room[:count])

"""transformers and torch behind the `Engine` protocol: a folder of safetensors, our own token loop.

Nothing is fetched, no code that comes with a model is run, and no pickle is read. Each slot keeps its cache and goes
back to what a new prompt shares with it.
"""

from __future__ import annotations

import inspect
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from completion.engine import folder as folders
from completion.engine import loop
from completion.engine.engine import Finished, Generation, Piece, Token
from completion.engine.folder import FolderTokenizer
from completion.engine.llama import default_threads
from completion.engine.sampling import Logits
from completion.errors import CopilotError, EngineUnavailable, ModelFileInvalid

log = logging.getLogger("lsp_copilot.host")

_TRIED_TOKENS, _TRIED_WIDTH, _TRIALS = 4, 1024, 3


class TransformersEngine:
    """A safetensors folder in torch: on CUDA where there is one, else on the CPU with the threads that it is given."""

    def __init__(
        self, path: Path, *, controls: Sequence[str], slots: int, context_tokens: int, batch: int, threads: int
    ) -> None:
        self.slots = slots
        self.context_tokens = context_tokens
        self.controls: Mapping[str, int] = {}
        self._path = path
        self._names = tuple(controls)
        self._batch = batch
        self._threads = threads or default_threads()
        self._evaluator: _Evaluator | None = None
        self._tokenizer: FolderTokenizer | None = None

    def load(self) -> None:
        """Load the model. Raises `ModelFileMissing` or `ModelFileInvalid`."""
        import torch
        import transformers

        folders.check_model(self._path)
        torch.set_num_threads(self._threads)
        progress: Any = transformers.utils.logging
        progress.disable_progress_bar()
        try:
            config: Any = transformers.AutoConfig.from_pretrained(
                self._path, local_files_only=True, trust_remote_code=False
            ).get_text_config()
            tokenizer = folders.read_tokenizer(self._path, self._names, int(config.vocab_size))
            controls = {name: folders.control_id(self._path, tokenizer.vocabulary, name) for name in self._names}
            model = _read_weights(self._path, *_place(config.dtype))
            self.context_tokens = min(self.context_tokens, int(config.max_position_embeddings))
            evaluator = _Evaluator(model, self.slots)
            # The first call prepares what all others use.
            evaluator.evaluate(0, (0,))
        except CopilotError:
            raise
        except Exception as error:  # what a file can make the library raise has no end
            log.warning("loading failed: %s", error)
            raise ModelFileInvalid(
                f"{self._path} could not be loaded as a model ({type(error).__name__}).",
                advice="The engine host's log says more.",
            ) from error
        self._evaluator, self._tokenizer, self.controls = evaluator, tokenizer, controls
        log.info("%s in %s on %s, %d threads", self._path.name, model.dtype, model.device, self._threads)

    def tokenize(self, text: str) -> tuple[Token, ...]:
        """Tokens of plain text."""
        if self._tokenizer is None:
            raise EngineUnavailable("the model is not loaded.")
        pieces = self._tokenizer.vocabulary.pieces
        return tuple(Token(number, pieces[number]) for number in self._tokenizer.ids(text))

    def generate(
        self, ids: Sequence[int], generation: Generation, cancel: threading.Event, emit: Callable[[Piece], None]
    ) -> Finished:
        """See `Engine.generate`."""
        if self._evaluator is None or self._tokenizer is None:
            raise EngineUnavailable("the model is not loaded.")
        vocabulary = self._tokenizer.vocabulary
        return loop.run(self._evaluator, vocabulary, self._batch, ids, generation, cancel, emit)

    def close(self) -> None:
        """Free the model."""
        self._evaluator = None


class _Evaluator:
    """The model and what it has evaluated, slot by slot. See `loop.Evaluator`."""

    def __init__(self, model: Any, slots: int) -> None:
        self._model = model
        # Version 5.24 gave it another name.
        new_name = "cache" in inspect.signature(type(model).forward).parameters
        self._cache_name = "cache" if new_name else "past_key_values"
        self._seen: list[list[int]] = [[] for _ in range(slots)]
        self._caches: list[Any] = [None] * slots

    def resume(self, slot: int, ids: Sequence[int]) -> int:
        seen = self._seen[slot]
        kept = min(loop.shared(seen, ids), max(0, len(ids) - 1))
        if kept and kept < len(seen):
            # Negative: how many to take away. A positive length is refused.
            self._caches[slot].crop(kept - len(seen))
        elif not kept:
            self._caches[slot] = None
        self._seen[slot] = seen[:kept]
        return kept

    def evaluate(self, slot: int, ids: Sequence[int]) -> Logits:
        import torch
        import transformers

        # Without the model's configuration: a cache of a sliding window could not be taken back.
        cache = self._caches[slot] or transformers.DynamicCache()
        # Forgotten until it is whole again.
        seen, self._seen[slot], self._caches[slot] = self._seen[slot], [], None
        try:
            with torch.inference_mode():
                tokens = torch.tensor([list(ids)], device=self._model.device)
                known = {self._cache_name: cache}
                output = self._model(input_ids=tokens, use_cache=True, logits_to_keep=1, **known)
                logits: Logits = output.logits[0, -1].float().cpu().numpy()
        except torch.OutOfMemoryError as error:
            raise EngineUnavailable(
                "the model ran out of memory.", advice="Close other programs or choose a smaller model."
            ) from error
        self._seen[slot], self._caches[slot] = [*seen, *ids], cache
        return logits


def _read_weights(folder: Path, device: str, dtype: Any) -> Any:
    """The model, on its device. Raises `ModelFileInvalid` where a tensor is missing, and whatever the library does."""
    import transformers

    library: Any = transformers.AutoModelForCausalLM
    model, found = library.from_pretrained(
        folder,
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
        # Named, because a file may name another one, to be fetched from a hub.
        attn_implementation="sdpa",
        dtype=dtype,
        output_loading_info=True,
    )
    # The library fills what is missing with random numbers.
    wrong = sorted(str(name) for kind in ("missing_keys", "mismatched_keys") for name in found[kind])
    if wrong:
        raise ModelFileInvalid(
            f"{folder} is incomplete: {wrong[0]} is missing or has another shape.", advice="Copy or download it again."
        )
    return model.to(device).eval()


def _place(stored: Any) -> tuple[str, Any]:
    """Device and number type for weights that are stored as `stored`."""
    import torch

    if torch.cuda.is_available():
        return "cuda", torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return "cpu", torch.bfloat16 if stored == torch.bfloat16 and _bfloat16_pays() else torch.float32


def _bfloat16_pays() -> bool:
    """Whether this CPU multiplies bfloat16 faster than float32, at a few tokens.

    Without instructions for it, it is slower by a factor of ten to a hundred.
    """
    import torch

    def seconds(dtype: Any) -> float:
        tokens = torch.ones(_TRIED_TOKENS, _TRIED_WIDTH, dtype=dtype)
        weights = torch.ones(_TRIED_WIDTH, _TRIED_WIDTH, dtype=dtype)
        taken = []
        for _ in range(_TRIALS):
            begin = time.perf_counter()
            torch.nn.functional.linear(tokens, weights)
            taken.append(time.perf_counter() - begin)
        return min(taken)

    return seconds(torch.bfloat16) < seconds(torch.float32)

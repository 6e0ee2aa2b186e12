"""xllamacpp (llama.cpp) behind the `Engine` protocol.

Generation goes through the library's cancellable in-process call. The library insists on an HTTP
listener of its own: it is locked away on a private socket with a random key, and used only to
tokenize. Facts about this exact build that shape the code: a callback that returns True cancels, but
callbacks come only with a token or a prompt batch (hence small batches); exceptions in callbacks are
swallowed; ids are lost inside characters that span tokens (hence text, not ids, leaves here).
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from completion.engine import spelling
from completion.engine.engine import Finished, Generation, Piece, Token
from completion.engine.listener import Listener
from completion.engine.tokens import Tokenizer
from completion.errors import EngineRejected, EngineUnavailable, ModelFileInvalid
from completion.models import gguf
from completion.types import Usage

CACHE_RAM_MIB = 256
_LOAD_BY_READING = 0  # llama_load_mode.LLAMA_LOAD_MODE_NONE
_MOST_THREADS = 8

# A file may bring its own defaults for sampling (`general.sampling.*`); what we ask for decides, nothing else.
_NEUTRAL = {
    "typical_p": 1.0,
    "repeat_penalty": 1.0,
    "presence_penalty": 0.0,
    "frequency_penalty": 0.0,
    "dry_multiplier": 0.0,
    "xtc_probability": 0.0,
    "dynatemp_range": 0.0,
    "mirostat": 0,
}


class LlamaEngine:
    """A GGUF model in llama.cpp, on the CPU threads and slots that it is given.

    `socket_file` is where the library's own listener is locked away: a name in a private folder.
    """

    def __init__(
        self,
        path: Path,
        *,
        controls: Sequence[str],
        slots: int,
        context_tokens: int,
        batch: int,
        threads: int,
        socket_file: Path,
    ) -> None:
        self.slots = slots
        self.context_tokens = context_tokens
        self.controls: Mapping[str, int] = {}
        self._path = path
        self._names = tuple(controls)
        self._batch = batch
        self._threads = threads or default_threads()
        self._socket_file = socket_file
        self._key = secrets.token_hex(32)
        self._server: Any = None
        self._listener: Listener | None = None
        self._tokenizer: Tokenizer | None = None

    def load(self) -> None:
        """Load the model and check its control tokens. Raises `ModelFileMissing` or `ModelFileInvalid`."""
        import xllamacpp

        header = gguf.read_header(self._path)
        # The library refuses a name that a dead host has left behind.
        self._socket_file.unlink(missing_ok=True)
        try:
            self._server = xllamacpp.Server(self._parameters(xllamacpp.CommonParams()))
        except RuntimeError as error:
            # The library gives no reason; it writes one to its log.
            raise ModelFileInvalid(
                f"{self._path} could not be loaded as a model.", advice="The engine host's log says more."
            ) from error
        self._listener = Listener(str(self._server.listening_address), self._key)
        try:
            self._look_inside(self._listener, by_lines=header.breaks_apart)
        except Exception:
            self.close()
            raise

    def _look_inside(self, listener: Listener, *, by_lines: bool) -> None:
        # The library shortens the context to what the file was trained for.
        properties = listener.ask("GET", "/props")
        self.context_tokens = int(properties["default_generation_settings"]["n_ctx"])
        tokenizer = self._tokenizer = Tokenizer(listener, by_lines=by_lines)
        self.controls = {name: self._control_id(name, tokenizer) for name in self._names}

    def tokenize(self, text: str) -> tuple[Token, ...]:
        """Tokens of plain text, special parsing off; what was asked before is remembered."""
        if self._tokenizer is None:
            raise EngineUnavailable("the model is not loaded.")
        return self._tokenizer.tokenize(text)

    def generate(
        self, ids: Sequence[int], generation: Generation, cancel: threading.Event, emit: Callable[[Piece], None]
    ) -> Finished:
        """See `Engine.generate`."""
        call = _Call(cancel, emit, generation.start)
        self._server.handle_completions(self._body(ids, generation), call.on_event)
        return call.result()

    def close(self) -> None:
        """Free the model and its socket."""
        if self._listener is not None:
            self._listener.close()
        self._server = None
        self._socket_file.unlink(missing_ok=True)

    def _parameters(self, parameters: Any) -> Any:
        parameters.model.path = str(self._path)
        parameters.n_ctx = self.context_tokens * self.slots
        parameters.n_parallel = self.slots
        parameters.kv_unified = False
        parameters.n_batch = parameters.n_ubatch = self._batch
        parameters.cpuparams.n_threads = self._threads
        parameters.cpuparams_batch.n_threads = self._threads
        parameters.cache_ram_mib = CACHE_RAM_MIB
        # Read, not mapped: weights that the library rearranges would be held twice, and mapped ones can be taken away
        # between two keys when memory is short.
        parameters.load_mode = _LOAD_BY_READING
        parameters.fit_params = False
        parameters.ui = False
        parameters.endpoint_slots = False
        parameters.endpoint_props = False
        parameters.endpoint_metrics = False
        parameters.offline = True
        parameters.use_jinja = False
        # The library runs the file's own template while it loads, to find out what it can do, unless one is named.
        parameters.chat_template = "chatml"
        parameters.verbosity = 1
        parameters.api_keys = [self._key]
        # Where there are no Unix sockets: the loopback interface, a free port and the key.
        parameters.hostnames = [str(self._socket_file) if hasattr(socket, "AF_UNIX") else "127.0.0.1"]
        return parameters

    def _body(self, ids: Sequence[int], generation: Generation) -> dict[str, Any]:
        sampling = generation.sampling
        body: dict[str, Any] = {
            "prompt": list(ids),
            "n_predict": generation.max_tokens,
            "id_slot": generation.slot,
            "stream": True,
            "return_progress": True,
            "return_tokens": True,
            "verbose": True,
            "cache_prompt": True,
            "n_probs": spelling.ALTERNATIVES if generation.start else 1,
            "timings_per_token": True,
            "temperature": sampling.temperature,
            "top_k": 0,
            "top_p": sampling.top_p,
            "min_p": 0.0,
            "seed": sampling.seed,
            **_NEUTRAL,
        }
        if generation.start:
            body["grammar"] = spelling.rule(generation.start)
            # To the grammar a control token is its text, so one that could spell the beginning is
            # banned. Not all of them: a ban holds for the whole answer, and it must be able to end.
            banned = [token for name, token in self.controls.items() if spelling.agree(name, generation.start)]
            body["logit_bias"] = [[token, False] for token in banned]
        elif generation.grammar:
            body["grammar"] = generation.grammar
        return body

    def _control_id(self, name: str, tokenizer: Tokenizer) -> int:
        special, plain = tokenizer.control_candidates(name)
        if len(special) != 1:
            raise ModelFileInvalid(
                f"{self._path}: {name!r} is {len(special)} tokens in this file's vocabulary, it must be one.",
                advice="The file is not the model that the catalogue describes.",
            )
        if special[0].id in {token.id for token in plain}:
            # Then any text that spells it would be taken for the control token.
            raise ModelFileInvalid(
                f"{self._path}: {name!r} is an ordinary token of this file's vocabulary, it must be a control token.",
                advice="The file is not the model that the catalogue describes.",
            )
        return special[0].id


def default_threads() -> int:
    """One fewer than the cores that we may use: the barriers of a decode step wait for the slowest thread.

    At most eight; more has not been measured, and small models gain nothing from many.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2
    return max(1, min(_MOST_THREADS, cores - 1))


class _Call:
    """One generation as the library reports it, event by event.

    While the required start is being spelled, log probabilities are those among the tokens that it
    allows: what the model thinks of the other ones says nothing about the answer.
    """

    def __init__(self, cancel: threading.Event, emit: Callable[[Piece], None], start: str) -> None:
        self._cancel = cancel
        self._emit = emit
        self._unspelled = start
        self._reason = ""
        self._timings: Mapping[str, Any] = {}
        self._rejected = ""
        self._failure: Exception | None = None

    def on_event(self, event: Mapping[str, Any]) -> bool:
        """Called by the library; True cancels. May not raise: the library would swallow it and go on."""
        try:
            self._take(event)
        except Exception as error:
            self._failure = error
            return True
        return bool(self._cancel.is_set() or self._rejected or self._reason)

    def result(self) -> Finished:
        """The end of the call; raises what went wrong."""
        if self._failure is not None:
            raise self._failure
        if self._rejected:
            raise EngineRejected(f"the engine refused the request: {self._rejected}.")
        timings = self._timings
        usage = Usage(
            prompt_tokens=int(timings.get("prompt_n", 0)),
            cached_tokens=int(timings.get("cache_n", 0)),
            completion_tokens=int(timings.get("predicted_n", 0)),
            prompt_ms=float(timings.get("prompt_ms", 0.0)),
            completion_ms=float(timings.get("predicted_ms", 0.0)),
        )
        return Finished(self._reason or "cancelled", usage)

    def _take(self, event: Mapping[str, Any]) -> None:
        if "error" in event:
            self._rejected = str(event["error"].get("message", "no reason given"))
            return
        self._timings = event.get("timings") or self._timings
        if event.get("prompt_progress"):
            return
        choice = event["choices"][0]
        if choice.get("finish_reason"):
            self._reason = str(choice["finish_reason"])
        content = (choice.get("logprobs") or {}).get("content") or ()
        # What is left of a character that was cut off by the length limit is not text.
        text = (choice.get("text") or "").replace("\ufffd", "")
        if text:
            start, self._unspelled = self._unspelled, self._unspelled[len(text) :]
            self._emit(Piece(text, tuple(spelling.log_probability(token, start) for token in content)))
        elif content and not choice.get("text"):
            # A token without text is a control token. Not every one ends the answer for the library,
            # but what follows would belong to another file or another place.
            self._reason = "stop"

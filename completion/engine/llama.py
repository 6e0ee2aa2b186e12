"""xllamacpp (llama.cpp) behind the `Engine` protocol.

Generation goes through the library's cancellable in-process call. The library insists on an HTTP
listener of its own: it is locked away on a private socket with a random key, and used only to
tokenize. Facts about this exact build that shape the code: a callback that returns True cancels, but
callbacks come only with a token or a prompt batch (hence small batches); exceptions in callbacks are
swallowed; ids are lost inside characters that span tokens (hence text, not ids, leaves here).
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import shutil
import socket
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from completion.engine.engine import Finished, Generation, Piece, Token
from completion.errors import EngineRejected, EngineUnavailable, ModelFileInvalid
from completion.types import Usage

CACHE_RAM_MIB = 256
_CACHED_TEXTS = 64


class LlamaEngine:
    """A GGUF model in llama.cpp, on the CPU threads and slots that it is given."""

    def __init__(
        self, path: Path, *, controls: Sequence[str], slots: int, context_tokens: int, batch: int, threads: int
    ) -> None:
        self.slots = slots
        self.context_tokens = context_tokens
        self.controls: Mapping[str, int] = {}
        self._path = path
        self._names = tuple(controls)
        self._batch = batch
        self._threads = threads or max(1, (os.cpu_count() or 2) - 1)
        self._folder = Path(tempfile.mkdtemp(prefix="lspc-"))
        self._key = secrets.token_hex(32)
        self._server: Any = None
        self._texts: OrderedDict[str, tuple[Token, ...]] = OrderedDict()
        self._listener: _Listener | None = None
        self._listener_lock = threading.Lock()

    def load(self) -> None:
        """Load the model and check its control tokens. Raises `ModelFileInvalid`."""
        import xllamacpp

        try:
            self._server = xllamacpp.Server(self._parameters(xllamacpp.CommonParams()))
        except RuntimeError as error:
            # The library gives no reason; it writes one to its log.
            raise ModelFileInvalid(
                f"{self._path} could not be loaded as a model.", advice="The engine host's log says more."
            ) from error
        self._listener = _Listener(str(self._server.listening_address), self._key)
        self.controls = {name: self._control_id(name) for name in self._names}

    def tokenize(self, text: str) -> tuple[Token, ...]:
        """Tokens of plain text, special parsing off; recent texts are remembered."""
        known = self._texts.get(text)
        if known is not None:
            self._texts.move_to_end(text)
            return known
        tokens = self._ask_tokens(text, special=False)
        self._texts[text] = tokens
        while len(self._texts) > _CACHED_TEXTS:
            self._texts.popitem(last=False)
        return tokens

    def generate(
        self, ids: Sequence[int], generation: Generation, cancel: threading.Event, emit: Callable[[Piece], None]
    ) -> Finished:
        """See `Engine.generate`."""
        call = _Call(cancel, emit)
        self._server.handle_completions(self._body(ids, generation), call.on_event)
        return call.result()

    def close(self) -> None:
        """Free the model and the private folder."""
        if self._listener is not None:
            self._listener.close()
        self._server = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def _parameters(self, parameters: Any) -> Any:
        parameters.model.path = str(self._path)
        parameters.n_ctx = self.context_tokens * self.slots
        parameters.n_parallel = self.slots
        parameters.kv_unified = False
        parameters.n_batch = parameters.n_ubatch = self._batch
        parameters.cpuparams.n_threads = self._threads
        parameters.cpuparams_batch.n_threads = self._threads
        parameters.cache_ram_mib = CACHE_RAM_MIB
        parameters.fit_params = False
        parameters.ui = False
        parameters.endpoint_slots = False
        parameters.endpoint_props = False
        parameters.endpoint_metrics = False
        parameters.offline = True
        parameters.use_jinja = False
        parameters.verbosity = 1
        parameters.api_keys = [self._key]
        # A name in a private folder; elsewhere the loopback interface, a free port and the key.
        parameters.hostnames = [str(self._folder / "e.sock") if hasattr(socket, "AF_UNIX") else "127.0.0.1"]
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
            "n_probs": 1,
            "timings_per_token": True,
            "temperature": sampling.temperature,
            "top_k": 0,
            "top_p": sampling.top_p,
            "min_p": 0.0,
            "seed": sampling.seed,
        }
        if generation.start:
            body["grammar"] = f'root ::= "{_escaped(generation.start)}" [^\\x00]*'
            # A control token has text too: without this it could spell the beginning.
            body["logit_bias"] = [[token, False] for token in self.controls.values()]
        elif generation.grammar:
            body["grammar"] = generation.grammar
        return body

    def _control_id(self, name: str) -> int:
        tokens = self._ask_tokens(name, special=True)
        if len(tokens) != 1:
            raise ModelFileInvalid(
                f"{self._path}: {name!r} is {len(tokens)} tokens in this file's vocabulary, it must be one.",
                advice="The file is not the model that the catalogue describes.",
            )
        return tokens[0].id

    def _ask_tokens(self, text: str, *, special: bool) -> tuple[Token, ...]:
        request = {"content": text, "add_special": False, "parse_special": special, "with_pieces": True}
        with self._listener_lock:
            if self._listener is None:
                raise EngineUnavailable("the model is not loaded.")
            answer = self._listener.post("/tokenize", request)
        return tuple(Token(token["id"], _piece_bytes(token["piece"])) for token in answer["tokens"])


class _Call:
    """One generation as the library reports it, event by event."""

    def __init__(self, cancel: threading.Event, emit: Callable[[Piece], None]) -> None:
        self._cancel = cancel
        self._emit = emit
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
        return self._cancel.is_set() or bool(self._rejected)

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
        content = (choice.get("logprobs") or {}).get("content") or ()
        # What is left of a character that was cut off by the length limit is not text.
        text = (choice.get("text") or "").replace("\ufffd", "")
        if text:
            self._emit(Piece(text, tuple(float(token["logprob"]) for token in content)))
        if choice.get("finish_reason"):
            self._reason = str(choice["finish_reason"])


class _Listener:
    """One kept-alive connection to the library's own listener."""

    def __init__(self, address: str, key: str) -> None:
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._connection = _connection_to(address)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """A JSON answer. Raises `EngineUnavailable`. A kept connection may have been closed: one retry."""
        payload = json.dumps(body)
        for attempt in (1, 2):
            try:
                self._connection.request("POST", path, payload, self._headers)
                response = self._connection.getresponse()
                data = response.read()
                if response.status == http.client.OK:
                    return json.loads(data)
                raise EngineUnavailable(f"the engine answered {response.status} to {path}.")
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                if attempt == 2:
                    raise EngineUnavailable(f"the engine does not answer to {path}.") from error
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=10)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(10)
        self.sock.connect(self._path)


def _connection_to(address: str) -> http.client.HTTPConnection:
    if address.startswith("unix://"):
        return _UnixConnection(address.removeprefix("unix://"))
    host, _, port = address.removeprefix("http://").rstrip("/").rpartition(":")
    return http.client.HTTPConnection(host, int(port), timeout=10)


def _piece_bytes(piece: str | list[int]) -> bytes:
    return piece.encode("utf-8") if isinstance(piece, str) else bytes(piece)


def _escaped(text: str) -> str:
    """`text` inside a GBNF string literal."""
    special = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return "".join(
        special.get(character) or (f"\\x{ord(character):02X}" if ord(character) < 32 else character)
        for character in text
    )

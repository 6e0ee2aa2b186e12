"""The nouns of the house: immutable values, and the protocol of the waist.

Everything above `Backend` makes a `Prompt`; everything below turns a prompt into `Chunk`s.
The module knows no engine, no editor and no file system.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, Protocol

# --- what the editor shows -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Document:
    """An immutable snapshot of one open file.

    `path` is a display path (never opened from here); `language` is the LSP language id;
    `source` is the text in UTF-8, so that offsets are byte offsets as tree-sitter counts them; `place` is the line
    (from 0) where it was last worked on, None if that is not known.
    """

    path: str
    language: str
    source: bytes
    version: int = 0
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What another tool says of a line (from 0) of a document."""

    line: int
    message: str


class Trigger(Enum):
    """Why a completion was asked for. `AHEAD` is by nobody yet."""

    AUTOMATIC = "automatic"
    INVOKED = "invoked"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """One question: what comes at `offset` (a byte offset into `document.source`)?

    `neighbours` are other open documents, the last one worked on first; `diagnostics` those near the cursor.
    """

    document: Document
    offset: int
    trigger: Trigger = Trigger.AUTOMATIC
    neighbours: tuple[Document, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def prefix(self) -> str:
        """Text before the cursor."""
        return self.document.source[: self.offset].decode("utf-8", "replace")

    @property
    def suffix(self) -> str:
        """Text after the cursor."""
        return self.document.source[self.offset :].decode("utf-8", "replace")


class Mode(Enum):
    """How much to complete here."""

    NONE = "none"
    LINE = "line"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class SyntaxContext:
    """What the syntax tree says of the cursor.

    `scopes` are the enclosing definitions' header lines, outermost first; `imports` the file's
    import lines; `checked` is False where there is no grammar for the language; `reason` says in
    a few words why `mode` is what it is.
    """

    mode: Mode
    scopes: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    checked: bool = True
    reason: str = ""


# --- the waist -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """Ordinary text: tokenized with special parsing off, so it can never become a control token.

    With `heal` the engine drops the segment's last token and requires its text again as the first
    generated text (token healing); the repeated text is not part of the answer. At most one
    segment of a prompt heals.
    """

    text: str
    heal: bool = False


@dataclass(frozen=True, slots=True)
class Control:
    """A control token by its role in the model's `FimTemplate` or vocabulary, e.g. `<|fim_suffix|>`."""

    token: str


Segment = Text | Control


@dataclass(frozen=True, slots=True)
class Sampling:
    """Decoding parameters; temperature 0 is greedy."""

    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0


Purpose = Literal["answer", "ahead", "warm"]
"""What is made ahead, and a warm-up, run while nobody waits for an answer; a warm-up only evaluates its prompt into
its slot's cache."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A rendered request to an engine.

    `stops` are strings that end the answer (at most four reach the wire); `required_start` is text
    that the answer must begin with and which is part of the answer; `slot` names the document, or a
    window of it (`NAME#K`), so that the engine can keep its cache; `grammar` is GBNF. After
    `deadline_ms` milliseconds since the engine heard of it the generation is stopped (0: never).
    """

    segments: tuple[Segment, ...]
    max_tokens: int
    stops: tuple[str, ...] = ()
    sampling: Sampling = field(default_factory=Sampling)
    required_start: str = ""
    slot: str = ""
    grammar: str = ""
    purpose: Purpose = "answer"
    deadline_ms: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """What one generation cost; milliseconds as the engine measured them."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    prompt_ms: float = 0.0
    completion_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Chunk:
    """One piece of a streamed answer.

    `logprobs` are the natural-log probabilities of the tokens in this chunk (empty where the engine
    gives none). The last chunk has a `finish_reason` ("stop", "length"; "cancelled" by a newer request,
    "deadline") and the `usage`, where the engine has worked at all. A warm-up has only a last chunk, which
    says "stop", or "cancelled" where it gave way to an answer.
    """

    text: str
    logprobs: tuple[float, ...] = ()
    finish_reason: str = ""
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a backend can do beyond plain `/v1/completions`."""

    segments: bool = False
    required_start: bool = False
    grammar: bool = False
    logprobs: bool = False
    slots: int = 0


class Backend(Protocol):
    """The waist: a prompt goes in, chunks come out. Closing the generator stops the engine."""

    @property
    def capabilities(self) -> Capabilities:
        """What this backend supports."""
        ...

    @property
    def model(self) -> str:
        """The catalogue name of the model that answers."""
        ...

    def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """Generate. Raises `EngineError`; cancelled by closing the generator or the task."""
        ...

    async def aclose(self) -> None:
        """Release connections; a leased engine host may then leave."""
        ...


class EngineState(Enum):
    """The life of an engine as a client sees it."""

    ABSENT = "absent"
    LOADING = "loading"
    READY = "ready"
    DEGRADED = "degraded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """State of the engine; `reason` and `advice` are sentences for a person.

    `out_of_memory` says that the same model with less context may load.
    """

    state: EngineState
    model: str = ""
    progress: float = 0.0
    reason: str = ""
    advice: str = ""
    out_of_memory: bool = False


# --- answers ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Text to insert at the cursor, replacing the bytes `start`..`end` of the document.

    `source` says where it came from ("engine", "copy", "cache"); `confidence` is the estimated
    probability (0..1) that its first line is exactly what will be written; `timings` are milliseconds by stage.
    With `goes_on` it is the beginning of an answer that took longer than anyone waits.
    """

    text: str
    start: int
    end: int
    id: str
    source: str = "engine"
    confidence: float = 1.0
    checked: bool = True
    timings: Mapping[str, float] = field(default_factory=dict)
    goes_on: bool = False

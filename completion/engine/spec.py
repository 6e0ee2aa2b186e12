"""What a host is started for. Two clients with equal specs share a host."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal

import platformdirs

from completion.engine.wire import WIRE_VERSION
from completion.errors import ConfigError
from completion.models.catalog import Engine, ModelSpec
from completion.models.files import digest
from completion.settings import Settings

LOG_VARIABLE = "LSP_COPILOT_LOG_DIR"

SLOTS = 3
ANSWER_TOKENS = 512
"""Room behind the prompt; memory grows with slots × context, so a slot is not made as long as the model allows."""

BATCH = 64
"""Tokens of a prompt evaluated at once: a cancel waits for one batch."""


@dataclass(frozen=True, slots=True)
class HostSpec:
    """One model file in one engine, with the settings that shape it."""

    model: str
    path: str
    digest: str
    controls: tuple[str, ...]
    context_tokens: int
    slots: int = SLOTS
    batch: int = BATCH
    threads: int = 0
    linger_seconds: float = 30.0
    engine: Engine = "llama"
    python: str = ""
    log_file: str = ""

    @property
    def name(self) -> str:
        """The host's name: 16 hex digits over what two clients must agree on to share it."""
        shape = [WIRE_VERSION, self.engine, self.digest, self.context_tokens, self.slots, self.batch, self.threads]
        return hashlib.sha256(json.dumps(shape).encode()).hexdigest()[:16]

    def to_json(self) -> str:
        """One argument of a command line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> HostSpec:
        """The inverse of `to_json`."""
        table = json.loads(text)
        known = {field.name for field in fields(cls)}
        table["controls"] = tuple(table["controls"])
        return cls(**{key: value for key, value in table.items() if key in known})


def host_spec(model: ModelSpec, path: Path, settings: Settings) -> HostSpec:
    """The host that `settings` ask for to serve `model` from `path`. Raises `ConfigError`, see `engine_for`."""
    engine = engine_for(path, settings.engine)
    return HostSpec(
        model=model.name,
        path=str(path),
        digest=_digest(path),
        controls=model.controls,
        context_tokens=min(model.context_limit, model.prompt_tokens + ANSWER_TOKENS),
        slots=1 if engine == "ctransformers" else SLOTS,
        threads=settings.threads,
        linger_seconds=settings.idle_seconds,
        engine=engine,
        python=settings.engine_python,
        log_file=str(log_folder() / "host.log"),
    )


def engine_for(path: Path, chosen: Engine | Literal["auto"] = "auto") -> Engine:
    """The engine for a GGUF file or a safetensors folder. Raises `ConfigError` where the chosen one reads the other."""
    folder = path.is_dir()
    if chosen == "auto":
        return "transformers" if folder else "llama"
    if folder is not (chosen == "transformers"):
        reads = "a folder of safetensors" if chosen == "transformers" else "a GGUF file"
        raise ConfigError(
            f"engine: {chosen} reads {reads}, which {path} is not.", advice="Set engine to auto, or change model_path."
        )
    return chosen


def log_folder() -> Path:
    """Where hosts log; `LSP_COPILOT_LOG_DIR` moves it."""
    given = os.environ.get(LOG_VARIABLE)
    return Path(given) if given else Path(platformdirs.user_log_dir("lsp-copilot", appauthor=False))


def _digest(path: Path) -> str:
    """As `files.digest`; of a folder, over the files that make the model."""
    if not path.is_dir():
        return digest(path)
    made_of = sorted(file for kind in ("*.safetensors", "*.json", "tokenizer.model") for file in path.glob(kind))
    state = hashlib.sha256()
    for file in made_of:
        state.update(json.dumps([file.name, digest(file)]).encode())
    return state.hexdigest()[:16]

"""What a host is started for. Two clients with equal specs share a host."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import platformdirs

from completion.engine.wire import WIRE_VERSION
from completion.models.catalog import ModelSpec
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
    engine: str = "llama"
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
    """The host that `settings` ask for to serve `model` from `path`."""
    return HostSpec(
        model=model.name,
        path=str(path),
        digest=digest(path),
        controls=model.controls,
        context_tokens=min(model.context_limit, model.prompt_tokens + ANSWER_TOKENS),
        threads=settings.threads,
        linger_seconds=settings.idle_seconds,
        python=settings.engine_python,
        log_file=str(log_folder() / "host.log"),
    )


def log_folder() -> Path:
    """Where hosts log; `LSP_COPILOT_LOG_DIR` moves it."""
    given = os.environ.get(LOG_VARIABLE)
    return Path(given) if given else Path(platformdirs.user_log_dir("lsp-copilot", appauthor=False))

"""Errors of the core. Each carries the sentence that the user would need.

    CopilotError
    ├─ ConfigError            a settings file or models.toml: file, key, what was expected
    ├─ InputError             a file, position or argument that the user gave
    ├─ ModelError
    │  ├─ NoModelFits         nothing in the catalogue fits this machine
    │  ├─ ModelFileMissing    the weights are not where they should be
    │  ├─ ModelFileInvalid    the file is not a model that can be loaded
    │  └─ ChecksumMismatch    the file is not the published one
    └─ EngineError
       ├─ EngineUnavailable   nobody answers
       ├─ EngineLoading       not yet
       ├─ EngineCrashed       the stream broke
       └─ EngineRejected      a 4xx: our mistake (prompt too long, unknown field)

The core raises, the caller decides: inline completion answers with nothing and a status, scripts
and commands show the sentence. "No suggestion" is `None`, never an error.
"""

from __future__ import annotations


class CopilotError(Exception):
    """Base of all errors that are meant for a person. `advice` is the next step, if there is one."""

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".strip()


class ConfigError(CopilotError):
    """A configuration value is wrong. The message names file, key and what was expected."""


class InputError(CopilotError):
    """What the user asked for cannot be found: a file, a position, a language."""


class ModelError(CopilotError):
    """Something is wrong with a model or its file."""


class NoModelFits(ModelError):
    """No model of the catalogue fits the device."""


class ModelFileMissing(ModelError):
    """The model's file does not exist."""


class ModelFileInvalid(ModelError):
    """The file cannot be a model of the expected kind."""


class ChecksumMismatch(ModelError):
    """The file's digest differs from the catalogue's."""


class EngineError(CopilotError):
    """The engine could not answer."""


class EngineUnavailable(EngineError):
    """No engine could be reached or started."""


class EngineLoading(EngineError):
    """The engine is still loading its model."""


class EngineCrashed(EngineError):
    """The engine went away in mid-stream."""


class EngineRejected(EngineError):
    """The engine refused the request."""

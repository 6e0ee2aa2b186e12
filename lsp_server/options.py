"""Configuration layers folded into one `Settings`, with the origin of every value.

    defaults < user file < project file < editor < environment < command line

The project file and the editor are not the user (a cloned repository can write both), so they may
set harmless keys only; `completion.settings.PROTECTED_KEYS` come from the user's own file, the
environment or the command line. A wrong value never stops the program: it is left out, and a notice
names file, key and what was expected.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import platformdirs
from pydantic import ValidationError

from completion.settings import PROTECTED_KEYS, Settings

ENVIRONMENT_PREFIX = "LSP_COPILOT_"
PROJECT_FILE = ".lsp-copilot.toml"
_SECTIONS = ("lsp-copilot", "lspCopilot", "lsp_copilot")
# Environment variables with our prefix that are not settings.
_NOT_SETTINGS = frozenset(
    {"CONFIG_DIR", "RUNTIME_DIR", "LOG_DIR", "CACHE_DIR", "MODELS_DIR", "TCP", "EDITORS", "SCREENSHOTS", "VSCODE"}
)


@dataclass(frozen=True, slots=True)
class Resolved:
    """Settings, where each value came from, and sentences about what was left out."""

    settings: Settings
    origins: Mapping[str, str]
    notices: tuple[str, ...]
    _layers: Mapping[str, _Layer] = field(repr=False, default_factory=dict)

    def with_project(self, folder: Path) -> Resolved:
        """Add the project file of `folder`, if there is one (harmless keys only)."""
        path = folder / PROJECT_FILE
        layer = _from_file(path) if path.is_file() else _Layer(str(path))
        return _fold({**self._layers, "project": layer})

    def with_editor(self, values: object) -> Resolved:
        """Add what the editor sent: initialization options or configuration (harmless keys only)."""
        return _fold({**self._layers, "editor": _from_editor(values)})


@dataclass(frozen=True, slots=True)
class _Layer:
    where: str
    values: Mapping[str, Any] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    trusted: bool = False


_ORDER = ("user", "project", "editor", "environment", "command line")


def load(cli: Mapping[str, object] | None = None, environ: Mapping[str, str] | None = None) -> Resolved:
    """Read the user's layers. Never raises for wrong values; see `Resolved.notices`."""
    environ = os.environ if environ is None else environ
    path = user_file(environ)
    user = _from_file(path, trusted=True) if path.exists() else _Layer(str(path), trusted=True)
    values = {key: value for key, value in (cli or {}).items() if value is not None}
    return _fold(
        {
            "user": user,
            "environment": _from_environment(environ),
            "command line": _Layer("command line", values, trusted=True),
        }
    )


def user_file(environ: Mapping[str, str] | None = None) -> Path:
    """The user's `config.toml`; its folder can be moved by `LSP_COPILOT_CONFIG_DIR`."""
    environ = os.environ if environ is None else environ
    folder = environ.get(ENVIRONMENT_PREFIX + "CONFIG_DIR") or platformdirs.user_config_dir(
        "lsp-copilot", appauthor=False
    )
    return Path(folder) / "config.toml"


def _from_file(path: Path, *, trusted: bool = False) -> _Layer:
    # Imported only where there is a file to read: an editor waits for the start.
    import tomllib

    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return _Layer(str(path), notices=(f"{path}: left out, because it cannot be read: {error}.",), trusted=trusted)
    return _Layer(str(path), values, trusted=trusted)


def _from_editor(values: object) -> _Layer:
    if not isinstance(values, Mapping):
        return _Layer("editor")
    for section in _SECTIONS:
        inner = values.get(section)
        if isinstance(inner, Mapping):
            values = inner
    return _Layer("editor", {str(key): value for key, value in values.items() if value is not None and key != "trace"})


def _from_environment(environ: Mapping[str, str]) -> _Layer:
    values: dict[str, Any] = {}
    for name, text in environ.items():
        key = name.removeprefix(ENVIRONMENT_PREFIX)
        if key == name or key in _NOT_SETTINGS:
            continue
        setting = key.lower()
        is_list = setting == "disabled_languages"
        values[setting] = tuple(part.strip() for part in text.split(",") if part.strip()) if is_list else text
    return _Layer("environment", values, trusted=True)


def _fold(layers: Mapping[str, _Layer]) -> Resolved:
    accepted: dict[str, Any] = {}
    origins = dict.fromkeys(Settings.model_fields, "default")
    notices: list[str] = []
    for name in _ORDER:
        layer = layers.get(name)
        if layer is None:
            continue
        notices.extend(layer.notices)
        for key, value in layer.values.items():
            problem = _problem(layer, key, value)
            if problem:
                notices.append(problem)
                continue
            accepted[key] = value
            origins[key] = layer.where if name in ("user", "project") else name
    return Resolved(Settings.model_validate(accepted), MappingProxyType(origins), tuple(notices), dict(layers))


def _problem(layer: _Layer, key: str, value: object) -> str:
    if key not in Settings.model_fields:
        return f"{layer.where}: {key}: unknown setting, left out. Known: {', '.join(Settings.model_fields)}."
    if key in PROTECTED_KEYS and not layer.trusted:
        return (
            f"{layer.where}: {key}: left out, because a project or editor may not set it. "
            f"Set it in your own {user_file().name} or by {ENVIRONMENT_PREFIX}{key.upper()}."
        )
    try:
        Settings.model_validate({key: value})
    except ValidationError as error:
        return f"{layer.where}: {key}: {error.errors()[0]['msg']} (got {value!r}), left out."
    return ""

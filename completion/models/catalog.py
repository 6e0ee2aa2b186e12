"""The catalogue: `models.toml` read into `ModelSpec`s, strictly.

Templates are data. An error names the table, the key and what was expected; a model that is not in
the catalogue is refused with a sentence, never guessed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path

from pydantic import ValidationError

from completion.errors import ConfigError
from completion.models.spec import Engine, FimTemplate, Layout, ModelFile, ModelSpec, Table

__all__ = ["Catalog", "Engine", "FimTemplate", "Layout", "ModelFile", "ModelSpec", "builtin", "load", "read"]


class Catalog(Table):
    """All models by name."""

    models: Mapping[str, ModelSpec]

    def find(self, name: str) -> ModelSpec:
        """The model called `name`. Raises `ConfigError` with the known names."""
        spec = self.models.get(name)
        if spec is None:
            known = ", ".join(sorted(self.models))
            raise ConfigError(f"model {name!r} is not in the catalogue.", advice=f"Known models: {known}.")
        return spec


def read(text: str, where: str) -> Catalog:
    """Parse a catalogue. `where` names the file in errors. Raises `ConfigError`."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where}: not valid TOML: {error}.") from error
    models = tables.get("models")
    if not isinstance(models, dict) or not models or set(tables) != {"models"}:
        raise ConfigError(f"{where}: expected tables [models.NAME] and nothing else at the top level.")
    specs: dict[str, ModelSpec] = {}
    for name, table in models.items():
        if not isinstance(table, dict):
            raise ConfigError(f"{where}: models.{name}: expected a table.")
        try:
            specs[name] = ModelSpec.model_validate({"name": name, **table})
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in ("models", name, *first["loc"]))
            raise ConfigError(f"{where}: {key}: {first['msg']} (got {_short(first['input'])}).") from error
    return Catalog(models=specs)


def load(path: Path) -> Catalog:
    """Read a catalogue file. Raises `ConfigError`."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}.") from error
    return read(text, str(path))


@cache
def builtin() -> Catalog:
    """The catalogue that ships with the program (in a checkout: `models.toml` at the top)."""
    return load(_builtin_path())


def _builtin_path() -> Path:
    packaged = Path(str(resources.files("completion.models"))) / "models.toml"
    return packaged if packaged.exists() else Path(__file__).resolve().parents[2] / "models.toml"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."

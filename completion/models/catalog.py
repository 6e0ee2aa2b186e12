"""The catalogue: `models.toml` read into `ModelSpec`s, strictly, and what a user's own file adds to it.

A file holds tables `[models.NAME]` and `[templates.NAME]`; a model's `fim` is a table or the name of a template.
Templates are data. An error names file, line, table and key and what was expected; a model that is not in the
catalogue is refused with a sentence, never guessed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from completion.errors import ConfigError
from completion.models.spec import Engine, FimTemplate, Layout, ModelFile, ModelSpec, Table
from completion.models.toml_lines import line_of

__all__ = [
    "Catalog",
    "Engine",
    "FimTemplate",
    "Layout",
    "ModelFile",
    "ModelSpec",
    "builtin",
    "load",
    "load_with",
    "read",
]

T = TypeVar("T", bound=Table)

_LIKE = "like"
# A model that is like another one is not the same: it has files, scores and doubts of its own.
_OWN = frozenset({"files", "scores", "unverified", "note"})
_MERGED = ("fim", "scores")


class Catalog(Table):
    """All models by name."""

    models: Mapping[str, ModelSpec]

    def find(self, name: str) -> ModelSpec:
        """The model called `name`. Raises `ConfigError` with the known names."""
        spec = self.models.get(name)
        if spec is None:
            close = get_close_matches(name, self.models, 1)
            hint = f"Did you mean {close[0]}? " if close else ""
            known = ", ".join(sorted(self.models))
            raise ConfigError(f"model {name!r} is not in the catalogue.", advice=f"{hint}Known models: {known}.")
        return spec


def read(text: str, where: str) -> Catalog:
    """Parse a catalogue. `where` names the file in errors. Raises `ConfigError`."""
    source = _Source.of(text, where)
    if not source.models:
        raise ConfigError(f"{where}: expected at least one table [models.NAME].")
    return _validated(source, _Source.empty())


def load(path: Path) -> Catalog:
    """Read a catalogue file. Raises `ConfigError`."""
    return read(_text_of(path), str(path))


def load_with(user: Path | None) -> Catalog:
    """The built-in catalogue with the tables of the user's own file, if there is one. Raises `ConfigError`.

    A new table adds a model. A table of a known name overrides single keys: `fim` and `scores` are merged key by key,
    lists such as `files` are replaced, and a key that the user sets is no longer unverified. `like = "NAME"` begins
    a new table with what the catalogue says of another model, for one that was trained further.
    """
    if user is None or not user.exists():
        return builtin()
    return _validated(_Source.of(_text_of(user), str(user)), _builtin_source())


@cache
def builtin() -> Catalog:
    """The catalogue that ships with the program (in a checkout: `models.toml` at the top)."""
    return _validated(_builtin_source(), _Source.empty())


@dataclass(frozen=True, slots=True)
class _Source:
    """A file as parsed: tables of keys, nothing checked but that they are tables."""

    where: str
    text: str
    models: Mapping[str, Mapping[str, Any]]
    templates: Mapping[str, Mapping[str, Any]]

    @staticmethod
    def empty() -> _Source:
        """A file that says nothing."""
        return _Source("", "", {}, {})

    @staticmethod
    def of(text: str, where: str) -> _Source:
        """Raises `ConfigError`."""
        try:
            parsed = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{where}: not valid TOML: {error}.") from error
        source = _Source(where, text, parsed.get("models", {}), parsed.get("templates", {}))
        for key, found in parsed.items():
            if key not in ("models", "templates") or not isinstance(found, dict):
                raise source.wrong((key,), "expected tables [models.NAME] and [templates.NAME] and nothing else here")
            for name, table in found.items():
                if not isinstance(table, dict):
                    raise source.wrong((key, name), f"expected a table [{key}.NAME]")
        return source

    def wrong(self, path: Sequence[str | int], problem: str) -> ConfigError:
        """An error at a key, with its line where that can be told."""
        keys = [str(part) for part in path]
        line = line_of(self.text, keys)
        place = f"{self.where}, line {line}" if line else self.where
        return ConfigError(f"{place}: {'.'.join(keys)}: {problem}.")


def _validated(source: _Source, base: _Source) -> Catalog:
    """The models of both; what `source` says goes over `base`."""
    templates: dict[str, Mapping[str, Any]] = dict(base.templates)
    for name, table in source.templates.items():
        templates[name] = {**templates.get(name, {}), **table}
        _check(FimTemplate, templates[name], source, ("templates", name))
    tables = {name: _with_template(table, templates, base, name) for name, table in base.models.items()}
    for name, table in source.models.items():
        given = _with_template(table, templates, source, name)
        tables[name] = _over(tables[name], given) if name in tables else _like(given, tables, source, name)
    return Catalog(
        models={
            name: _check(ModelSpec, {"name": name, **table}, source, ("models", name)) for name, table in tables.items()
        }
    )


def _with_template(
    table: Mapping[str, Any], templates: Mapping[str, Mapping[str, Any]], source: _Source, name: str
) -> Mapping[str, Any]:
    named = table.get("fim")
    if not isinstance(named, str):
        return table
    if named not in templates:
        known = ", ".join(sorted(templates))
        raise source.wrong(("models", name, "fim"), f"there is no template {named!r}; known templates: {known}")
    return {**table, "fim": templates[named]}


def _over(table: Mapping[str, Any], given: Mapping[str, Any]) -> Mapping[str, Any]:
    """`given` over `table`. A key that is given is vouched for by whoever gives it."""
    merged = {**table, **given}
    stated = set(given)
    for key in _MERGED:
        if isinstance(table.get(key), Mapping) and isinstance(given.get(key), Mapping):
            merged[key] = {**table[key], **given[key]}
            stated |= {f"{key}.{inner}" for inner in given[key]}
    if "unverified" not in given and "unverified" in table:
        merged["unverified"] = [key for key in table["unverified"] if key not in stated]
    return merged


def _like(
    given: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]], source: _Source, name: str
) -> Mapping[str, Any]:
    if _LIKE not in given:
        return given
    other = given[_LIKE]
    if other not in tables:
        raise source.wrong(("models", name, _LIKE), f"there is no model {other!r}")
    kept = {key: value for key, value in tables[other].items() if key not in _OWN}
    return _over(kept, {key: value for key, value in given.items() if key != _LIKE})


def _check(kind: type[T], table: Mapping[str, Any], source: _Source, path: tuple[str, ...]) -> T:
    """`table` as a `kind`. Raises `ConfigError` for the first thing that is wrong."""
    try:
        return kind.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        keys = (*path, *first["loc"])
        if first["type"] == "missing":
            problem = "missing, this key is needed"
        elif first["type"] == "extra_forbidden":
            close = get_close_matches(str(first["loc"][-1]), _keys_at(kind, first["loc"][:-1]), 1)
            problem = "there is no such key" + (f" (did you mean {close[0]}?)" if close else "")
        elif first["type"] == "value_error":
            problem = first["msg"].removeprefix("Value error, ")
        else:
            problem = f"{first['msg']} (got {_short(first['input'])})"
        raise source.wrong(keys, problem) from error


def _keys_at(kind: type[Table], path: Sequence[str | int]) -> tuple[str, ...]:
    inner: dict[str, type[Table]] = {"fim": FimTemplate, "files": ModelFile}
    return tuple((inner.get(str(path[0]), kind) if path else kind).model_fields)


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}.") from error


@cache
def _builtin_source() -> _Source:
    packaged = Path(str(resources.files("completion.models"))) / "models.toml"
    path = packaged if packaged.exists() else Path(__file__).resolve().parents[2] / "models.toml"
    return _Source.of(_text_of(path), str(path))


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."

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
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from completion.errors import ConfigError

Layout = Literal["psm", "spm", "contiguous", "anchored"]
Engine = Literal["llama", "transformers", "ctransformers"]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FimTemplate(_Table):
    """How a model family wants prefix, suffix and file separators; all strings are control tokens.

    layouts (`P` prefix, `S` suffix, `M` the answer):
      psm         <prefix>P<suffix>S<middle>M
      spm         <suffix>S<prefix>P<middle>M
      contiguous  <suffix>S<middle>PM, with P and M tokenized as one text
      anchored    <prefix>A<suffix>S<middle>TM, where P = AT: A ends at a line start and stays as it is while T
                  grows, so that typing only appends; T and M tokenized as one text

    In front of each may stand the repository: `<repo>NAME\n`, then `<file>PATH\nTEXT` for each other file, then
    `<file>PATH\n` of this one.
    """

    layouts: Annotated[tuple[Layout, ...], Field(min_length=1)]
    prefix: str
    suffix: str
    middle: str
    end: str
    pad: str | None = None
    repo: str | None = None
    file: str | None = None
    stops: tuple[str, ...] = ()

    @property
    def controls(self) -> tuple[str, ...]:
        """All control tokens that a prompt may use; each must be one token of the model's vocabulary."""
        return tuple(token for token in (self.prefix, self.suffix, self.middle, self.repo, self.file) if token)


class ModelFile(_Table):
    """One downloadable or shipped file of a model."""

    name: str
    format: Literal["gguf", "safetensors"] = "gguf"
    quantization: str
    bytes: int | None = Field(None, gt=0)
    sha256: Annotated[str | None, Field(pattern=r"^[0-9a-f]{64}$")] = None
    shipped: bool = False


class ModelSpec(_Table):
    """A model of the catalogue."""

    name: str
    title: str
    licence: str
    source: str
    architecture: str
    parameters: Annotated[int, Field(gt=0)]
    layers: Annotated[int, Field(gt=0)]
    hidden: Annotated[int, Field(gt=0)]
    heads: Annotated[int, Field(gt=0)]
    kv_heads: Annotated[int, Field(gt=0)]
    head_dim: Annotated[int, Field(gt=0)]
    vocabulary: Annotated[int, Field(gt=0)]
    trained_context: Annotated[int, Field(gt=0)]
    prompt_tokens: Annotated[int, Field(gt=0)]
    fim: FimTemplate
    files: Annotated[tuple[ModelFile, ...], Field(min_length=1)]
    unverified: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _prompt_fits(self) -> Self:
        if self.prompt_tokens >= self.trained_context:
            raise ValueError(f"prompt_tokens must be below trained_context ({self.trained_context})")
        return self


class Catalog(_Table):
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

"""What the catalogue says of a model, as validated values. Knows no file format and no machine.

Numbers that nobody could read in a published file are left out (`None`) or named in `unverified`: they are
shown with that word and never chosen by without a warning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from completion.errors import ConfigError
from completion.models.chat import TEMPLATES, Chat

Layout = Literal["psm", "spm", "spm2", "contiguous", "anchored"]
Engine = Literal["llama", "transformers", "ctransformers"]
Role = Literal["completion", "script"]
Basis = Literal["exact", "listed", "calculated"]

Count = Annotated[int | None, Field(gt=0)]

F16_BYTES = 2


class Table(BaseModel):
    """A table of the catalogue: frozen, and nothing in it that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FimTemplate(Table):
    """How a model family wants prefix, suffix and file separators; all strings are control tokens.

    layouts (`P` prefix, `S` suffix, `M` the answer):
      psm         <prefix>P<suffix>S<middle>M
      spm         <suffix>S<prefix>P<middle>M; without <middle> where the family has none
      spm2        <prefix><suffix>S<middle>PM, the second form of Bavarian et al. 2022 (arXiv 2207.14255, section 3)
      contiguous  <suffix>S<middle>PM, with P and M tokenized as one text
      anchored    <prefix>A<suffix>S<middle>TM, where P = AT: A ends at a line start and stays as it is while T
                  grows, so that typing only appends; T and M tokenized as one text

    In front of each may stand `bos` and the repository: `<repo>NAME\n` (without the line break where `repo_break` is
    false), then `<file>PATH\nTEXT` for each other file, then `<file>PATH\n` of this one. `path_inside`: of this one
    only `<file>` stands in front, its `PATH\n` begins the prefix, and only where a repository or other files are
    shown (StarCoder2). `prefix_blank`: the prefix was tokenized with the blank that SentencePiece puts before a text,
    and the suffix without (CodeLlama, Codestral).
    """

    layouts: Annotated[tuple[Layout, ...], Field(min_length=1)]
    prefix: str
    suffix: str
    middle: str | None = None
    end: str
    bos: str | None = None
    pad: str | None = None
    repo: str | None = None
    file: str | None = None
    path_inside: bool = False
    repo_break: bool = True
    prefix_blank: bool = False
    stops: Annotated[tuple[str, ...], Field(max_length=4)] = ()

    @model_validator(mode="after")
    def _middle_is_there(self) -> Self:
        if self.middle is None and set(self.layouts) != {"spm"}:
            raise ValueError("only the layout 'spm' can do without middle")
        if len(set(self.layouts)) < len(self.layouts):
            raise ValueError("layouts names one twice")
        if self.path_inside and self.file is None:
            raise ValueError("path_inside needs file")
        return self

    @property
    def controls(self) -> tuple[str, ...]:
        """All control tokens that a prompt may use; each must be one token of the model's vocabulary."""
        tokens = (self.bos, self.prefix, self.suffix, self.middle, self.repo, self.file)
        return tuple(token for token in tokens if token)


class ModelFile(Table):
    """One downloadable or shipped file of a model.

    Without `name` only the size is known (for the arithmetic), and the file cannot be pulled. `basis` says
    where `bytes` comes from: seen in a published listing, rounded there, or calculated tensor by tensor.
    """

    quantization: str
    name: str | None = None
    format: Literal["gguf", "safetensors"] = "gguf"
    repo: str | None = None
    commit: str | None = None
    bytes: Annotated[int | None, Field(gt=0)] = None
    basis: Basis = "exact"
    sha256: Annotated[str | None, Field(pattern=r"^[0-9a-f]{64}$")] = None
    shipped: bool = False

    @model_validator(mode="after")
    def _name_stays_inside(self) -> Self:
        if self.name is not None and (set(self.name) & set("\\:") or {"", ".", ".."} & set(self.name.split("/"))):
            raise ValueError("name must be a file below its repository, such as 'model.gguf'")
        return self


class ModelSpec(Table):
    """A model of the catalogue. `repo` is where its files are published, unless a file names another place.

    `other_files`: showing it parts of other files pays, where its template has a place for them.
    """

    name: str
    title: str
    family: str
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    licence: str
    licence_note: str = ""
    repo: str | None = None
    source: str
    gated: bool = False
    architecture: str
    parameters: Count = None
    active_parameters: Count = None
    layers: Count = None
    hidden: Count = None
    heads: Count = None
    kv_heads: Count = None
    head_dim: Count = None
    vocabulary: Count = None
    trained_context: Count = None
    prompt_tokens: Annotated[int, Field(gt=0)] = 2048
    other_files: bool = True
    kv_values_per_token: Count = None
    sliding_window: Count = None
    recurrent: bool = False
    tied_embeddings: bool | None = None
    instruct: bool = False
    chat: Chat | None = None
    fim: FimTemplate | None = None
    files: tuple[ModelFile, ...] = ()
    scores: dict[str, float] = Field(default_factory=dict)
    note: str = ""
    unverified: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.trained_context is not None and self.prompt_tokens >= self.trained_context:
            raise ValueError(f"prompt_tokens must be below trained_context ({self.trained_context})")
        if "completion" in self.roles and self.fim is None:
            raise ValueError("a model for completion needs a table fim")
        without = [key for key in self.unverified if not self._states(key)]
        if without:
            raise ValueError(f"unverified names no key of the table: {', '.join(without)}")
        return self

    @property
    def template(self) -> FimTemplate:
        """The fill-in-the-middle template. Raises `ConfigError` where there is none."""
        if self.fim is None:
            raise ConfigError(f"model {self.name} does not complete code.", advice="Choose a model for completion.")
        return self.fim

    @property
    def shows_context(self) -> bool:
        """Whether parts of other files are shown in front of a prompt."""
        return self.other_files and self.fim is not None and self.fim.file is not None

    @property
    def controls(self) -> tuple[str, ...]:
        """All control tokens that the engine must know for this model; the end of the text is the last."""
        turns = TEMPLATES[self.chat].controls if self.chat is not None else ()
        return tuple(dict.fromkeys((*self.fim.controls, *turns, self.fim.end))) if self.fim is not None else turns

    @property
    def beginnings(self) -> tuple[str, ...]:
        """Control tokens that begin a prompt, and that some servers put there themselves."""
        chat = TEMPLATES[self.chat].bos if self.chat is not None else ""
        return tuple(token for token in (self.fim.bos if self.fim is not None else None, chat) if token)

    def doubts(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Those of `keys` that nobody has verified; `fim` asks for all of its keys, `fim.layouts` for one."""
        asked = tuple(keys)
        return tuple(key for key in self.unverified if any(key == part or key.startswith(part + ".") for part in asked))

    @property
    def context_limit(self) -> int:
        """Tokens that a prompt and its answer may have together; where nobody could read it, four times the prompt."""
        return self.trained_context or 4 * self.prompt_tokens

    @property
    def cache_values_per_token(self) -> int | None:
        """Values that the KV cache holds for one token, all layers; times the bytes of its type. None if unknown.

        With a sliding window too: an engine may apply it or not, and this is what it needs at most.
        """
        if self.kv_values_per_token is not None:
            return self.kv_values_per_token
        if self.recurrent or self.layers is None or self.kv_heads is None or self.head_dim is None:
            # Of a model with recurrent state only some layers have a cache.
            return None
        return 2 * self.layers * self.kv_heads * self.head_dim

    def _states(self, key: str) -> bool:
        """Whether the table says something of `key`, such as `layers` or `fim.layouts`."""
        value: object = self
        for part in key.split("."):
            stated = dict(value) if isinstance(value, Table | Mapping) else {}
            value = stated.get(part)
            if value is None or value == ():
                return False
        return True

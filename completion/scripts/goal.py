"""What is wanted of a request: the kind and the material of the result, and whether it can be asked for at all."""

from __future__ import annotations

from dataclasses import dataclass, replace

from completion.errors import CopilotError, InputError
from completion.models.catalog import ModelSpec
from completion.scripts.kinds import KINDS, Kind
from completion.scripts.types import Material, ScriptRequest

LONGEST_REQUEST = 4000
"""Characters of a request in words; what is longer is a file and belongs to the context."""

DIALECTS = {
    "sqlite3": "sqlite", "postgresql": "postgres", "pg": "postgres", "mariadb": "mysql", "sqlserver": "tsql",
    "mssql": "tsql", "t-sql": "tsql", "sql server": "tsql",
}  # fmt: skip
"""Names that people use, and sqlglot's."""

LANGUAGES = {"sh": ("shell", "posix"), "posix": ("shell", "posix"), "bash": ("shell", "bash")}
"""Names of targets that are a kind with a dialect."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A kind of script, and what the result is checked against."""

    kind: Kind
    material: Material


def of(request: ScriptRequest) -> Goal:
    """The goal of a request that can be answered. Raises `InputError` for one that cannot."""
    kind = KINDS.get(request.kind)
    if kind is None:
        raise InputError(f"There is no kind of script {request.kind!r}.", advice=f"Kinds are {', '.join(KINDS)}.")
    if request.task == "write" and not request.request.strip():
        raise InputError("Nothing is asked for.", advice="Say in a sentence what the script should do.")
    if len(request.request) > LONGEST_REQUEST:
        raise InputError(
            f"The request has {len(request.request):,} characters, more than {LONGEST_REQUEST:,}.",
            advice="Say it in a few sentences, and give files with --context.",
        )
    if request.task != "write" and not request.source.strip():
        raise InputError(
            f"There is no script to {request.task}.", advice="Select one, or name a file that is not empty."
        )
    material = replace(request.material, dialect=_dialect(request.material.dialect))
    return _translated(request, kind, material) if request.task == "translate" else Goal(kind, material)


def follows_instructions(model: ModelSpec) -> bool:
    """Whether the model converses; others go on with a file."""
    return model.chat is not None


def demand_instructions(model: ModelSpec, task: str) -> None:
    """Raises `CopilotError` where only a model that follows instructions could do `task` and this one does not."""
    if not follows_instructions(model):
        raise CopilotError(
            f"{model.title} goes on with files and follows no instructions, so it cannot {task} a script.",
            advice="Choose a model for scripts (lsp-copilot models), or name a server of one in endpoint.",
        )


def _translated(request: ScriptRequest, kind: Kind, material: Material) -> Goal:
    target = request.target.strip().lower()
    if not target:
        raise InputError(
            "It is not said what to translate to.", advice="Name a dialect or a language, such as postgres."
        )
    name, dialect = LANGUAGES.get(target, (target, ""))
    if name in KINDS:
        return Goal(KINDS[name], replace(material, dialect=dialect))
    return Goal(kind, replace(material, dialect=_dialect(target)))


def _dialect(name: str) -> str:
    name = name.strip().lower()
    return DIALECTS.get(name, name)

"""What a command knows around a file: the folder that it belongs to, and what is shown of other places.

There is no idle time on a command line: what an editor's window gets between two keys is chosen before the question.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from completion import idle, inline
from completion.errors import InputError
from completion.memory import Memory
from completion.models.spec import ModelSpec
from completion.prompt import fim
from completion.prompt.budget import estimate
from completion.prompt.snippets import Surroundings, gather
from completion.types import CompletionRequest, Document
from completion.workspace.files import Budget
from completion.workspace.workspace import Workspace

BUDGET = Budget(seconds=5.0)
"""So long a person waits for the index."""


def folder_of(path: Path, named: Path | None) -> Path:
    """The folder that a file belongs to: the one that was named, the repository around it, the current folder if the
    file is in it, or else the file's own. Raises `InputError` where the named one is none."""
    if named is not None:
        if not named.is_dir():
            raise InputError(f"--workspace: {named} is not a folder.")
        return named.resolve()
    own = path.resolve().parent
    for folder in (own, *own.parents):
        if (folder / ".git").exists():
            return folder
    here = Path.cwd().resolve()
    return here if own.is_relative_to(here) else own


def admit(workspace: Workspace, path: Path) -> None:
    """Raises `InputError`, with the reason, where there are no suggestions in a file."""
    refused = workspace.refusal(_display_path(workspace, path))
    if refused is not None:
        raise InputError(
            f"{path}: nothing is offered in this file: {refused.reason}.",
            advice="Its text is shown to no model; write such files by hand.",
        )


def seen_from(workspace: Workspace, document: Document) -> Document:
    """The document under the path that the workspace knows it by."""
    return replace(document, path=_display_path(workspace, Path(document.path)))


def show_context(request: CompletionRequest, model: ModelSpec, memory: Memory) -> None:
    """Choose what the model is shown of other places at the first question about a document."""
    if not model.shows_context:
        return
    document, tokens = request.document, fim.text_tokens(model)
    prefix, suffix = request.prefix.replace("\r\n", "\n"), request.suffix.replace("\r\n", "\n")
    room = int(tokens * (1 - idle.CONTEXT_SHARE))
    window = memory.anchors.view(document.path, prefix, suffix, room, room).window
    around = Surroundings(request, *inline.look(request), memory.workspace)
    budget = int(tokens * idle.CONTEXT_SHARE)
    chosen = gather(around, window.head + window.suffix, budget, estimate, without=memory.without)
    memory.anchors.adopt(document.path, replace(window, pieces=tuple(snippet.piece for snippet in chosen)))
    memory.show(document.path, chosen)


def _display_path(workspace: Workspace, path: Path) -> str:
    full = path.resolve()
    return full.relative_to(workspace.root).as_posix() if full.is_relative_to(workspace.root) else str(full)

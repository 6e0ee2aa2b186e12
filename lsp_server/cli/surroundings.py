"""What a command knows around a file: the folder that it belongs to, and whether the file may be shown at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from completion.errors import InputError
from completion.types import Document
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


def _display_path(workspace: Workspace, path: Path) -> str:
    full = path.resolve()
    return full.relative_to(workspace.root).as_posix() if full.is_relative_to(workspace.root) else str(full)

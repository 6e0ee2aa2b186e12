"""`lsp-copilot complete` knows the folder around a file: what is shown of others, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from completion.errors import InputError
from lsp_server.cli import surroundings
from tests.conftest import lsp_copilot

WORK = "from shapes import Triangle\n\n\ndef area(shape):\n    triangle = Triangle("


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    (folder / "src").mkdir()
    (folder / ".copilotignore").write_text("plans/\n")
    (folder / "src" / "shapes.py").write_text("class Triangle:\n    def __init__(self, base, height):\n        pass\n")
    (folder / "src" / "work.py").write_text(WORK)
    return folder


def shown(with_context: dict[str, str], *arguments: str | Path) -> list[str]:
    done = lsp_copilot("complete", "--json", *arguments, environment=with_context)
    assert done.returncode in (0, 3), done.stderr
    context: list[str] = json.loads(done.stdout)["trace"]["context"]
    return context


def test_definitions_of_the_repository_around_the_file_are_shown(with_context: dict[str, str], project: Path) -> None:
    context = shown(with_context, project / "src" / "work.py")
    assert [place for place in context if place.startswith("src/shapes.py:1,2 (definitions, ")], context
    done = lsp_copilot("complete", project / "src" / "work.py", environment=with_context)
    assert "shown beside the file: src/shapes.py:1,2 (definitions, " in done.stderr


def test_another_folder_can_be_named(with_context: dict[str, str], project: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    assert shown(with_context, "--workspace", other, project / "src" / "work.py") == []


def test_ignored_files_are_not_shown(with_context: dict[str, str], project: Path) -> None:
    (project / ".gitignore").write_text("shapes.py\n")
    assert not [place for place in shown(with_context, project / "src" / "work.py") if "shapes" in place]


def test_a_refused_file_is_one_sentence_with_the_reason(with_context: dict[str, str], project: Path) -> None:
    (project / "plans").mkdir()
    (project / "plans" / "next.py").write_text("x = 1\n")
    (project / ".env").write_text("WORD=1\n")
    for name, reason in (("plans/next.py", "ignored by .copilotignore:1 (plans/)"), (".env", "secret file")):
        done = lsp_copilot("complete", f"{project / name}:1", environment=with_context)
        assert done.returncode == 1
        assert f"{project / name}: nothing is offered in this file: {reason}" in done.stderr
        assert done.stdout == ""


def test_a_workspace_must_be_a_folder(with_context: dict[str, str], project: Path) -> None:
    done = lsp_copilot("complete", "--workspace", "/nowhere", project / "src" / "work.py", environment=with_context)
    assert done.returncode == 1
    assert "--workspace: /nowhere is not a folder" in done.stderr


def test_which_folder_a_file_belongs_to(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, outside = project / "src" / "work.py", tmp_path / "alone" / "deep" / "a.py"
    outside.parent.mkdir(parents=True)
    assert surroundings.folder_of(inside, None) == project.resolve()
    assert surroundings.folder_of(inside, tmp_path) == tmp_path.resolve()
    assert surroundings.folder_of(outside, None) == outside.parent.resolve()
    monkeypatch.chdir(outside.parent.parent)
    assert surroundings.folder_of(outside, None) == outside.parent.parent.resolve()
    assert surroundings.folder_of(Path("deep/a.py"), None) == outside.parent.parent.resolve()
    with pytest.raises(InputError):
        surroundings.folder_of(inside, project / "src" / "work.py")

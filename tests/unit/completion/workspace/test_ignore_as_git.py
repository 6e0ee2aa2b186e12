"""Our decisions against git's own, on generated trees of ignore files."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from completion.workspace.ignore import Ignore

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

NAMES = ("a", "b", "ab", "build", "x.log", "y.txt", "a b", "é", "-", "[x]", "#n", "!n")
SEGMENTS = (
    *NAMES,
    "*",
    "?",
    "**",
    "*.log",
    "*.t?t",
    "a*",
    "*b",
    "[ab]",
    "[!a]",
    "[a-c]*",
    "\\#n",
    "\\!n",
    "a\\b",
    "a\\ b",
)

names = st.sampled_from(NAMES)
paths = st.lists(names, min_size=1, max_size=4).map("/".join)
lines = st.one_of(
    st.builds(
        lambda no, start, segments, end: no + start + "/".join(segments) + end,
        st.sampled_from(("", "", "!")),
        st.sampled_from(("", "", "/")),
        st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=3),
        st.sampled_from(("", "", "/", " ", "/**", "\r")),
    ),
    st.sampled_from(("", "#a", "!", "/", "\\", "*", "!*/", "!*.txt", "/*", "**/", "[", "a/**/b", "***")),
)
ignore_files = st.lists(lines, max_size=5).map("\n".join)


def as_git_says(root: Path, files: list[str]) -> Mapping[str, bool]:
    """What `git check-ignore` says of each file."""
    answer = subprocess.run(
        ["git", "-c", "core.excludesFile=", "check-ignore", "--no-index", "-z", "--stdin"],
        cwd=root,
        input=b"\0".join(os.fsencode(file) for file in files),
        env={"PATH": os.environ["PATH"], "HOME": str(root), "GIT_CONFIG_NOSYSTEM": "1"},
        capture_output=True,
        check=False,
    )
    assert answer.returncode in (0, 1), answer.stderr
    ignored = {os.fsdecode(name) for name in answer.stdout.split(b"\0") if name}
    return {file: file in ignored for file in files}


def repository(root: Path) -> None:
    """The least that git takes for a repository; quicker than `git init`."""
    for folder in ("objects", "refs", "info"):
        (root / ".git" / folder).mkdir(parents=True)
    (root / ".git" / "HEAD").write_text("ref: refs/heads/main\n")


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(paths, min_size=1, max_size=12),
    st.dictionaries(st.sampled_from(("", "a", "build", "a/b")), ignore_files, max_size=3),
    ignore_files,
)
@example(["build/x.log", "build/a/x.log"], {"": "*.log\n!build/"}, "")
@example(["a/b/y.txt"], {"": "a/**/b", "a": "!b"}, "")
@example(["build/build/a"], {"": "**/build/**\n!build/build/"}, "")
@example(["a/x.log"], {"a": "!x.log"}, "*.log")
def test_the_decisions_are_those_of_git(files: list[str], ignoring: dict[str, str], exclude: str) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        repository(root)
        (root / ".git" / "info" / "exclude").write_text(exclude, newline="")
        placed = []
        for file in files:
            path = root / file
            # A name that is a file already cannot be a folder, and the other way round.
            if not path.exists() and all(parent.is_dir() or not parent.exists() for parent in path.parents):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("")
                placed.append(file)
        for place, text in ignoring.items():
            if (root / place).is_dir():
                (root / place / ".gitignore").write_text(text, newline="")
        ignore = Ignore(root)
        ours = {file: ignore.verdict(file).ignored for file in placed}
        assert ours == as_git_says(root, placed)


def test_the_comparison_can_fail(tmp_path: Path) -> None:
    repository(tmp_path)
    (tmp_path / ".gitignore").write_text("b\n")
    assert as_git_says(tmp_path, ["a", "b"]) == {"a": False, "b": True}

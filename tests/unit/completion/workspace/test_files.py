"""Walking and reading a workspace: order, budgets, links, pipes, strange names, and folders that cannot be read."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from completion.workspace import files
from completion.workspace.files import Budget, End, walk
from completion.workspace.ignore import Ignore


def write(path: Path, text: str | bytes = "x = 1\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def walked(root: Path, budget: Budget | None = None) -> tuple[list[str], End]:
    """The relative paths of a walk, and how it ended."""
    steps = walk(Ignore(root), budget)
    found = []
    while True:
        try:
            found.append(next(steps).relative)
        except StopIteration as stop:
            return found, stop.value


def link(path: Path, target: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.symlink_to(target)
    except OSError:
        pytest.skip("this system makes no symbolic links")


def test_shallow_files_come_first_and_by_name(tmp_path: Path) -> None:
    for name in ("b/c/deep.py", "b/z.py", "b/a.py", "z.py", "a/x.ts", "a.py", "notes.unknown"):
        write(tmp_path / name)
    assert walked(tmp_path) == (["a.py", "z.py", "a/x.ts", "b/a.py", "b/z.py", "b/c/deep.py"], End(6))


def test_what_a_file_says_of_itself(tmp_path: Path) -> None:
    path = write(tmp_path / "a" / "x.ts", "let a;\n")
    (found,) = walk(Ignore(tmp_path))
    assert (found.path, found.relative, found.language, found.size) == (str(path), "a/x.ts", "typescript", 7)
    assert found.stamp == (path.stat().st_mtime_ns, 7)


@pytest.mark.parametrize(
    "name",
    ["node_modules/a/x.js", ".git/hooks/x.py", "a/__pycache__/x.py", ".venv/x.py", ".env", "server.key.py/.env",
     "a.min.js", "api_pb2.py", "secrets.yaml"],
)  # fmt: skip
def test_what_is_not_walked(tmp_path: Path, name: str) -> None:
    write(tmp_path / name)
    write(tmp_path / "x.py")
    assert walked(tmp_path)[0] == ["x.py"]


def test_ignored_files_and_folders_are_not_walked(tmp_path: Path) -> None:
    write(tmp_path / ".gitignore", "out/\n*_gen.py\n")
    write(tmp_path / "a" / ".copilotignore", "/private.py\n")
    for name in ("out/x.py", "a/x_gen.py", "a/private.py", "a/b/private.py"):
        write(tmp_path / name)
    assert walked(tmp_path)[0] == ["a/b/private.py"]


@pytest.mark.parametrize("mark", ["CACHEDIR.TAG", "pyvenv.cfg"])
def test_a_folder_that_can_be_made_again_is_not_walked(tmp_path: Path, mark: str) -> None:
    write(tmp_path / "target" / mark)
    write(tmp_path / "target" / "x.py")
    write(tmp_path / "target" / "deeper" / "x.py")
    assert walked(tmp_path)[0] == []
    # The root itself was opened by somebody.
    assert walked(tmp_path / "target")[0] == ["x.py", "deeper/x.py"]


def test_budgets_end_a_walk(tmp_path: Path) -> None:
    for number in range(600):
        write(tmp_path / f"{number:03}.py")
    assert walked(tmp_path, Budget(files=3)) == (["000.py", "001.py", "002.py"], End(3, "files"))
    assert walked(tmp_path, Budget(files=600))[1] == End(600)
    assert walked(tmp_path, Budget(seconds=0)) == ([], End(0, "seconds"))
    assert walked(tmp_path, Budget(entries=300))[1].ended_by == "entries"
    assert walked(tmp_path, Budget(file_bytes=3))[0] == []


def test_a_walk_can_be_stopped_and_closed(tmp_path: Path) -> None:
    for number in range(9):
        write(tmp_path / f"{number}.py")
    answers = iter([False, False, False])
    steps = walk(Ignore(tmp_path), is_stopped=lambda: next(answers, True))
    assert [file.relative for file in steps] == ["0.py", "1.py"]
    steps = walk(Ignore(tmp_path))
    next(steps)
    steps.close()
    assert list(steps) == []


def test_links_are_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(tmp_path / "outside" / "x.py", "outside = 1\n")
    write(root / "a" / "x.py")
    link(root / "out", tmp_path / "outside")
    link(root / "file.py", tmp_path / "outside" / "x.py")
    link(root / "a" / "loop", root)
    assert walked(root)[0] == ["a/x.py"]
    assert files.read(str(root), "out/x.py") is None
    assert files.read(str(root), "file.py") is None
    assert files.read(str(root), "a/loop/a/x.py") is None
    assert files.read(str(root), "a/x.py") == b"x = 1\n"


def test_a_root_that_is_reached_by_a_link_is_walked(tmp_path: Path) -> None:
    write(tmp_path / "real" / "x.py")
    link(tmp_path / "linked", tmp_path / "real")
    assert walked(tmp_path / "linked")[0] == ["x.py"]
    assert files.read(str(tmp_path / "linked"), "x.py") == b"x = 1\n"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in the file system")
@pytest.mark.timeout(20)
def test_pipes_and_sockets_are_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    monkeypatch.chdir(tmp_path)  # A socket's path is short or refused.
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.py")
        assert walked(tmp_path)[0] == []
        assert files.read(str(tmp_path), "pipe.py") is None
        assert files.read(str(tmp_path), "socket.py") is None


@pytest.mark.parametrize("name", ["a\nb.py", "é\u202e.py", "-rf.py", " .py", "a'\"b.py", os.fsdecode(b"\xff\xfe.py")])
def test_strange_names_survive(tmp_path: Path, name: str) -> None:
    try:
        write(tmp_path / "d" / name)
    except OSError:
        pytest.skip("this file system takes no such name")
    assert walked(tmp_path)[0] == [f"d/{name}"]
    assert files.read(str(tmp_path), f"d/{name}") == b"x = 1\n"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read everything")
def test_a_folder_that_may_not_be_read_is_left_out(tmp_path: Path) -> None:
    write(tmp_path / "a" / "x.py")
    write(tmp_path / "b" / "x.py")
    (tmp_path / "a").chmod(0)
    try:
        assert walked(tmp_path)[0] == ["b/x.py"]
    finally:
        (tmp_path / "a").chmod(0o700)


def test_a_folder_that_vanishes_is_left_out(tmp_path: Path) -> None:
    write(tmp_path / "x.py")
    gone = write(tmp_path / "a" / "x.py")
    steps = walk(Ignore(tmp_path))
    assert next(steps).relative == "x.py"
    gone.unlink()
    gone.parent.rmdir()
    assert list(steps) == []
    assert walked(tmp_path / "nowhere") == ([], End(0))


def test_a_very_deep_tree_ends(tmp_path: Path) -> None:
    folder = tmp_path
    for _ in range(80):
        folder /= "d"
    write(folder / "x.py")
    write(tmp_path / "d" / "y.py")
    assert walked(tmp_path)[0] == ["d/y.py"]


@pytest.mark.parametrize(
    ("content", "most", "want"),
    [
        (b"x = 1\n", 100, b"x = 1\n"),
        (b"", 100, b""),
        (b"\xff\xfex\n", 100, b"\xff\xfex\n"),
        (b"x" * 101, 100, None),
        (b"x" * 100, 100, b"x" * 100),
        (b"x\0y", 100, None),
    ],
)
def test_reading(tmp_path: Path, content: bytes, most: int, want: bytes | None) -> None:
    write(tmp_path / "a" / "x.py", content)
    assert files.read(str(tmp_path), "a/x.py", most) == want


@pytest.mark.parametrize("relative", ["../x.py", "a/../../x.py", "/etc/passwd", "a", "", "a/missing.py", "a\0b"])
def test_nothing_but_files_below_the_root_is_read(tmp_path: Path, relative: str) -> None:
    root = tmp_path / "root"
    write(root / "a" / "x.py")
    write(tmp_path / "x.py")
    assert files.read(str(root), relative) is None


def test_reading_with_secrets_masked_keeps_every_offset(tmp_path: Path) -> None:
    content = b'# \xff\npassword = "hunter2hunter2!"\r\nx = 1\n'
    write(tmp_path / "x.py", content)
    masked = files.read_masked(str(tmp_path), "x.py")
    assert masked == content.replace(b"hunter2hunter2!", b"x" * 15)
    assert files.read_masked(str(tmp_path), "y.py") is None

"""`lsp-copilot why`, run as a person runs it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

import pytest

from lsp_server.why import Record
from lsp_server.why_file import Told
from tests.conftest import lsp_copilot


def put(environment: dict[str, str], told: Told) -> None:
    folder = Path(environment["LSP_COPILOT_RUNTIME_DIR"])
    (folder / f"why-{told.pid}.json").write_text(json.dumps(asdict(told)))


def record(at: float, reason: str, path: str = "src/a.py") -> Record:
    return Record(at, "textDocument/inlineCompletion", "automatic", path, 12, "python", "silent", reason)


def test_before_any_server_has_said_something(isolated: dict[str, str]) -> None:
    done = lsp_copilot("why", environment=isolated)
    assert (done.returncode, done.stdout) == (3, "")
    assert "Nothing was asked yet" in done.stderr
    done = lsp_copilot("why", "--json", environment=isolated)
    assert (done.returncode, done.stdout) == (3, "[]\n")


def test_the_newest_server_first_with_its_workspace(isolated: dict[str, str]) -> None:
    put(isolated, Told(2**22 + 7, "/w/old", 1.0, (record(10.0, "no engine"),)))
    put(isolated, Told(os.getpid(), "/w/new", 1.0, (record(30.0, "inside a word"), record(20.0, "too large"))))
    done = lsp_copilot("why", environment=isolated)
    assert done.returncode == 0, done.stderr
    new, _, old = done.stdout.partition(f"# Server {2**22 + 7} in /w/old (it has ended)\n")
    assert new.startswith(f"# Server {os.getpid()} in /w/new\n\nNothing was shown: the cursor is inside a word.\n")
    assert "src/a.py, line 12 (python)" in new
    assert "the file is too large" not in new
    assert "there is no engine that could answer" in old
    both = lsp_copilot("why", "--last", "2", environment=isolated).stdout
    assert both.index("inside a word") < both.index("the file is too large") < both.index("no engine")


def test_as_json(isolated: dict[str, str]) -> None:
    put(isolated, Told(os.getpid(), "", 1.0, (record(30.0, "inside a word"), record(20.0, "too large"))))
    (server,) = json.loads(lsp_copilot("why", "--json", environment=isolated).stdout)
    assert (server["pid"], server["running"]) == (os.getpid(), True)
    assert [one["reason"] for one in server["records"]] == ["inside a word"]


def test_names_cannot_steer_the_terminal(isolated: dict[str, str]) -> None:
    put(isolated, Told(os.getpid(), "/w/\x1b[2J", 1.0, (record(30.0, "inside a word", "\x1b]0;x\x07.py"),)))
    done = lsp_copilot("why", environment=isolated)
    assert "\x1b" not in done.stdout
    assert "\x07" not in done.stdout


@pytest.mark.parametrize("count", ["0", "-1", "x", "1.5"])
def test_a_wrong_number_is_one_sentence(isolated: dict[str, str], count: str) -> None:
    done = lsp_copilot("why", f"--last={count}", environment=isolated)
    assert done.returncode == 2
    assert f"--last: expected a number from 1, got '{count}'" in done.stderr


def test_a_folder_of_somebody_else_is_one_sentence(isolated: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = lsp_copilot("why", environment={**isolated, "LSP_COPILOT_RUNTIME_DIR": str(tmp_path / "file")})
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(tmp_path / "file") in done.stderr

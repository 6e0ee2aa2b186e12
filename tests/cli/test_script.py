"""`lsp-copilot script`, run as a person runs it: streams, evidence, files, exit codes."""

from __future__ import annotations

import json
import os
import pty
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import lsp_copilot

PROGRAM = [sys.executable, "-P", "-m", "lsp_server"]
BROKEN = "SELECT nme FROM users;\nDELETE FROM users;\n"
SCHEMA = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a migration, its undoing, and a query with a wrong column."""
    folder = tmp_path / "project"
    (folder / "migrations").mkdir(parents=True)
    (folder / "migrations/001_users.up.sql").write_text(SCHEMA)
    (folder / "migrations/001_users.down.sql").write_text("DROP TABLE users;\n")
    (folder / "broken.sql").write_text(BROKEN)
    return folder


def test_check_tells_all_and_needs_no_model(isolated: dict[str, str], project: Path) -> None:
    broken = {**isolated, "LSP_COPILOT_MODEL_PATH": "/nowhere/model.gguf"}
    done = lsp_copilot("script", "check", "sql", "broken.sql", environment=broken, cwd=project)
    assert done.returncode == 3
    assert done.stdout.startswith("broken.sql: invalid (sqlite); not checked: ")
    assert "✓ sqlglot: valid\n✗ sqlite: invalid\n    1:8 no column 'nme' in users" in done.stdout
    assert "not checked because PostgreSQL's grammar reads PostgreSQL alone" in done.stdout
    assert "⚠ line 2: this deletes every row of users: it has no WHERE\n" in done.stdout
    assert "schema: 1 file of migrations" in done.stderr


def test_check_as_json_from_standard_input(isolated: dict[str, str]) -> None:
    done = subprocess.run(
        [*PROGRAM, "script", "check", "regex", "-", "--match", "abc", "--no-match", "abcd", "--json"],
        input="abc?\n",
        env=isolated,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3
    report = json.loads(done.stdout)
    assert set(report) == {"state", "verdicts", "risks", "unverified"}
    (finding,) = report["verdicts"][0]["findings"]
    assert "it matches 'abcd', which it must not" in finding["message"]


@pytest.mark.parametrize("name", ["shop.db", "shop.sql", "folder"])
def test_a_schema_may_be_a_database_a_file_or_a_folder(isolated: dict[str, str], project: Path, name: str) -> None:
    if name == "shop.db":
        with sqlite3.connect(project / name) as connection:
            connection.executescript(SCHEMA.replace("name", "title"))
        connection.close()
    elif name == "shop.sql":
        (project / name).write_text(SCHEMA.replace("name", "title"))
    else:
        (project / name).mkdir()
        (project / name / "1.sql").write_text(SCHEMA)
        (project / name / "2.sql").write_text("ALTER TABLE users RENAME COLUMN name TO title;\n")
    (project / "good.sql").write_text("SELECT title FROM users;\n")
    done = lsp_copilot("script", "check", "sql", "good.sql", "--schema", name, environment=isolated, cwd=project)
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("good.sql: valid (sqlglot, sqlite)")
    done = lsp_copilot("script", "check", "sql", "broken.sql", "--schema", name, environment=isolated, cwd=project)
    assert done.returncode == 3


def test_a_pipe_gets_the_best_attempt_alone(isolated: dict[str, str], project: Path) -> None:
    done = lsp_copilot("script", "sql", "names of all users", "--json", environment=isolated, cwd=project)
    report = json.loads(done.stdout)
    assert done.returncode == (3 if report["state"] == "invalid" else 0)
    plain = lsp_copilot("script", "sql", "names of all users", environment=isolated, cwd=project)
    assert plain.stdout == report["text"].rstrip("\n") + "\n"
    assert plain.returncode == done.returncode
    assert plain.stderr.count("round ") == len(report["attempts"]) - 1
    assert f"\n{report['state']} (" in plain.stderr


def test_a_terminal_sees_pieces_rounds_and_evidence(isolated: dict[str, str], project: Path) -> None:
    arguments = ["regex", "a word", "--match", "abc", "--no-match", "abc", "--repairs", "1"]
    code, seen = in_terminal([*PROGRAM, "script", *arguments], isolated, project)
    assert code == 3
    assert "lsp-copilot: round 2: " in seen
    assert "✗ re: invalid" in seen
    assert "Traceback" not in seen


def test_translating_needs_no_model_and_reads_the_request_from_nowhere(isolated: dict[str, str], project: Path) -> None:
    broken = {**isolated, "LSP_COPILOT_MODEL_PATH": "/nowhere/model.gguf"}
    (project / "q.sql").write_text("SELECT IFNULL(name, 'x') FROM users;\n")
    arguments = ("--translate-to", "postgresql", "--source", "q.sql")
    done = lsp_copilot("script", "sql", *arguments, environment=broken, cwd=project)
    assert "COALESCE(name, 'x')" in done.stdout
    done = lsp_copilot("script", "sql", "names of all users", environment=broken, cwd=project)
    assert done.returncode == 1
    assert "/nowhere/model.gguf does not exist. Correct model_path" in done.stderr


def test_fixing_what_is_right_is_nothing_to_do(isolated: dict[str, str], project: Path) -> None:
    (project / "good.sh").write_text("#!/bin/sh\necho ok\n")
    done = lsp_copilot("script", "shell", "--fix", "--source", "good.sh", environment=isolated, cwd=project)
    assert done.returncode == 0
    assert "no check finds an error; there is nothing to fix" in done.stderr
    assert done.stdout == ""


def test_a_file_is_written_whole_and_never_over_another(isolated: dict[str, str], project: Path) -> None:
    (project / "q.sql").write_text("SELECT IFNULL(name, 'x') FROM users;\n")
    asked = ("script", "sql", "--translate-to", "postgres", "--source", "q.sql", "-o")
    done = lsp_copilot(*asked, "new.sql", environment=isolated, cwd=project)
    assert "written to new.sql" in done.stderr
    assert done.stdout == ""
    written = project / "new.sql"
    assert "COALESCE" in written.read_text()
    assert not written.stat().st_mode & (stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)

    written.write_text("mine\n")
    done = lsp_copilot(*asked, "new.sql", environment=isolated, cwd=project)
    assert done.returncode == 1
    assert "new.sql exists already. Name another file, or replace it with --force." in done.stderr
    assert written.read_text() == "mine\n"
    written.chmod(0o755)
    lsp_copilot(*asked, "new.sql", "--force", environment=isolated, cwd=project)
    assert "COALESCE" in written.read_text()
    assert not written.stat().st_mode & stat.S_IXUSR

    (project / "link.sql").symlink_to(project / "elsewhere.sql")
    for name, said in (("link.sql", "is a symbolic link"), (".", "is a folder"), ("no/q.sql", "does not exist")):
        done = lsp_copilot(*asked, name, "--force", environment=isolated, cwd=project)
        assert done.returncode == 1
        assert said in done.stderr
    assert not (project / "elsewhere.sql").exists()
    assert sorted(path.name for path in project.iterdir() if path.name.startswith(".")) == []


def test_interrupting_stops_everything(isolated: dict[str, str], project: Path) -> None:
    environment = {**isolated, "PYTHONUNBUFFERED": "1"}
    arguments = ["shell", "remove empty folders below build", "--temperature", "1.5", "--seed", "3", "-o", "new.sh"]
    master, slave = pty.openpty()
    # Its pieces go to standard error, which is a terminal here.
    process = subprocess.Popen(
        [*PROGRAM, "script", *arguments],
        env=environment,
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=slave,
        text=True,
        # A shell has its background jobs ignore the signal, and they hand that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    os.close(slave)
    seen = b""
    while b"is ready" not in seen or b"#!" not in seen:
        seen += os.read(master, 4096)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    seen += drained(master)
    assert process.returncode == 130
    assert said == ""
    assert b"lsp-copilot: interrupted." in seen
    assert b"Traceback" not in seen
    assert [path.name for path in project.iterdir() if "new.sh" in path.name] == []


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (("cobol", "x"), 2, "invalid choice: 'cobol'"),
        (("sql",), 1, "What shall it do? For example: lsp-copilot script sql"),
        (
            ("sql", "x", "--dialect", "klingon"),
            1,
            "--dialect: 'klingon' is no dialect that sqlglot knows. For example: ",
        ),
        (("sql", "x", "--schema", "none.sql"), 1, "none.sql: cannot be read"),
        (("sql", "x", "--context", "none.md"), 1, "--context: none.md: no such file."),
        (("sql", "x", "--context", ".env"), 1, "nothing is offered in this file: secret file"),
        (("sql", "x", "--source", "broken.sql"), 1, "--source: what shall become of it?"),
        (("sql", "--fix"), 1, "--fix: which script? Name its file with --source."),
        (("sql", "x", "--temperature", "9"), 2, "expected a number from 0 to 2, got '9'"),
        (("sql", "x", "--seed", "1", "--another"), 2, "not allowed with argument"),
        (("sql", "x", "--repairs", "7"), 2, "invalid choice: 7"),
        (("kubernetes", "x", "--k8s-version", "1.2"), 1, "--k8s-version: no schemas of '1.2' are here. Known: 1."),
        (("shell", "x", "--k8s-version", "1.34"), 2, "unrecognized arguments"),
        (("check", "shell", "none.sh"), 1, "none.sh: cannot be read (No such file or directory)"),
        (("check", "shell", "binary.sh"), 1, "binary.sh: a binary file"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    isolated: dict[str, str], project: Path, arguments: tuple[str, ...], code: int, named: str
) -> None:
    (project / ".env").write_text("TOKEN=1\n")
    (project / "binary.sh").write_bytes(b"echo\0\n")
    done = lsp_copilot("script", *arguments, environment=isolated, cwd=project)
    assert done.returncode == code
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_help_says_the_exit_codes(isolated: dict[str, str]) -> None:
    for arguments in (("script",), ("script", "sql"), ("script", "check", "sql")):
        done = lsp_copilot(*arguments, "--help", environment=isolated)
        assert "3 invalid; 130 interrupted" in done.stdout


def in_terminal(command: list[str], environment: dict[str, str], folder: Path) -> tuple[int, str]:
    """Run a command with a terminal on all three streams; its exit code and what was seen."""
    master, slave = pty.openpty()
    process = subprocess.Popen(command, env=environment, cwd=folder, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    seen = drained(master)
    return process.wait(60), seen.decode("utf-8", "replace").replace("\r\n", "\n")


def drained(master: int) -> bytes:
    """What a terminal shows until everybody has left it."""
    seen = b""
    while True:
        try:
            data = os.read(master, 4096)
        except OSError:
            break
        if not data:
            break
        seen += data
    os.close(master)
    return seen

"""Programs that check are run within bounds, and what is too much for them is not checked instead of waited for."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from completion.scripts.checks import shell_bash, shell_shellcheck, shell_shfmt, tools
from completion.scripts.checks.table import CHECKS, examine
from completion.scripts.checks.verdicts import LONGEST, LONGEST_PLAIN, Late, Unchecked, verdict
from completion.scripts.types import Finding, Material

PLAIN = Material()
posix = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")


def program(folder: Path, name: str, body: str) -> None:
    """An executable Python program in a folder."""
    path = folder / name
    path.write_text(f"#!{sys.executable} -I\n{body}", "utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_a_missing_program_is_a_reason() -> None:
    with pytest.raises(Unchecked, match="no-such-program is not installed"):
        tools.run("no-such-program", (), "")


def test_relative_entries_of_path_find_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "planted", "print('run')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f".{os.pathsep}{os.pathsep}bin")
    assert tools.find("planted") == ""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tools.find("planted")


@posix
def test_a_program_gets_the_text_an_empty_folder_and_no_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHELLCHECK_OPTS", "--exclude=SC1000")
    monkeypatch.setenv("BASH_ENV", "/tmp/evil")
    program(folder, "show", "import os, sys\nprint(sorted(os.environ), os.listdir(), sys.stdin.read())")
    said = tools.run("show", (), "the text").stdout
    assert "the text" in said
    assert "[] the text" in said, "the working directory is empty"
    assert "SHELLCHECK_OPTS" not in said
    assert "BASH_ENV" not in said


@posix
def test_a_program_that_never_ends_is_stopped_with_its_children(folder: Path) -> None:
    program(
        folder,
        "hang",
        "import subprocess, sys\nprint('begun', flush=True)\n"
        "subprocess.run([sys.executable, '-c', 'input()'], stdin=0)\nwhile True: pass",
    )
    with pytest.raises(Late, match="hang took longer") as late:
        tools.run("hang", (), "text", seconds=0.5)
    assert late.value.said in ("", "begun\n")


@pytest.mark.skipif(sys.platform != "linux", reason="limits are set from outside on Linux alone")
@pytest.mark.parametrize(
    "body",
    [
        "import sys\nsys.stdin.read()\nx = bytearray(1 << 31)\nprint(len(x))",
        "import sys\nsys.stdin.read()\nwhile True: sys.stdout.write('x' * 65536)",
    ],
    ids=["memory", "output"],
)
def test_memory_and_output_are_bounded(folder: Path, body: str) -> None:
    program(folder, "greedy", body)
    reason = ""
    try:
        output = tools.run("greedy", (), "text", seconds=20)
    except Unchecked as unchecked:
        reason = str(unchecked)
    assert "stopped by a limit" in reason if reason else output.status != 0


def test_a_check_never_raises() -> None:
    @verdict("bad")
    def check(text: str, material: Material) -> tuple[Finding, ...]:
        raise ZeroDivisionError

    answer = check("", PLAIN)
    assert answer.state == "not checked"
    assert "ZeroDivisionError" in answer.reason


@pytest.mark.parametrize("kind", CHECKS)
@pytest.mark.parametrize("text", ["", "\n", "\x00", "\ud800", "(" * 5000, "- " * 20000, "a: &a [*a]", "'", "é\r\n$$"])
def test_strange_texts_are_answered(kind: str, text: str) -> None:
    for answer in examine(kind, text, Material(dialect="sqlite" if kind == "sql" else "")):
        assert answer.state in ("valid", "invalid", "not checked")
        assert (answer.state == "not checked") == bool(answer.reason)
        assert "itself failed" not in answer.reason, answer


@pytest.mark.parametrize("kind", CHECKS)
def test_what_is_too_long_is_not_checked(kind: str) -> None:
    for answer in examine(kind, "x" * (LONGEST_PLAIN + 1), PLAIN):
        assert answer.state == "not checked"
        assert "bytes" in answer.reason


def test_a_long_shell_script_is_parsed_though_it_is_too_long_for_advice() -> None:
    script = "echo one\n" * 8_000 + "if true; then\n"
    assert len(script) > LONGEST
    said = {answer.check: answer for answer in examine("shell", script, PLAIN)}
    assert {name: answer.state for name, answer in said.items()} == {
        "shfmt": "invalid",
        "bash -n": "invalid",
        "shellcheck": "not checked",
    }
    assert said["shfmt"].findings[0].line == 8_001


def test_twenty_megabytes_of_sql_are_not_checked() -> None:
    text = "INSERT INTO t VALUES (1, 'some text');\n" * 520_000
    assert len(text) > 20_000_000
    assert {answer.state for answer in examine("sql", text, PLAIN)} == {"not checked"}


@posix
def test_three_thousand_lines_of_shell_end_in_time() -> None:
    text = "".join(f'if [ "$a{n}" = b ]; then echo $x; fi\n' for n in range(1500))
    text += "".join(f"f{n}\n" for n in range(1500))
    assert text.count("\n") == 3000
    assert shell_shfmt.check(text, PLAIN).state == "valid"
    assert shell_bash.check(text, PLAIN).state == "valid"
    slow = shell_shellcheck.check(text, PLAIN)
    assert slow.state in ("valid", "not checked")
    assert slow.state == "valid" or "longer than 2 seconds" in slow.reason


@posix
def test_configuration_in_the_folder_and_the_home_steers_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repository and a home that switch every rule off, and a sqlfluff setting that would run code."""
    (tmp_path / ".shellcheckrc").write_text("disable=all\n", "utf-8")
    (tmp_path / ".editorconfig").write_text("root = true\n[*]\nshell_variant = mksh\n", "utf-8")
    (tmp_path / ".hadolint.yaml").write_text("ignored: [DL3061]\n", "utf-8")
    (tmp_path / "ruff.toml").write_text('[lint]\nignore = ["F821"]\n', "utf-8")
    (tmp_path / "evil.py").write_text("open('ran', 'w')", "utf-8")
    (tmp_path / ".sqlfluff").write_text("[sqlfluff:templater:jinja]\nlibrary_path = .\n", "utf-8")
    (tmp_path / "sqlglot.py").write_text("open('ran', 'w')", "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for kind, text, check in (
        ("shell", "# shellcheck disable=all\nif [$a = b]; then ls; fi\n", "shellcheck"),
        ("dockerfile", "# hadolint ignore=DL3061\nRUN ls\nFROM alpine\n", "dockerfile"),
        ("python", "# ruff: noqa\nprint(missing)  # noqa\n", "ruff"),
        ("sql", "SELECT a, FROM t", "sqlglot"),
    ):
        answers = {answer.check: answer for answer in examine(kind, text, PLAIN)}
        assert answers[check].state == "invalid", answers
    assert not (tmp_path / "ran").exists()


@posix
def test_nothing_of_a_script_is_run(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    for kind, text in (
        ("shell", f"touch {mark}\n$(touch {mark})\n"),
        ("python", f"open({str(mark)!r}, 'w')\n"),
        ("dockerfile", f"FROM alpine\nRUN touch {mark}\n"),
        ("sql", f"ATTACH '{mark}' AS x; CREATE TABLE x.a (b int);"),
        ("sql", f"VACUUM INTO '{mark}'"),
        ("sql", f"SELECT writefile('{mark}', 'x')"),
    ):
        examine(kind, text, PLAIN)
        examine(kind, text, Material(dialect="duckdb", schema=text if kind == "sql" else ""))
    assert not mark.exists()

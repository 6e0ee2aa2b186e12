"""`install_vscode.sh`: what cannot be done is said in one line."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

SCRIPT = ROOT / "tests/editors/install_vscode.sh"
NEEDED = ("bash", "dirname", "mktemp", "readlink", "realpath", "rm", "sed", "uname")


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A PATH with nothing on it but what the script itself is made of."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in NEEDED:
        (folder / name).symlink_to(shutil.which(name) or pytest.skip(f"{name} is not installed"))
    return folder


def install(tools: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script, as a Makefile may call it: it hands over to bash."""
    environment = {**os.environ, "PATH": str(tools)}
    command = [shutil.which("sh") or "sh", str(SCRIPT), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_what_cannot_be_done_is_one_line(tools: Path, tmp_path: Path) -> None:
    (tools / "uname").unlink()
    (tools / "uname").write_text("#!/bin/sh\n[ $1 = -s ] && echo Plan9 || echo mips\n", "utf-8")
    (tools / "uname").chmod(0o755)
    done = install(tools, str(tmp_path / "tree"))
    assert (done.returncode, done.stderr) == (3, "vscode: needs Linux on x86-64, this is Plan9 on mips\n")
    assert not (tmp_path / "tree").exists()


def test_a_missing_tool_is_named(tools: Path, tmp_path: Path) -> None:
    if (os.uname().sysname, os.uname().machine) != ("Linux", "x86_64"):
        pytest.skip("the script wants Linux on x86-64")
    done = install(tools, str(tmp_path / "tree"))
    assert done.returncode == 3
    assert done.stderr == "vscode: needs npm (Node.js), e.g.: sudo apt-get install npm\n"


def test_wrong_use_is_told(tools: Path) -> None:
    assert install(tools, "--help").returncode == 2
    assert install(tools, "a", "b").returncode == 2

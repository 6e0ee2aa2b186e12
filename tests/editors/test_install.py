"""`install.sh`: nothing is done twice, and what cannot be done is said in one line."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

SCRIPT = ROOT / "tests/editors/install.sh"


@pytest.fixture
def destination(tmp_path: Path) -> Path:
    """A folder for editors."""
    return tmp_path / "editors"


def install(destination: Path) -> subprocess.CompletedProcess[str]:
    """Run the script where no mirror can be reached."""
    # With a tmux, or the script would install one.
    tools = destination.parent / "tools"
    program(tools / "tmux", "tmux 3.3a")
    environment = {
        **os.environ,
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "LSP_COPILOT_DEBIAN_MIRROR": "http://127.0.0.1:9/debian",
        "http_proxy": "",
    }
    # Not bash, as a Makefile may call it: the script hands over.
    command = ["sh", str(SCRIPT), str(destination)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def program(path: Path, says: str) -> None:
    """A program that only knows its version."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n", "utf-8")
    path.chmod(0o755)


def test_working_editors_are_left_alone(destination: Path) -> None:
    program(destination / "bin/nvim", "NVIM v0.12.4")
    program(destination / "bin/hx", "helix 25.07.1 (abc)")
    done = install(destination)
    assert done.returncode == 0, done.stderr
    assert "Neovim 0.12.4 and Helix 25.07.1" in done.stdout
    assert sorted(path.name for path in destination.rglob("*")) == ["bin", "hx", "nvim"]


def test_what_cannot_be_done_is_one_line(destination: Path) -> None:
    program(destination / "bin/nvim", "NVIM v0.11.9")
    program(destination / "bin/hx", "helix 25.07.1 (abc)")
    before = sorted(destination.rglob("*"))
    done = install(destination)
    assert done.returncode == 3
    assert done.stderr.startswith("editors: ")
    assert done.stderr.count("\n") == 1
    assert sorted(destination.rglob("*")) == before, "nothing is taken away"
    assert sorted(path.name for path in destination.parent.iterdir()) == ["editors", "tools"], (
        "nothing half-done is left"
    )

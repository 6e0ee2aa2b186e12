"""Real editors from `tests/editors/install.sh`, in folders of their own, with this checkout's server on the PATH."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import LEAVE_SECONDS, ROOT, processes_of
from tests.editors.terminal import Terminal, wait_until


@pytest.fixture
def home(isolated: dict[str, str]) -> Iterator[dict[str, str]]:
    """A person's environment: a home of its own, `lsp-copilot` on the PATH, a server log to look into.

    Afterwards nothing of it may run: the editor, its terminal, the server, the engine.
    """
    folder = Path(isolated["HOME"])
    # Nothing else of the environment that runs the tests: an editor would start what it finds there.
    scripts = Path(sys.executable).parent
    (folder / "bin").mkdir()
    (folder / "bin/lsp-copilot").symlink_to(scripts / "lsp-copilot")
    paths = [part for part in isolated["PATH"].split(os.pathsep) if Path(part) != scripts]
    yield {
        **{key: value for key, value in isolated.items() if not key.startswith(("XDG_", "NVIM"))},
        "PATH": os.pathsep.join([str(folder / "bin"), *paths]),
        "XDG_CONFIG_HOME": str(folder / ".config"),
        "XDG_CACHE_HOME": str(folder / ".cache"),
        "XDG_DATA_HOME": str(folder / ".local/share"),
        "XDG_STATE_HOME": str(folder / ".local/state"),
        "LSP_COPILOT_LOG_FILE": str(folder / "server.log"),
        "LSP_COPILOT_LOG_LEVEL": "info",
    }
    # Dead ones count as gone: some machines take seconds to bury what an editor has left to them.
    runtime = Path(isolated["LSP_COPILOT_RUNTIME_DIR"])
    wait_until(lambda: not processes_of(runtime), "the end of all processes", LEAVE_SECONDS)


@pytest.fixture
def workspace(home: dict[str, str]) -> Path:
    """An empty project."""
    folder = Path(home["HOME"]) / "project"
    (folder / ".git").mkdir(parents=True)
    return folder


@pytest.fixture
def terminal(home: dict[str, str]) -> Iterator[Terminal]:
    """A terminal; whatever still runs in it is ended afterwards."""
    opened = Terminal(Path(home["HOME"]), home)
    yield opened
    opened.close()


def editor(name: str, version_pattern: str, at_least: tuple[int, ...]) -> Path:
    """The editor's program; skips the test, with the reason, where it cannot be driven."""
    folder = Path(os.environ.get("LSP_COPILOT_EDITORS") or ROOT / ".editors")
    path = folder / "bin" / name
    advice = f"run tests/editors/install.sh or set LSP_COPILOT_EDITORS (looked in {folder})"
    if not path.exists():
        pytest.skip(f"{name} is not installed: {advice}")
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed; the editors run in it")
    done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=False)
    found = re.search(version_pattern, done.stdout)
    version = tuple(map(int, found.group(1).split("."))) if found else ()
    if version < at_least:
        pytest.skip(f"{path} is too old or does not run ({done.stdout[:40].strip()!r}): {advice}")
    return path


def blocks(readme: Path, heading: str, language: str) -> list[str]:
    """The fenced code blocks of one language below a heading, as a person would copy them."""
    section = re.split(r"^## ", readme.read_text("utf-8"), flags=re.MULTILINE)
    text = next(part for part in section if part.startswith(heading + "\n"))
    found = re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    assert found, f"{readme} has no {language} block below {heading!r}"
    return found


def keep_screen(terminal: Terminal, name: str) -> None:
    """Write the screen to the folder in LSP_COPILOT_SCREENSHOTS, if there is one: `screenshot.py` draws it."""
    if folder := os.environ.get("LSP_COPILOT_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        row, column = terminal.cursor()
        (Path(folder) / f"{name}.txt").write_text(terminal.screen(), "utf-8")
        (Path(folder) / f"{name}.ansi").write_text(terminal.coloured_screen(), "utf-8")
        (Path(folder) / f"{name}.cursor").write_text(f"{row} {column}\n", "utf-8")

"""Helix as a person uses it: set up by its README, the embedded model's entry in the popup, the file on disk."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.editors.conftest import blocks, editor, keep_screen
from tests.editors.terminal import PATIENCE, Terminal, wait_until

pytestmark = pytest.mark.editor

README = ROOT / "editors/helix/README.md"

# The popup names the kind of an entry behind its label; ours is plain text.
_ENTRY = re.compile(r"(\S.*?) +text\b")
_SECONDS_FOR_A_POPUP = 5.0

Open = Callable[[str, str], Path]


@pytest.fixture
def helix(home: dict[str, str], workspace: Path, terminal: Terminal) -> Iterator[Open]:
    """Opens Helix on an example file, the cursor on the line that begins like this."""
    program = editor("hx", r"^helix (\d+\.\d+)", (25, 1))
    engine_log = Path(home["LSP_COPILOT_LOG_DIR"]) / "host.log"
    _set_up(home)

    def start(name: str, line: str) -> Path:
        file = workspace / name
        text = (ROOT / "examples" / name).read_text("utf-8")
        file.write_text(text, "utf-8")
        number = next(number for number, found in enumerate(text.splitlines(), 1) if found.lstrip().startswith(line))
        terminal.start([program, f"{file}:{number}"], workspace)
        terminal.wait_for(line)
        # Helix asks nothing of a server that it has not greeted yet; the engine starts at the greeting.
        wait_until(lambda: engine_log.exists() and "is ready" in engine_log.read_text("utf-8"), "the model")
        return file

    yield start
    if terminal.is_running():
        print(terminal.screen())  # seen where the test has failed


@pytest.mark.parametrize(
    ("name", "line", "beginnings"),
    [
        # No brackets or quotes in what is typed: Helix would close them.
        ("inventory.py", "raise KeyError(", ("if name not in ", "raise ", "return self.")),
        ("backup.sh", "mkdir -p", ("mkdir -p ", "mkdir ", "log ")),
    ],
)
def test_the_entry_in_the_popup_is_what_is_written(
    helix: Open, terminal: Terminal, home: dict[str, str], name: str, line: str, beginnings: tuple[str, ...]
) -> None:
    file = helix(name, line)
    before = file.read_text("utf-8")
    beginning, row = _popup(terminal, beginnings)

    terminal.press("C-n")
    terminal.wait_for("lsp-copilot")
    keep_screen(terminal, f"helix-{file.suffix[1:]}")
    terminal.press("Enter")
    wait_until(lambda: not _ENTRY.search(terminal.screen()), "the popup closed")
    terminal.press("Escape")
    terminal.wait_for(" NOR ")
    terminal.type(":wq", "Enter")
    wait_until(lambda: not terminal.is_running(), "the end of Helix")

    # What is new on the disk is one inserted piece: the typed line and what the popup said.
    text = file.read_text("utf-8")
    position = before.index("\n", before.index(line)) + 1
    prefix, suffix = before[:position], before[position:]
    assert text.startswith(prefix)
    assert text.endswith(suffix)
    new = text[len(prefix) : len(text) - len(suffix)]
    indent = new[: len(new) - len(new.lstrip())]
    accepted = new.removeprefix(indent + beginning).removesuffix("\n")
    assert accepted.strip()
    assert len(accepted) < len(new) - len(beginning), "the typed beginning stands there once"
    first = (re.search(r"\w*\Z", beginning) or [""])[0] + accepted.splitlines()[0]
    assert row.endswith(first.strip()), "the popup, which covers a part of the line below, says the same"

    log = Path(home["LSP_COPILOT_LOG_FILE"]).read_text("utf-8")
    assert re.search(r"textDocument/completion .*source=(engine|copy)", log), "the entry came from the server"
    assert "textDocument/inlineCompletion" not in log
    assert not _complaints(home)


def _set_up(home: dict[str, str]) -> None:
    (shell,) = blocks(README, "Setup", "sh")
    subprocess.run(["sh", "-euc", shell], cwd=ROOT, env=home, check=True, timeout=PATIENCE)
    (toml,) = blocks(README, "Setup", "toml")
    (Path(home["XDG_CONFIG_HOME"]) / "helix/config.toml").write_text(toml, "utf-8")


def _popup(terminal: Terminal, beginnings: tuple[str, ...]) -> tuple[str, str]:
    """Begin a new line, until the popup goes on with it: that beginning, and the popup's row."""
    assert not _ENTRY.search(terminal.screen()), "the file looks like a popup"
    for beginning in beginnings:
        terminal.type("o" + beginning)
        terminal.wait_for(beginning.rstrip())
        try:
            entry = wait_until(lambda: _entry_below_cursor(terminal), "the popup", _SECONDS_FOR_A_POPUP)
        except AssertionError:
            terminal.press("Escape")
            terminal.wait_for(" NOR ")
            terminal.type("u")
            continue
        return beginning, entry
    raise AssertionError("the model has nothing to say at any of these places\n" + terminal.screen())


def _entry_below_cursor(terminal: Terminal) -> str:
    """The line below the cursor up to the end of the entry's label, if an entry stands there, else ""."""
    row, _ = terminal.cursor()
    lines = terminal.screen().splitlines()
    found = _ENTRY.search(lines[row + 1]) if row + 1 < len(lines) else None
    return found.group(1).removesuffix(" …") if found else ""


def _complaints(home: dict[str, str]) -> str:
    log = Path(home["XDG_CACHE_HOME"]) / "helix/helix.log"
    lines = log.read_text("utf-8").splitlines() if log.exists() else []
    wrong = [line for line in lines if "[ERROR]" in line or "[WARN]" in line]
    # Helix leaves with its last question unanswered, and then logs that it was cancelled, or that the client is gone.
    parting = ("(-32800)", "closed channel", "LSP client was dropped")
    return "\n".join(line for line in wrong if not any(words in line for words in parting))

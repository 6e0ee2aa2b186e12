"""Neovim as a person uses it: set up by its README, grey text from the embedded model, Tab, the file on disk.

No test knows what the model will say: it reads the grey text and then holds Neovim to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.editors.conftest import blocks, editor, keep_screen
from tests.editors.neovim import README, Neovim
from tests.editors.team import team_server
from tests.editors.terminal import Terminal, wait_until

pytestmark = pytest.mark.editor

Open = Callable[[str, str], Neovim]

# Where typing goes on, and beginnings of a line that the file itself teaches how to finish.
PYTHON = (
    "def remove(self",
    '''\
    def find(self, name: str) -> Item:
        """Find an item, or raise `KeyError` if it does not exist."""
        if name not in self.items:

''',
    ("raise ", "raise KeyError(", "return self."),
)
SHELL = ("archive=", "", ("mkdir -p ", "if [ ! -d ", "mkdir "))


@pytest.fixture
def neovim(home: dict[str, str], workspace: Path, terminal: Terminal) -> Iterator[Open]:
    """Opens Neovim on a new file of this name and text; leaves it afterwards."""
    program = editor("nvim", r"^NVIM v(\d+\.\d+)", (0, 12))
    opened: list[Neovim] = []

    def start(name: str, text: str) -> Neovim:
        file = workspace / name
        file.write_text(text, "utf-8")
        opened.append(Neovim(program, terminal, home, file))
        return opened[-1]

    yield start
    if terminal.is_running():
        print(terminal.screen())  # seen where the test has failed
    for one in opened:
        one.end()


@pytest.fixture
def python(neovim: Open) -> Neovim:
    """A Python file, the cursor in the last line of an unfinished method."""
    return _open(neovim, "inventory.py", *PYTHON[:2])


@pytest.fixture
def shell(neovim: Open) -> Neovim:
    """A shell script, the cursor in front of its middle."""
    return _open(neovim, "backup.sh", *SHELL[:2])


def test_what_is_shown_is_what_is_written(python: Neovim, home: dict[str, str]) -> None:
    ghost = _suggested(python, PYTHON[2])
    text, cursor = python.text(), python.cursor()
    prefix, suffix = text[:cursor], text[cursor:]
    assert suffix.strip(), "the test wants text behind the cursor"

    first_line = prefix.splitlines()[-1] + ghost.splitlines()[0]
    python.terminal.wait_for(first_line)
    grey = r"\x1b\[[\d;:]+m" + re.escape(ghost.splitlines()[0])
    assert re.search(grey, python.terminal.coloured_screen()), "it has a colour of its own"
    # The statusline of the README; what stands nearby may be shown while the model is still loading.
    ready = {"kind": "normal", "message": "Ready.", "model": "embedded", "progress": None}
    wait_until(lambda: python.status() == ready, "the status of a loaded model")
    python.terminal.wait_for("copilot ✓")
    keep_screen(python.terminal, "neovim")

    python.terminal.press("Tab")
    wait_until(lambda: python.text() == prefix + ghost + suffix, "the suggestion in the buffer")
    assert python.cursor() == len(prefix + ghost), "the cursor stands behind what was accepted"
    python.leave_insert()
    python.command("write")
    wait_until(lambda: not python.is_modified(), "the end of :write")

    assert python.file.read_text("utf-8") == prefix + ghost + suffix
    log = Path(home["LSP_COPILOT_LOG_FILE"])
    wait_until(lambda: "workspace/executeCommand" in log.read_text("utf-8"), "the server hears of the acceptance")
    accepted = [line for line in log.read_text("utf-8").splitlines() if "workspace/executeCommand" in line]
    assert len(accepted) == 1
    assert accepted[0].endswith(" done")
    assert re.search(r"source=(engine|copy)", log.read_text("utf-8")), "the suggestion came from the server"
    assert not python.complaints()
    python.quit()


def test_typing_what_the_grey_text_says_shortens_it(python: Neovim, home: dict[str, str]) -> None:
    ghost = _suggested(python, PYTHON[2])
    text, cursor = python.text(), python.cursor()
    prefix, suffix = text[:cursor], text[cursor:]

    python.terminal.type(ghost[:2])
    typed = prefix + ghost[:2] + suffix
    wait_until(lambda: python.text() == typed and python.ghost() == ghost[2:], "shorter grey text")
    assert python.settled_ghost() == ghost[2:], "the server agrees"
    assert "source=cache" in Path(home["LSP_COPILOT_LOG_FILE"]).read_text("utf-8")

    # Tab right behind a key: the answer on the screen was given for the text before that key.
    python.terminal.type(ghost[2], "Tab")
    wait_until(lambda: python.text() == prefix + ghost + suffix, f"{ghost!r} in the buffer, once")

    python.leave_insert()
    python.terminal.type("u")
    wait_until(lambda: python.text() == prefix + ghost[:3] + suffix, "undo takes back the suggestion alone")
    assert not python.complaints()


def test_a_stale_suggestion_is_never_inserted(python: Neovim) -> None:
    ghost = _suggested(python, PYTHON[2])
    text, cursor = python.text(), python.cursor()
    other = "q" if ghost[0] != "q" else "x"
    typed = text[:cursor] + other

    python.terminal.type(other, "Tab")
    wait_until(lambda: python.text().startswith(typed), "the key in the buffer")
    python.settled_ghost()
    assert python.text() == typed + text[cursor:]
    assert not python.complaints()


def test_a_shell_script_word_by_word(shell: Neovim) -> None:
    ghost = _suggested(shell, SHELL[2])
    text, cursor = shell.text(), shell.cursor()
    prefix, suffix = text[:cursor], text[cursor:]
    keep_screen(shell.terminal, "neovim-shell")

    shell.terminal.press("M-]")
    wait_until(lambda: shell.ghost() == ghost + " (1/1)", "the number of suggestions")

    shell.terminal.press("M-Right")
    wait_until(lambda: shell.text() != text, "a word in the buffer")
    taken = shell.text().removeprefix(prefix).removesuffix(suffix)
    assert 0 < len(taken) < len(ghost)
    assert shell.text() == prefix + taken + suffix
    assert ghost.startswith(taken)
    assert shell.settled_ghost() == ghost[len(taken) :]

    shell.terminal.press("M-l")
    line = ghost.splitlines()[0]
    wait_until(lambda: shell.text() == prefix + line + suffix, "the line in the buffer")
    shell.leave_insert()
    shell.command("write")
    wait_until(lambda: not shell.is_modified(), "the end of :write")
    assert shell.file.read_text("utf-8") == prefix + line + suffix
    assert not shell.complaints()


def test_several_lines_and_all_kinds_of_letters(home: dict[str, str], neovim: Open) -> None:
    with team_server() as team:
        # A person's own settings, as in config.toml; the fixture that opens Neovim reads this dictionary.
        home["LSP_COPILOT_ENDPOINT"] = team.url
        home["LSP_COPILOT_MODEL"] = "embedded"
        window = neovim(
            "wörter.py", "class Ente:\n    def größe(self, ß):\n\n    def name(self):\n        return 'Ü'\n"
        )
        window.terminal.type("2G")

        team.answer = 'höhe = "🦆"\n        return höhe + ß\n'
        lines = team.answer.rstrip()
        window.terminal.type("o")
        wait_until(lambda: window.mode() == "i", "insert mode")
        assert window.settled_ghost() == lines
        window.terminal.wait_for('        höhe = "🦆"\n        return höhe + ß\n')
        keep_screen(window.terminal, "neovim-lines")
        text, cursor = window.text(), window.cursor()
        expected = text[:cursor] + lines + text[cursor:]
        window.terminal.press("Tab")
        wait_until(lambda: window.text() == expected, "all lines in the buffer")
        assert window.cursor() == cursor + len(lines)

        # On a line with letters of two, three and four bytes, and some of the text typed already.
        team.answer = '"Straße 🦆 ✓")\n'
        window.leave_insert()
        window.terminal.type('oprint("ä✓🦆", ')
        wait_until(lambda: "✓🦆" in window.text(), "the line in the buffer")
        assert window.settled_ghost() == '"Straße 🦆 ✓")'
        window.terminal.type('"Straß', "Tab")
        wait_until(lambda: 'print("ä✓🦆", "Straße 🦆 ✓")\n' in window.text(), "the rest of the line")
        window.leave_insert()
        window.command("write")
        wait_until(lambda: not window.is_modified(), "the end of :write")
        assert window.file.read_text("utf-8") == window.text()
        assert lines in window.text()
        assert not window.complaints()
        window.quit()


def test_a_broken_setting_never_stops_the_typing(home: dict[str, str], neovim: Open) -> None:
    missing = f"/nowhere/{'very/' * 30}model.gguf"
    home["LSP_COPILOT_MODEL_PATH"] = missing
    window = neovim("a.py", "")
    window.terminal.wait_for("lsp-copilot: model_path: /nowhere/very")
    window.terminal.wait_for("copilot ✗")
    window.terminal.type("ifor name in names:")
    assert window.settled_ghost() == ""
    assert window.text() == "for name in names:\n"
    assert missing in window.status()["message"], "the whole sentence is in the status"
    assert missing in window.complaints(), "and in the log"


def test_switched_off_by_the_readmes_line(shell: Neovim) -> None:
    _suggested(shell, SHELL[2])
    shell.leave_insert()
    toggle, stop = blocks(README, "Switching it off and on", "vim")[0].splitlines()
    shell.command(toggle.removeprefix(":"))
    asked = shell.lua("return _G.asked")
    shell.terminal.type("o")
    wait_until(lambda: shell.mode() == "i", "insert mode")
    before = shell.text()
    shell.terminal.press("Tab")
    wait_until(lambda: shell.text() != before, "an ordinary tab")
    assert shell.lua("return _G.asked") == asked
    assert shell.ghost() == ""

    shell.leave_insert()
    shell.command(toggle.removeprefix(":"))
    _suggested(shell, SHELL[2])

    shell.leave_insert()
    shell.command(stop.removeprefix(":"))
    wait_until(lambda: shell.lua("return #vim.lsp.get_clients()") == 0, "the end of the server")
    wait_until(lambda: "copilot" not in shell.terminal.screen().splitlines()[-2], "a statusline without it")
    assert not shell.complaints()


def _open(neovim: Open, name: str, before: str, insert: str) -> Neovim:
    """Neovim on an example file with `insert` in front of the line of `before`, the cursor on its last line."""
    text = (ROOT / "examples" / name).read_text("utf-8")
    start = text.rfind("\n", 0, text.index(before)) + 1
    opened = neovim(name, text[:start] + insert + text[start:])
    line = (text[:start] + insert.rstrip()).count("\n") + (1 if insert else 0)
    opened.terminal.type(f"{line}G")
    return opened


def _suggested(neovim: Neovim, beginnings: tuple[str, ...]) -> str:
    """Begin a line, until the model goes on with at least four characters in one line: that grey text."""
    seen = {}
    for beginning in beginnings:
        neovim.terminal.type("o" + beginning)
        wait_until(partial(_stands_behind, neovim, beginning), f"{beginning!r} in the buffer")
        ghost = neovim.settled_ghost()
        if len(ghost.splitlines()[0] if ghost else "") >= 4:
            return ghost
        seen[beginning] = ghost
        neovim.leave_insert()
        neovim.terminal.type("u")
    raise AssertionError(f"the model has too little to say: {seen}")


def _stands_behind(neovim: Neovim, text: str) -> bool:
    return neovim.text()[: neovim.cursor()].endswith(text)

"""A real Neovim, set up as editors/neovim/README.md says: keys go through its terminal, looks through its API."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.conftest import ROOT
from tests.editors.conftest import blocks
from tests.editors.rpc import Api, NeovimError
from tests.editors.terminal import PATIENCE, Terminal, wait_until

README = ROOT / "editors/neovim/README.md"

# Counts inline completion requests, so that a test knows when the newest has been answered.
_WATCH = """
_G.asked, _G.answered = 0, 0
vim.api.nvim_create_autocmd('LspRequest', { callback = function(event)
  local request = event.data.request
  if request.method ~= 'textDocument/inlineCompletion' then return end
  if request.type == 'pending' then
    _G.asked = _G.asked + 1
    _G.asked_at = { vim.b.changedtick, unpack(vim.api.nvim_win_get_cursor(0)) }
  else
    _G.answered = _G.answered + 1
  end
end })
"""

# The Python provider would look for every Python of the machine, which takes seconds on some; and colours are
# a thing that Neovim asks its terminal at the start, when ours has none yet.
_EARLY = ("--cmd", "let g:loaded_python3_provider = 0 | set termguicolors", "--cmd", f"lua {_WATCH}")

_SETTLED = """
local here = { vim.b.changedtick, unpack(vim.api.nvim_win_get_cursor(0)) }
return _G.asked > 0 and _G.asked == _G.answered and vim.deep_equal(here, _G.asked_at)
"""

_GHOST = """
local namespace = vim.api.nvim_get_namespaces()['nvim.lsp.inline_completion']
local found = {}
for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true })) do
  local lines = { mark[4].virt_text or {}, unpack(mark[4].virt_lines or {}) }
  for number, line in ipairs(lines) do
    lines[number] = table.concat(vim.tbl_map(function(chunk) return chunk[1] end, line))
  end
  table.insert(found, { mark[2], mark[3], table.concat(lines, '\\n') })
end
return found
"""


class Neovim:
    """One editor on one file. Started in two halves, because an unpacked Neovim cannot start itself."""

    def __init__(self, program: Path, terminal: Terminal, environment: Mapping[str, str], file: Path) -> None:
        self.terminal = terminal
        self.file = file
        self._program = program
        self._environment = {**environment, "LC_ALL": "C.UTF-8"}
        self._home = Path(environment["HOME"])
        self._set_up()
        self._start()

    def lua(self, code: str, *arguments: object) -> Any:
        """Run Lua in the editor."""
        return self._api.request("nvim_exec_lua", code, arguments)

    def text(self) -> str:
        """The buffer."""
        return "".join(line + "\n" for line in self._lines())

    def cursor(self) -> int:
        """The cursor's place in `text()`, in characters."""
        row, column = self._position()
        lines = self._lines()
        return sum(len(line) + 1 for line in lines[:row]) + len(lines[row].encode()[:column].decode())

    def mode(self) -> str:
        """`i` while inserting, `n` in normal mode."""
        return str(self._api.request("nvim_get_mode")["mode"])

    def command(self, line: str) -> None:
        """Type a command line in normal mode."""
        self.terminal.type(":" + line)
        self.terminal.press("Enter")

    def leave_insert(self) -> None:
        """Press Escape."""
        self.terminal.press("Escape")
        wait_until(lambda: self.mode() == "n", "normal mode")

    def ghost(self) -> str:
        """The grey text that stands at the cursor now, or "". Fails where it stands elsewhere."""
        found = self.lua(_GHOST)
        if not found:
            return ""
        ((row, column, text),) = found
        assert (row, column) == self._position(), "grey text away from the cursor"
        return str(text)

    def settled_ghost(self) -> str:
        """The grey text (or "") that answers for the text and cursor as they are now."""
        wait_until(lambda: self.lua(_SETTLED), f"an answer for the cursor; the server says {self.status()}")
        return self.ghost()

    def status(self) -> dict[str, Any]:
        """What lsp/lsp_copilot.lua published."""
        return dict(self.lua("return vim.g.lsp_copilot_status or vim.empty_dict()"))

    def complaints(self) -> str:
        """Everything that Neovim has to complain of: messages, its LSP log, its standard error."""
        messages = self._api.request("nvim_exec2", "messages", {"output": True})["output"]
        log = Path(self.lua("return vim.lsp.log.get_filename()"))
        lines = log.read_text("utf-8").splitlines() if log.exists() else []
        wrong = [line for line in lines if not line.startswith(("[START]", "[INFO]", "[DEBUG]"))]
        said = [line for line in messages.splitlines() if line and not line.startswith(('"', "1 ", "Already at"))]
        return "\n".join([*said, *wrong, self._errors.read_text("utf-8")]).strip()

    def is_modified(self) -> bool:
        """Whether the buffer differs from the file."""
        return bool(self.lua("return vim.bo.modified"))

    def quit(self) -> None:
        """Leave as a person does."""
        self.command("qa!")
        self._process.wait(PATIENCE)
        wait_until(lambda: not self.terminal.is_running(), "the end of the terminal")
        assert self._process.returncode == 0

    def end(self) -> None:
        """Be gone, whatever state the test has left it in."""
        if self._process.poll() is None:
            # Neovim answers by leaving; a signal would be followed by two seconds' grace for its children.
            with contextlib.suppress(NeovimError):
                self._api.request("nvim_command", "qa!")
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(PATIENCE)
        self._api.close()

    def _set_up(self) -> None:
        (shell,) = blocks(README, "Setup", "sh")
        subprocess.run(["sh", "-euc", shell], cwd=ROOT, env=self._environment, check=True, timeout=PATIENCE)
        (lua,) = blocks(README, "Setup", "lua")
        (Path(self._environment["XDG_CONFIG_HOME"]) / "nvim/init.lua").write_text(lua, "utf-8")

    def _start(self) -> None:
        socket = self._home / "nvim"
        self._errors = self._home / "nvim.stderr"
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                [self._program, "--headless", "--listen", socket, *_EARLY, self.file],
                cwd=self.file.parent,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
            )
        wait_until(socket.exists, "Neovim's socket")
        self.terminal.start([self._program, "--remote-ui", "--server", socket], self.file.parent)
        self._api = Api(socket)
        wait_until(lambda: self._api.request("nvim_list_uis"), "Neovim's terminal")
        attached = "return vim.lsp.get_clients({ bufnr = 0, name = 'lsp_copilot' })[1] ~= nil"
        wait_until(lambda: self.lua(attached), "lsp_copilot attached to the file")

    def _lines(self) -> list[str]:
        return list(self._api.request("nvim_buf_get_lines", 0, 0, -1, True))

    def _position(self) -> tuple[int, int]:
        row, column = self._api.request("nvim_win_get_cursor", 0)
        return row - 1, column

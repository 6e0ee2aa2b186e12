"""Scripts in Neovim, asked for by `vim.lsp.buf.code_action()`: one step of undo, findings as diagnostics."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.editors.conftest import editor
from tests.editors.neovim import Neovim
from tests.editors.terminal import PATIENCE, Terminal, wait_until

pytestmark = pytest.mark.editor

QUERIES = "-- names of all users\n\nSELECT nme FROM users;\n"

# The action of this name for lines, applied as if it had been chosen from the menu.
_CHOOSE = """
local title, first, last = ...
local range = last and { start = { first, 0 }, ['end'] = { last, 0 } } or nil
vim.api.nvim_win_set_cursor(0, { first, 0 })
vim.lsp.buf.code_action({ apply = true, range = range, filter = function(action) return action.title == title end })
"""
_FOUND = """
return vim.tbl_map(function(each) return { each.lnum, each.message, each.source } end, vim.diagnostic.get(0))
"""


@pytest.fixture
def queries(home: dict[str, str], workspace: Path, terminal: Terminal) -> Iterator[Neovim]:
    """Neovim on a file of queries, in a project with a migration."""
    program = editor("nvim", r"^NVIM v(\d+\.\d+)", (0, 12))
    (workspace / "migrations").mkdir()
    (workspace / "migrations/1.sql").write_text("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);\n")
    file = workspace / "queries.sql"
    file.write_text(QUERIES, "utf-8")
    opened = Neovim(program, terminal, home, file)
    yield opened
    if terminal.is_running():
        print(terminal.screen())  # seen where the test has failed
    opened.end()


def test_a_comment_is_written_and_undone_in_one_step(queries: Neovim) -> None:
    queries.lua(_CHOOSE, "Write this script", 1)
    wait_until(lambda: queries.text() != QUERIES, "a script in the buffer", 4 * PATIENCE)
    text = queries.text()
    assert text.startswith("-- names of all users\n")
    assert text.endswith("\n\nSELECT nme FROM users;\n")
    queries.terminal.type("u")
    wait_until(lambda: queries.text() == QUERIES, "the text as it was, after one undo")


def test_a_selection_is_checked(queries: Neovim) -> None:
    queries.lua(_CHOOSE, "Check this script", 3, 4)
    wait_until(lambda: queries.lua(_FOUND), "diagnostics", 4 * PATIENCE)
    assert queries.text() == QUERIES
    said = "no column 'nme' in users; did you mean 'name'? (sqlite)"
    assert queries.lua(_FOUND) == [[2, said, "lsp-copilot script"]]
    queries.terminal.type("3G", "A", "x")
    wait_until(lambda: not queries.lua(_FOUND), "no diagnostics of an edited line")

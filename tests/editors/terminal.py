"""A real terminal (tmux) that an editor runs in, and the one place where these tests wait."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 15.0
"""Seconds to wait for something that must come."""

_INTERVAL = 0.02


def wait_until(condition: Callable[[], T], what: str, seconds: float = PATIENCE) -> T:
    """The first true result of `condition`; fails after `seconds`, saying `what` did not come."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain: {what}")
        time.sleep(_INTERVAL)
    return result


class Terminal:
    """A tmux server of its own, with one window. Keys go in, the screen comes out."""

    def __init__(self, folder: Path, environment: Mapping[str, str], *, columns: int = 90, rows: int = 24) -> None:
        self._socket = folder / "tmux"
        self._size = (columns, rows)
        self._configuration = folder / "tmux.conf"
        self._configuration.write_text(
            "set -g default-terminal tmux-256color\nset -sg escape-time 0\nset -g status off\n"
        )
        self._environment = {**environment, "LC_ALL": "C.UTF-8", "COLORTERM": "truecolor"}
        self._environment.pop("TMUX", None)

    def start(self, command: Sequence[str | Path], cwd: Path) -> None:
        """Run `command` in the window."""
        columns, rows = map(str, self._size)
        words = [os.fspath(word) for word in command]
        size = ("-x", columns, "-y", rows)
        self._tmux("-f", str(self._configuration), "new-session", "-d", *size, "-c", str(cwd), *words)

    def type(self, text: str, *then: str) -> None:
        """Type characters, and press the keys `then` right behind them, with no pause."""
        # tmux takes a semicolon at the end of a word for the end of its command.
        literal = text[:-1] + "\\;" if text.endswith(";") else text
        self._tmux("send-keys", "-l", literal, *((";", "send-keys", *then) if then else ()))

    def press(self, *keys: str) -> None:
        """Press keys by tmux' names: `Enter`, `Escape`, `Tab`, `C-n`, `M-l`."""
        self._tmux("send-keys", *keys)

    def screen(self) -> str:
        """What is on the screen, without trailing spaces."""
        return self._tmux("capture-pane", "-p")

    def coloured_screen(self) -> str:
        """What is on the screen, with the escape sequences for colours."""
        return self._tmux("capture-pane", "-p", "-e", "-N")

    def cursor(self) -> tuple[int, int]:
        """Row and column of the cursor, from 0."""
        row, column = self._tmux("display-message", "-p", "#{cursor_y} #{cursor_x}").split()
        return int(row), int(column)

    def is_running(self) -> bool:
        """Whether the command still runs."""
        done = subprocess.run(self._command("has-session"), env=self._environment, capture_output=True, check=False)
        return done.returncode == 0

    def wait_for(self, text: str) -> None:
        """Until `text` is on the screen; a failure shows the screen."""
        try:
            wait_until(lambda: text in self.screen(), f"{text!r} on the screen")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.screen()}") from None

    def close(self) -> None:
        """End whatever still runs in the window."""
        if self._socket.exists():
            subprocess.run(self._command("kill-server"), env=self._environment, capture_output=True, check=False)

    def _command(self, *arguments: str) -> list[str]:
        return ["tmux", "-u", "-S", str(self._socket), *arguments]

    def _tmux(self, *arguments: str) -> str:
        command = self._command(*arguments)
        done = subprocess.run(
            command, env=self._environment, capture_output=True, text=True, check=True, timeout=PATIENCE
        )
        return done.stdout

"""What a person sees of a script that is being written: pieces as they come, rounds, and the evidence at the end.

On a terminal the pieces appear at once. Where standard output is a pipe it gets the best attempt alone, at the end, so
that whatever reads it never sees a half or a withdrawn one; a terminal on standard error shows the pieces meanwhile.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from completion.scripts.types import Attempt, Outcome, Piece, Round
from lsp_server import scripts_text

_GREY, _PLAIN = "\033[90m", "\033[0m"


def say(sentence: str) -> None:
    """A sentence on standard error."""
    print(f"lsp-copilot: {scripts_text.shown(sentence)}", file=sys.stderr, flush=True)


def judged(attempt: Attempt, file: Path) -> list[str]:
    """The evidence of a file in lines, the state first."""
    return [f"{file}: {scripts_text.headline(attempt)}", *scripts_text.evidence(attempt)]


class Stage:
    """Takes the events of one script. `silent` where standard output is for something else."""

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent
        self._final = sys.stdout.isatty() and not silent
        self._live = self._final or sys.stderr.isatty()
        self._stream = sys.stdout if self._final else sys.stderr
        self._grey = not self._final and "NO_COLOR" not in os.environ
        self._round = 1
        self._text = ""

    def take(self, event: Piece | Round) -> None:
        """Show a piece, or that what was shown is void."""
        if isinstance(event, Piece):
            self._text += event.text
            if self._live:
                shown = scripts_text.shown(event.text)
                self._stream.write(f"{_GREY}{shown}{_PLAIN}" if self._grey else shown)
                self._stream.flush()
            return
        self._end_line()
        self._round += 1
        say(scripts_text.round_of(event, self._round))
        self._text = ""

    def end(self, outcome: Outcome, *, seeded: str = "") -> None:
        """Print the best attempt, where it does not stand on the screen already, and the evidence."""
        best = outcome.best
        self._end_line()
        if self._final and self._text.strip() != best.text.strip():
            if self._text.strip():
                say(f"the best attempt ({_which(outcome)}) as it is printed by a pipe or -o:")
            self._print(scripts_text.shown(best.text))
        elif not self._final and not self._silent:
            self._print(best.text)
        for line in (scripts_text.headline(best), *scripts_text.evidence(best)):
            print(scripts_text.shown(line), file=sys.stderr)
        if seeded:
            say(f"the same again: {seeded}")

    def _print(self, text: str) -> None:
        sys.stdout.write(text if text.endswith("\n") or not text else text + "\n")
        sys.stdout.flush()

    def _end_line(self) -> None:
        if self._live and self._text and not self._text.endswith("\n"):
            self._stream.write("\n")
            self._stream.flush()


def _which(outcome: Outcome) -> str:
    numbers = [number for number, attempt in enumerate(outcome.attempts, 1) if attempt == outcome.best]
    return f"round {numbers[0]}" if numbers else "tidied"

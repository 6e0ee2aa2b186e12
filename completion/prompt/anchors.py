"""What a document's prompt shows, held still while a person types: so that a key only appends to the prompt.

A `Window` is the text from some line start to the anchor (a line start too), and the text behind the cursor as it was
when the window was made. What was typed since stands between them. A window that still fits is used again; a better
one (wider, or with its anchor nearer) is offered for the time when nobody waits, in the other of two slots.

Pure bookkeeping on texts with line feeds only; knows no engine and no tokens but estimated ones.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from completion.prompt.budget import windows

MOVE_AFTER = 400
"""Characters typed behind an anchor after which a new one is worth its evaluation."""

AT_MOST = 1200
"""Characters typed behind an anchor after which it is moved even while somebody waits."""

LEAD = 4096
"""Characters before a window that are looked at for the beginning of a secret."""

DOCUMENTS = 64
CLOSERS = ")]}>\"'`;:,"
"""What editors and people close a line with."""
_WIDER = 1.5


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of another place, shown in front."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Window:
    """`head` ends at the anchor, `at` characters from the document's beginning; `suffix` is what stands behind.

    `slot` is 0 or 1: which of the document's two slots of the engine holds it. `pieces` are shown in front; `lead`
    is what stands before the head, which is not shown: it tells what of the head is a secret.
    """

    head: str
    at: int
    suffix: str
    slot: int
    pieces: tuple[Piece, ...] = ()
    lead: str = field(default="", compare=False, repr=False)

    def fits(self, prefix: str, suffix: str) -> bool:
        """Whether the document around the cursor is still what the window shows, with text typed at the cursor."""
        start = self.at - len(self.head)
        return (
            self.at <= len(prefix)
            and len(prefix) - self.at <= AT_MOST
            and prefix[start : self.at] == self.head
            and behind_closers(suffix).startswith(self.suffix)
        )


@dataclass(frozen=True, slots=True)
class View:
    """A window and what was typed behind its anchor."""

    window: Window
    typed: str

    @property
    def prefix(self) -> str:
        """The shown text before the cursor."""
        return self.window.head + self.typed


class Anchors:
    """The windows of the newest documents."""

    def __init__(self) -> None:
        self._windows: OrderedDict[str, Window] = OrderedDict()

    def view(self, path: str, prefix: str, suffix: str, tokens: int, cold_tokens: int) -> View:
        """What to show now: the window at hand if it fits, else a new one of at most `cold_tokens`.

        `tokens` are those that prefix and suffix may have together when nobody waits.
        """
        window = self._windows.get(path)
        if window is None or not window.fits(prefix, suffix):
            window = self._new(path, prefix, suffix, min(tokens, cold_tokens))
        self._keep(path, window)
        return View(window, prefix[window.at :])

    def better(
        self,
        path: str,
        prefix: str,
        suffix: str,
        tokens: int,
        pieces: Callable[[Window, Window], tuple[Piece, ...] | None] | None = None,
    ) -> Window | None:
        """A window that is worth being prepared while nobody waits; None where the one at hand is good enough.

        `pieces` says what stands in front of a new window, given the one at hand and the new one; None where other
        pieces alone are not worth it.
        """
        now = self._windows.get(path)
        if now is None or not now.fits(prefix, suffix):
            return None
        new = self._new(path, prefix, suffix, tokens)
        wider = len(new.head) + len(new.suffix) > _WIDER * (len(now.head) + len(prefix) - now.at + len(now.suffix))
        far = len(prefix) - now.at > MOVE_AFTER
        found = pieces(now, new) if pieces is not None else None
        new = replace(new, pieces=found if found is not None else now.pieces)
        return new if wider or far or new.pieces != now.pieces else None

    def adopt(self, path: str, window: Window) -> None:
        """Show `window`, which the engine has evaluated, from now on (if it fits then)."""
        self._keep(path, window)

    def _new(self, path: str, prefix: str, suffix: str, tokens: int) -> Window:
        shown = behind_closers(suffix)
        cut = windows(prefix, shown, tokens)
        # A line that is longer than the window has no start in it.
        at = max(prefix.rfind("\n") + 1, len(prefix) - len(cut.prefix))
        head = cut.prefix[: max(0, len(cut.prefix) - (len(prefix) - at))]
        before, begin = self._windows.get(path), at - len(head)
        slot = 1 - before.slot if before is not None else 0
        return Window(head, at, cut.suffix, slot, lead=prefix[max(0, begin - LEAD) : begin])

    def _keep(self, path: str, window: Window) -> None:
        self._windows[path] = window
        self._windows.move_to_end(path)
        while len(self._windows) > DOCUMENTS:
            self._windows.popitem(last=False)


def behind_closers(suffix: str) -> str:
    """`suffix` without the rest of the cursor's line where that is only what editors close by themselves.

    Brackets and quotes come and go behind the cursor; shown, each would change the prompt in its middle.
    """
    end = suffix.find("\n")
    rest = suffix if end < 0 else suffix[:end]
    return suffix[len(rest) :] if not rest.strip(CLOSERS + " \t\r") else suffix


def cold_tokens(prompt_rate: float, seconds: float, least: int = 40, unknown: int = 100) -> int:
    """Tokens of a new prompt that are evaluated in so many seconds; `prompt_rate` in tokens a second, 0 if unknown."""
    return max(least, int(prompt_rate * seconds)) if prompt_rate else unknown

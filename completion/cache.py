"""Recent suggestions: typing through one, going back into it, or going back before it asks no engine."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from completion.prompt.anchors import behind_closers
from completion.types import Suggestion

_KEPT = 64
_KEPT_CHARACTERS = 16_000_000
"""Of all files together, which each entry holds whole: four of the largest."""

_LONGEST_WAY_BACK = 40
"""Characters that may be taken back before a suggestion's place: further back something else may be meant."""


@dataclass(frozen=True, slots=True)
class _Entry:
    path: str
    prefix: str
    suffix: str
    suggestion: Suggestion


class SuggestionCache:
    """The newest suggestions. Texts are compared whole; nothing is written to disk."""

    def __init__(self) -> None:
        self._entries: deque[_Entry] = deque(maxlen=_KEPT)

    def keep(self, path: str, prefix: str, suffix: str, suggestion: Suggestion) -> None:
        """Remember what was suggested between `prefix` and `suffix`."""
        self._entries.append(_Entry(path, prefix, suffix, suggestion))
        while len(self._entries) > 1 and self._characters() > _KEPT_CHARACTERS:
            self._entries.popleft()

    def find(self, path: str, prefix: str, suffix: str, offset: int) -> Suggestion | None:
        """What remains of a known suggestion when its beginning was typed; with what was taken back in front of it.

        The whole file with it is the one that was checked then. `offset` is the byte offset of the cursor.
        """
        for entry in reversed(self._entries):
            if entry.path == path and entry.suffix == suffix and (text := _rest(entry, prefix)):
                known = entry.suggestion
                # What it replaces behind the cursor is there still.
                end = offset + known.end - known.start
                return replace(known, text=text, start=offset, end=end, source="cache")
        return None

    def behind_closers(self, path: str, prefix: str, suffix: str) -> str:
        """What remains of a known suggestion where only closing brackets and quotes came or went behind the cursor.

        Texts with line feeds only. It was checked in front of the other ones only, and may hold them too; "" if there
        is none.
        """
        shown = behind_closers(suffix)
        for entry in reversed(self._entries):
            # The suffix last: it is the whole rest of the file.
            if entry.path == path and (text := _rest(entry, prefix)) and behind_closers(entry.suffix) == shown:
                return text
        return ""

    def reindented(self, path: str, prefix: str, suffix: str) -> str:
        """A known suggestion of one line for this empty line when it was indented otherwise; "" if there is none.

        It was checked at the other depth only.
        """
        above, indentation = _split_line(prefix)
        if indentation.strip():
            return ""
        for entry in reversed(self._entries):
            if entry.path != path or entry.suffix != suffix:
                continue
            was_above, was_before = _split_line(entry.prefix)
            if was_above == above and not was_before.strip() and "\n" not in entry.suggestion.text:
                return entry.suggestion.text.lstrip(" \t")
        return ""

    def _characters(self) -> int:
        return sum(len(entry.prefix) + len(entry.suffix) for entry in self._entries)


def _rest(entry: _Entry, prefix: str) -> str:
    """What is left to suggest at `prefix`; "" where the entry does not lead through it."""
    text = entry.suggestion.text
    if prefix.startswith(entry.prefix):
        typed = prefix[len(entry.prefix) :]
        return text[len(typed) :] if text.startswith(typed) else ""
    taken_back = entry.prefix[len(prefix) :]
    near = entry.prefix.startswith(prefix) and len(taken_back) <= _LONGEST_WAY_BACK and "\n" not in taken_back
    return taken_back + text if near else ""


def _split_line(prefix: str) -> tuple[str, str]:
    at = prefix.rfind("\n") + 1
    return prefix[:at], prefix[at:]

"""Recent suggestions: typing through one, or going back into it, asks no engine."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from completion.types import Suggestion

_KEPT = 64


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

    def find(self, path: str, prefix: str, suffix: str, offset: int) -> Suggestion | None:
        """What remains of a known suggestion when the user has typed (some of) its beginning.

        `offset` is the byte offset of the cursor.
        """
        for entry in reversed(self._entries):
            if entry.path != path or entry.suffix != suffix or not prefix.startswith(entry.prefix):
                continue
            typed = prefix[len(entry.prefix) :]
            text = entry.suggestion.text
            if text.startswith(typed) and len(text) > len(typed):
                return replace(entry.suggestion, text=text[len(typed) :], start=offset, end=offset, source="cache")
        return None

"""What has been seen already: whole files and their lines, by digest.

Knows nothing of packages and languages. The digests are real ones, not Python's `hash`: that differs from run
to run, and with it the rare collision that decides about a file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal

SHORT_LINE = 12
"""Lines up to this many characters (brackets, `return None`) say nothing about where a file comes from."""
SEEN_SHARE = 0.7
FEWEST_LINES = 4

Repeat = Literal["exact", "near"]


@dataclass(frozen=True, slots=True)
class Seen:
    """Digests of the files and lines that were kept."""

    files: set[int] = field(default_factory=set)
    lines: set[int] = field(default_factory=set)

    def admit(self, text: str) -> Repeat | None:
        """Remember `text` and answer `None`, or say in what way it is a repetition."""
        whole = _digest(text)
        if whole in self.files:
            return "exact"
        digests = [_digest(line) for line in map(str.strip, text.split("\n")) if len(line) > SHORT_LINE]
        known = sum(digest in self.lines for digest in digests)
        if len(digests) >= FEWEST_LINES and known > SEEN_SHARE * len(digests):
            return "near"
        self.files.add(whole)
        self.lines.update(digests)
        return None


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")

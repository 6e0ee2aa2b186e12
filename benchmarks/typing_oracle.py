"""What a model would have said, where the weights are noise: the true text on the lines that it knows.

A seeded share of the lines is known; on the others the answer is as long and as well formed as the truth, with
other names in it. The place is found by the text before the cursor alone, whoever asks. Pure, and the same for
every policy.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SHARE = 0.4
"""Of the lines that a model completes rightly: about what small models do on held-out code."""

_TAILS = (400, 160, 60, 24)
_TOKENS = re.compile(r"\n[ \t]*| ?[A-Za-z_]{1,6}|\d{1,3}| ?[^\sA-Za-z_\d]{1,3}|[ \t]+|.", re.DOTALL)
_WORD = re.compile(r"[A-Za-z_]+")
# Left as they are, so that a wrong line is still a line of the language.
_KEYWORDS = frozenset(
    re.findall(
        r"\w+",
        "and as assert async await break class const continue def del do done elif else esac except export False fi "
        "finally for from function global if import in is lambda let local new None not null or pass raise return self "
        "static then this throw True try typeof var while with yield",
    )
)


@dataclass(frozen=True, slots=True)
class Source:
    """A document as it will be, and where in it is typed."""

    name: str
    text: str
    begin: int
    end: int


class Oracle:
    """Answers for some documents; `seed` decides which lines are known."""

    def __init__(self, sources: Sequence[Source], seed: int, share: float = SHARE) -> None:
        self._sources = tuple(sources)
        self._seed = seed
        self._share = share

    def place(self, prefix: str) -> tuple[Source, int] | None:
        """The document whose typed part `prefix` ends in, and the offset; None where it fits nowhere."""
        for length in _TAILS:
            tail = prefix[-length:]
            for source in self._sources:
                at = source.text.find(tail, max(0, source.begin - len(tail)), source.end)
                if at >= 0 and source.begin <= at + len(tail) <= source.end:
                    return source, at + len(tail)
            if len(prefix) <= length and len(prefix) < _TAILS[-1]:
                break
        return None

    def answer(self, prefix: str) -> str:
        """What is said after `prefix`, up to the end of what is being typed there."""
        found = self.place(prefix)
        if found is None:
            return "value = result.get(name, default)\n"
        source, at = found
        said = list[str]()
        for line in source.text[at : source.end].splitlines(keepends=True):
            number = source.text.count("\n", 0, at)
            said.append(line if self.knows(source.name, number) else altered(line))
            at += len(line)
        return "".join(said)

    def knows(self, name: str, line: int) -> bool:
        """Whether it completes this line (from 0) of the document called `name` rightly."""
        digest = hashlib.sha256(f"{self._seed}:{name}:{line}".encode()).digest()
        return int.from_bytes(digest[:4], "big") < self._share * 2**32

    def write(self, path: Path, template: Mapping[str, str]) -> None:
        """Write it down for a host, with the control tokens of the model's template by role."""
        sources = [[source.name, source.text, source.begin, source.end] for source in self._sources]
        table = {"seed": self._seed, "share": self._share, "sources": sources, "template": dict(template)}
        path.write_text(json.dumps(table), "utf-8")

    @classmethod
    def read(cls, path: Path) -> tuple[Oracle, dict[str, str]]:
        """The inverse of `write`."""
        table = json.loads(path.read_text("utf-8"))
        sources = [Source(str(name), str(text), int(begin), int(end)) for name, text, begin, end in table["sources"]]
        return cls(sources, table["seed"], table["share"]), table["template"]


def tokens_of(text: str) -> list[str]:
    """`text` in pieces as long as a vocabulary's tokens are in code (about 3.3 characters)."""
    return _TOKENS.findall(text)


def altered(line: str) -> str:
    """A line of equal length that is wrong: every name in it is another one."""
    return _WORD.sub(lambda word: word[0] if word[0] in _KEYWORDS else word[0].translate(_NEXT), line)


_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_NEXT = str.maketrans(_LETTERS + _LETTERS.upper(), _LETTERS[1:] + "a" + _LETTERS[1:].upper() + "A")

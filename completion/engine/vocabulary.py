"""What tokens spell: the bytes of every id, the ids that can spell a required beginning, and plain text kept plain.

Serves the engines that sample in our own loop; knows no library and no file format.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from completion.errors import EngineRejected

_BLANK = "\u2581"
_BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>")


class Vocabulary:
    """The pieces of a vocabulary by id; empty where a token is no text. `controls` are those with a name."""

    def __init__(self, pieces: Sequence[bytes], controls: Mapping[str, int]) -> None:
        self.pieces = tuple(pieces)
        self.controls = dict(controls)
        order = sorted((piece, number) for number, piece in enumerate(self.pieces) if piece)
        self._sorted = [piece for piece, _ in order]
        self._ids = np.array([number for _, number in order], np.int64)

    def spelling(self, start: bytes) -> NDArray[np.int64]:
        """Ids of all tokens that begin with `start`, or with which `start` begins."""
        length = len(start)
        longer = self._between(start, bisect_right(self._sorted, start, key=lambda piece: piece[:length]))
        parts = [start[:end] for end in range(1, length)]
        return np.concatenate([longer, *(self._between(part, bisect_right(self._sorted, part)) for part in parts)])

    def _between(self, first: bytes, end: int) -> NDArray[np.int64]:
        return self._ids[bisect_left(self._sorted, first) : end]


def bytes_of_piece(piece: str) -> bytes:
    """What a SentencePiece piece spells: `▁` is a blank, `<0xNN>` a byte."""
    byte = _BYTE.fullmatch(piece)
    return bytes([int(byte[1], 16)]) if byte else piece.replace(_BLANK, " ").encode()


def plain_ids(text: str, encode: Callable[[str], Sequence[int]], controls: Mapping[str, int]) -> list[int]:
    """Ids of `text` without any of `controls`, also where a library reads their names in text as the tokens.

    The look-alikes are cut after their first character, and the parts are encoded one by one. Raises
    `EngineRejected` where that does not help.
    """
    forbidden = set(controls.values())
    ids = list(encode(text))
    if forbidden.isdisjoint(ids):
        return ids
    names = "|".join(re.escape(name) for name in sorted(controls, key=len, reverse=True))
    cuts = [0, *(match.start() + 1 for match in re.finditer(f"(?={names})", text)), len(text)]
    ids = [number for begin, end in itertools.pairwise(cuts) for number in encode(text[begin:end])]
    if not forbidden.isdisjoint(ids):
        raise EngineRejected("the text holds what this vocabulary cannot tell from a control token.")
    return ids


def after_break(text: str, encode: Callable[[str], Sequence[int]], pieces: Sequence[bytes]) -> list[int]:
    """Ids of `text` in the middle of a text, from an encoder that puts a blank before whatever it is given.

    A line break is put in front, and taken away again with all that stands before it.
    """
    ids = list(encode("\n" + text))
    for place, number in enumerate(ids):
        if pieces[number] == b"\n":
            return ids[place + 1 :]
        if pieces[number].strip(b" "):
            break
    raise EngineRejected("this vocabulary joins line breaks with what follows them.")

"""What stands nearby already may be the answer: the text that followed the last similar place.

Looks for the longest piece of text before the cursor that also stands elsewhere in the file or in a
neighbour, and guesses that the line goes on as it did there. No model, a fraction of a millisecond.
Knows nothing of engines and of how sure a model is: `completion.gate` compares the two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LONGEST = 400
"""A match is followed back for at most so many characters."""

SHORTEST = 3
SLACK = 0.8
"""Places that match at least this share of the longest match have a say."""

PLACES = 40
LINE_CHARACTERS = 400
REACH = 200_000
"""Characters of the file that are searched on each side of the cursor."""


@dataclass(frozen=True, slots=True)
class Guess:
    """The rest of a line as it stands elsewhere.

    `matched` is how many characters before the cursor agree with that place, `agreement` the share (0..1)
    of the places found, weighted by how well they match, at which the line goes on in this way.
    """

    text: str
    matched: int
    agreement: float


def predict(prefix: str, suffix: str, neighbours: Sequence[str] = ()) -> Guess | None:
    """How the line at the end of `prefix` may go on; None where nothing similar stands anywhere.

    Newlines are plain (`\\n`). Of places that match equally well the one just above the cursor counts first,
    then those below, then the neighbours in their order. A place where the line ends there says nothing.
    """
    before = prefix[-REACH:]
    # The cursor's own line is not finished: how it goes on is what is asked.
    above = before[: before.rfind("\n") + 1]
    texts = (above, suffix[:REACH], *(text[:REACH] for text in neighbours))
    longest = max((_longest(before, text) for text in texts), default=0)
    if longest < SHORTEST:
        return None
    needle = before[-max(SHORTEST, int(longest * SLACK)) :]
    weights: defaultdict[str, float] = defaultdict(float)
    matched: dict[str, int] = {}
    for text, at in _places(needle, texts):
        rest = _rest_of_line(text, at + len(needle))
        if not rest:
            continue
        length = _extended(before, text, at, len(needle))
        weights[rest] += length * length
        matched[rest] = max(length, matched.get(rest, 0))
    if not weights:
        return None
    best = max(weights, key=lambda rest: weights[rest])
    return Guess(best, matched[best], weights[best] / sum(weights.values()))


def _longest(before: str, text: str) -> int:
    """Length of the longest end of `before` that stands in `text`; 0 below `SHORTEST`."""
    low, high = SHORTEST, min(LONGEST, len(before))
    if high < low or before[-low:] not in text:
        return 0
    # What ends a text that is there is there too, so the length can be bisected.
    while low < high:
        middle = (low + high + 1) // 2
        if before[-middle:] in text:
            low = middle
        else:
            high = middle - 1
    return low


def _places(needle: str, texts: Sequence[str]) -> Iterator[tuple[str, int]]:
    found = 0
    for text in texts:
        at = text.rfind(needle) if found < PLACES else -1
        while at >= 0 and found < PLACES:
            yield text, at
            found += 1
            at = text.rfind(needle, 0, at + len(needle) - 1)


def _rest_of_line(text: str, start: int) -> str:
    """The line from `start` on; "" where it is longer than anybody wants to be shown."""
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    return text[start:end].rstrip() if end - start <= LINE_CHARACTERS else ""


def _extended(before: str, text: str, at: int, length: int) -> int:
    """How far back the match of `length` characters at `at` really goes."""
    most = min(LONGEST, len(before), length + at)
    start = at + length
    while length < most and text[start - length - 1] == before[-length - 1]:
        length += 1
    return length

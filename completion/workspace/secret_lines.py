"""Secrets that stand in one line, each line looked at once: at a key press one line has changed, not the file.

A line that ends in a sign of giving (`=`, `(`, `:`, a backslash) is looked at together with the next one. Matches
never depend on other lines, which is what makes the memory right.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from completion.workspace.secret_rules import Rule, Woken, long_rules, rules, short_rules, spans

Hit = tuple[int, int, str]
"""First character, behind the last, name of the rule."""

_OPEN = ("=", "(", ":", "\\", "=>")
# Lines beyond this length are looked at every time, and the memory is bounded: 40,000 lines of 400 characters.
_REMEMBERED_LENGTH = 400
_REMEMBERED_LINES = 40_000
# In a line beyond this length a rule looks only around its keywords.
_LONG_LINE = 4000
_BEFORE_KEYWORD, _AFTER_KEYWORD, _STRIDE = 120, 1500, 700

# What a secret needs that says nothing of itself by its name: a word with a digit, or a long word.
_WORD = re.compile(r"[\w+/=~.%:|-]{12,}", re.ASCII)
_DIGIT = re.compile("[0-9]")
_LONG_WORD = 16

_remembered: dict[str, tuple[Hit, ...]] = {}


def hits(text: str) -> list[Hit]:
    """All hits of single lines, by position; they may overlap."""
    global _remembered
    pieces = _pieces(text)
    memory = _remembered  # Another thread may begin a new one meanwhile.
    if unknown := tuple(dict.fromkeys(piece for piece in pieces if piece not in memory)):
        fresh = _look(unknown)
        memory = {piece: memory[piece] for piece in pieces if piece in memory} | fresh
        if len(_remembered) > _REMEMBERED_LINES:
            _remembered = {}
        _remembered.update((piece, hits) for piece, hits in fresh.items() if len(piece) <= _REMEMBERED_LENGTH)
    found: list[Hit] = []
    offset = 0
    for piece in pieces:
        if here := memory[piece]:
            found += [(start + offset, end + offset, rule) for start, end, rule in here]
        offset += len(piece) + 1
    return found


def _pieces(text: str) -> list[str]:
    """The lines of a text without their line breaks; one that gives something is joined with the next."""
    lines = text.split("\n")
    if not any(line.rstrip().endswith(_OPEN) for line in lines):
        return lines
    pieces: list[str] = []
    opening = ""
    for line in lines:
        if opening:
            pieces.append(f"{opening}\n{line}")
            opening = ""
        elif line.rstrip().endswith(_OPEN):
            opening = line
        else:
            pieces.append(line)
    return [*pieces, opening] if opening else pieces


def _look(pieces: tuple[str, ...]) -> dict[str, tuple[Hit, ...]]:
    """Look at all pieces at once, so that a keyword is searched once and not once a line."""
    found: dict[str, set[Hit]] = {}
    _search(pieces, short_rules(), found)
    _search(tuple(filter(_has_long_word, pieces)), long_rules(), found)
    nothing: tuple[Hit, ...] = ()
    return {piece: tuple(sorted(found[piece])) if piece in found else nothing for piece in pieces}


def _has_long_word(piece: str) -> bool:
    return any(len(word) >= _LONG_WORD or _DIGIT.search(word) for word in _WORD.findall(piece))


def _search(pieces: tuple[str, ...], woken: Woken, found: dict[str, set[Hit]]) -> None:
    text = "\n".join(pieces)
    starts = [0, *accumulate(len(piece) + 1 for piece in pieces)]
    for rule, start, end in _places(text, starts, woken):
        for first, last in spans(rule, text, start, end):
            index = bisect_right(starts, first) - 1
            if last < starts[index + 1]:
                found.setdefault(pieces[index], set()).add((first - starts[index], last - starts[index], rule.id))


def _places(text: str, starts: list[int], woken: Woken) -> Iterator[tuple[Rule, int, int]]:
    """Which rule to try between which two offsets: the pieces with one of its keywords."""
    lowered = text.lower()
    if len(lowered) != len(text):  # A few capital letters become two characters.
        lowered = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    for keyword, some in woken:
        position = lowered.find(keyword)
        while position >= 0:
            index = bisect_right(starts, position) - 1
            start, end = starts[index], starts[index + 1] - 1
            following = end
            if end - start > _LONG_LINE:
                start, end = max(start, position - _BEFORE_KEYWORD), min(end, position + _AFTER_KEYWORD)
                following = position + _STRIDE
            for rule in some:
                yield rule, start, end
            position = lowered.find(keyword, max(following, position + 1))
    if woken is long_rules():
        for rule in rules():
            if not rule.keywords:
                yield rule, 0, len(text)

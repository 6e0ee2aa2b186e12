"""Where names of a reference table stand in a text. Whole spellings first, the longest before others; then spellings
with slips; then words that one name alone has.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from completion.normalize.reference import Match, Reference
from completion.normalize.sought import Sought, says_nothing
from completion.normalize.tokens import Token
from completion.normalize.types import Mention

_INSIDE_NAME = re.compile(r"[\s\-–&+.'’_]{1,3}")
_MOST_WORDS = 6
_BEFORE_DIGITS = re.compile(r"[:=–—-]\s*\d")
_SHORT_WORDS = frozenset(
    {"ok", "at", "by", "is", "as", "to", "us", "in", "on", "or", "an", "he", "me", "we", "be", "so", "do", "go", "if"}
    | {"up", "my", "it", "of", "am", "pm", "da", "ne", "ja"}
)
"""Words that are codes only in capitals."""


def find(
    column: str, text: str, pieces: Sequence[Token], reference: Reference, sought: Sought, taken: Sequence[bool]
) -> list[Mention]:
    """Whole spellings first, the longest before others; then spellings with slips; then words of one name alone."""
    places = [
        place
        for place, piece in enumerate(pieces)
        if piece.kind in ("word", "mixed", "digits") and not any(taken[piece.start : piece.end])
    ]
    used: set[int] = set()
    found: list[Mention] = []

    def take(first: int, last: int, match: Match) -> None:
        start, end = pieces[places[first]].start, pieces[places[last]].end
        doubt = ""
        if len(match.codes) > 1:
            doubt = f"{text[start:end]!r} may be {' or '.join(match.codes)}"
        found.append(Mention(column, start, end, match.codes, match.how, doubt))
        used.update(range(first, last + 1))

    def windows(first: int) -> list[int]:
        lasts = [first]
        while len(lasts) < min(reference.longest + 1, _MOST_WORDS) and lasts[-1] + 1 < len(places):
            one, other = pieces[places[lasts[-1]]], pieces[places[lasts[-1] + 1]]
            if lasts[-1] + 1 in used or not _INSIDE_NAME.fullmatch(text[one.end : other.start]):
                break
            lasts.append(lasts[-1] + 1)
        return lasts

    for first in range(len(places)):
        for last in reversed(windows(first)) if first not in used else ():
            written = text[pieces[places[first]].start : pieces[places[last]].end]
            if first == last and pieces[places[first]].kind == "digits":
                continue
            match = reference.exact(written) or (
                reference.code(written)
                if first == last and _stands_alone(text, pieces[places[first]], sought)
                else None
            )
            if match:
                take(first, last, match)
                break
    for first in range(len(places)):
        if first in used or pieces[places[first]].kind != "word":
            continue
        best: tuple[int, int, int, Match] | None = None
        for last in windows(first):
            if pieces[places[last]].kind != "word":
                break
            if first == last and says_nothing(pieces[places[first]], sought):
                continue
            written = text[pieces[places[first]].start : pieces[places[last]].end]
            match = reference.near(written)
            if match and (best is None or (match.slips, -last) < best[:2]):
                best = (match.slips, -last, last, match)
        if best is not None:
            take(first, best[2], best[3])
    for first, place in enumerate(places):
        piece = pieces[place]
        if first in used or piece.kind == "digits":
            continue
        if piece.kind == "mixed":
            if glued := _glued(column, piece, reference):
                found.append(glued)
                used.add(first)
        elif not says_nothing(piece, sought) and (match := reference.word(piece.text)):
            take(first, first, match)
    return found


def _stands_alone(text: str, piece: Token, sought: Sought) -> bool:
    """Whether a short word that may be a code in small letters stands where a name would, as in "(bt)" or "tk: 17"."""
    if piece.text.casefold() in _SHORT_WORDS or says_nothing(piece, sought):
        return False
    before, after = text[: piece.start].rstrip(), text[piece.end :].lstrip()
    return (before[-1:] in tuple("([") and after[:1] in tuple(")]")) or bool(_BEFORE_DIGITS.match(after))


@lru_cache(maxsize=8)
def _code_of_letters(codes: frozenset[str]) -> re.Pattern[str] | None:
    letters = sorted((code for code in codes if code.isalpha() and code.isascii()), key=len, reverse=True)
    return re.compile(f"({'|'.join(map(re.escape, letters))})([0-9]{{4,}})", re.IGNORECASE) if letters else None


def _glued(column: str, piece: Token, reference: Reference) -> Mention | None:
    """A code right before its number, as in "LH992200". Only one of letters can be told from the number."""
    pattern = _code_of_letters(frozenset(reference.spellings))
    match = pattern.fullmatch(piece.text) if pattern else None
    if match is None:
        return None
    code = next(code for code in reference.spellings if code.casefold() == match.group(1).casefold())
    return Mention(column, piece.start, piece.start + len(match.group(1)), (code,), "exact")

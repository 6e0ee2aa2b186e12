"""Spellings made comparable: case, ё, blanks, look-alikes, Cyrillic and Latin; and how many slips lie between two.

Pure functions of text; what the spellings stand for is not known here.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Practical transcription as airlines and passports write it, one letter at a time; what differs between systems
# (й: i, y, j) is left to the slips that are allowed.
_LATIN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z", "и": "i", "й": "i", "к": "k",
    "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh",
    "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "iu", "я": "ia",
    "і": "i", "ї": "i", "є": "e", "ґ": "g", "ў": "u",
}  # fmt: skip
_CYRILLIC_ALIKE = "авекмнорстухі"
_LATIN_ALIKE = "abekmhopctyxi"
_TO_LATIN = str.maketrans(_CYRILLIC_ALIKE, _LATIN_ALIKE)
_TO_CYRILLIC = str.maketrans(_LATIN_ALIKE, _CYRILLIC_ALIKE)


@lru_cache(maxsize=1 << 14)
def key(text: str) -> str:
    """Letters and digits alone, folded. A word of both scripts is taken for the one that most of it is written in."""
    # Look-alikes are those of capitals too ("ВА"), so that they are told apart before the case is folded.
    plain = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    plain = "".join(character for character in plain if character.isalnum())
    cyrillic = sum("а" <= character <= "я" or character in _LATIN for character in plain)
    latin = sum("a" <= character <= "z" for character in plain)
    if cyrillic and latin:
        plain = plain.translate(_TO_CYRILLIC if cyrillic > latin else _TO_LATIN)
    return plain


@lru_cache(maxsize=1 << 14)
def latin(folded: str) -> str:
    """A folded text in Latin letters, accents off."""
    letters = "".join(_LATIN.get(character, character) for character in folded)
    return "".join(letter for letter in unicodedata.normalize("NFKD", letters) if not unicodedata.combining(letter))


def alike(folded: str) -> str:
    """A folded text that is Cyrillic only to the eye, as Latin; itself where a letter looks like none there."""
    return folded.translate(_TO_LATIN) if all(not _is_cyrillic(c) or c in _CYRILLIC_ALIKE for c in folded) else folded


def slips(one: str, other: str, most: int) -> int:
    """Letters left out, added, changed or exchanged with their neighbour (optimal alignment), up to `most` + 1."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        line = [row]
        for place, against in enumerate(other, 1):
            cost = min(last[place] + 1, line[place - 1] + 1, last[place - 1] + (letter != against))
            if row > 1 and place > 1 and letter == other[place - 2] and one[row - 2] == against:
                cost = min(cost, before[place - 2] + 1)
            line.append(cost)
        if min(line) > most:
            return most + 1
        before, last = last, line
    return min(last[-1], most + 1)


def _is_cyrillic(character: str) -> bool:
    return "\u0400" <= character <= "\u04ff"

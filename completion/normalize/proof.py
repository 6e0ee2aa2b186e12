"""The proof of rows, by a path of its own: nothing here asks how they were found.

Every value must come out of the record: its id, the digits of the place that is named, or a code whose spellings the
named place is one of. The rows' places do not overlap. What is not proved is not written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise

from completion.normalize.binding import Binding
from completion.normalize.reference import Reference
from completion.normalize.types import Cell, Record, Row, Rule

_SEPARATORS = frozenset(" \u00a0\u2009\u202f-.‐‑–—")
_WORD = re.compile(r"[^\W_]+")
_JOINING = frozenset({"и", "and", "und", "et", "y", "или", "or"})
_REMEMBERED = 1 << 14
_ONE_GROUP = re.compile(r"-?\d{1,3},\d{3}")
_CUT_BEFORE = re.compile(r"(?:[-−‐‑–(]|\w|[.,]|(?<![\d.,/:-])\d{1,3}[ \u00a0\u2009\u202f'])\Z")
_CUT_BEHIND = re.compile(r"[.,]?\d|[ \u00a0\u2009\u202f']\d{1,3}(?!\d)|[^\W\d_]*\d")
_MONTH_FIRST = re.compile(r"(\d{1,2})\D(\d{1,2})\D(\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})\D(\d{1,2})\D(\d{1,2})")
# Passport transcription, written down a second time on purpose: a slip in one table must not prove itself.
_LETTERS = dict(zip("абвгдежзийклмнопрстуфхцчшщъыьэюяіїєґў", (
    "a b v g d e zh z i i k l m n o p r s t u f kh ts ch sh shch - y - e iu ia i i e g u".replace("-", "").split(" ")
), strict=True))  # fmt: skip
_SHAPES = dict(zip("авекмнорстухі", "abekmhopctyxi", strict=True))


class Proof:
    """The proof for one binding; it remembers which places stand for which codes."""

    def __init__(self, binding: Binding) -> None:
        self._binding = binding
        self._names = {column: Names(reference) for column, reference in binding.references.items()}
        self._written = {column for column, rule in binding.rules.items() if rule.kind != "omitted"}

    def wrong(self, record: Record, rows: Sequence[Row]) -> str:
        """What keeps the rows from being proved, as a sentence; "" where they are."""
        places: list[tuple[int, int]] = []
        for row in rows:
            columns = [cell.column for cell in row]
            if len(set(columns)) < len(columns) or not set(columns) <= self._written:
                return "A row has other columns than the table."
            for cell in row:
                rule = self._binding.rules[cell.column]
                if said := _cell_wrong(record, cell, rule, self._names.get(cell.column)):
                    return said
                if rule.kind in ("digits", "decimal", "date", "match"):
                    places.append((cell.start, cell.end))
        for one, other in pairwise(sorted(places)):
            if other[0] < one[1]:
                return f"{record.text[other[0] : other[1]]!r} was used twice."
        if len({tuple((cell.column, cell.value) for cell in row) for row in rows}) < len(rows):
            return "The same row was made twice."
        return ""


def _cell_wrong(record: Record, cell: Cell, rule: Rule, names: Names | None) -> str:
    text = record.text
    if rule.kind == "id":
        return "" if cell.value == record.id else f"{cell.value!r} is not the record's id."
    if rule.kind == "constant":
        return "" if cell.value == rule.argument else f"{cell.value!r} is not the constant of {cell.column}."
    if rule.kind == "text":
        return "" if cell.value == text.strip() else f"{cell.column} is not the record's text."
    if not 0 <= cell.start < cell.end <= len(text):
        return f"{cell.value!r} of {cell.column} has no place in the record."
    place = text[cell.start : cell.end]
    if rule.kind == "digits":
        proved = _is_number(text, cell)
    elif rule.kind == "decimal":
        proved = _is_decimal(text, cell)
    elif rule.kind == "date":
        proved = _is_date(place, cell.value)
    elif rule.kind == "match":
        proved = place == cell.value and re.fullmatch(rule.argument, place) is not None
    else:
        proved = names is not None and names.stand_for(place, cell.value)
    return "" if proved else f"{cell.value!r} of {cell.column} does not follow from {place!r}."


def _is_number(text: str, cell: Cell) -> bool:
    """The place holds these digits, separators, and nothing else; no digit before or behind it was cut off."""
    place = text[cell.start : cell.end]
    ends = (place[0], place[-1])
    whole = all(character in "0123456789" or character in _SEPARATORS for character in place)
    after = text[cell.end : cell.end + 1]
    before = text[cell.start - 1 : cell.start] if cell.start else ""
    # A sign that nobody sees may stand inside a number.
    unseen = any(unicodedata.category(character) == "Cf" for character in before + after)
    cut = (after != "" and after.isalnum()) or before.isnumeric() or unseen
    digits = "".join(character for character in place if character in "0123456789")
    return whole and not cut and all(end in "0123456789" for end in ends) and digits == cell.value


def _is_decimal(text: str, cell: Cell) -> bool:
    """The place is this number as a whole: no sign, digit or group beside it, no separator that may mean two things.

    `1,234` may be a thousand and more, `(5.00)` may be less than nothing.
    """
    place, before, behind = text[cell.start : cell.end], text[: cell.start], text[cell.end :]
    if _ONE_GROUP.fullmatch(place) or _CUT_BEFORE.search(before) or _CUT_BEHIND.match(behind):
        return False
    number = "".join(character for character in place if character in "0123456789.,-").replace(",", ".")
    return number == cell.value


def _is_date(place: str, value: str) -> bool:
    if value.count("-") != 2:
        return False
    year, month, day = value.split("-")
    if match := _YEAR_FIRST.fullmatch(place):
        return [int(part) for part in match.groups()] == [int(year), int(month), int(day)]
    match = _MONTH_FIRST.fullmatch(place)
    if match is None or match[3] != year:
        return False
    first, second = int(match[1]), int(match[2])
    day_first = (first, second) == (int(day), int(month))
    return day_first or ("." not in place and (second, first) == (int(day), int(month)))


class Names:
    """The spellings of a reference table, by the forms that they may take."""

    def __init__(self, reference: Reference) -> None:
        self._distance = reference.distance
        self._codes: dict[str, set[str]] = {}
        self._words: dict[str, set[str]] = {}
        for code, names in reference.spellings.items():
            for name in names:
                for form in _forms(name):
                    self._codes.setdefault(form, set()).add(code)
                for form in (form for word in _WORD.findall(name) for form in _forms(word)):
                    self._words.setdefault(form, set()).add(code)
        self._by_length: dict[int, list[str]] = {}
        for form in self._codes:
            self._by_length.setdefault(len(form), []).append(form)
        self._known: dict[tuple[str, str], bool] = {}

    def stand_for(self, place: str, code: str) -> bool:
        """Whether a place is a spelling of the code but for the declared slips, and none of another code is as near.

        A place may say several spellings of the code ("Ural Airlines/Wings"): then each part must be one, or a word
        that no other code has.
        """
        if (place, code) not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[place, code] = self._stands_for(place, code)
        return self._known[place, code]

    def _stands_for(self, place: str, code: str) -> bool:
        forms = _forms(place)
        same = _owners(forms, self._codes)
        if same:
            return same == {code}
        if near := self._near(forms):
            best = min(near.values())
            return [other for other, count in near.items() if count == best] == [code]
        words = list(_WORD.finditer(place))
        if len(words) == 1:
            held = _owners(forms, self._words)
            if not held and max(map(len, forms)) >= 7:
                held = _owners({word for word in self._words if _one_slip(forms, word)}, self._words)
            return held == {code}
        if all(self._is_common(word.group()) for word in words):
            return False
        # Said twice: the one part and the other. A word that many names have may stand beside.
        cuts = [(place[: word.start()], place[word.start() :]) for word in words[1:]]
        return any(self._part(one, code) and self._part(other, code) for one, other in cuts)

    def _part(self, place: str, code: str) -> bool:
        return self.stand_for(place.strip(), code) or all(self._is_common(word) for word in _WORD.findall(place))

    def _is_common(self, word: str) -> bool:
        return word.casefold() in _JOINING or len(_owners(_forms(word), self._words)) > 1

    def _near(self, forms: frozenset[str]) -> dict[str, int]:
        """The codes of all names within the forgiven slips of a place, with the fewest slips of each."""
        found: dict[str, int] = {}
        for form in forms:
            for length in range(len(form) - self._distance, len(form) + self._distance + 1):
                shorter = min(len(form), length)
                allowed = min(self._distance, 0 if shorter < 5 else 1 if shorter < 8 else 2)
                for other in self._by_length.get(length, ()) if abs(len(form) - length) <= allowed else ():
                    # Two slips are too many where the first letter is another one already.
                    most = allowed if form[0] == other[0] else min(allowed, 1)
                    # A slip changes two letters of a set at most.
                    if len(set(form) ^ set(other)) <= 2 * most and (count := _slips(form, other)) <= most:
                        for code in self._codes[other]:
                            found[code] = min(count, found.get(code, count))
        return found


def _owners(forms: Iterable[str], index: dict[str, set[str]]) -> set[str]:
    return set().union(*(index.get(form, set()) for form in forms))


def _one_slip(forms: frozenset[str], word: str) -> bool:
    return len(word) >= 5 and any(abs(len(form) - len(word)) < 2 and _slips(form, word) < 2 for form in forms)


def _forms(text: str) -> frozenset[str]:
    """What a spelling looks like: folded; as Latin letters by sound; as Latin letters by shape."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("ё", "е")
    plain = "".join(character for character in plain if character.isalnum())
    sound = "".join(_LETTERS.get(character, character) for character in plain)
    shape = "".join(_SHAPES.get(character, character) for character in plain)
    back = {latin: cyrillic for cyrillic, latin in _SHAPES.items()}
    mixed = any("а" <= character <= "я" for character in plain) and any("a" <= character <= "z" for character in plain)
    forms = {plain, sound}
    if mixed:
        cyrillic = "".join(back.get(character, character) for character in plain)
        forms |= {shape, cyrillic, "".join(_LETTERS.get(character, character) for character in cyrillic)}
    elif shape.isascii():
        forms.add(shape)
    return frozenset(
        "".join(letter for letter in unicodedata.normalize("NFKD", form) if not unicodedata.combining(letter))
        for form in forms
        if form
    )


def _slips(one: str, other: str) -> int:
    """Optimal string alignment, as the whole table of its recurrence."""
    table = [[row + place if not row * place else 0 for place in range(len(other) + 1)] for row in range(len(one) + 1)]
    for row in range(1, len(one) + 1):
        for place in range(1, len(other) + 1):
            same = one[row - 1] == other[place - 1]
            best = min(table[row - 1][place] + 1, table[row][place - 1] + 1, table[row - 1][place - 1] + (not same))
            swapped = row > 1 and place > 1 and one[row - 2 : row] == other[place - 2 : place][::-1]
            table[row][place] = min(best, table[row - 2][place - 2] + 1) if swapped else best
    return table[-1][-1]

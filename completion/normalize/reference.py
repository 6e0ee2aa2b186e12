"""A reference table: what people call things, and their codes. It tells which code a spelling stands for, or that it
is none or several. Reads one CSV; where names stand in a text is not known here.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from completion.errors import InputError
from completion.normalize import fold
from completion.normalize.types import How

MOST_ROWS = 100_000
DISTANCE = 2
"""Slips that are forgiven at most in a long name; fewer in a short one."""

_WORD = re.compile(r"[^\W_]+")
_SHORT_CODE = 3
_LONG_WORD = 5
_LONG_SLIP = 7
"""Letters of a single word of a name from which on one slip is forgiven."""
_REMEMBERED = 1 << 14


@dataclass(frozen=True, slots=True)
class Match:
    """The codes that a spelling may stand for, and how it was recognised. More than one is a doubt."""

    codes: tuple[str, ...]
    how: How
    slips: int = 0


@dataclass(slots=True)
class Reference:
    """Spellings by code, and indexes of them. `column` is the head of the code column, `header` all heads."""

    path: str
    column: str
    header: tuple[str, ...]
    spellings: dict[str, tuple[str, ...]]
    distance: int = DISTANCE
    longest: int = 1
    """Words of the longest spelling."""
    generic: frozenset[str] = frozenset()
    """Folded words that names of several codes have: they tell nothing apart."""
    _exact: dict[str, set[str]] = field(default_factory=dict)
    _latin: dict[str, set[str]] = field(default_factory=dict)
    _words: dict[str, set[str]] = field(default_factory=dict)
    _by_length: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    _known: dict[str, Match | None] = field(default_factory=dict)
    _slipped: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def exact(self, written: str) -> Match | None:
        """The code of a spelling that is the table's but for case, blanks, look-alikes and script."""
        folded = fold.key(written)
        if not folded or (len(folded) <= _SHORT_CODE and not self._is_code(written, folded)):
            return None
        for index, spelt in (
            (self._exact, folded),
            (self._exact, fold.alike(folded)),
            (self._latin, fold.latin(folded)),
        ):
            if codes := index.get(spelt):
                same = any(written in self.spellings[code] for code in codes)
                return Match(tuple(sorted(codes)), "exact" if same else "spelling")
        return None

    def code(self, written: str) -> Match | None:
        """The code itself, in small letters."""
        upper = written.upper()
        return Match((upper,), "spelling") if upper in self.spellings else None

    def near(self, written: str) -> Match | None:
        """The codes of all spellings with as few slips as are forgiven."""
        folded = fold.key(written)
        if len(folded) < _LONG_WORD or folded.isdigit():
            return None
        if folded not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[folded] = self._near(folded)
        return self._known[folded]

    def word(self, written: str) -> Match | None:
        """The code whose names alone have this word, with one slip if it is long."""
        folded = fold.key(written)
        if codes := self._words.get(folded):
            return Match(tuple(codes), "word") if len(codes) == 1 else None
        if len(folded) < _LONG_SLIP:
            return None
        if folded not in self._slipped:
            if len(self._slipped) >= _REMEMBERED:
                self._slipped.clear()
            near = [word for word in self._words if word[0] == folded[0] and fold.slips(word, folded, 1) <= 1]
            self._slipped[folded] = tuple(sorted(set().union(*(self._words[word] for word in near))))
        codes_near = self._slipped[folded]
        return Match(codes_near, "word") if len(codes_near) == 1 else None

    def _is_code(self, written: str, folded: str) -> bool:
        # "ok" and "at" are words; "OK" and "s7" are codes.
        return written.isupper() or any(character.isdigit() for character in folded)

    def _near(self, folded: str) -> Match | None:
        spelt = fold.latin(folded)
        found: dict[str, int] = {}
        for length in range(len(spelt) - self.distance, len(spelt) + self.distance + 1):
            for other, code in self._by_length.get(length, ()):
                most = min(self.distance, forgiven(min(len(spelt), length)))
                if most and (spelt[0] == other[0] or most > 1):
                    count = fold.slips(spelt, other, most if spelt[0] == other[0] else 1)
                    if count <= most and (spelt[0] == other[0] or count <= 1):
                        found[code] = min(count, found.get(code, count))
        return Match(tuple(sorted(found)), "typo", min(found.values())) if found else None


def forgiven(length: int) -> int:
    """Slips that are forgiven in a name of so many letters: none below five, one below eight, else two."""
    return 0 if length < _LONG_WORD else 1 if length < 8 else 2


def read(path: Path, column: str, distance: int = DISTANCE) -> Reference:
    """The table of a CSV file whose code column is `column`; all other columns hold names, several in a cell with "|"
    between them. Raises `InputError` with file and line.
    """
    head, rows = table(path)
    places = [place for place, name in enumerate(head) if fold.key(name) == fold.key(column)]
    if not places:
        raise InputError(
            f"{path}: there is no column {column!r}.", advice=f"The columns are {', '.join(head)}; name one of them."
        )
    spellings: defaultdict[str, list[str]] = defaultdict(list)
    for line, cells in rows:
        code = cells[places[0]].strip() if len(cells) > places[0] else ""
        if not code:
            raise InputError(f"{path}, line {line}: the code is missing.", advice=f"Give {head[places[0]]} a value.")
        names = [name for place, cell in enumerate(cells) if place != places[0] for name in cell.split("|")]
        spellings[code] += [name.strip() for name in (code, *names) if name.strip()]
    return indexed(str(path), head[places[0]], tuple(head), spellings, distance)


def table(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The heads, and the rows with the lines where they end. Raises `InputError`."""
    rows: list[tuple[int, list[str]]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            first = stream.readline()
            stream.seek(0)
            lines = csv.reader(stream, delimiter=";" if first.count(";") > first.count(",") else ",", strict=True)
            for cells in lines:
                if any(cell.strip() for cell in cells):
                    rows.append((lines.line_num, cells))
                if len(rows) > MOST_ROWS:
                    raise InputError(f"{path}: more than {MOST_ROWS:,} rows.", advice="Give a shorter reference table.")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}.", advice="Check the path of --reference.") from None
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: byte {error.start} is no UTF-8.", advice="Convert it: iconv -f cp1251 -t utf-8 FILE"
        ) from None
    except csv.Error as error:
        raise InputError(f"{path}: {error}.", advice="It must be CSV with a header.") from None
    if len(rows) < 2 or len(rows[0][1]) < 2:
        raise InputError(
            f"{path}: a reference table has a header, a column of codes and a column of names.",
            advice="For example: name,iata",
        )
    return [cell.strip() for cell in rows[0][1]], rows[1:]


def indexed(
    path: str, column: str, header: tuple[str, ...], spellings: dict[str, list[str]], distance: int = DISTANCE
) -> Reference:
    """The same from spellings by code."""
    kept = {code: tuple(dict.fromkeys(names)) for code, names in spellings.items()}
    found = Reference(path, column, header, kept, distance)
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for code, names in kept.items():
        for name in names:
            folded = fold.key(name)
            if not folded:
                continue
            found._exact.setdefault(folded, set()).add(code)
            found._latin.setdefault(fold.latin(folded), set()).add(code)
            words = _WORD.findall(name)
            found.longest = max(found.longest, len(words))
            for word in {fold.key(word) for word in words} if len(words) > 1 else ():
                owners[word].add(code)
    found.generic = frozenset(word for word, codes in owners.items() if len(codes) > 1)
    found._words = {
        word: codes for word, codes in owners.items() if len(codes) == 1 and len(word) >= _LONG_WORD and word.isalpha()
    }
    pairs = {(spelt, code) for spelt, codes in found._latin.items() for code in codes}
    by_length: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for spelt, code in sorted(pairs):
        by_length[len(spelt)].append((spelt, code))
    found._by_length = dict(by_length)
    return found


def ambiguous(reference: Reference) -> Iterable[str]:
    """Spellings that stand beside more than one code: they are never used."""
    counted = Counter(name for names in reference.spellings.values() for name in names)
    return [name for name, count in counted.items() if count > 1]

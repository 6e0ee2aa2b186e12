"""What one answer is worth at its hole: exact, similar, parsing, repeating. Knows trees and no engine.

Parsing is judged strictly (`clean`: the whole file has no syntax error), with a note of what cannot pass that because
it begins something (`opens`), and as the product does (`open`: what the text begins may go on). The last passes for all
that the product shows, for it is what the product checks.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from benchmarks.infilling_holes import Hole
from completion import inline
from completion.syntax import brackets, languages, verify
from completion.syntax.tree import Parsed, SlowGrammar, TreeStore
from completion.types import Suggestion
from training.candidates import Asked

CONTROL = re.compile(
    r"<[|｜][^<>|｜\n]{1,40}[|｜]>|</?fim[_-]\w+>|<(?:PRE|SUF|MID|EOT)>|<(?:repo_name|file_sep|endoftext)>|</?s>|\[/?INST\]"
)

_trees = TreeStore()


@dataclass(frozen=True, slots=True)
class Row:
    """An answer's figures.

    `answered` is whether there is any text for who asked; `exact` whether it is what stood there (of rests of lines and
    lines their first line counts), `right` whether its first line is. `shown` is whether anything is shown unasked,
    which may be another text. Parsing is None where the language has no grammar, the file did not parse before, or
    there is no text; `raw_` is before the checks. `similarity` 0..1.
    """

    language: str
    kind: str
    source: str
    confidence: float
    answered: bool
    exact: bool
    right: bool
    similarity: float
    raw_clean: bool | None
    raw_open: bool | None
    clean: bool | None
    open: bool | None
    shown: bool
    shown_exact: bool
    shown_clean: bool | None
    shown_open: bool | None
    stood: bool
    opens: bool
    shown_opens: bool
    repeats: bool
    repeats_rightly: bool
    control: bool
    raw: int
    """A number that stands for the raw text."""
    own_ms: float
    engine_ms: float
    prepared_ms: float


@dataclass(frozen=True, slots=True)
class _Text:
    """A text in its hole; `replaced` characters of what follows give way to it."""

    hole: Hole
    text: str
    replaced: int

    @property
    def wanted(self) -> str:
        # What a suggestion replaces is brackets: who writes them again has to write the right ones.
        return self.hole.answer + self.hole.suffix[: self.replaced]

    @property
    def exact(self) -> bool:
        return bool(self.text.strip()) and self.counted == self.wanted.rstrip()

    @property
    def right(self) -> bool:
        return bool(self.text.strip()) and _first_line(self.text) == _first_line(self.wanted)

    @property
    def counted(self) -> str:
        return _first_line(self.text) if self.hole.kind in ("tail", "line") else self.text.rstrip()

    @property
    def control(self) -> bool:
        return CONTROL.search(self.text) is not None and CONTROL.search(self.hole.answer) is None

    @property
    def opens(self) -> bool:
        """Whether a bracket of its lines stays open or it ends with the head of a block: more must follow."""
        row = languages.find(self.hole.language)
        if row is None:
            return False
        before = self.hole.prefix[self.hole.prefix.rfind("\n") + 1 :]
        last = (before + self.text).rstrip().rsplit("\n", 1)[-1]
        head = bool(row.block_openers) and last.endswith(row.block_openers)
        head = head or (bool(row.block_line) and re.search(row.block_line, last) is not None)
        rest = self.hole.suffix.split("\n", 1)[0][self.replaced :]
        return head or bool(brackets.scan(before + self.text + rest, row.id).openers)

    def clean(self, parsed: Parsed | None) -> bool | None:
        if parsed is None or not self.text.strip():
            return None
        start = len(self.hole.prefix.encode())
        try:
            return parsed.with_replaced(start, start + self.replaced, self.text.encode()).error_count() == 0
        except SlowGrammar:
            return None

    def open(self, parsed: Parsed | None) -> bool | None:
        if parsed is None or not self.text.strip():
            return None
        start = len(self.hole.prefix.encode())
        return verify.longest_clean(parsed, start, start + self.replaced, self.text) == self.text


def scored(hole: Hole, asked: Asked, unasked: Suggestion | None = None) -> Row:
    """What the answer to a question is worth, and what is shown unasked."""
    answer, shown, raw = _text(hole, asked.suggestion), _text(hole, unasked), _Text(hole, asked.raw, 0)
    parsed, _ = inline.look(hole.request())
    judged = parsed if parsed is not None and _parsed_before(hole) else None
    repeating = [each for each in (answer, shown) if repeats_next_line(hole, each.text, each.replaced)]
    return Row(
        language=hole.language,
        kind=hole.kind,
        source=asked.suggestion.source if asked.suggestion is not None else "",
        confidence=asked.suggestion.confidence if asked.suggestion is not None else 0.0,
        answered=bool(answer.text.strip()),
        exact=answer.exact,
        right=answer.right,
        similarity=float(Levenshtein.normalized_similarity(answer.counted, answer.wanted.rstrip())),
        raw_clean=raw.clean(judged),
        raw_open=raw.open(judged),
        clean=answer.clean(judged),
        open=answer.open(judged),
        shown=bool(shown.text.strip()),
        shown_exact=shown.exact,
        shown_clean=shown.clean(judged),
        shown_open=shown.open(judged),
        stood=judged is not None and judged.error_count() == 0,
        opens=answer.opens,
        shown_opens=shown.opens,
        repeats=bool(repeating),
        repeats_rightly=bool(repeating) and all(each.exact for each in repeating),
        control=answer.control or shown.control,
        raw=zlib.crc32(asked.raw.encode()),
        own_ms=asked.own_ms,
        engine_ms=asked.engine_ms,
        prepared_ms=asked.prepared_ms,
    )


def repeats_next_line(hole: Hole, text: str, replaced: int = 0) -> bool:
    """Whether a line of the text, as it would stand in the file, is the next one below it, blanks aside."""
    below = next((line for line in hole.suffix.split("\n")[1:] if line.strip()), "")
    wanted = "".join(below.split())
    if not any(character.isalnum() for character in wanted) or not text.strip():
        return False
    before = hole.prefix[hole.prefix.rfind("\n") + 1 :]
    lines = (before + text + hole.suffix.split("\n", 1)[0][replaced:]).split("\n")
    return any("".join(line.split()) == wanted for line in lines)


def _text(hole: Hole, suggestion: Suggestion | None) -> _Text:
    if suggestion is None:
        return _Text(hole, "", 0)
    return _Text(hole, suggestion.text.replace("\r\n", "\n"), suggestion.end - suggestion.start)


def _first_line(text: str) -> str:
    return text.split("\n", 1)[0].rstrip()


def _parsed_before(hole: Hole) -> bool:
    row = languages.find(hole.language)
    parsed = _trees.parse(hole.original(), row) if row is not None else None
    return parsed is not None and parsed.error_count() == 0

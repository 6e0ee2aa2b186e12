"""The infilling stream: endless rows of token ids, the same for the same seed, rank and step.

A window of a file is chosen to fit the room that is left in a row, a span of it becomes the answer,
and the example is laid out whole: packing never cuts one. Knows no torch.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass

from training.layouts import Encoder, Example, Layout, fit
from training.shards import PAIRS, Shelf, Source
from training.spans import Span, line_start, pick

LANGUAGE_WEIGHTS: Mapping[str, float] = {
    "python": 0.46, "typescript": 0.13, "javascript": 0.05, "shell": 0.09, "sql": 0.07, "yaml": 0.08,
    "markdown": 0.04, "dockerfile": 0.02, "config": 0.02, "json": 0.01, "html": 0.01, "css": 0.005, "go": 0.015,
}  # fmt: skip
CHARACTERS_PER_TOKEN = 3.6
SMALLEST_EXAMPLE = 48
SMALLEST_FILL = 8
LINES_SINCE_ANCHOR = 12
CUTTING: frozenset[Layout] = frozenset({"psm", "spm"})
LAST_WORD = re.compile(r"[ \t]*(?:\w+|[^\w\s]+|[ \t]+)\Z")


@dataclass(frozen=True, slots=True)
class Mixture:
    """Shares in 0..1 of what the examples are.

    `pairs`: drawn from generated request and script pairs, where the corpus has any; of these `asked` have
    the script as the answer, the rest are treated as any file. `infilling` among all examples; `contiguous`
    and `anchored` among infilling, `suffix_first` among what is left of it. `healed`: in the layouts that cut
    the text at the cursor, the cut is where the product's token healing would put it.
    """

    pairs: float = 0.08
    asked: float = 0.5
    infilling: float = 0.8
    contiguous: float = 0.7
    anchored: float = 0.1
    suffix_first: float = 0.5
    healed: float = 0.85
    with_path: float = 0.6
    with_repository: float = 0.3
    with_pieces: float = 0.08
    without_suffix: float = 0.12
    short_suffix: float = 0.22


class Stream:
    """Rows of `context + 1` ids from loaded shelves. Raises `ValueError` where no language is known."""

    def __init__(
        self, shelves: Mapping[str, Shelf], vocabulary: Encoder, context: int, mixture: Mixture, seed: int = 0
    ) -> None:
        self.languages = [language for language in LANGUAGE_WEIGHTS if language in shelves]
        if not self.languages:
            raise ValueError(f"no known language in the corpus: {sorted(shelves)}")
        self.weights = [LANGUAGE_WEIGHTS[language] for language in self.languages]
        self.pairs = sorted(name for name in shelves if name.startswith(PAIRS))
        self.shelves, self.vocabulary, self.context, self.mixture, self.seed = (
            shelves, vocabulary, context, mixture, seed,
        )  # fmt: skip

    def rows(self, step: int, count: int, rank: int = 0) -> list[list[int]]:
        """The `count` rows of one step on one rank."""
        rng = random.Random(f"{self.seed}/{rank}/{step}")
        return [self._row(rng) for _ in range(count)]

    def _row(self, rng: random.Random) -> list[int]:
        length = self.context + 1
        out: list[int] = []
        while (room := length - len(out)) > SMALLEST_FILL:
            if room < SMALLEST_EXAMPLE:
                out += self._plain(rng, self._draw(rng)[1].text, room)
            else:
                share = 1.0 if rng.random() < 0.6 else rng.uniform(0.3, 1.0)
                out += self._example(rng, max(SMALLEST_EXAMPLE, int(room * share)))
        return out + [self.vocabulary.controls.pad] * (length - len(out))

    def _draw(self, rng: random.Random) -> tuple[Shelf, Source]:
        if self.pairs and rng.random() < self.mixture.pairs:
            shelf = self.shelves[rng.choice(self.pairs)]
        else:
            shelf = self.shelves[rng.choices(self.languages, self.weights)[0]]
        return shelf, rng.choices(shelf.sources, cum_weights=shelf.cumulative)[0]

    def _example(self, rng: random.Random, room: int) -> list[int]:
        (shelf, source), mixture = self._draw(rng), self.mixture
        path = repository = ""
        pieces: tuple[tuple[str, str], ...] = ()
        size = int(room * CHARACTERS_PER_TOKEN)
        if rng.random() < mixture.with_path:
            path = source.path if rng.random() < 0.5 else source.path.rsplit("/", 1)[-1]
            if rng.random() < mixture.with_repository:
                repository = source.package
            if rng.random() < mixture.with_pieces / mixture.with_path:
                pieces = _pieces(rng, shelf, source, size)
                size -= sum(len(part) for _, part in pieces)
        asked = source.answer is not None and rng.random() < mixture.asked
        if source.answer is not None and asked:
            text, span = _around(source.text, source.answer, size)
        else:
            text = _window(rng, source.text, size)
            if rng.random() > mixture.infilling or len(text) < 40:
                return self._plain(rng, text, room, path, repository)
            span = pick(text, rng)
        suffix = text[span.end :]
        draw = rng.random()
        if draw < mixture.without_suffix:  # typing at the end of the file
            suffix = ""
        elif draw < mixture.without_suffix + mixture.short_suffix:
            suffix = suffix[: rng.randrange(len(suffix) + 1)]
        layout = _layout(rng, mixture)
        start = span.start
        if layout in CUTTING and rng.random() < mixture.healed:
            start = healed_cut(text, start)
        anchor = _anchor(rng, text, start) if layout == "anchored" else 0
        example = Example(layout, text[:start], text[start : span.end], suffix, path, repository, anchor, pieces)
        found = fit(example, self.vocabulary, room)
        return self._plain(rng, text, room) if found is None else found

    def _plain(self, rng: random.Random, text: str, room: int, path: str = "", repository: str = "") -> list[int]:
        text = _window(rng, text, int(room * CHARACTERS_PER_TOKEN))
        text = text[: text.rfind("\n") + 1] or text  # the end token never comes in mid-line
        found = fit(Example("left-to-right", text, "", "", path, repository), self.vocabulary, room)
        # A header that alone fills the room leaves nothing to learn from.
        return found if found is not None and len(found) <= room else self._plain(rng, text, room)


def _window(rng: random.Random, text: str, size: int) -> str:
    # Starts before the text count as its start, so that file heads are as frequent as their use.
    if len(text) <= size:
        return text
    start = max(0, rng.randrange(-size // 3, len(text) - size // 2))
    if rng.random() < 0.7:
        start = line_start(text, start)
    return text[start : start + size]


def _layout(rng: random.Random, mixture: Mixture) -> Layout:
    draw = rng.random()
    if draw < mixture.contiguous:
        return "contiguous"
    if draw < mixture.contiguous + mixture.anchored:
        return "anchored"
    return "spm" if rng.random() < mixture.suffix_first else "psm"


def healed_cut(text: str, cursor: int) -> int:
    """Where healing cuts the text before a cursor: before its last word or sign, and the blanks before that.

    On characters, what `completion.engine.healing.split_last` does on tokens; a line's start stays.
    """
    match = LAST_WORD.search(text, line_start(text, cursor), cursor)
    return match.start() if match else cursor


def _anchor(rng: random.Random, text: str, cursor: int) -> int:
    """The start of the cursor's line, or of one of the few lines above it."""
    anchor = line_start(text, cursor)
    for _ in range(min(LINES_SINCE_ANCHOR, int(rng.expovariate(0.5)))):
        anchor = line_start(text, max(0, anchor - 1))
    return anchor


def _around(text: str, answer: tuple[int, int], size: int) -> tuple[str, Span]:
    """A window of at most about `size` characters that holds the answer and rather what stands before it."""
    start = (
        0 if len(text) <= size else line_start(text, max(0, answer[0] - max(size // 3, size - (answer[1] - answer[0]))))
    )
    return text[start:], Span(answer[0] - start, answer[1] - start, "block")


def _pieces(rng: random.Random, shelf: Shelf, source: Source, room: int) -> tuple[tuple[str, str], ...]:
    """Parts of one or two other files of the package, whole lines, together at most half of `room` characters."""
    others = shelf.packages[source.package]
    found: dict[str, str] = {}
    for _ in range(rng.randint(1, 2)):
        other = shelf.sources[rng.choice(others)]
        text = _window(rng, other.text, max(80, room // 4))
        text = text[: text.rfind("\n") + 1]
        if other.path != source.path and text.strip():
            found[other.path] = text
    return tuple(found.items())

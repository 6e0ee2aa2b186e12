"""The infilling stream: endless rows of token ids, the same for the same seed, rank and step.

A window of a file is chosen to fit the room that is left in a row, a span of it becomes the answer,
and the example is laid out whole: packing never cuts one. Knows no torch.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from training.layouts import Encoder, Example, Layout, fit
from training.shards import Shelf, Source
from training.spans import line_start, pick

LANGUAGE_WEIGHTS: Mapping[str, float] = {
    "python": 0.46, "typescript": 0.13, "javascript": 0.05, "shell": 0.09, "sql": 0.07, "yaml": 0.08,
    "markdown": 0.04, "dockerfile": 0.02, "config": 0.02, "json": 0.01, "html": 0.01, "css": 0.005, "go": 0.015,
}  # fmt: skip
CHARACTERS_PER_TOKEN = 3.6
SMALLEST_EXAMPLE = 48
SMALLEST_FILL = 8


@dataclass(frozen=True, slots=True)
class Mixture:
    """Shares in 0..1: infilling among all examples; the contiguous layout among infilling; spm among the rest."""

    infilling: float = 0.8
    contiguous: float = 0.8
    suffix_first: float = 0.5
    with_path: float = 0.6
    with_repository: float = 0.3
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
                out += self._plain(rng, self._draw(rng).text, room)
            else:
                share = 1.0 if rng.random() < 0.6 else rng.uniform(0.3, 1.0)
                out += self._example(rng, max(SMALLEST_EXAMPLE, int(room * share)))
        return out + [self.vocabulary.controls.pad] * (length - len(out))

    def _draw(self, rng: random.Random) -> Source:
        shelf = self.shelves[rng.choices(self.languages, self.weights)[0]]
        return rng.choices(shelf.sources, cum_weights=shelf.cumulative)[0]

    def _example(self, rng: random.Random, room: int) -> list[int]:
        source, mixture = self._draw(rng), self.mixture
        path = repository = ""
        if rng.random() < mixture.with_path:
            path = source.path if rng.random() < 0.5 else source.path.rsplit("/", 1)[-1]
            if rng.random() < mixture.with_repository:
                repository = source.package
        text = _window(rng, source.text, int(room * CHARACTERS_PER_TOKEN))
        if rng.random() > mixture.infilling or len(text) < 40:
            return self._plain(rng, text, room, path, repository)
        span = pick(text, rng)
        suffix = text[span.end :]
        draw = rng.random()
        if draw < mixture.without_suffix:  # typing at the end of the file
            suffix = ""
        elif draw < mixture.without_suffix + mixture.short_suffix:
            suffix = suffix[: rng.randrange(len(suffix) + 1)]
        middle = text[span.start : span.end]
        example = Example(_layout(rng, mixture), text[: span.start], middle, suffix, path, repository)
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
    if rng.random() < mixture.contiguous:
        return "contiguous"
    return "spm" if rng.random() < mixture.suffix_first else "psm"

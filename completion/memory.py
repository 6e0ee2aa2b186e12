"""What is remembered from one key to the next: suggestions, windows, generations on their way, the rhythm.

One for each editor window; everything is in memory only and bounded.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from typing import TYPE_CHECKING

from completion.cache import SuggestionCache
from completion.models.catalog import ModelSpec
from completion.prompt.anchors import DOCUMENTS, Anchors
from completion.rhythm import Rhythm
from completion.running import Generation
from completion.types import Backend, Usage

if TYPE_CHECKING:
    # They bring grammars and rules, which the server needs only after its first answer.
    from completion.prompt.snippets import Snippet
    from completion.workspace.workspace import Workspace

SWITCHED_OFF: tuple[str, ...] = ()
"""Filters and sources of context that did not pay (docs/measurements.md)."""

_RATE_FROM_TOKENS = 32
_NEWEST_WEIGHT = 0.3
_GENERATIONS = 16
PATIENT = 1e9
"""A `prompt_rate` for those who would rather wait than have less shown to the model."""

_OPERATIONS = 3.5e10
"""Parameters times tokens of a prompt that one core works through in a second (measured, docs/measurements.md)."""


class Memory:
    """The memory of one client's typing."""

    def __init__(
        self, prompt_rate: float = 0.0, *, workspace: Workspace | None = None, without: Collection[str] = SWITCHED_OFF
    ) -> None:
        """`without` are names of filters, checks and sources of context that are not used."""
        self.workspace = workspace
        self.without = frozenset(without)
        self.snippets: OrderedDict[str, tuple[Snippet, ...]] = OrderedDict()
        """What is shown of other places in front of a document."""
        self.cache = SuggestionCache()
        self.anchors = Anchors()
        self.rhythm = Rhythm()
        self.prompt_rate = prompt_rate
        """Tokens of a new prompt that the engine evaluates in a second; 0 until it was seen."""
        self._generations: OrderedDict[str, Generation] = OrderedDict()
        self._backend: Backend | None = None

    def meet(self, backend: Backend) -> None:
        """Forget what was true of another engine."""
        if self._backend is not None and backend is not self._backend:
            self.anchors, self.prompt_rate = Anchors(), 0.0
            self._generations.clear()
            self.snippets.clear()
        self._backend = backend

    def generation(self, path: str) -> Generation | None:
        """The newest generation of a document."""
        return self._generations.get(path)

    def begun(self, path: str, generation: Generation) -> None:
        """Remember a generation."""
        self._generations[path] = generation
        self._generations.move_to_end(path)
        while len(self._generations) > _GENERATIONS:
            self._generations.popitem(last=False)

    def show(self, path: str, snippets: tuple[Snippet, ...]) -> None:
        """These are shown in front of a document from now on."""
        self.snippets[path] = snippets
        self.snippets.move_to_end(path)
        while len(self.snippets) > DOCUMENTS:
            self.snippets.popitem(last=False)

    def rate_for(self, model: ModelSpec) -> float:
        """Tokens of a new prompt that `model` reads in a second: as seen, or guessed from its size (0: unknown)."""
        size = model.active_parameters or model.parameters
        return self.prompt_rate or (_OPERATIONS / size if size else 0.0)

    def learn(self, usage: Usage) -> None:
        """What a prompt's evaluation says of the engine's speed; short ones say little."""
        if usage.prompt_tokens >= _RATE_FROM_TOKENS and usage.prompt_ms > 0:
            rate = usage.prompt_tokens / usage.prompt_ms * 1000
            self.prompt_rate += (_NEWEST_WEIGHT if self.prompt_rate else 1.0) * (rate - self.prompt_rate)

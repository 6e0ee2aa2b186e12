"""Secrets of several lines are masked wherever what is shown of a document begins and ends."""

from __future__ import annotations

import pytest

from completion.models import catalog
from completion.prompt import fim
from completion.prompt.anchors import Anchors
from completion.types import CompletionRequest, Document, Mode, Text
from tests import canaries

MODEL = catalog.builtin().find("embedded")
TOKENS = 464


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> dict[canaries.Canary, str]:
    """Canaries whose line alone does not say what they are, and the text of their files."""
    root = tmp_path_factory.mktemp("canaries")
    found = {canary: (root / canary.path).read_text() for canary in canaries.plant(root) if canary.kind == "open"}
    return {canary: text for canary, text in found.items() if text.strip().count("\n")}


def shown(prefix: str, suffix: str) -> tuple[str, str]:
    """What the model sees of a document around the cursor, and what stands there before the cursor."""
    view = Anchors().view("document", prefix, suffix, TOKENS, TOKENS)
    request = CompletionRequest(Document("document", "python", (prefix + suffix).encode()), len(prefix.encode()))
    prompt = fim.render(request, MODEL, Mode.LINE, view=view)
    return "".join(segment.text for segment in prompt.segments if isinstance(segment, Text)), view.prefix


def test_no_canary_is_shown_where_a_window_begins_inside_it(planted: dict[canaries.Canary, str]) -> None:
    begun = 0
    for canary, text in planted.items():
        for lines in range(310):  # As many bytes as a window moves by.
            seen, there = shown("x\n" * lines + text + "value = 1\n" * 100, "")
            assert not canary.is_in(seen), (canary.path, lines)
            begun += canary.is_in(there) and text.split("\n")[0] not in there
    assert begun


def test_no_canary_is_shown_where_a_window_ends_inside_it(planted: dict[canaries.Canary, str]) -> None:
    for canary, text in planted.items():
        for lines in range(160):
            seen, _ = shown("\n", "x\n" * lines + text)
            assert not canary.is_in(seen), (canary.path, lines)

"""Brackets that the editor has closed by itself: the text writes them itself and goes on, so it replaces them."""

from __future__ import annotations

import pytest

from completion import inline
from completion.memory import Memory
from completion.postprocess.closers import replaced_closers
from completion.postprocess.draft import Draft
from completion.settings import Settings
from completion.syntax import languages
from completion.types import CompletionRequest, Document, Mode, Suggestion


@pytest.mark.parametrize(
    ("text", "rest", "replaced"),
    [
        ("self):", ")", 1),
        ("self)", ")", 0),
        ("self", ")", 0),
        ("self, (a, b)):", ")", 1),
        ("a]) + 1", "])", 2),
        ("a] + 1", "])", 0),
        ("a] + b", "]", 1),
        ('name") + other', '")', 2),
        ("name') + other", '")', 0),
        ("self):\n        return 1", ")", 1),
        ("first, second", "", 0),
        ("self):", ") # and more", 0),
        ("a} + {b", " }", 2),
    ],
)
def test_closers_are_replaced_where_the_text_goes_on_behind_them(text: str, rest: str, replaced: int) -> None:
    assert replaced_closers(Draft(text, "call(", rest + "\nx = 1\n", Mode.LINE, language="python")) == replaced


def shown(marked: str, text: str) -> Suggestion | None:
    """What is left of `text` at ‸."""
    before, after = marked.split("‸")
    request = CompletionRequest(Document("a.py", "python", (before + after).encode()), len(before.encode()))
    parsed, syntax = inline.look(request)
    draft = inline.draft_of(request, syntax, Settings())
    return inline.finish(request, parsed, syntax, draft, inline.Candidate("engine", text, 0.5), inline.Trace())


@pytest.mark.parametrize(
    ("marked", "text", "left", "result"),
    [
        ("def work(‸)\n", "self):", "self):", "def work(self):\n"),
        ("def work(‸)\n    return 1\n", "self, other):", "self, other):", "def work(self, other):\n    return 1\n"),
        ("ids = [‸]\n", "a] + b", "a] + b", "ids = [a] + b\n"),
        ("ids = [‸]\n", "a]", "a", "ids = [a]\n"),
        ("print(f(‸))\n", "a), b) + 1", "a), b) + 1", "print(f(a), b) + 1\n"),
        ("value = f(‸)\r\n", "a) + 1", "a) + 1", "value = f(a) + 1\r\n"),
    ],
)
def test_the_file_with_the_suggestion_is_what_was_meant(marked: str, text: str, left: str, result: str) -> None:
    found = shown(marked, text)
    assert found is not None
    source = marked.replace("‸", "").encode()
    assert found.text == left
    assert (source[: found.start] + found.text.encode() + source[found.end :]).decode() == result
    assert languages.find("python") is not None


async def test_typing_through_keeps_what_is_replaced() -> None:
    memory, source = Memory(), b"def work()\n"
    found = shown("def work(‸)\n", "self):")
    assert found is not None
    memory.cache.keep("a.py", "def work(", ")\n", found)
    typed = memory.cache.find("a.py", "def work(se", ")\n", len(source) - 2 + 2)
    assert typed is not None
    assert (typed.text, typed.end - typed.start) == ("lf):", 1)

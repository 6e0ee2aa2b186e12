"""Windows that stand still while somebody types: the prompt of the next key begins with the prompt of this one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completion.models import catalog
from completion.prompt import fim
from completion.prompt.anchors import AT_MOST, MOVE_AFTER, Anchors, behind_closers, cold_tokens
from completion.types import CompletionRequest, Control, Document, Mode, Prompt, Text, Trigger

EMBEDDED = catalog.builtin().find("embedded")
QWEN = catalog.builtin().find("qwen2.5-coder-0.5b")
CODE = "".join(f"def function_{number}(value):\n    return value + {number}\n\n\n" for number in range(200))
TYPED = "def added(first, second):\n    total = first + second\n    return total\n"


def prompt_at(anchors: Anchors, model: catalog.ModelSpec, prefix: str, suffix: str) -> Prompt:
    """The prompt for a cursor between the two texts."""
    view = anchors.view("a.py", prefix, suffix, fim.text_tokens(model), 10_000)
    document = Document("a.py", "python", (prefix + suffix).encode())
    return fim.render(CompletionRequest(document, len(prefix.encode()), Trigger.AUTOMATIC), model, Mode.LINE, view=view)


def as_text(prompt: Prompt) -> str:
    """All of it, control tokens by name."""
    return "".join(part.text if isinstance(part, Text) else part.token for part in prompt.segments)


@pytest.mark.parametrize("model", [EMBEDDED, QWEN], ids=lambda model: model.name)
@pytest.mark.parametrize("closers", ["", ")", "])}"])
def test_a_key_only_appends(model: catalog.ModelSpec, closers: str) -> None:
    anchors = Anchors()
    before = prompt_at(anchors, model, CODE, "\n" + CODE)
    for end in range(1, len(TYPED) + 1):
        # The editor closes what is opened: brackets come and go behind the cursor.
        shown = closers if end % 3 else ""
        after = prompt_at(anchors, model, CODE + TYPED[:end], shown + "\n" + CODE)
        assert as_text(after) == as_text(before) + TYPED[end - 1]
        assert after.slot == before.slot
        before = after


def test_the_suffix_stands_before_what_is_typed() -> None:
    prompt = prompt_at(Anchors(), QWEN, "import os\nprint(", ")\nrest = 1\n")
    assert prompt.segments[-6:] == (
        Control("<|fim_prefix|>"),
        Text("import os\n"),
        Control("<|fim_suffix|>"),
        Text("\nrest = 1\n"),
        Control("<|fim_middle|>"),
        Text("print(", heal=True),
    )


@pytest.mark.parametrize(
    ("suffix", "shown"),
    [
        (")\nnext", "\nnext"),
        (") + 1\nnext", ") + 1\nnext"),
        ("\nnext", "\nnext"),
        ('"]);', ""),
        ("", ""),
        (" )  \n", "\n"),
    ],
)
def test_what_editors_close_by_themselves_is_not_shown(suffix: str, shown: str) -> None:
    assert behind_closers(suffix) == shown


def test_a_jump_or_an_edit_above_makes_a_new_window_in_the_other_slot() -> None:
    anchors = Anchors()
    here = anchors.view("a.py", "a = 1\nb = ", "\nc = 3\n", 400, 400).window
    assert anchors.view("a.py", "a = 1\nb = 2", "\nc = 3\n", 400, 400).window is here
    edited = anchors.view("a.py", "a = 9\nb = 2", "\nc = 3\n", 400, 400).window
    assert (edited.head, edited.slot) == ("a = 9\n", 1 - here.slot)
    below = anchors.view("a.py", "a = 9\nb = 2", "\nc = 4\n", 400, 400).window
    assert below.suffix == "\nc = 4\n"


def test_a_cold_document_is_shown_in_part_and_widened_later() -> None:
    anchors = Anchors()
    first = anchors.view("a.py", CODE, CODE, 1000, 100)
    assert len(first.prefix) + len(first.window.suffix) < 100 * 3
    wider = anchors.better("a.py", CODE, CODE, 1000)
    assert wider is not None
    assert len(wider.head) > 3 * len(first.window.head)
    assert wider.slot != first.window.slot
    anchors.adopt("a.py", wider)
    assert anchors.view("a.py", CODE + "x", CODE, 1000, 100).window is wider
    assert anchors.better("a.py", CODE, CODE, 1000) is None


def test_the_anchor_follows_when_much_was_typed_and_somebody_rests() -> None:
    anchors = Anchors()
    window = anchors.view("a.py", CODE, "\n", 1000, 1000).window
    typed = "x = 1\n" * (MOVE_AFTER // 6 + 2)
    assert anchors.view("a.py", CODE + typed, "\n", 1000, 1000).window is window
    moved = anchors.better("a.py", CODE + typed, "\n", 1000)
    assert moved is not None
    assert moved.at == len(CODE + typed)
    much = "x = 1\n" * (AT_MOST // 6 + 2)
    assert anchors.view("a.py", CODE + much, "\n", 1000, 1000).window is not window


@given(
    text=st.text(alphabet="ab \n)é", max_size=300),
    cursors=st.lists(st.tuples(st.integers(0, 300), st.text(alphabet="x(\n ", max_size=3)), max_size=12),
    tokens=st.integers(64, 200),
)
def test_what_is_shown_is_always_the_text_at_the_cursor(text: str, cursors: list[tuple[int, str]], tokens: int) -> None:
    anchors = Anchors()
    for position, inserted in cursors:
        at = min(position, len(text))
        text = text[:at] + inserted + text[at:]
        at += len(inserted)
        view = anchors.view("a.py", text[:at], text[at:], tokens, tokens)
        assert text[:at].endswith(view.prefix)
        assert behind_closers(text[at:]).startswith(view.window.suffix)


def test_how_much_of_a_cold_document() -> None:
    assert cold_tokens(0.0, 0.25) == 100
    assert cold_tokens(200.0, 0.25) == 50
    assert cold_tokens(30.0, 0.25) == 40
    assert cold_tokens(4000.0, 0.25) == 1000


def test_a_family_that_knows_prefix_first_only_keeps_its_layout() -> None:
    only = QWEN.model_copy(update={"fim": QWEN.template.model_copy(update={"layouts": ("psm",)})})
    assert fim.typing_layout(only.template) == "psm"
    assert fim.typing_layout(QWEN.template) == "anchored"
    assert fim.typing_layout(EMBEDDED.template) == "contiguous"


def test_a_warm_prompt_is_the_beginning_of_the_next_answers() -> None:
    anchors = Anchors()
    anchors.view("a.py", CODE, CODE, 400, 100)
    window = anchors.better("a.py", CODE, CODE, 400)
    assert window is not None
    warm = fim.warm("a.py", window, QWEN)
    assert (warm.purpose, warm.max_tokens) == ("warm", 0)
    anchors.adopt("a.py", window)
    asked = prompt_at(anchors, QWEN, CODE + "ret", CODE)
    assert as_text(asked) == as_text(warm) + "ret"
    assert asked.slot == warm.slot == "a.py#1"
    assert replace(asked, slot="") != warm

"""Conversations for servers that take one string, and for models that do not converse."""

from __future__ import annotations

import pytest

from completion.engine.kinds import KINDS
from completion.engine.remote_prompts import as_text
from completion.errors import ConfigError
from completion.models import catalog
from completion.models.chat import TEMPLATES, Chat
from completion.scripts import chat
from completion.scripts.chat import Turn
from completion.types import Control, Prompt, Text

BASE = catalog.builtin().find("qwen2.5-coder-0.5b-instruct")


def of(family: Chat) -> catalog.ModelSpec:
    return BASE.model_copy(update={"chat": family, "fim": None})


def mine(family: Chat) -> tuple[Turn, ...]:
    """A conversation in which a person spells all marks of the family."""
    template = TEMPLATES[family]
    return (Turn("system", "Be brief."), Turn("user", " ".join((*template.controls, *template.words))))


@pytest.mark.parametrize("family", TEMPLATES)
def test_one_string_holds_our_marks_and_nobody_elses(family: Chat) -> None:
    model, template = of(family), TEMPLATES[family]
    segments = chat.render(mine(family), model, "```sql\n")
    text = as_text(Prompt(segments, max_tokens=8), model, KINDS["vllm"]).prompt
    assert isinstance(text, str)
    for control in template.controls:
        assert text.count(control) == sum(part == Control(control) for part in segments)
    for word in template.words:
        plain = chat.render((Turn("system", "Be brief."), Turn("user", "x")), model)
        once = sum(part.text.count(word) for part in plain if isinstance(part, Text))
        assert text.count(word) == once
    assert text.endswith("```sql\n")


@pytest.mark.parametrize("family", ["deepseek", "inst", "gemma"])
def test_a_server_that_begins_prompts_itself_gets_no_beginning(family: Chat) -> None:
    model = of(family)
    asked = as_text(Prompt(chat.render(mine(family), model), max_tokens=8), model, KINDS["openai"]).prompt
    assert isinstance(asked, str)
    assert not asked.startswith(TEMPLATES[family].bos)


@pytest.mark.parametrize("family", TEMPLATES)
def test_the_engine_is_told_of_all_control_tokens(family: Chat) -> None:
    model = of(family)
    used = {part.token for part in chat.render((*mine(family), Turn("assistant", "a"), Turn("user", "b")), model)
            if isinstance(part, Control)}  # fmt: skip
    assert used <= set(model.controls)
    assert TEMPLATES[family].end in model.controls


def test_a_model_that_does_not_converse_is_named() -> None:
    with pytest.raises(ConfigError, match="model embedded does not converse"):
        chat.render((Turn("user", "a"),), catalog.builtin().find("embedded"))

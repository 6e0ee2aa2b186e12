"""Conversations as segments, in the marks of a model's family. Knows the families' tables, not what is talked about.

What a person or a file says is text and can never become a control token. Where a family's marks are text themselves,
the same words in a person's text are taken apart with a blank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from completion.errors import ConfigError
from completion.models.catalog import ModelSpec
from completion.models.chat import TEMPLATES, ChatTemplate, Role
from completion.types import Control, Segment, Text


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side says."""

    role: Role
    text: str


def render(turns: Sequence[Turn], model: ModelSpec, opening: str = "") -> tuple[Segment, ...]:
    """The conversation up to the model's answer, which begins with `opening`, already said for it.

    The system's turn, if there is one, is the first. Raises `ConfigError` for a model that does not converse.
    """
    template = template_of(model)
    parts: list[Segment] = [Control(template.bos)] if template.bos else []
    inside = ""
    for turn in turns:
        text = _safe(turn.text.strip(), template)
        if turn.role == "system" and template.system_inside is not None:
            inside = template.system_inside[0] + text + template.system_inside[1]
            continue
        parts += _marks(template.before[turn.role], template)
        parts.append(Text((inside if turn.role == "user" else "") + text))
        parts += _marks(template.after[turn.role], template)
        inside = "" if turn.role == "user" else inside
    parts += _marks(template.before["assistant"], template)
    if opening:
        parts.append(Text(opening))
    return _joined(parts)


def template_of(model: ModelSpec) -> ChatTemplate:
    """The marks of the model's family. Raises `ConfigError` where it has none."""
    if model.chat is None:
        raise ConfigError(f"model {model.name} does not converse.", advice="Choose a model that follows instructions.")
    return TEMPLATES[model.chat]


def _marks(mark: Sequence[str], template: ChatTemplate) -> list[Segment]:
    return [Control(part) if part in template.controls else Text(part) for part in mark]


def _safe(text: str, template: ChatTemplate) -> str:
    for word in template.words:
        text = text.replace(word, word[0] + " " + word[1:])
    return text


def _joined(parts: Sequence[Segment]) -> tuple[Segment, ...]:
    """Texts that follow each other as one, so that they are tokenized as the family's training text was."""
    joined: list[Segment] = []
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, Text) and isinstance(last, Text):
            joined[-1] = Text(last.text + part.text)
        elif not (isinstance(part, Text) and not part.text):
            joined.append(part)
    return tuple(joined)

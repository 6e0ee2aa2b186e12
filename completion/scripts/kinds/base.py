"""What a kind of script is: how it is asked for, where it ends, and how an answer of it is tidied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from completion.scripts.types import Material


@dataclass(frozen=True, slots=True)
class Example:
    """A request with a good answer, which shows a model what is wanted.

    `schema` is what the request is about; with `dialects` it is shown for these only ("" where none is given).
    """

    request: str
    answer: str
    schema: str = ""
    dialects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """The file in which a base model writes its answer, around the request.

    `head` stands at the top and belongs to the script, `above` stands below it and does not. Behind the request comes
    `opening`, with which every answer begins: `in_script` says whether it belongs to the script.
    """

    head: str = ""
    above: str = ""
    opening: str = ""
    in_script: bool = True

    @property
    def begun(self) -> str:
        """What the script begins with before the model has said anything."""
        return self.head + (self.opening if self.in_script else "")


def no_frame(_material: Material) -> Frame:
    """An empty file."""
    return Frame()


def begins_with(opening: str) -> Callable[[Material], Frame]:
    """A file whose every answer begins so."""
    return lambda _material: Frame(opening=opening)


def whole_lines(text: str) -> str:
    """The text up to its last line break: what a model that was cut off had said to the end."""
    return text[: text.rfind("\n") + 1] or text


def lines(text: str) -> str:
    """Without blank lines at both ends and blanks at the ends of lines; one line break at the end."""
    kept = "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")
    return kept + "\n" if kept else ""


def says_something(text: str, marker: str) -> bool:
    """Whether there is more than comments in it."""
    return any(line.strip() and not line.lstrip().startswith(marker) for line in text.split("\n"))


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of script; `KINDS` holds all.

    `title` is for people, `fence` the language of a fenced block, `languages` are LSP language ids. `marker` begins a
    comment, `file` is the name of a file of the kind. `tokens` is how long an answer may become; `stops` are strings
    behind which a base model has gone on to something else. `instruction` says the rules to a model that follows
    instructions; `wanted` adds what the material demands. `frame` is the file around a base model's answer; `found`
    makes a script of what a base model wrote in it. `boundary` cuts a text that was cut off where something ends,
    `clean` tidies a whole one.
    """

    name: str
    title: str
    fence: str
    languages: tuple[str, ...]
    marker: str
    file: str
    tokens: int
    stops: tuple[str, ...]
    instruction: str
    examples: tuple[Example, ...]
    wanted: Callable[[Material], str] = lambda _material: ""
    frame: Callable[[Material], Frame] = no_frame
    found: Callable[[str], str] = lambda text: text
    boundary: Callable[[str], str] = whole_lines
    clean: Callable[[str], str] = lines

    def examples_for(self, material: Material) -> tuple[Example, ...]:
        """The examples in the dialect that is wanted."""
        return tuple(one for one in self.examples if not one.dialects or material.dialect in one.dialects)

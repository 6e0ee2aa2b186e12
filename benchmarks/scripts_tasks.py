"""The tasks of the scripts benchmark: what is asked for and what a right answer comes to. Knows no model.

They stand in `script_tasks/KIND.toml`. A family is an intent that the embedded model was trained on, asked for in other
words and with other names; a task without one is free. `answer` is right, `wrong` is valid and does something else:
the tests hold every check of an outcome to both.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from completion.scripts.types import Material, ScriptRequest

FOLDER = Path(__file__).with_name("script_tasks")
Group = Literal["trained", "held out", "free"]
GROUPS: tuple[Group, ...] = ("trained", "held out", "free")
KINDS = ("sql", "shell", "dockerfile", "kubernetes", "regex")


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _unframed(value: object) -> object:
    return value.strip("\n") if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Script = Annotated[str, BeforeValidator(_unframed)]


class Task(BaseModel):
    """What all kinds share. `risk` is the rule that must name the danger in the answer; "" where there is none.

    `held_out` marks families that were kept out of the training, although the same generator could write them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    family: str = ""
    held_out: bool = False
    request: str
    answer: Script
    wrong: Script
    risk: str = ""

    @property
    def kind(self) -> str:
        raise NotImplementedError

    @property
    def group(self) -> Group:
        """Whether the embedded model has seen such requests in its training."""
        if not self.family:
            return "free"
        return "held out" if self.held_out else "trained"

    def material(self) -> Material:
        """What a user would give along with the request."""
        return Material()

    def asked(self, *, temperature: float = 0.0, seed: int = 0) -> ScriptRequest:
        """The request as the product takes it."""
        return ScriptRequest(self.kind, self.request, material=self.material(), temperature=temperature, seed=seed)


class Given(BaseModel):
    """Tables and what stands in them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tables: Script
    rows: Script


class SqlTask(Task):
    """Rows of the last query, or of `after`, which looks at the tables when the statements have run.

    A row is its cells joined by `|`, NULL for nothing. `refuses` are statements that must fail then. Columns may stand
    in another order, and more of them may be shown than asked for.
    """

    given: Given
    rows: Texts = ()
    ordered: bool = False
    after: str = ""
    refuses: Texts = ()

    @property
    def kind(self) -> str:
        return "sql"

    def material(self) -> Material:
        return Material(dialect="sqlite", schema=self.given.tables)


class ShellTask(Task):
    """Files first, then the script; then what it has printed, which files there are, which programs it has called.

    `files` are texts by path, a path with a slash at its end is a folder; `sizes` are files of so many bytes, `days`
    ages of files, `links` symbolic links. `stdout` lists texts that are all right; lines are compared without leading
    `./` and with single blanks, in any order where it is `unordered`. `after`, `absent`, `links_after` are what there
    must be and must not be. `stubs` are programs that only tell that they were called (name = what they say), `calls`
    what they must have been called with: regular expressions, in order. `before` and `then` are more script above and
    below the answer. `also` are further scenarios in which it must be right too, as fields that differ: a script that
    merely fails must not pass for one that refuses. `accepted` are further right answers by structure.
    """

    files: dict[str, str] = {}
    sizes: dict[str, int] = {}
    days: dict[str, float] = {}
    links: dict[str, str] = {}
    arguments: Texts = ()
    stdin: str = ""
    stubs: dict[str, str] = {}
    stdout: Texts | None = None
    stderr: str = ""
    status: Literal["zero", "not zero", "any"] = "zero"
    unordered: bool = False
    after: dict[str, str] = {}
    absent: Texts = ()
    links_after: dict[str, str] = {}
    calls: Texts = ()
    before: str = ""
    then: str = ""
    also: tuple[dict[str, Any], ...] = ()
    accepted: Texts = ()

    @property
    def kind(self) -> str:
        return "shell"

    def material(self) -> Material:
        return Material(dialect="bash")

    def scenarios(self) -> tuple[ShellTask, ...]:
        """The task itself and what it is in its further scenarios."""
        own = self.model_dump() | {"also": ()}
        return (self, *(ShellTask.model_validate(own | each) for each in self.also))


class DockerfileTask(Task):
    """Regular expressions for whole instructions, as `scripts_files.canonical` writes them, whatever their case.

    Every one of `needs` fits some instruction, those of `order` one after the other, none of `lacks` fits any.
    """

    needs: Texts = ()
    order: Texts = ()
    lacks: Texts = ()
    stages: int = 0

    @property
    def kind(self) -> str:
        return "dockerfile"


class KubernetesTask(Task):
    """Values in the documents: `[document, path, value]`, the document as `Kind` or `Kind/name`.

    A path is keys and numbers of list items joined by dots, `*` for any item, with " or " between ways
    to say the same. The value "…" is any, one behind "re:" a regular expression for all of it. `lacks` are
    `[document, path]` that must not be there.
    """

    values: tuple[tuple[str, str, Any], ...]
    lacks: tuple[tuple[str, str], ...] = ()
    version: str = "1.34"

    @property
    def kind(self) -> str:
        return "kubernetes"

    def material(self) -> Material:
        return Material(version=self.version)


class RegexTask(Task):
    """Examples that the user gives, and more that only the outcome is judged by."""

    matching: Texts
    other: Texts
    hidden: Texts
    hidden_other: Texts

    @property
    def kind(self) -> str:
        return "regex"

    def material(self) -> Material:
        return Material(matching=self.matching, other=self.other)


@cache
def tasks(kind: str) -> tuple[Task, ...]:
    """The tasks of a kind, in the order of its file."""
    with (FOLDER / f"{kind}.toml").open("rb") as stream:
        table = tomllib.load(stream)
    model: type[Task] = {
        "sql": SqlTask,
        "shell": ShellTask,
        "dockerfile": DockerfileTask,
        "kubernetes": KubernetesTask,
        "regex": RegexTask,
    }[kind]
    if kind == "sql":
        for row in table["task"]:
            row["given"] = table["given"][row["given"]]
    return tuple(model.model_validate(row) for row in table["task"])


def chosen(kinds: Collection[str], count: int = 0) -> list[Task]:
    """Tasks of these kinds; at most `count` of each where it is not 0, spread over its file."""
    found: list[Task] = []
    for kind in KINDS:
        if kind in kinds:
            some = tasks(kind)
            step = max(1, len(some) // count) if count else 1
            found += some[::step][: count or None]
    return found

"""What the words of a shell script come to, as far as that can be known without running it.

A value is a set of possible texts. Unknown parts are marks in them: `MAYBE` for what may be empty, `SURE` for what is
certainly something, `PRINTED` for what a command prints. Knows no command but by the flow that it is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from completion.scripts.risk.shell_tree import Substitution, Text, Variable, Word

MAYBE, SURE, PRINTED = "\ue000", "\ue001", "\ue002"
"""Private characters: they stand in no path."""

MAX_TEXTS = 64

_ALWAYS_SET = frozenset(
    [
        "USER",
        "LOGNAME",
        "UID",
        "EUID",
        "HOSTNAME",
        "PPID",
        "RANDOM",
        "SECONDS",
        "LINENO",
        "BASH",
        "BASH_SOURCE",
        "FUNCNAME",
    ]
)
_BRACES = re.compile(r"(?<!\$)\{([^{}\s]*,[^{}\s]*)\}")


@dataclass(frozen=True, slots=True)
class Value:
    """The possible texts of a word (or the words that it becomes), and where a part of it comes from.

    `origins` may hold "download" (a program fetched it) and "decoded" (a program decoded it).
    """

    texts: tuple[str, ...] = ("",)
    origins: frozenset[str] = frozenset()

    @property
    def text(self) -> str:
        """All of it as one text."""
        return " ".join(self.texts)


@dataclass(frozen=True, slots=True)
class Flow:
    """What commands print: the text where it is known, and where it comes from. `origins` as those of a `Value`.

    `mark` stands for a text that is not known; `line` is where a known text stands in the script, 0 for the call's.
    """

    text: str | None = None
    origins: frozenset[str] = frozenset()
    mark: str = SURE
    line: int = 0


NOTHING = Flow("")


def value_of(word: Word, variables: Mapping[str, Value], printed: Callable[[Substitution], Flow]) -> Value:
    """The value of `word`; `printed` says what the commands of a substitution print."""
    texts: tuple[str, ...] = ("",)
    origins: frozenset[str] = frozenset()
    braces = False
    for piece in word.pieces:
        match piece:
            case Text(text, quoted):
                braces = braces or (not quoted and "{" in text)
                new = Value((text,))
            case Variable():
                new = _of_variable(piece, variables, printed)
            case Substitution():
                flow = printed(piece)
                new = Value((flow.mark if flow.text is None else flow.text.strip("\n"),), flow.origins)
        texts = tuple(f"{left}{right}" for left in texts for right in new.texts)[:MAX_TEXTS]
        origins |= new.origins
    if braces:
        texts = tuple(each for text in texts for each in _braces(text))[:MAX_TEXTS]
    return Value(texts, origins)


def _of_variable(variable: Variable, variables: Mapping[str, Value], printed: Callable[[Substitution], Flow]) -> Value:
    operator, known = variable.operator, variables.get(variable.name)
    if operator in (":?", "?"):
        return Value((SURE,)) if known is None or MAYBE in known.text else known
    if operator in (":-", "-", ":=", "=") and known is None and variable.default is not None:
        return value_of(variable.default, variables, printed)
    if operator == "#":
        return Value(("1",))
    if known is not None:
        return known if not operator or operator in (":-", "-", ":=", "=") else Value((MAYBE,), known.origins)
    if variable.name == "HOME":
        return Value(("~",))
    if variable.name == "PWD":
        return Value((".",))
    if variable.name == "TMPDIR":
        return Value(("/tmp",))  # noqa: S108  (a name in somebody's script, not a file of ours)
    return Value((SURE if variable.name in _ALWAYS_SET or variable.name in "#?$!0-" else MAYBE,))


def _braces(text: str) -> tuple[str, ...]:
    """`a{b,c}` as `ab` and `ac`."""
    found: tuple[str, ...] = (text,)
    for _ in range(4):
        if not any(_BRACES.search(each) for each in found):
            break
        found = tuple(
            each[: match.start()] + middle + each[match.end() :] if match else each
            for each in found
            for match in [_BRACES.search(each)]
            for middle in (match[1].split(",") if match else [""])
        )[:MAX_TEXTS]
    return found

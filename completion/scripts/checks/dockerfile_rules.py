"""Which arguments each Dockerfile instruction takes. Knows one instruction at a time, not their order."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable

from completion.scripts.checks.dockerfile_lines import Instruction

# The flags that BuildKit knows, by instruction.
FLAGS: dict[str, tuple[str, ...]] = {
    "ADD": ("chown", "chmod", "link", "checksum", "keep-git-dir", "exclude", "unpack"),
    "COPY": ("from", "chown", "chmod", "link", "parents", "exclude"),
    "FROM": ("platform",),
    "HEALTHCHECK": ("interval", "timeout", "start-period", "start-interval", "retries"),
    "RUN": ("mount", "network", "security", "device"),
}
_SIGNAL = re.compile(r"(?:SIG)?[A-Z][A-Z0-9+-]*$|\d+$")
_PORT = re.compile(r"(\d+)(?:-(\d+))?(?:/(tcp|udp|sctp))?$", re.I)
_IMAGE = re.compile(
    r"(?:[a-zA-Z0-9.-]+(?::\d+)?/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*"
    r"(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$"
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*$")
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ns|us|ms|s|m|h))+$")


def wrong(instruction: Instruction) -> str:
    """What is wrong with an instruction by itself; "" where nothing is."""
    rule = RULES.get(instruction.word)
    if rule is None:
        return f"{instruction.word} is no instruction"
    allowed = FLAGS.get(instruction.word, ())
    for flag in instruction.flags:
        name, _, value = flag[2:].partition("=")
        if name not in allowed:
            return f"{instruction.word} knows no flag --{name}"
        if instruction.word != "HEALTHCHECK" or "$" in value:
            continue
        if not (value.isdigit() if name == "retries" else _DURATION.match(value)):
            return f"--{name} needs {'a number' if name == 'retries' else 'a duration such as 30s'}"
    if not instruction.arguments:
        return f"{instruction.word} needs arguments"
    return rule(instruction.arguments) or _json(instruction)


def _json(instruction: Instruction) -> str:
    """A list in brackets that is no JSON is taken as a shell command, which is never meant."""
    text = (
        instruction.arguments.removeprefix("CMD ").strip()
        if instruction.word == "HEALTHCHECK"
        else instruction.arguments
    )
    if instruction.word not in _LISTS or not text.startswith("[") or text.startswith(("[[", "[ -", "[ !", '[ "$')):
        return ""
    try:
        values = json.loads(text)
    except ValueError:
        return f"the list of {instruction.word} is no JSON: strings in double quotes, between commas"
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        return f"the list of {instruction.word} may hold strings alone"
    return ""


def _from(arguments: str) -> str:
    words = arguments.split()
    if len(words) not in (1, 3) or (len(words) == 3 and words[1].upper() != "AS"):
        return "FROM takes an image, or an image AS a name"
    if len(words) == 3 and not re.match(r"[a-zA-Z][a-zA-Z0-9_.-]*$", words[2]):
        return f"{words[2]} is no name for a stage"
    if "$" not in words[0] and not _IMAGE.match(words[0]):
        return f"{words[0]} is no name of an image"
    return ""


def _two(arguments: str) -> str:
    if "<<" in arguments:
        return ""
    try:
        words = json.loads(arguments) if arguments.startswith("[") else arguments.split()
    except ValueError:
        return ""
    if len(words) < 2:
        return "a source and a destination are needed"
    if len(words) > 2 and not str(words[-1]).endswith(("/", "\\", ".")) and "$" not in str(words[-1]):
        return "several sources need a destination that ends with /"
    return ""


def _pairs(arguments: str) -> str:
    first = re.match(r"(?:\"[^\"]*\"|'[^']*'|[^\s=])+", arguments)
    if first is None:
        return "a name is needed before ="
    rest = arguments[first.end() :]
    if not rest.startswith("="):
        return "" if rest.strip() else "a name and a value are needed"
    try:
        words = shlex.split(arguments)
    except ValueError:
        return "a quote is not closed"
    for word in words:
        if "=" not in word:
            return f"{word} has no value: name=value is needed"
        if word.startswith("="):
            return "a name is needed before ="
    return ""


def _arg(arguments: str) -> str:
    try:
        words = shlex.split(arguments)
    except ValueError:
        return "a quote is not closed"
    for word in words:
        if not _NAME.match(word.partition("=")[0]):
            return f"{word} is no name, and no name=value"
    return ""


def _expose(arguments: str) -> str:
    for word in arguments.split():
        if "$" in word:
            continue
        port = _PORT.match(word)
        if not port or not all(0 < int(number) < 65536 for number in port.group(1, 2) if number):
            return f"{word} is no port"
    return ""


def _one(arguments: str) -> str:
    return "" if len(arguments.split()) == 1 or arguments[0] in "\"'" or "$" in arguments else "one argument is needed"


def _any(arguments: str) -> str:
    return ""


def _healthcheck(arguments: str) -> str:
    word, _, rest = arguments.partition(" ")
    if word.upper() == "NONE":
        return "NONE takes no argument" if rest.strip() else ""
    if word.upper() != "CMD":
        return "HEALTHCHECK takes CMD with a command, or NONE"
    return "" if rest.strip() else "CMD needs a command"


def _shell(arguments: str) -> str:
    return "" if arguments.startswith("[") else "SHELL takes a JSON list"


def _stopsignal(arguments: str) -> str:
    return "" if "$" in arguments or _SIGNAL.match(arguments) else f"{arguments} is no signal"


def _onbuild(arguments: str) -> str:
    word, _, rest = arguments.partition(" ")
    if word.upper() in ("FROM", "ONBUILD", "MAINTAINER"):
        return f"ONBUILD may not hold {word.upper()}"
    return wrong(Instruction(word.upper(), rest.strip(), (), 0, 0, 0, 0))


RULES: dict[str, Callable[[str], str]] = {
    "ADD": _two,
    "ARG": _arg,
    "CMD": _any,
    "COPY": _two,
    "ENTRYPOINT": _any,
    "ENV": _pairs,
    "EXPOSE": _expose,
    "FROM": _from,
    "HEALTHCHECK": _healthcheck,
    "LABEL": _pairs,
    "MAINTAINER": _any,
    "ONBUILD": _onbuild,
    "RUN": _any,
    "SHELL": _shell,
    "STOPSIGNAL": _stopsignal,
    "USER": _one,
    "VOLUME": _any,
    "WORKDIR": _one,
}
_LISTS = frozenset({"ADD", "CMD", "COPY", "ENTRYPOINT", "HEALTHCHECK", "RUN", "SHELL", "VOLUME"})

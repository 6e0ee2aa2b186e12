"""Judges Dockerfiles by their instructions, manifests by their values, and expressions by more examples."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from benchmarks.scripts_tasks import DockerfileTask, KubernetesTask, RegexTask
from completion.scripts.checks import regex_examples
from completion.scripts.checks.dockerfile_lines import Instruction, instructions
from completion.scripts.types import Material

LONGEST = 64 * 1024
_JSON = frozenset({"CMD", "ENTRYPOINT", "SHELL", "VOLUME", "RUN", "COPY", "ADD"})
_PAIRS = frozenset({"ENV", "LABEL"})
_APART = frozenset({"EXPOSE", "VOLUME"})
_SELECTING = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"})


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether an answer is right; if not, why; `note` says why it was not run, where it was to be."""

    right: bool
    reason: str = ""
    note: str = ""


def dockerfile(task: DockerfileTask, text: str) -> Judged:
    """Whether the instructions are there that the task needs."""
    lines = [line for each in instructions(text)[0] for line in canonical(each, text)]
    for pattern in task.needs:
        if not any(_fits(pattern, line) for line in lines):
            return Judged(right=False, reason=f"nothing fits {pattern}")
    rest = iter(lines)
    for pattern in task.order:
        if not any(_fits(pattern, line) for line in rest):
            return Judged(right=False, reason=f"nothing fits {pattern} behind what must come before it")
    for pattern in task.lacks:
        for line in lines:
            if _fits(pattern, line):
                return Judged(right=False, reason=f"{line} is there")
    stages = sum(line.startswith("FROM ") for line in lines)
    if task.stages and stages != task.stages:
        return Judged(right=False, reason=f"{stages} stages instead of {task.stages}")
    return Judged(right=True)


def canonical(instruction: Instruction, text: str) -> Iterator[str]:
    """An instruction in one way of the many that mean the same: `WORD flags arguments`.

    JSON forms are written as words, `ENV` and `LABEL` a pair each without quotes, `EXPOSE` and `VOLUME` a value each,
    here-documents at the end.
    """
    word, arguments = instruction.word, " ".join(instruction.arguments.split())
    flags = " ".join(instruction.flags)
    if word == "HEALTHCHECK" and (found := re.fullmatch(r"(.*?)\bCMD\s+(.*)", arguments, re.S)):
        arguments = f"{found.group(1)}CMD {_words(found.group(2))}"
    elif word in _JSON:
        arguments = _words(arguments)
    lines = text.split("\n")
    for first, last in instruction.documents:
        arguments += " " + "\n".join(lines[first - 1 : last])
    head = f"{word} {flags} " if flags else f"{word} "
    if word in _PAIRS:
        try:
            words = shlex.split(arguments)
        except ValueError:
            words = [arguments]
        if words and "=" not in words[0]:
            words = [f"{words[0]}={' '.join(words[1:])}"]
        yield from (f"{head}{each}" for each in words)
    elif word in _APART:
        yield from (f"{head}{each}" for each in arguments.split())
    else:
        yield f"{head}{arguments}"


def kubernetes(task: KubernetesTask, text: str) -> Judged:
    """Whether the documents hold the values of the task."""
    if len(text) > LONGEST:
        return Judged(right=False, reason="it is too long")
    try:
        documents = [each for each in YAML(typ="safe").load_all(text) if isinstance(each, Mapping)]
    except (YAMLError, ValueError) as error:
        return Judged(right=False, reason=f"YAML: {str(error).splitlines()[0]}")
    for document in documents:
        if complaint := _selects(document):
            return Judged(right=False, reason=complaint)
    for name, path, value in task.values:
        found = [
            own
            for document in _named(documents, name)
            for way in path.split(" or ")
            for own in values(document, way.split("."))
        ]
        if not any(_equal(own, value) for own in found):
            shown = ", ".join(map(str, found))[:120] or "nothing"
            return Judged(right=False, reason=f"{name} {path} is {shown}, not {value}")
    for name, path in task.lacks:
        if any(True for document in _named(documents, name) for _ in values(document, path.split("."))):
            return Judged(right=False, reason=f"{name} has {path}")
    return Judged(right=True)


def values(node: Any, path: Sequence[str]) -> Iterator[Any]:
    """What stands at a path; `*` is any item of a list or a table. A key may hold dots: `a.b` is tried as one too."""
    if not path:
        yield node
        return
    first, *rest = path
    if isinstance(node, Mapping):
        for each in node.values() if first == "*" else [node[first]] if first in node else ():
            yield from values(each, rest)
        for end in range(2, len(path) + 1):
            if (key := ".".join(path[:end])) in node:
                yield from values(node[key], path[end:])
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for each in node if first == "*" else node[int(first) : int(first) + 1] if first.isdigit() else ():
            yield from values(each, rest)


def regex(task: RegexTask, text: str) -> Judged:
    """Whether the expression is right about all examples, also those that its writer has not seen."""
    material = Material(
        matching=(*task.matching, *task.hidden),
        other=(*task.other, *task.hidden_other),
    )
    verdict = regex_examples.check(text, material)
    if verdict.state == "valid":
        return Judged(right=True)
    errors = [each.message for each in verdict.findings if each.severity == "error"]
    return Judged(right=False, reason=errors[0] if errors else verdict.reason)


def _words(arguments: str) -> str:
    if arguments.startswith("["):
        try:
            found = json.loads(arguments)
        except json.JSONDecodeError:
            return arguments
        if isinstance(found, list):
            return " ".join(map(str, found))
    return arguments


def _fits(pattern: str, line: str) -> bool:
    return re.fullmatch(pattern, line, re.I | re.S) is not None


def _selects(document: Mapping[str, Any]) -> str:
    """What no schema says: a workload must select its own pods."""
    if document.get("kind") not in _SELECTING:
        return ""
    wanted = next(values(document, ["spec", "selector", "matchLabels"]), None) or {}
    labels = next(values(document, ["spec", "template", "metadata", "labels"]), None) or {}
    lost = [key for key, value in wanted.items() if labels.get(key) != value]
    return f"the {document['kind']} does not select its own pods ({lost[0]})" if lost else ""


def _named(documents: Sequence[Mapping[str, Any]], name: str) -> list[Mapping[str, Any]]:
    kind, _, own = name.partition("/")
    found = [each for each in documents if each.get("kind") == kind]
    return [each for each in found if not own or (each.get("metadata") or {}).get("name") == own]


def _equal(own: Any, wanted: Any) -> bool:
    if wanted == "…":
        return own is not None
    if isinstance(wanted, str) and wanted.startswith("re:"):
        return re.fullmatch(wanted.removeprefix("re:"), str(own), re.S) is not None
    # Quantities and ports may be numbers or texts; the schema says where that matters.
    return own == wanted or (isinstance(own, (str, int, float)) and str(own) == str(wanted))

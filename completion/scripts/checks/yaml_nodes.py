"""YAML read into plain values that remember where every key and value stands.

Nothing is constructed from tags, duplicate keys are errors, and aliases are followed only so far: a few lines of them
can stand for billions of values. Knows no schema.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from completion.scripts.checks.verdicts import Unchecked
from completion.scripts.types import Finding

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

Path = tuple[str | int, ...]
Place = tuple[int, int]

MOST_VALUES = 50_000
DEEPEST = 200
# What YAML 1.1 readers, Kubernetes' among them, take for true and false.
_OLD_BOOLEANS = {"yes": True, "on": True, "no": False, "off": False}
_KINDS = {"tag:yaml.org,2002:" + name: name for name in ("null", "bool", "int", "float", "str", "timestamp", "merge")}


@dataclass(slots=True)
class Document:
    """One document: its value, and line and column from 1 of every path's key (where there is one) and value."""

    value: Any
    line: int
    keys: dict[Path, Place] = field(default_factory=dict)
    values: dict[Path, Place] = field(default_factory=dict)

    def place(self, path: Path) -> Place:
        """Where a path stands, or the nearest above it that does."""
        while path and path not in self.keys and path not in self.values:
            path = path[:-1]
        return self.keys.get(path) or self.values.get(path) or (self.line, 1)


def documents(text: str, check: str, *, old_booleans: bool = False) -> tuple[list[Document], list[Finding]]:
    """All documents that are not empty, or what keeps the text from being read.

    Raises Unchecked where aliases or nesting make it larger than anyone writes by hand.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    _bounded(text)
    yaml = YAML(typ="safe", pure=True)
    yaml.max_depth = DEEPEST
    found: list[Document] = []
    findings: list[Finding] = []
    try:
        for node in yaml.compose_all(text):
            if node is not None:
                reader = _Reader(check, old_booleans, findings)
                document = Document(None, node.start_mark.line + 1)
                document.value = reader.read(node, (), document, ())
                if document.value is not None:
                    found.append(document)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = " ".join(part for part in (error.context, error.problem) if part)
        if "maximum depth" in message:
            raise Unchecked("the text is nested too deeply") from None
        findings.append(
            Finding(check, message, mark.line + 1 if mark else 1, mark.column + 1 if mark else 1, rule="yaml")
        )
        _also_opened(error, findings, check)
    except YAMLError as error:
        findings.append(Finding(check, str(error).split("\n")[0], _line(error, text), 1, rule="yaml"))
    return found, findings


def _bounded(text: str) -> None:
    """Refuse nesting that only an attack has: the reader's time grows with its square."""
    depth = deepest = 0
    for sign in re.findall(r"[\[{\]}]|(?:- ){50}", text):
        depth += 1 if sign in "[{" else -1 if sign in "]}" else DEEPEST + 1
        deepest = max(deepest, depth)
    if deepest > DEEPEST:
        raise Unchecked("the text is nested too deeply")


def _also_opened(error: Any, findings: list[Finding], check: str) -> None:
    """Where what is not ended began, when that is another line."""
    if error.context_mark and error.problem_mark and error.context_mark.line != error.problem_mark.line:
        mark = error.context_mark
        findings.append(Finding(check, str(error.context), mark.line + 1, mark.column + 1, rule="yaml"))


def _line(error: Exception, text: str) -> int:
    position = getattr(error, "position", None)
    return text.count("\n", 0, position) + 1 if isinstance(position, int) else 1


class _Reader:
    def __init__(self, check: str, old_booleans: bool, findings: list[Finding]) -> None:
        self.check = check
        self.old_booleans = old_booleans
        self.findings = findings
        self.count = 0

    def read(self, node: Node, path: Path, document: Document, above: tuple[int, ...]) -> Any:
        from ruamel.yaml.nodes import MappingNode, SequenceNode

        self.count += 1
        if self.count > MOST_VALUES:
            raise Unchecked(f"its aliases stand for more than {MOST_VALUES:,} values")
        if id(node) in above:
            raise Unchecked("an alias stands inside what it names")
        if len(above) > DEEPEST:
            raise Unchecked("the text is nested too deeply")
        document.values.setdefault(path, (node.start_mark.line + 1, node.start_mark.column + 1))
        if isinstance(node, MappingNode):
            return self._mapping(node, path, document, (*above, id(node)))
        if isinstance(node, SequenceNode):
            inside = (*above, id(node))
            return [self.read(part, (*path, index), document, inside) for index, part in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: Any, path: Path, document: Document, above: tuple[int, ...]) -> dict[str, Any]:
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node.value, str):
                self._say(key_node, "a key must be a plain word")
                continue
            key = key_node.value
            if key == "<<":
                value = self.read(value_node, (*path, "<<"), document, above)
                for part in value if isinstance(value, list) else [value]:
                    merged = {**part, **merged} if isinstance(part, dict) else merged
                continue
            if key in own:
                self._say(key_node, f"the key {key} stands here twice")
            document.keys[(*path, key)] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            document.values.pop((*path, key), None)
            own[key] = self.read(value_node, (*path, key), document, above)
        return {**merged, **own}

    def _scalar(self, node: Any) -> Any:
        kind = _KINDS.get(str(node.tag), "str")
        text: str = node.value
        if node.style in ("'", '"', "|", ">"):
            return text
        if self.old_booleans and text.lower() in _OLD_BOOLEANS:
            return _OLD_BOOLEANS[text.lower()]
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind == "int":
            return _integer(text)
        if kind == "float":
            try:
                return float(text.replace("_", ""))
            except ValueError:
                return text
        return text

    def _say(self, node: Any, message: str) -> None:
        mark = node.start_mark
        self.findings.append(Finding(self.check, message, mark.line + 1, mark.column + 1, rule="yaml"))


def _integer(text: str) -> int | str:
    plain = text.replace("_", "")
    try:
        return int(plain, 8) if re.fullmatch(r"[+-]?0[0-7]+", plain) else int(plain, 0)
    except ValueError:
        return text

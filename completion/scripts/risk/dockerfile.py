"""The risks of a Dockerfile, by a small parser of its own: instructions over several lines, with here-documents.

Commands in RUN, CMD, ENTRYPOINT and HEALTHCHECK are judged by the shell rules.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from completion.scripts.risk import shell as shell_rules
from completion.scripts.risk.findings import finding, unjudged
from completion.scripts.risk.images import clear_secret, moving_tag
from completion.scripts.types import Finding

_KEYWORD = re.compile(r"\s*(?:ONBUILD\s+)?([A-Za-z]+)(?=\s|\Z)[ \t]*")
_HEREDOC = re.compile(r"<<(-?)\s*([\"']?)(\w+)\2")
_FLAGS = re.compile(r"(?:\s*--[\w-]+(?:=\S+)?)+(?=\s|\Z)")
_PAIR = re.compile(r"(\w[\w.-]*)=(\"(?:\\.|[^\"\\])*\"|'[^']*'|(?:\\.|[^\s\\])*)", re.S)
_COMMANDS = ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK")
_KEYS = re.compile(
    r"(?:\A|/)(?:id_(?:rsa|dsa|ecdsa|ed25519)|\.env|\.npmrc|\.netrc|\.pypirc|credentials|[\w.-]+\.pem)\Z"
)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: `text` is all behind the keyword and its flags, its line breaks kept, from `line` on.

    `body` is the text of a here-document, which begins at `body_line`.
    """

    keyword: str
    text: str
    line: int
    flags: str = ""
    body: str = ""
    body_line: int = 0


@dataclass(frozen=True, slots=True)
class File:
    """All instructions, and what the arguments before them stand for."""

    instructions: tuple[Instruction, ...]
    arguments: Mapping[str, str]


Rule = Callable[[Instruction, File], Iterator[tuple[int, str]]]


def moving_images(item: Instruction, file: File) -> Iterator[tuple[int, str]]:
    """FROM an image of which nobody knows what it will be."""
    if item.keyword != "FROM" or not item.text.split():
        return
    words = item.text.split()
    image = _filled(words[0], file.arguments)
    stages = {each.text.split()[2].lower() for each in file.instructions if _names_stage(each)}
    if image.lower() not in stages and image != "scratch":
        message = moving_tag(image)
        if message:
            yield item.line, message


def remote_files(item: Instruction, file: File) -> Iterator[tuple[int, str]]:
    """ADD of what a server sends, without a checksum."""
    if item.keyword == "ADD" and re.search(r"(?:https?|ftp)://", item.text) and "--checksum" not in item.flags:
        yield item.line, "adds a download that nobody has checked"


def root_user(item: Instruction, file: File) -> Iterator[tuple[int, str]]:
    """The last USER of the last stage is root."""
    users = [each for each in file.instructions if each.keyword in ("USER", "FROM")]
    if item.keyword == "USER" and users and users[-1] is item and re.match(r"(?:root|0)(?::|\s|\Z)", item.text.strip()):
        yield item.line, "runs the container as root"


def secrets(item: Instruction, file: File) -> Iterator[tuple[int, str]]:
    """ENV, ARG and LABEL with a secret, and keys that are copied into the image."""
    if item.keyword in ("ENV", "ARG"):
        pairs = [(match[1], match[2], match.start()) for match in _PAIR.finditer(item.text)]
        old = re.match(r"(\w+)[ \t]+(.+)", item.text, re.S)
        if item.keyword == "ENV" and old and "=" not in item.text.split()[0]:
            pairs = [(old[1], old[2], 0)]
        for name, value, start in pairs:
            message = clear_secret(name, value)
            if message:
                yield item.line + item.text.count("\n", 0, start), message
    elif item.keyword in ("COPY", "ADD") and "--from" not in item.flags:
        for source in item.text.split()[:-1]:
            if _KEYS.search(source):
                yield item.line, f"copies {source}, which holds a secret, into the image"


def insecure_build(item: Instruction, file: File) -> Iterator[tuple[int, str]]:
    """Flags that take the walls of the build away."""
    if item.keyword == "RUN" and re.search(r"--security=insecure", item.flags):
        yield item.line, "may do in the build what root of the machine may do"
    elif item.keyword == "RUN" and re.search(r"--network=host", item.flags):
        yield item.line, "sees the machine's network in the build"


RULES: tuple[tuple[str, Rule], ...] = (
    ("latest-tag", moving_images),
    ("remote-add", remote_files),
    ("root-user", root_user),
    ("clear-secret", secrets),
    ("privileged", insecure_build),
)
"""Each rule's name and the function that yields the lines and reasons of an instruction's risks."""


def find(text: str) -> tuple[Finding, ...]:
    """The risks of the Dockerfile in `text`."""
    instructions = tuple(_instructions(text.splitlines()))
    found: list[Finding] = []
    arguments: dict[str, str] = {}
    file = File(instructions, arguments)
    if not any(each.keyword == "FROM" for each in instructions):
        found.append(unjudged("it has no FROM, so it may not be a Dockerfile", 1))
    for item in instructions:
        if item.keyword == "ARG":
            arguments.update((name, value.strip("\"'")) for name, value in _PAIR.findall(item.text))
        for name, rule in RULES:
            found.extend(finding(name, message, line) for line, message in rule(item, file))
        if item.keyword in _COMMANDS:
            found.extend(_of_commands(item))
    return tuple(found)


def _of_commands(item: Instruction) -> Iterator[Finding]:
    text = re.sub(r"\ACMD\s+", "", item.text) if item.keyword == "HEALTHCHECK" else item.text
    if text.lstrip().startswith("["):
        try:
            words = json.loads(re.sub(r"\\\n", "\n", text))
        except ValueError:
            words = None
        if isinstance(words, list) and all(isinstance(word, str) for word in words):
            yield from (_moved(each, item.line) for each in shell_rules.find(shlex.join(words)))
            return
    if item.body and not re.sub(_HEREDOC, "", item.text).strip():
        yield from shell_rules.find(item.body, item.body_line)
        return
    yield from shell_rules.find(f"{text}\n{item.body}" if item.body else text, item.line)


def _moved(each: Finding, line: int) -> Finding:
    return Finding(each.check, each.message, line, each.column, each.severity, each.rule)


def _instructions(lines: Sequence[str]) -> Iterator[Instruction]:
    escape = "`" if any(re.match(r"#\s*escape\s*=\s*`", line, re.I) for line in lines[:5]) else "\\"
    at = 0
    while at < len(lines):
        match = _KEYWORD.match(lines[at])
        if match is None:
            at += 1
            continue
        start, parts = at, [lines[at][match.end() :]]
        while parts[-1].rstrip().endswith(escape) and at + 1 < len(lines):
            at += 1
            comment = lines[at].lstrip().startswith("#") or not lines[at].strip()
            # A comment between goes on; a shell must not see it, but the lines must still be counted.
            parts.append("\\" if comment else lines[at])
        at += 1
        text = "\n".join(parts if escape == "\\" else [re.sub(r"`\s*\Z", r"\\", part) for part in parts])
        text = re.sub(r"\\[ \t]+\n", "\\\\\n", text)
        heredoc = _HEREDOC.search(text)
        body: list[str] = []
        body_line = at + 1
        if heredoc and match[1].upper() in ("RUN", "COPY", "ADD"):
            while at < len(lines) and (lines[at].strip() if heredoc[1] else lines[at]) != heredoc[3]:
                body.append(lines[at])
                at += 1
            if at < len(lines) and re.sub(_HEREDOC, "", text).strip():
                body.append(lines[at])
            at += 1
        flags = _FLAGS.match(text)
        # Blanks in place of the flags keep the columns and lines of what stands behind them.
        bare = re.sub(r"[^\n\\]", " ", flags[0]) + text[flags.end() :] if flags else text
        yield Instruction(match[1].upper(), bare, start + 1, flags[0] if flags else "", "\n".join(body), body_line)


def _names_stage(item: Instruction) -> bool:
    words = item.text.split()
    return item.keyword == "FROM" and len(words) == 3 and words[1].lower() == "as"


def _filled(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\$\{(\w+)\}|\$(\w+)", lambda match: values.get(match[1] or match[2], match[0]), text)

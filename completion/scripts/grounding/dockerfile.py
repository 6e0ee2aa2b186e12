"""Names in a Dockerfile: images, and what its RUN lines install and fetch."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator

from completion.scripts.checks.dockerfile_lines import Instruction, instructions
from completion.scripts.grounding import shell
from completion.scripts.grounding.names import Named, urls


def named(text: str) -> Iterator[Named]:
    """All names, images first of each line."""
    found, _, escape = instructions(text)
    lines = text.split("\n")
    stages: set[str] = {"scratch"}
    for instruction in found:
        if instruction.word == "FROM":
            words = instruction.arguments.split()
            if words and words[0].lower() not in stages:
                yield Named("image", words[0], *_place(lines, instruction, words[0]))
            if len(words) == 3:
                stages.add(words[2].lower())
        yield from _copied(lines, instruction, stages)
        if instruction.word == "ADD":
            for url, _ in urls(instruction.arguments):
                yield Named("url", url, *_place(lines, instruction, url))
        if instruction.word == "RUN":
            yield from _run(lines, instruction, escape)


def _copied(lines: list[str], instruction: Instruction, stages: set[str]) -> Iterator[Named]:
    for flag in instruction.flags:
        source = re.search(r"(?:^--from=|[=,]from=)([^,\s]+)", flag)
        if source is None:
            continue
        name = source.group(1)
        if not name.isdigit() and name.lower() not in stages and (":" in name or "/" in name):
            yield Named("image", name, *_place(lines, instruction, name))


def _run(lines: list[str], instruction: Instruction, escape: str) -> Iterator[Named]:
    if instruction.arguments.startswith("["):
        try:
            words = json.loads(instruction.arguments)
        except ValueError:
            return
        if isinstance(words, list) and all(isinstance(word, str) for word in words):
            yield from (
                Named(each.rule, each.name, instruction.line, instruction.column)
                for each in shell.named(shlex.join(words))
            )
        return
    for begin, end in instruction.documents:
        yield from shell.named("\n".join(lines[begin - 1 : end]) + "\n", begin)
    if instruction.documents:
        return
    kept = lines[instruction.line - 1 : instruction.own_last]
    # Blanks in place of the word and its flags keep the columns of what stands behind them.
    kept[0] = re.sub(r"^(\s*)(ONBUILD\s+)?(\w+)", lambda match: " " * len(match.group()), kept[0])
    for flag in instruction.flags:
        kept = [line.replace(flag, " " * len(flag), 1) for line in kept]
    kept = [
        "\\" if index and (not line.strip() or line.lstrip().startswith("#")) else line
        for index, line in enumerate(kept)
    ]
    if escape != "\\":
        kept = [line.rstrip()[:-1] + "\\" if line.rstrip().endswith(escape) else line for line in kept]
    yield from shell.named("\n".join(kept) + "\n", instruction.line)


def _place(lines: list[str], instruction: Instruction, name: str) -> tuple[int, int]:
    for number in range(instruction.line, instruction.own_last + 1):
        at = lines[number - 1].find(name)
        if at >= 0:
            return number, at + 1
    return instruction.line, instruction.column

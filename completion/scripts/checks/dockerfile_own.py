"""Dockerfile: its instructions, their order, arguments and stages, and the shell in its RUN lines."""

from __future__ import annotations

from collections.abc import Sequence

from completion.scripts.checks import shell_shfmt
from completion.scripts.checks.dockerfile_lines import Instruction, instructions
from completion.scripts.checks.dockerfile_rules import RULES, wrong
from completion.scripts.checks.verdicts import Unchecked, verdict
from completion.scripts.types import Finding, Material


@verdict("dockerfile")
def check(text: str, material: Material) -> Sequence[Finding]:
    """Everything that a build would refuse before it runs anything, with the line of the instruction."""
    found, findings, escape = instructions(text)
    if not found:
        return [*findings, Finding("dockerfile", "there is no instruction in it", 1, 1)]
    for instruction in found:
        message = wrong(instruction)
        if message:
            findings.append(_finding(instruction, message, "arguments"))
        findings += _swallowed(text, instruction)
    findings += _order(found)
    if not any(finding.severity == "error" for finding in findings):
        findings += _shell(text, found, escape)
    return findings


def _finding(instruction: Instruction, message: str, rule: str) -> Finding:
    return Finding("dockerfile", message, instruction.line, instruction.column, rule=rule)


def _swallowed(text: str, instruction: Instruction) -> list[Finding]:
    """An instruction that continues the one above, because that ends with an escape character."""
    lines = text.split("\n")
    for number in range(instruction.line + 1, instruction.own_last + 1):
        word, _, rest = lines[number - 1].partition(" ")
        if word in RULES and rest.strip():
            return [
                Finding("dockerfile", f"{word} continues the {instruction.word} above", number, 1, rule="continued")
            ]
    return []


def _order(found: Sequence[Instruction]) -> list[Finding]:
    findings: list[Finding] = []
    stages: list[str] = []
    begun = False
    for instruction in found:
        if instruction.word == "FROM":
            begun = True
            words = instruction.arguments.split()
            name = words[2].lower() if len(words) == 3 else ""
            if name and name in stages:
                findings.append(_finding(instruction, f"the stage {name} is there already", "stages"))
            stages.append(name)
        elif not begun and instruction.word != "ARG":
            findings.append(_finding(instruction, "only ARG may stand before the first FROM", "order"))
            begun = True  # One finding says it.
        for flag in instruction.flags:
            source = flag.removeprefix("--from=")
            if instruction.word == "COPY" and source.isdigit() and int(source) >= len(stages) - 1:
                findings.append(_finding(instruction, f"there is no stage {source} before this one", "stages"))
            elif instruction.word == "COPY" and stages and stages[-1] and source.lower() == stages[-1]:
                findings.append(_finding(instruction, "a stage cannot copy from itself", "stages"))
    if not any(instruction.word == "FROM" for instruction in found):
        findings.append(_finding(found[-1], "there is no FROM", "order"))
    return findings


def _shell(text: str, found: Sequence[Instruction], escape: str) -> list[Finding]:
    """Syntax errors in RUN lines that /bin/sh reads, found in a text of the same lines without all else."""
    lines = text.split("\n")
    kept = [""] * len(lines)
    for instruction in found:
        if instruction.word == "SHELL":
            break
        if instruction.word != "RUN" or instruction.arguments.startswith("["):
            continue
        if instruction.documents:
            for begin, end in instruction.documents:
                body = lines[begin - 1 : end]
                if instruction.arguments.startswith("<<") and body and not body[0].startswith("#!"):
                    kept[begin - 1 : begin - 1 + len(body)] = body
            continue
        for number in range(instruction.line, instruction.own_last + 1):
            line = lines[number - 1]
            if number > instruction.line and (not line.strip() or line.lstrip().startswith("#")):
                line = "\\"
            elif line.rstrip().endswith(escape):
                line = line.rstrip()[: -len(escape)] + "\\"
            kept[number - 1] = line
        first = kept[instruction.line - 1]
        begin = first.upper().index("RUN")
        kept[instruction.line - 1] = _without_flags(" " * (begin + 3) + first[begin + 3 :], instruction)
    if not any(line.strip() for line in kept):
        return []
    try:
        # Images differ in their shell; what bash reads too is not refused.
        findings = shell_shfmt.parse("\n".join(kept) + "\n", "bash")
    except Unchecked:
        return []
    return [Finding("dockerfile", f"in RUN: {one.message}", one.line, one.column, rule="shell") for one in findings]


def _without_flags(line: str, instruction: Instruction) -> str:
    for flag in instruction.flags:
        line = line.replace(flag, " " * len(flag), 1)
    return line

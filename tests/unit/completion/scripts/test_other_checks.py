"""Dockerfiles, regular expressions, Python and shell dialects: what the golden corpus does not show."""

from __future__ import annotations

import pytest

from completion.scripts.checks import (
    dockerfile_hadolint,
    dockerfile_own,
    python_ruff,
    python_syntax,
    regex_examples,
    shell_bash,
    shell_dialect,
    shell_shellcheck,
    shell_shfmt,
)
from completion.scripts.types import Material

PLAIN = Material()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("FROM a\nRUN apt-get update && \\\n    # why\n    if x; then y\nCMD a\n", 4),
        ("FROM a\nRUN <<EOF\necho 'a\nEOF\n", 3),
        ("FROM a\nRUN a \\\nCOPY b c\n", 3),
        ("FROM a\nRUN --mount=type=cache,target=/x (a\n", 2),
        ("# escape=|\nFROM a\n", 1),
        ("FROM a\nRUN a && \\\n", 2),
    ],
)
def test_continued_lines_and_here_documents_keep_their_place(text: str, line: int) -> None:
    verdict = dockerfile_own.check(text, PLAIN)
    assert verdict.state == "invalid"
    assert line in {finding.line for finding in verdict.findings}, verdict.findings


@pytest.mark.parametrize(
    "text",
    [
        "FROM a\nRUN [ -f x ] && rm x\n",
        "FROM a\nRUN [[ -f x ]] && rm x\n",
        'FROM a\nSHELL ["powershell", "-Command"]\nRUN Write-Host (1 + \n',
        "FROM a\nCOPY <<A <<B /x/\n1\nA\n2\nB\n",
        "# escape=`\nFROM a\nRUN dir `\n  c:\\\n",
        "FROM a\nENV A=\"x y\" B='z' C=d\\ e\n",
        "FROM a\nRUN echo a \\\n\n  b\n",
    ],
)
def test_what_a_build_takes_is_not_refused(text: str) -> None:
    assert dockerfile_own.check(text, PLAIN).state == "valid"


def test_hadolint_ignores_comments_that_switch_it_off() -> None:
    verdict = dockerfile_hadolint.check("# hadolint ignore=DL3061\nRUN ls\nFROM alpine:3\n", PLAIN)
    if verdict.state == "not checked":
        pytest.skip(verdict.reason)
    assert verdict.findings[0].rule == "DL3061"


def test_a_catastrophe_names_its_example() -> None:
    hanging = "a" * 40 + "!"
    verdict = regex_examples.check("(a+)+$", Material(matching=("aa",), other=("b", hanging)))
    assert verdict.state == "invalid"
    assert hanging in verdict.findings[0].message
    assert verdict.findings[0].rule == "backtracking"


def test_a_catastrophe_without_an_example_is_a_warning() -> None:
    verdict = regex_examples.check("^(\\w+\\s?)*$", PLAIN)
    assert verdict.state == "valid"
    assert [finding.severity for finding in verdict.findings] == ["warning"]


def test_the_place_of_a_wrong_pattern() -> None:
    verdict = regex_examples.check("ab\n  (c", PLAIN)
    assert (verdict.findings[0].line, verdict.findings[0].column) == (2, 3)
    assert regex_examples.check("a", Material(dialect="pcre")).state == "not checked"


def test_python_warns_without_refusing() -> None:
    verdict = python_syntax.check("import os\nprint('\\d')\n", PLAIN)
    assert verdict.state == "valid"
    assert (verdict.findings[0].line, verdict.findings[0].severity) == (2, "warning")
    verdict = python_ruff.check("import os\n", PLAIN)
    if verdict.state == "not checked":
        pytest.skip(verdict.reason)
    assert verdict.state == "valid"
    assert verdict.findings[0].rule == "F401"


@pytest.mark.parametrize(
    ("first", "given", "dialect"),
    [
        ("#!/bin/sh", "", "sh"),
        ("#!/usr/bin/env bash", "", "bash"),
        ("#!/usr/bin/env -S bash -e", "", "bash"),
        ("#!/bin/dash", "", "sh"),
        ("echo", "", "bash"),
        ("#!/bin/bash", "posix", "sh"),
        ("#!/usr/bin/fish", "", "fish"),
    ],
)
def test_dialects_of_shells(first: str, given: str, dialect: str) -> None:
    assert shell_dialect.of(f"{first}\n", Material(dialect=given)) == dialect


def test_another_shell_is_not_checked() -> None:
    for check in (shell_bash.check, shell_shfmt.check, shell_shellcheck.check):
        assert check("#!/usr/bin/fish\nif true\nend\n", PLAIN).state == "not checked"

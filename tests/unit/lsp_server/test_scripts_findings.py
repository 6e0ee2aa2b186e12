"""Findings stay at their lines through edits, and go with the lines that are touched."""

from __future__ import annotations

import pytest

from completion.scripts.types import Attempt, Finding, Material, Verdict
from lsp_server.convert import Text
from lsp_server.scripts_edits import below, headless, instead, lines_of
from lsp_server.scripts_findings import Findings, Part, Placed, placed
from lsp_server.session import Change

URI = "file:///a.sql"


def found(*lines: int) -> tuple[Placed, ...]:
    return tuple(Placed(line, 0, 1, Finding("x", str(number))) for number, line in enumerate(lines))


@pytest.mark.parametrize(
    ("change", "lines", "part"),
    [
        (Change("a\nb\n", (0, 0), (0, 0)), [4, 6], (4, 8)),
        (Change("", (0, 0), (1, 0)), [1, 3], (1, 5)),
        (Change("x", (2, 3), (2, 3)), [4], (2, 6)),
        (Change("x\n", (2, 0), (2, 0)), [3, 5], (3, 7)),
        (Change("x\r\ny", (3, 0), (3, 2)), [2, 5], (2, 7)),
        (Change("", (3, 0), (4, 5)), [2], (2, 5)),
        (Change("z", (9, 0), (9, 0)), [2, 4], (2, 6)),
        (Change("z\n", (7, 0), (7, 0)), [2, 4], (2, 6)),
    ],
)
def test_an_edit_moves_what_is_below_and_takes_what_it_touches(
    change: Change, lines: list[int], part: tuple[int, int]
) -> None:
    told: list[str] = []
    findings = Findings(told.append)
    findings.put(URI, Part(2, 6, "sql", Material(), found(2, 4)))
    findings.edited(URI, [change])
    (now,) = findings.parts(URI)
    assert [each.line for each in now.placed] == lines
    assert (now.first, now.last) == part
    assert len(told) == 1 + (lines != [2, 4])


def test_a_new_whole_text_ends_them_all() -> None:
    told: list[str] = []
    findings = Findings(told.append)
    findings.put(URI, Part(2, 6, "sql", Material(), found(2)))
    findings.edited(URI, [Change("new")])
    assert findings.parts(URI) == ()
    findings.edited(URI, [Change("newer")])
    findings.close(URI)
    assert told == [URI, URI]


def test_checking_again_replaces_what_was_known_of_these_lines() -> None:
    findings = Findings(lambda _: None)
    findings.put(URI, Part(0, 3, "sql", Material(), found(1)))
    findings.put(URI, Part(8, 9, "sql", Material(), found(8)))
    findings.put(URI, Part(2, 5, "sql", Material(), ()))
    assert [(part.first, part.last) for part in findings.parts(URI)] == [(8, 9), (2, 5)]


def test_places_of_findings_in_an_indented_script_without_its_first_lines() -> None:
    verdict = Verdict("x", "invalid", (Finding("x", "a", 3, 4), Finding("x", "b", 1, 1), Finding("x", "c")))
    rows = placed(Attempt("#!/bin/sh\n\nls -l\n", "first", (verdict,)), 10, 2, dropped=2)
    assert [(row.line, row.start, row.end) for row in rows] == [(10, 5, 7), (10, 2, 7), (10, 2, 7)]


def test_a_script_below_a_comment_and_in_the_place_of_lines() -> None:
    text = Text.of("if x:\n    # list them\n    run()\n")
    lines = lines_of(URI, text, 1, 1)
    assert (lines.indent, lines.text) == ("    ", "# list them\n")
    written = below(lines, text, "a\n\nb\n")
    assert (written.rows, written.start, written.behind) == (("    a", "", "    b"), (2, 0), "\n\n")
    end = Text.of("# list them")
    last = below(lines_of(URI, end, 0, 0), end, "a\n")
    assert (last.before, last.rows, last.start[0]) == ("\n", ("a",), 0)
    assert instead(lines, "c\n").rows == ("    c",)


def test_the_first_lines_of_a_shell_script_stand_in_a_file_once() -> None:
    assert headless("#!/usr/bin/env bash\nset -euo pipefail\n\nls\n") == ("ls\n", 3)
    assert headless("ls\n") == ("ls\n", 0)
    assert headless("#!/bin/sh\nset -eu\n") == ("#!/bin/sh\nset -eu\n", 0)

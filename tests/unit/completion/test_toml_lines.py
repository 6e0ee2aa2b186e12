"""Where a key stands in a TOML text."""

from __future__ import annotations

import pytest

from completion.models.toml_lines import line_of

TEXT = """\
# models of my own
top = 1

[models.a]  # a comment
title = "[models.b]"
  layers = 3
fim.prefix = "x"
files = [
  { quantization = "Q8_0" },
  { quantization = "Q4_0", bytes = 0 },
]

[models."a.b"]
"licence" = "MIT"

[models.'a.b'.fim]
layouts = ["psm"]

[[models.c.files]]
name = "first"
[[models.c.files]]
name = "second"
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("top", 2),
        ("models a", 4),
        ("models a title", 5),
        ("models a layers", 6),
        ("models a fim prefix", 7),
        ("models a files", 8),
        ("models a files 1 bytes", 8),  # inside an inline table: the line of that key
        ("models a missing", 4),
        ("models a.b licence", 14),
        ("models a.b fim", 16),
        ("models a.b fim layouts 0", 17),
        ("models c files 0 name", 20),
        ("models c files 1 name", 22),
        ("models c files 1 sha256", 21),
        ("models", 4),
        ("nowhere", 0),
        ("models nowhere", 0),
    ],
)
def test_the_line_of_a_key_or_of_the_table_that_holds_it(path: str, line: int) -> None:
    assert line_of(TEXT, path.split(" ")) == line


@pytest.mark.parametrize("text", ["", "[[[\n", "= 3\n", "[a\nb = [", "\ufeff[a]\n", "]\r\n[a.]\r\n"])
def test_a_text_that_is_no_toml_has_no_lines(text: str) -> None:
    assert line_of(text, ("a", "b")) == 0

"""IPython's own lines are masked, Python's are not, and no offset moves."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from completion.syntax import languages
from completion.syntax.tree import TreeStore
from completion.types import Document
from lsp_server.magics import mask


def errors(source: bytes, language: str = "python") -> int:
    row = languages.find(language)
    assert row is not None
    parsed = TreeStore().parse(Document("cell", language, source), row)
    assert parsed is not None
    return parsed.error_count()


@pytest.mark.parametrize(
    ("cell", "masked"),
    [
        ("%matplotlib inline\nx = 1", "#matplotlib inline\nx = 1"),
        ("!pip install \\\n  pandas\nx = 1", "#pip install \\\n  #andas\nx = 1"),
        ("df?\nx = 1", "#f?\nx = 1"),
        ("?df\n??df.head", "#df\n#?df.head"),
        ("files = !ls\ny = 1", "#iles = !ls\ny = 1"),
        ("größe = %time f()", "#röße = %time f()"),
        ("öl = !ls", "# l = !ls"),
        ("%%time\nx = 1", "#%time\nx = 1"),
        ("\n%%timeit -n 5\nx = 1", "\n#%timeit -n 5\nx = 1"),
        ("if x:\n    y = 1\n    %time y", "if x:\n    y = 1\n    #time y"),
        ("%cd a\r\nx = 1\r\n", "#cd a\r\nx = 1\r\n"),
    ],
)
def test_lines_for_the_notebook_become_comments(cell: str, masked: str) -> None:
    found = mask(cell.encode())
    assert found.source.decode() == masked
    assert found.language == "python"
    assert errors(found.source) == 0


@pytest.mark.parametrize(
    "cell",
    [
        "x = (7\n     % 3)\n",
        'text = """\n%s\n!not a command\n"""\n',
        "text = '''\n%s\n'''  # it's\n",
        'x = "%s" \\\n    % y\n',
        's = "a= %d" % 1\n',
        "# 100 (\nx = 1  # %time\n",
        "x = {\n  'a': 1,\n}\n",
        "x != y\n",
        "",
    ],
)
def test_python_stays(cell: str) -> None:
    found = mask(cell.encode())
    assert found.source.decode() == cell
    assert found.whole


@pytest.mark.parametrize("cell", ["f(", "x = [1,\n", 'x = """abc\n', "f(\n%time x\n", "x = '''"])
def test_a_cell_that_leaves_something_open_is_not_whole(cell: str) -> None:
    found = mask(cell.encode())
    assert not found.whole
    assert b"%" not in found.source


def test_cells_of_other_programs_have_their_language() -> None:
    found = mask(b"%%bash --out x\nls | wc -l\n")
    assert found.language == "shellscript"
    assert found.source == b" " * 14 + b"\nls | wc -l\n"
    assert mask(b"%%writefile a.txt\n%not a magic").language == "plaintext"
    assert mask(b"%%writefile a.txt\n%not a magic").source.endswith(b"\n%not a magic")


PIECES = [
    "%",
    "!",
    "?",
    "(",
    ")",
    '"""',
    "'",
    "\\",
    "\n",
    "\r\n",
    "x",
    " = ",
    "#",
    "ö",
    "😀",
    "    ",
    "%%",
    "bash",
    "\t",
]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
@example("(\n" * 50)
def test_no_byte_moves(cell: str) -> None:
    source = cell.encode()
    found = mask(source)
    assert len(found.source) == len(source)
    found.source.decode()
    assert [at for at, byte in enumerate(found.source) if byte == 10] == [i for i, b in enumerate(source) if b == 10]


def test_much_that_is_open_is_looked_through_once() -> None:
    assert not mask(b"(\n" * 24_000).whole
    assert not mask(b'"""\n' * 11_999).whole
    large = b"%time x\n" * 50_000
    assert mask(large).source is large

"""Trees: incremental parsing equals parsing anew; verification keeps the longest clean part."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from completion.syntax import languages, verify
from completion.syntax.languages import LANGUAGES, parser
from completion.syntax.tree import TreeStore
from completion.types import Document

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
PYTHON = languages.find("python")
assert PYTHON is not None


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda row: row.id)
def test_every_grammar_loads_and_parses(language: languages.Language) -> None:
    tree = parser(language).parse(b"")
    assert tree.root_node.end_byte == 0
    assert languages.of_path("x" + language.suffixes[0]) == language


@pytest.mark.parametrize("path", sorted(filter(Path.is_file, EXAMPLES.glob("[!h]*"))), ids=lambda path: path.name)
def test_examples_parse_cleanly(path: Path) -> None:
    language = languages.of_path(path.name)
    assert language is not None
    parsed = TreeStore().parse(Document(path.name, language.id, path.read_bytes()), language)
    assert parsed is not None
    assert parsed.error_count() == 0


def test_names_and_aliases() -> None:
    assert languages.find("bash") is languages.find("shellscript")
    for name in ("Dockerfile", "Dockerfile.dev", "web.dockerfile"):
        found = languages.of_path(name)
        assert found is not None
        assert found.id == "dockerfile"
    assert languages.find("cobol") is None
    assert languages.of_path("README") is None


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2500),
            st.integers(0, 40),
            st.sampled_from(["", "x", "\n", "def f(:", "é", "    ", ")", '"""']),
        ),
        max_size=6,
    )
)
def test_incremental_equals_anew(edits: list[tuple[int, int, str]]) -> None:
    assert PYTHON is not None
    source = (EXAMPLES / "inventory.py").read_bytes()
    store = TreeStore()
    store.parse(Document("a.py", "python", source), PYTHON)
    for start, length, text in edits:
        source = source[:start] + text.encode() + source[start + length :]
        parsed = store.parse(Document("a.py", "python", source), PYTHON)
        assert parsed is not None
        assert parsed.source == source
        assert str(parsed.tree.root_node) == str(parser(PYTHON).parse(source).root_node)


def test_what_may_come_does_not_replace_the_newest_tree() -> None:
    store = TreeStore()
    now = store.parse(Document("a.py", "python", b"x = 1\n"), PYTHON)
    ahead = store.preview(Document("a.py", "python", b"x = 1\ny = 2\n"), PYTHON)
    assert now is not None
    assert ahead is not None
    assert [len(one.tree.root_node.children) for one in (now, ahead)] == [1, 2]
    again = store.parse(Document("a.py", "python", b"x = 1\n"), PYTHON)
    assert again is not None
    assert again.tree is now.tree
    assert store.preview(Document("never-opened.py", "python", b"x\n"), PYTHON) is None


def test_large_files_have_no_tree() -> None:
    assert PYTHON is not None
    assert TreeStore().parse(Document("a.py", "python", b"x = 1\n" * 200_000), PYTHON) is None


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("def f(x):\n    return ├x + 1┤\n", "x + 1"),
        ("def f(x):\n    ├return x\n    return (┤\n", "return x"),
        ("x = ├foo(1) ]]┤\n", "foo(1)"),
        ("x = 1\n├)┤\n", ""),
        ("def f():\n    ├if x:┤\n", "if x:"),
        ("x = ├foo(┤\n", "foo("),
        ("x = ├foo)┤\n", "foo"),
        ("if a:\n    b()\nelif ├c:┤\n", "c:"),
        ("print(├'a'┤)\n", "'a'"),
    ],
)
def test_longest_clean(text: str, want: str) -> None:
    assert PYTHON is not None
    before, rest = text.split("├")
    middle, after = rest.split("┤")
    document = Document("a.py", "python", (before + after).encode())
    parsed = TreeStore().parse(document, PYTHON)
    assert parsed is not None
    offset = len(before.encode())
    assert verify.longest_clean(parsed, offset, offset, middle) == want

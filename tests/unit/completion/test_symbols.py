"""Symbols: queries fit their grammars, grammars load when they are needed, odd files do no harm."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from completion.syntax import languages, symbols
from completion.syntax.languages import LANGUAGES, Language
from completion.syntax.queries import FOLDER, query_of, strays
from completion.syntax.tree import Parsed, TreeStore
from completion.types import Document


def parsed(language: str, source: str) -> Parsed:
    """The tree of a text."""
    row = languages.find(language)
    assert row is not None
    tree = TreeStore().parse(Document("file", language, source.encode()), row)
    assert tree is not None
    return tree


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda row: row.id)
def test_queries_fit_the_grammar(language: Language) -> None:
    assert query_of(language, "definitions") is not None
    for section in ("imports", "names", "strays"):
        query_of(language, section)
    grammar = languages.grammar(language)
    for kind in language.scopes | language.imports | language.import_blocks:
        # One table may name kinds of several grammars (a JavaScript file has no interface).
        known = grammar.id_for_node_kind(kind, True) is not None
        assert known or language.id == "javascript", kind


def test_every_query_file_is_used() -> None:
    inherited = {"script"}
    assert {path.stem for path in FOLDER.glob("*.scm")} == {row.queries for row in LANGUAGES} | inherited


def test_no_grammar_is_imported_before_it_is_needed() -> None:
    code = (
        "import sys, completion.syntax.context, completion.syntax.verify, completion.workspace.index;"
        "print([name for name in sys.modules if name.startswith('tree_sitter_')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_each_thread_has_its_own_parser() -> None:
    row = LANGUAGES[0]
    others: list[object] = []
    thread = threading.Thread(target=lambda: others.append(languages.parser(row)))
    thread.start()
    thread.join()
    assert others
    assert others[0] is not languages.parser(row)
    assert languages.parser(row) is languages.parser(row)


def test_long_signatures_are_cut() -> None:
    values = ", ".join(str(number) for number in range(500))
    (symbol,) = symbols.definitions(parsed("python", f"X = [{values}]\n"))
    assert symbol.signature.startswith("X = [0, 1,")
    assert symbol.signature.endswith(" …")
    assert len(symbol.signature) <= 202


def test_names_near_come_from_the_lines_around_only() -> None:
    text = "far_away()\n" + "\n" * 50 + "close_by()\n\nx = y\n"
    near = symbols.identifiers_near(parsed("python", text), len(text), lines=10)
    assert near == ("y", "close_by")


def test_parameters_of_a_header_far_above_are_no_names_to_look_up() -> None:
    text = "def f(parameter):\n" + "    pass\n" * 60 + "    return other(parameter)\n"
    assert symbols.identifiers_near(parsed("python", text), len(text) - 1, lines=5) == ("other",)


def test_the_word_being_written_is_not_looked_up() -> None:
    text = "compute(oth"
    assert symbols.identifiers_near(parsed("python", text), len(text)) == ("compute",)


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("ruby", "def f\nend\nend\n", 1),
        ("ruby", "def f\nend\n", 0),
        ("shellscript", "f() {\n  a\n}\n}\nfi\n", 2),
        ("shellscript", "if a; then\n  echo fi }\nfi\n", 0),
        ("html", "<p>a</b></p>\n", 1),
        ("python", "end\n", 0),
    ],
)
def test_end_marks_that_stand_alone(language: str, text: str, count: int) -> None:
    tree = parsed(language, text)
    assert len(strays(tree.language, tree.tree.root_node)) == count


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(LANGUAGES), st.lists(st.sampled_from(
    ["{", "}", "(", ")", "class", " ", "\n", "def", "fn", "é", ":", "=", "x", '"', "import", "#", "<", ">", "@", "::"]
), max_size=40), st.integers(0, 120))  # fmt: skip
def test_broken_text_does_no_harm(language: Language, parts: list[str], offset: int) -> None:
    source = "".join(parts).encode()
    tree = parsed(language.id, source.decode())
    lines = source.count(b"\n")
    for symbol in symbols.definitions(tree):
        assert 0 <= symbol.line <= symbol.end_line <= lines
    symbols.imported(tree)
    assert "" not in symbols.identifiers_near(tree, min(offset, len(source)))

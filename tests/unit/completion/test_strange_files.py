"""Files that a grammar cannot take: each has no tree, for a reason that is said, and never for good."""

from __future__ import annotations

import os
import random
import subprocess
import sys

import pytest

from completion import inline
from completion.syntax import languages, tree, verify
from completion.syntax.languages import LANGUAGES
from completion.syntax.tree import Allowance, Parsed, SlowGrammar, TreeStore
from completion.types import CompletionRequest, Document
from tests.conftest import ROOT

FILES = os.environ.get("LSP_COPILOT_STRANGE_FILES", "5")
"""How many files of garbage each grammar is given; a hundred take a minute or two."""

NUL = "it holds NUL bytes"
DEEP = "it is nested too deeply for its grammar"
SAME = "it says the same over and over"
SOURCE = b"def one():\n    return 1\n\n\n" * 50


def parse(store: TreeStore, source: bytes, name: str = "python", path: str = "a.py") -> Parsed | None:
    language = languages.find(name)
    assert language is not None
    return store.parse(Document(path, name, source), language)


def refusal(store: TreeStore, source: bytes, name: str = "python", path: str = "a.py") -> str:
    language = languages.find(name)
    assert language is not None
    return store.refusal(Document(path, name, source), language)


@pytest.mark.parametrize(
    ("name", "source", "reason"),
    [
        ("python", b"x = 1\n" * 170_000, "it is larger than 1 MB"),
        ("shellscript", b"echo a\n\0echo b\n", NUL),
        ("java", b"class A {}\n" * 200 + b"a=>" * 1000, SAME),
        ("javascript", b"((1)," * 500, SAME),
        ("yaml", b"".join(b" " * depth + b"a:\n" for depth in range(300)), DEEP),
        ("yaml", b"a:\n  " + b"- " * 300, DEEP),
        ("yaml", b"".join(b" " * depth + b"a:\r" for depth in range(300)), DEEP),
        ("python", b"\n" * 20_000 + b"x = 1" + b" " * 20_000, ""),
        ("yaml", b"".join(b" " * depth + b"a:\n" for depth in range(90)), ""),
        ("yaml", b"a: |\n  " + b"-" * 200 + b"\n# " + b"- " * 200 + b"\n", ""),
    ],
)
def test_what_is_not_given_to_a_grammar(name: str, source: bytes, reason: str) -> None:
    store = TreeStore()
    assert refusal(store, source, name) == reason
    assert (parse(store, source, name) is None) == bool(reason)


def test_an_edit_may_make_a_file_strange() -> None:
    store = TreeStore()
    deep = b"".join(b" " * depth + b"a:\n" for depth in range(90))
    assert parse(store, deep, "yaml") is not None
    deeper = deep + b"".join(b" " * depth + b"a:\n" for depth in range(90, 300))
    assert parse(store, deeper, "yaml") is None
    assert refusal(store, deeper, "yaml") == DEEP


# Grammars are C, and one that writes behind its memory ends the process, so another process tries them.
TRY_ALL = """
import random, sys
from completion.syntax.languages import LANGUAGES
from completion.syntax.tree import SlowGrammar, TreeStore
from completion.types import Document

for language in LANGUAGES:
    rng = random.Random(language.id)
    store = TreeStore()
    for number in range(int(sys.argv[1])):
        units = [rng.randbytes(rng.randint(1, 3)), *b"()[]{}<>'\\"`$:-?=\\n \\t#/*\\\\&|a1".decode()]
        some = [unit if isinstance(unit, bytes) else unit.encode() for unit in rng.choices(units, k=4)]
        size = rng.choice([50, 400, 1500])
        source = b"".join(rng.choices(some, k=size)) + b"".join(b" " * at + some[0] + b"\\n" for at in range(60))
        for _ in range(3):
            parsed = store.parse(Document("f", language.id, source), language)
            at = rng.randrange(len(source))
            try:
                parsed and parsed.with_replaced(at, at + 3, b"(").error_count()
            except SlowGrammar:
                pass
            source = source[:at] + rng.choice(some) + source[at + rng.randrange(9) :]
    print(language.id)
"""


def test_garbage_ends_no_process() -> None:
    done = subprocess.run([sys.executable, "-c", TRY_ALL, FILES], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [language.id for language in LANGUAGES]


def test_a_slow_grammar_is_given_up_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(tree.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(tree, "FIRST_SECONDS", 0.0)
    store, rng = TreeStore(), random.Random(1)
    source = b"".join(rng.choice([b"f(x)\n", b"if a:\n  b\n", b"y = 3\n"]) for _ in range(2000))
    assert parse(store, source) is None
    assert refusal(store, source) == tree.TOO_SLOW
    monkeypatch.setattr(tree, "FIRST_SECONDS", 100.0)
    assert parse(store, source) is None, "it is not tried at every key"
    now[0] += 3600
    assert parse(store, source) is not None


def test_checks_that_take_too_long_end_and_are_not_tried_again() -> None:
    store = TreeStore()
    parsed = parse(store, SOURCE)
    assert parsed is not None
    parsed.allowance.seconds = 0.0
    with pytest.raises(SlowGrammar):
        parsed.with_replaced(0, 0, b"x")
    assert verify.longest_clean(parsed, 0, 0, "x = 1\n") == ""
    assert parse(store, SOURCE + b"\n") is None
    assert refusal(store, SOURCE + b"\n") == tree.TOO_SLOW


def test_trees_made_of_a_tree_share_its_allowance() -> None:
    parsed = parse(TreeStore(), SOURCE)
    assert parsed is not None
    before = parsed.allowance.seconds
    changed = parsed.with_replaced(0, 0, b"x = 1\n").with_replaced(0, 1, b"y")
    assert changed.allowance is parsed.allowance
    assert parsed.allowance.seconds < before
    assert changed.source == b"y = 1\n" + SOURCE
    assert isinstance(changed.allowance, Allowance)


def test_every_request_has_an_allowance_of_its_own() -> None:
    store = TreeStore()
    first = parse(store, SOURCE)
    assert first is not None
    first.allowance.seconds = 0.01
    again = parse(store, SOURCE)
    assert again is not None
    assert again.tree is first.tree
    assert again.allowance.seconds == tree.LATER_SECONDS


def test_the_trees_of_closed_files_are_dropped_and_few_are_kept() -> None:
    store = TreeStore()
    assert parse(store, SOURCE, path="closed.py") is not None
    store.forget("closed.py")
    assert len(store) == 0
    for number in range(40):
        assert parse(store, SOURCE, path=f"{number}.py") is not None
    assert len(store) == 16


def test_a_file_without_tree_is_unchecked_and_says_why() -> None:
    document = Document("strange.sh", "shellscript", b"echo \0\n")
    parsed, syntax = inline.look(CompletionRequest(document, 7))
    assert parsed is None
    assert not syntax.checked
    assert syntax.reason == f"on an empty line; unchecked: {NUL}"

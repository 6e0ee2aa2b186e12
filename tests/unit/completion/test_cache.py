"""Typing through a suggestion, and going back into it."""

from __future__ import annotations

from completion.cache import SuggestionCache
from completion.types import Suggestion


def kept() -> SuggestionCache:
    """A cache with `foo_bar()` suggested after `x = `."""
    cache = SuggestionCache()
    cache.keep("a.py", "x = ", "\n", Suggestion("foo_bar()", 4, 4, "1"))
    return cache


def test_typing_through() -> None:
    found = kept().find("a.py", "x = foo", "\n", 7)
    assert found is not None
    assert (found.text, found.start, found.end, found.source, found.id) == ("_bar()", 7, 7, "cache", "1")


def test_the_same_place_again() -> None:
    found = kept().find("a.py", "x = ", "\n", 4)
    assert found is not None
    assert found.text == "foo_bar()"


def test_other_text_other_file_other_suffix_and_the_end_are_misses() -> None:
    cache = kept()
    assert cache.find("a.py", "x = fob", "\n", 7) is None
    assert cache.find("b.py", "x = foo", "\n", 7) is None
    assert cache.find("a.py", "x = foo", ")\n", 7) is None
    assert cache.find("a.py", "x = foo_bar()", "\n", 13) is None


def test_the_newest_wins_and_the_oldest_goes() -> None:
    cache = kept()
    cache.keep("a.py", "x = ", "\n", Suggestion("foo_baz", 4, 4, "2"))
    found = cache.find("a.py", "x = foo", "\n", 7)
    assert found is not None
    assert found.id == "2"
    for number in range(100):
        cache.keep("c.py", str(number), "", Suggestion("x", 0, 0, "n"))
    assert cache.find("a.py", "x = foo", "\n", 7) is None


def test_taking_back_what_was_typed_before_it() -> None:
    cache = SuggestionCache()
    cache.keep("a.py", "x = foo", "\n", Suggestion("_bar()", 7, 7, "1"))
    found = cache.find("a.py", "x = f", "\n", 5)
    assert found is not None
    assert (found.text, found.start, found.end) == ("oo_bar()", 5, 5)
    assert cache.find("a.py", "x = g", "\n", 5) is None
    cache.keep("a.py", "x = " + "y" * 100, "\n", Suggestion("z", 104, 104, "2"))
    assert cache.find("a.py", "x = yyy", "\n", 7) is None
    cache.keep("a.py", "q\ny", "\n", Suggestion("z", 3, 3, "3"))
    assert cache.find("a.py", "q", "\n", 1) is None


def test_an_empty_line_indented_otherwise() -> None:
    cache = SuggestionCache()
    cache.keep("a.py", "if x:\n    ", "\n", Suggestion("return x", 10, 10, "1"))
    assert cache.reindented("a.py", "if x:\n        ", "\n") == "return x"
    assert cache.reindented("a.py", "if x:\n", "\n") == "return x"
    assert cache.reindented("a.py", "if y:\n", "\n") == ""
    assert cache.reindented("a.py", "if x:\n  r", "\n") == ""
    cache.keep("a.py", "if z:\n    ", "\n", Suggestion("a\n    b", 10, 10, "2"))
    assert cache.reindented("a.py", "if z:\n", "\n") == ""


def test_of_large_files_few_are_kept() -> None:
    cache, suffix = SuggestionCache(), "\n" * 3_900_000
    for number in range(6):
        cache.keep(f"{number}.py", "x = ", suffix, Suggestion("foo", 4, 4, "1"))
    found = [cache.find(f"{number}.py", "x = ", suffix, 4) is not None for number in range(6)]
    assert found == [False, False, True, True, True, True]

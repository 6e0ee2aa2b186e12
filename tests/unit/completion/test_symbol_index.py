"""The symbol index: what is found, in which order, what costs nothing, what gives way, and two threads at once."""

from __future__ import annotations

import threading

import pytest

from completion.syntax import symbols
from completion.workspace.index import SymbolIndex


def index_of(*paths: str, source: str = "def target(x):\n    return x\n") -> SymbolIndex:
    """An index in which every file defines `target`."""
    index = SymbolIndex()
    for path in paths:
        assert index.put(path, "python", source.encode(), 1)
    return index


def paths(index: SymbolIndex, near: str, name: str = "target") -> list[str]:
    """Where a name is found, the nearest first."""
    return [found.path for found in index.find(name, "python", near)]


def test_the_nearest_file_stands_first() -> None:
    index = index_of("other/far/z.py", "app/core/b.py", "app/web/deep/c.py", "app/a.py", "app/core/a.py")
    assert paths(index, "app/core/x.py") == [
        "app/core/a.py",
        "app/core/b.py",
        "app/a.py",
        "app/web/deep/c.py",
        "other/far/z.py",
    ]


def test_a_file_does_not_find_itself() -> None:
    index = index_of("a.py", "b.py")
    assert paths(index, "a.py") == ["b.py"]
    assert paths(index, "app\\..\\a.py") == ["a.py", "b.py"]


def test_windows_paths_are_the_same_files() -> None:
    index = index_of("app\\a.py")
    assert paths(index, "app/b.py") == ["app/a.py"]
    index.forget("app/a.py")
    assert not index.knows("target")


def test_only_the_language_family_is_looked_at() -> None:
    index = SymbolIndex()
    index.put("a.ts", "typescript", b"export function paint() {}\n", 1)
    index.put("A.java", "java", b"class Paint { void paint() {} }\n", 1)
    assert [found.path for found in index.find("paint", "javascript")] == ["a.ts"]
    assert [found.path for found in index.find("Paint", "kotlin")] == ["A.java"]
    assert not index.find("paint", "python")
    assert not index.find("paint", "cobol")
    assert index.knows("paint", "javascriptreact")
    assert not index.knows("paint", "python")
    assert index.knows("paint")


def test_what_can_be_called_stands_before_fields() -> None:
    index = SymbolIndex()
    index.put("a.py", "python", b"class A:\n    size = 1\n", 1)
    index.put("b.py", "python", b"def size(): pass\n", 1)
    assert [found.symbol.kind for found in index.find("size", "python", "c.py")] == ["function", "field"]


def test_names_inside_functions_are_not_seen() -> None:
    index = index_of("a.py", source="def outer():\n    def inner(): pass\n")
    assert index.knows("outer")
    assert not index.knows("inner")


def test_members_of_a_class() -> None:
    index = index_of("a.py", source="class A:\n    size = 1\n    def grow(self): pass\n\ndef target(): pass\n")
    (found,) = index.find("A", "python")
    assert [member.name for member in index.members(found)] == ["size", "grow"]
    index.forget("a.py")
    assert not index.members(found)


def test_what_has_not_changed_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    index = index_of("a.py")

    def refuse(_parsed: object) -> None:
        raise AssertionError("was read again")

    monkeypatch.setattr(symbols, "definitions", refuse)
    assert index.is_current("a.py", 1)
    assert not index.put("a.py", "python", b"anything", 1)
    assert not index.put("a.py", "python", b"def target(x):\n    return x\n", 2)
    assert index.is_current("a.py", 2)
    with pytest.raises(AssertionError, match="read again"):
        index.put("a.py", "python", b"def target(x, y):\n    return x\n", 3)


def test_a_changed_file_loses_what_it_had() -> None:
    index = index_of("a.py", "b.py")
    index.put("a.py", "python", b"def other(): pass\n", 2)
    assert paths(index, "") == ["b.py"]
    assert paths(index, "", "other") == ["a.py"]
    assert index.size.files == 2


def test_forgetting_leaves_nothing() -> None:
    index = index_of("a.py", "b.py", "c.py")
    for path in ("b.py", "a.py", "nothing.py", "c.py"):
        index.forget(path)
    assert (index.size.files, index.size.symbols, index.size.bytes) == (0, 0, 0)
    assert not index.knows("target")
    assert not index.find("target", "python")


@pytest.mark.parametrize("limit", ["files", "symbols", "bytes"])
def test_the_oldest_give_way(limit: str) -> None:
    one = index_of("a.py").size
    index = SymbolIndex(**{f"most_{limit}": getattr(one, limit) * 3})
    for number in range(10):
        index.put(f"{number}.py", "python", b"def target(x):\n    return x\n", 1)
    assert paths(index, "") == ["7.py", "8.py", "9.py"]
    assert getattr(index.size, limit) <= getattr(one, limit) * 3


def test_large_files_and_unknown_languages_are_left_out() -> None:
    index = index_of("a.py", "b.py")
    assert not index.put("a.py", "python", b"x = 1\n" * 100_000, 2)
    assert not index.put("b.py", "cobol", b"", 2)
    assert index.size.files == 0


def test_one_thread_fills_while_another_asks() -> None:
    index = SymbolIndex(most_files=50)
    filled = threading.Event()
    failed: list[BaseException] = []

    def fill() -> None:
        try:
            for number in range(400):
                index.put(
                    f"{number % 7}/{number}.py", "python", f"def target(): pass\ndef f{number}(): 1\n".encode(), 1
                )
        except BaseException as error:
            failed.append(error)
        finally:
            filled.set()

    thread = threading.Thread(target=fill)
    thread.start()
    asked = 0
    while not filled.is_set() or not asked:
        for found in index.find("target", "python", "3/x.py"):
            assert found.symbol.name == "target"
        asked += 1
    thread.join()
    assert not failed
    assert index.size.files == 50
    assert len(index.find("target", "python", "3/x.py", most=100)) == 24

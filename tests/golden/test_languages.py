"""Runs the golden cases of each language: what is read from a file, the mode at a place, what verification leaves."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from completion.syntax import context, languages, symbols, verify
from completion.syntax.tree import Parsed, TreeStore
from completion.types import CompletionRequest, Document

FOLDER = Path(__file__).parent / "languages"
FILES: dict[str, dict[str, Any]] = {
    path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.toml"))
}


def cases(kind: str) -> list[Any]:
    """All cases of one kind, named after language and case."""
    return [
        pytest.param(language, case, id=f"{language}: {case['name']}")
        for language, file in FILES.items()
        for case in file[kind]
    ]


def parsed_of(language: str, source: str) -> Parsed:
    """The tree of a text."""
    row = languages.find(language)
    assert row is not None
    parsed = TreeStore().parse(Document("file", language, source.encode()), row)
    assert parsed is not None
    return parsed


def test_every_language_has_its_cases() -> None:
    assert set(FILES) == {row.id for row in languages.LANGUAGES}
    for file in FILES.values():
        assert {case["mode"] for case in file["context"]} >= {"line"}
        assert len(file["verification"]) >= 2
        assert not all(f"├{case['want']}┤" in case["text"] for case in file["verification"])


@pytest.mark.parametrize("language", FILES)
def test_symbols(language: str) -> None:
    case = FILES[language]["symbols"]
    before, after = case["source"].split("‸")
    parsed = parsed_of(language, before + after)
    definitions = [
        f"{symbol.kind} {symbol.scope}{'.' if symbol.scope else ''}{symbol.name} {symbol.line}-{symbol.end_line}"
        f"{' local' if symbol.local else ''}: {symbol.signature}"
        for symbol in symbols.definitions(parsed)
    ]
    imports = [
        f"{each.name or '-'} from {each.module or '-'}" + (f" as {each.original}" if each.original != each.name else "")
        for each in symbols.imported(parsed)
    ]
    assert definitions == case["definitions"]
    assert imports == case["imports"]
    assert list(symbols.identifiers_near(parsed, len(before.encode()))) == case["near"]


@pytest.mark.parametrize(("language", "case"), cases("context"))
def test_context(language: str, case: dict[str, Any]) -> None:
    before, after = case["text"].split("‸")
    request = CompletionRequest(Document("file", language, (before + after).encode()), len(before.encode()))
    found = context.describe(request, parsed_of(language, before + after))
    assert found.mode.value == case["mode"], found.reason
    assert list(found.scopes) == case["scopes"]
    assert list(found.imports) == case["imports"]


@pytest.mark.parametrize(("language", "case"), cases("verification"))
def test_verification(language: str, case: dict[str, Any]) -> None:
    before, rest = case["text"].split("├")
    middle, after = rest.split("┤")
    offset = len(before.encode())
    assert verify.longest_clean(parsed_of(language, before + after), offset, offset, middle) == case["want"]

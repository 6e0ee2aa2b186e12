"""The table of languages (`languages.toml`). Knows grammars by module name and imports them on first use."""

from __future__ import annotations

import importlib
import threading
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # The table is read while the server starts; the library is needed at the first parse.
    from tree_sitter import Language as Grammar
    from tree_sitter import Parser


@dataclass(frozen=True, slots=True)
class Language:
    """One language, a table of `languages.toml` (the file says what each key means).

    `scopes`, `imports` and `import_blocks` are node types of the grammar.
    """

    id: str
    module: str
    comment: str
    suffixes: tuple[str, ...]
    function: str = "language"
    family: str = ""
    queries: str = ""
    names: tuple[str, ...] = ()
    block_openers: tuple[str, ...] = ()
    block_line: str = ""
    by_indentation: bool = False
    scopes: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()
    import_line: str = ""
    import_blocks: frozenset[str] = frozenset()


FILE = Path(__file__).with_name("languages.toml")


def _table() -> Mapping[str, Language]:
    tables = tomllib.loads(FILE.read_text("utf-8"))
    return {name: _row(name, tables) for name in tables}


def _row(name: str, tables: Mapping[str, Mapping[str, Any]]) -> Language:
    own = tables[name]
    like = own.get("like", name)
    keys: dict[str, Any] = {"family": like, "queries": like, **tables[like], **own}
    keys.pop("like", None)
    for field in fields(Language):
        if isinstance(keys.get(field.name), list):
            keys[field.name] = (frozenset if "frozenset" in str(field.type) else tuple)(keys[field.name])
    return Language(id=name, **keys)


_BY_ID = _table()
LANGUAGES: tuple[Language, ...] = tuple(_BY_ID.values())

# Ids that editors use for a language of the table.
_ALIASES: Mapping[str, str] = {
    "sh": "shellscript",
    "bash": "shellscript",
    "shell": "shellscript",
    "javascriptreact": "javascript",
    "tsx": "typescriptreact",
    "jsx": "javascript",
    "containerfile": "dockerfile",
    "docker": "dockerfile",
    "helm": "yaml",
    "yaml.docker-compose": "yaml",
    "golang": "go",
    "c++": "cpp",
    "cs": "csharp",
    "c-sharp": "csharp",
    "jsonc": "json",
}


def find(language_id: str) -> Language | None:
    """The row for an LSP language id or a common alias; None where there is no grammar."""
    return _BY_ID.get(_ALIASES.get(language_id, language_id))


def of_path(path: str) -> Language | None:
    """The row for a file name; None where it is unknown."""
    pure = PurePath(path)
    for language in LANGUAGES:
        named = any(pure.name == name or pure.name.startswith(name + ".") for name in language.names)
        if (named and pure.suffix != ".lock") or pure.suffix.lower() in language.suffixes:
            return language
    return None


@cache
def grammar(language: Language) -> Grammar:
    """The grammar, imported on first use (1 to 20 ms)."""
    from tree_sitter import Language as Grammar

    module = importlib.import_module(language.module)
    return Grammar(getattr(module, language.function)())


_parsers = threading.local()


def parser(language: Language) -> Parser:
    """This thread's parser for the language; a parser may not be used by two threads at once."""
    from tree_sitter import Parser

    known: Parser | None = getattr(_parsers, language.id, None)
    if known is None:
        known = Parser(grammar(language))
        setattr(_parsers, language.id, known)
    return known

"""The table of languages: one row each. Knows grammars by module name and imports them on first use."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import PurePath

from tree_sitter import Language as Grammar
from tree_sitter import Parser


@dataclass(frozen=True, slots=True)
class Language:
    """One language: LSP id, grammar module and function, line comment mark, how a block opens.

    `scopes` and `imports` are node types of the grammar.
    """

    id: str
    module: str
    comment: str
    suffixes: tuple[str, ...]
    function: str = "language"
    names: tuple[str, ...] = ()
    block_openers: tuple[str, ...] = ()
    scopes: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()


_SCRIPT_SCOPES = frozenset(
    {"function_declaration", "class_declaration", "method_definition", "interface_declaration", "arrow_function"}
)
_SCRIPT_IMPORTS = frozenset({"import_statement"})

LANGUAGES: tuple[Language, ...] = (
    Language(
        "python",
        "tree_sitter_python",
        "#",
        (".py", ".pyi"),
        block_openers=(":",),
        scopes=frozenset({"function_definition", "class_definition"}),
        imports=frozenset({"import_statement", "import_from_statement"}),
    ),
    Language(
        "typescript",
        "tree_sitter_typescript",
        "//",
        (".ts", ".mts", ".cts"),
        function="language_typescript",
        block_openers=("{",),
        scopes=_SCRIPT_SCOPES,
        imports=_SCRIPT_IMPORTS,
    ),
    Language(
        "typescriptreact",
        "tree_sitter_typescript",
        "//",
        (".tsx",),
        function="language_tsx",
        block_openers=("{",),
        scopes=_SCRIPT_SCOPES,
        imports=_SCRIPT_IMPORTS,
    ),
    Language(
        "javascript",
        "tree_sitter_javascript",
        "//",
        (".js", ".mjs", ".cjs", ".jsx"),
        block_openers=("{",),
        scopes=_SCRIPT_SCOPES,
        imports=_SCRIPT_IMPORTS,
    ),
    Language(
        "shellscript",
        "tree_sitter_bash",
        "#",
        (".sh", ".bash"),
        block_openers=("then", "do", "{", "else"),
        scopes=frozenset({"function_definition"}),
    ),
    Language("sql", "tree_sitter_sql", "--", (".sql",), block_openers=("(",)),
    Language("dockerfile", "tree_sitter_containerfile", "#", (".dockerfile",), names=("Dockerfile", "Containerfile")),
    Language("yaml", "tree_sitter_yaml", "#", (".yaml", ".yml"), block_openers=(":",)),
)

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
}
_BY_ID: Mapping[str, Language] = {language.id: language for language in LANGUAGES}


def find(language_id: str) -> Language | None:
    """The row for an LSP language id or a common alias; None where there is no grammar."""
    return _BY_ID.get(_ALIASES.get(language_id, language_id))


def of_path(path: str) -> Language | None:
    """The row for a file name; None where it is unknown."""
    pure = PurePath(path)
    for language in LANGUAGES:
        named = any(pure.name == name or pure.name.startswith(name + ".") for name in language.names)
        if named or pure.suffix.lower() in language.suffixes:
            return language
    return None


@cache
def parser(language: Language) -> Parser:
    """A parser for the language; the grammar is imported on first use (about 20 ms)."""
    module = importlib.import_module(language.module)
    return Parser(Grammar(getattr(module, language.function)()))

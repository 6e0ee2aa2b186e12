"""Risks of SQL statements that their words show in order: rights, files and programs of the server, settings.

For statements of which sqlglot has no tree, also what the tree would show. Sees tokens, so no texts and no comments.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from sqlglot.tokenizer_core import Token, TokenType

_TEXTS = frozenset({TokenType.STRING, TokenType.NATIONAL_STRING, TokenType.RAW_STRING, TokenType.HEREDOC_STRING})

FILE = Path(__file__).with_name("sql_words.toml")


def judged(statement: Sequence[Token], *, of_any_kind: bool) -> Iterator[tuple[str, str]]:
    """The rules that speak and what they say: those for any statement, or those for one without a tree."""
    text = _flat(statement)
    for row in _table()["always" if of_any_kind else "treeless"]:
        if re.match(row["pattern"], text):
            yield row["rule"], row["message"]


@cache
def _table() -> Mapping[str, Sequence[Mapping[str, str]]]:
    return tomllib.loads(FILE.read_text("utf-8"))


def _flat(statement: Sequence[Token]) -> str:
    """The words in capitals with single blanks; of a text only whether it begins as an absolute path."""
    words = []
    for token in statement:
        if token.token_type in _TEXTS:
            words.append("'/'" if token.text.startswith("/") else "''")
        elif token.token_type is TokenType.IDENTIFIER:
            words.append('"name"')
        else:
            words.append(token.text.upper())
    return " ".join(" ".join(words).split())

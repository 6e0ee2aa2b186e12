"""Names in Python: modules that are not in the standard library, and addresses."""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Iterator

from completion.scripts.grounding.names import Named, urls


def named(text: str) -> Iterator[Named]:
    """All names; nothing of what cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _module(alias.name, alias.lineno, alias.col_offset)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from _module(node.module, node.lineno, node.col_offset)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            for url, _ in urls(node.value):
                yield Named("url", url, node.lineno, node.col_offset + 1)


def _module(name: str, line: int, column: int) -> Iterator[Named]:
    top = name.partition(".")[0]
    if top not in sys.stdlib_module_names:
        yield Named("import", top, line, column + 1)

"""Python: its own compiler, which makes a tree and code of a script and runs none of it."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Sequence

from completion.scripts.checks.verdicts import verdict
from completion.scripts.types import Finding, Material


@verdict("python")
def check(text: str, material: Material) -> Sequence[Finding]:
    """The first syntax error with line and column; doubtful syntax as warnings."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            tree = ast.parse(text, "script.py")
            compile(tree, "script.py", "exec", dont_inherit=True)
        except SyntaxError as error:
            return (Finding("python", error.msg, error.lineno or 1, max(1, error.offset or 1), rule="syntax"),)
        except ValueError as error:
            return (Finding("python", str(error), 1, 1, rule="syntax"),)
    return [Finding("python", str(one.message), one.lineno, 1, "warning", "syntax") for one in said]

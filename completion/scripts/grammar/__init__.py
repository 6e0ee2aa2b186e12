"""Grammars (GBNF) that keep a model to the shape of what was asked for, one module for each kind of script.

A grammar promises a shape that ends and that the checks can read. It knows nothing of engines, prompts or checks.
"""

from __future__ import annotations

from completion.scripts.types import ScriptRequest


def of(request: ScriptRequest, opening: str = "") -> str:
    """The grammar of an answer to `request`, "" where no shape is known of its kind.

    `opening` is text of the script that stands there already and that the answer continues.
    """
    match request.kind:
        case "sql":
            from completion.scripts.grammar.sql import grammar
        case "shell":
            from completion.scripts.grammar.shell import grammar
        case "dockerfile":
            from completion.scripts.grammar.dockerfile import grammar
        case "compose":
            from completion.scripts.grammar.compose import grammar
        case "kubernetes":
            from completion.scripts.grammar.kubernetes import grammar
        case "regex":
            from completion.scripts.grammar.regex import grammar
        case _:
            return ""
    return grammar(request, opening)

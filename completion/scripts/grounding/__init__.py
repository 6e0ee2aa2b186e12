"""Names that nobody can check without a network: images, packages, API kinds, commands, imports, functions and hosts.

They may well exist. A script is no worse for them, so all findings are notes; they say what a person should look at.
Nothing is asked of any server and nothing is run.
"""

from __future__ import annotations

from completion.scripts.grounding.names import Named
from completion.scripts.types import Finding, Material

MAX_CHARACTERS = 64 * 1024


def unverified(kind: str, text: str, material: Material) -> tuple[Finding, ...]:
    """Notes about the names in `text` that were not verified, each name once, in the order of their places.

    `kind` is a name of `KINDS`; of other kinds, and of what cannot be read, there are none.
    """
    if len(text) > MAX_CHARACTERS:
        return ()
    once: dict[tuple[str, str], Named] = {}
    for named in sorted(_named(kind, text, material), key=lambda each: (each.line, each.column)):
        once.setdefault((named.rule, named.name), named)
    return tuple(named.finding() for named in once.values())


def _named(kind: str, text: str, material: Material) -> tuple[Named, ...]:
    """The libraries behind the kinds take a third of a second to load, so only those of this kind are."""
    match kind:
        case "shell":
            from completion.scripts.grounding.shell import named

            return tuple(named(text))
        case "dockerfile":
            from completion.scripts.grounding.dockerfile import named as in_dockerfile

            return tuple(in_dockerfile(text))
        case "compose" | "kubernetes":
            from completion.scripts.grounding.manifests import named as in_manifest

            return tuple(in_manifest(kind, text, material))
        case "sql":
            from completion.scripts.grounding.sql import named as in_sql

            return tuple(in_sql(text, material))
        case "python":
            from completion.scripts.grounding.python import named as in_python

            return tuple(in_python(text))
        case _:
            return ()

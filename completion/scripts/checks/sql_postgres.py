"""SQL: PostgreSQL's own grammar, where the package pglast is installed beside the product."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from completion.scripts.checks import tools
from completion.scripts.checks.verdicts import Unchecked, place, verdict
from completion.scripts.types import Finding, Material

_PROGRAM = Path(__file__).with_name("programs") / "postgres_parse.py"


@verdict("pglast")
def check(text: str, material: Material) -> Sequence[Finding]:
    """The first syntax error of PostgreSQL with line and column."""
    if material.dialect != "postgres":
        raise Unchecked("PostgreSQL's grammar reads PostgreSQL alone")
    output = tools.run_python(_PROGRAM, text)
    try:
        said = json.loads(output.stdout)
    except ValueError:
        raise Unchecked("pglast gave no answer") from None
    if said.get("missing"):
        raise Unchecked("pglast is not installed")
    if not said["message"]:
        return ()
    return (Finding("pglast", str(said["message"]), *place(text, int(said["position"]))),)

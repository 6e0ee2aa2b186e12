"""Shell: the parser of shfmt, which knows line and column and speaks bash, POSIX and mksh."""

from __future__ import annotations

import re
from collections.abc import Sequence

from completion.scripts.checks import shell_dialect, tools
from completion.scripts.checks.verdicts import LONGEST_PLAIN, Unchecked, place, verdict
from completion.scripts.types import Finding, Material

_SAID = re.compile(r"^(?:<standard input>:|[^:\n]*:)??(\d+):(\d+): (.*)$", re.MULTILINE)
_SWALLOWED = re.compile(r"^[ \t]*(?:if|elif|while|until|for)\b[^\n#]*[^;&|\s][ \t]+(then|do)[ \t]*$", re.MULTILINE)
_NAMES = {"sh": "posix", "bash": "bash", "mksh": "mksh"}


@verdict("shfmt", LONGEST_PLAIN)
def check(text: str, material: Material) -> Sequence[Finding]:
    """The first syntax error with its line and column (in bytes, which are characters in plain ASCII)."""
    dialect = shell_dialect.of(text, material)
    if dialect not in _NAMES:
        raise Unchecked(f"shfmt does not read the dialect {dialect}")
    findings = parse(text, _NAMES[dialect])
    # The parser stumbles where the block ends; the cause is the word that became an argument above.
    for match in _SWALLOWED.finditer(text) if findings else ():
        line, column = place(text, match.start(1))
        if line < findings[0].line:
            findings += (Finding("shfmt", f"a ; is missing before {match.group(1)}", line, column, rule="separator"),)
    return findings


def parse(text: str, dialect: str) -> tuple[Finding, ...]:
    """Parse with shfmt (`posix`, `bash` or `mksh`). Raises Unchecked where it is not there."""
    output = tools.run("shfmt", ("--language-dialect", dialect), text)
    said = _SAID.search(output.stderr)
    if said:
        return (Finding("shfmt", said.group(3), int(said.group(1)), int(said.group(2))),)
    if output.status:
        raise Unchecked(f"shfmt ended with status {output.status}")
    return ()

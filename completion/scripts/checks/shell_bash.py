"""Shell: `bash -n`, which reads a script and runs none of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from completion.scripts.checks import shell_dialect, tools
from completion.scripts.checks.verdicts import LONGEST_PLAIN, Unchecked, verdict
from completion.scripts.types import Finding, Material, Severity

_SAID = re.compile(r"^[^\n]*?: (?:line (\d+): )?(.*)$")


@verdict("bash -n", LONGEST_PLAIN)
def check(text: str, material: Material) -> Sequence[Finding]:
    """Syntax errors as bash tells them: a line, no column. POSIX scripts are read in bash's POSIX mode."""
    dialect = shell_dialect.of(text, material)
    if dialect not in ("bash", "sh"):
        raise Unchecked(f"bash does not read the dialect {dialect}")
    mode = ("--posix",) if dialect == "sh" else ()
    output = tools.run("bash", ("--norc", "--noprofile", *mode, "-n"), text)
    if output.status == 0 and not output.stderr.strip():
        return ()
    findings = []
    for line in output.stderr.splitlines():
        said = _SAID.match(line)
        if said and not said.group(2).startswith("`"):
            findings.append(_finding(said.group(2), int(said.group(1) or 0), text, output.status))
    if not findings and output.status:
        raise Unchecked(f"bash ended with status {output.status} and said nothing")
    return findings


def _finding(message: str, line: int, text: str, status: int) -> Finding:
    opened = re.search(r"on line (\d+)", message)
    last = text.rstrip("\n").count("\n") + 1
    # A warning alone (a here-document that ends with the file) leaves the status at 0, and the script is still wrong.
    severity: Severity = "error" if status or "here-document" in message else "warning"
    where = int(opened.group(1)) if opened else min(line, last) if line else last
    return Finding("bash -n", message, where, severity=severity)

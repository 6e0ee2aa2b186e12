"""How a check answers: valid, invalid or not checked, within bounds and never with an exception.

A check is written as a function that returns its findings and raises `Unchecked` with a sentence where it cannot say
anything; `verdict` makes the public `check(text, material)` of it. This room knows nothing of any kind of script.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence

from completion.scripts.types import Finding, Material, State, Verdict

Check = Callable[[str, Material], Verdict]

# Generated scripts are a few hundred lines. ShellCheck needs a minute for 3,000, sqlglot seconds for a megabyte.
LONGEST = 64 * 1024
LONGEST_PLAIN = 1024 * 1024
"""For programs that only parse, and take milliseconds for this."""


class Unchecked(Exception):
    """Nothing can be said; the argument is the reason as a sentence without a capital and a full stop."""


class Late(Unchecked):
    """A program took too long; `said` is what it had written by then."""

    def __init__(self, reason: str, said: str) -> None:
        super().__init__(reason)
        self.said = said


def verdict(name: str, longest: int = LONGEST) -> Callable[[Callable[[str, Material], Sequence[Finding]]], Check]:
    """Make a check of a function that returns findings. Findings that are no errors leave a script valid.

    `longest` are the bytes of a text that it is given at most.
    """

    def wrap(find: Callable[[str, Material], Sequence[Finding]]) -> Check:
        @functools.wraps(find)
        def check(text: str, material: Material) -> Verdict:
            begin = time.monotonic()
            findings: tuple[Finding, ...] = ()
            reason = ""
            try:
                size = len(text.encode("utf-8", "surrogatepass"))
                if size > longest:
                    raise Unchecked(f"the text has {size:,} bytes, more than the {longest:,} that are checked")
                findings = tuple(sorted(find(text, material), key=lambda finding: (finding.line, finding.column)))
            except Unchecked as unchecked:
                reason = str(unchecked)
            except RecursionError:
                reason = "the text is nested too deeply"
            except MemoryError:
                reason = "the check ran out of memory"
            except Exception as error:  # A defect of a checking library says nothing of the script.
                reason = f"the check itself failed ({type(error).__name__})"
            state: State = "valid"
            if reason:
                state = "not checked"
            elif any(finding.severity == "error" for finding in findings):
                state = "invalid"
            spent = (time.monotonic() - begin) * 1000
            return Verdict(name, state, findings, reason, round(spent, 1))

        return check

    return wrap


def place(text: str, offset: int) -> tuple[int, int]:
    """Line and column from 1 of a character offset; an offset beyond the end is the last character."""
    offset = max(0, min(offset, len(text.rstrip()) - 1 if offset >= len(text.rstrip()) else offset))
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)

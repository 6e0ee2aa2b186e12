"""Regular expressions in Python's flavour: the pattern alone, on one line."""

from __future__ import annotations

import contextlib
import re
import warnings

from completion.scripts.kinds.base import Example, Frame, Kind
from completion.scripts.types import Material

_FLAGS = {
    "I": "i", "IGNORECASE": "i", "M": "m", "MULTILINE": "m", "S": "s", "DOTALL": "s", "X": "x", "VERBOSE": "x",
    "A": "a", "ASCII": "a",
}  # fmt: skip
_FLAG = re.compile(r"\bre\.([A-Z]+)")
_END = re.compile(r'(?<!\\)(?:\\\\)*"')
_CALL = re.compile(r"""\A\s*(?:\w+\s*=\s*)?re\.\w+\(\s*""")
_QUOTED = re.compile(r"""\A[rR]?(["'])(.*)\1(?P<rest>[^"']*)\Z""", re.DOTALL)


def wanted(material: Material) -> str:
    """The user's examples."""
    said = [f"It must match {text!r}." for text in material.matching]
    return " ".join([*said, *(f"It must not match {text!r}." for text in material.other)])


def frame(_material: Material) -> Frame:
    """A Python file, in which a pattern follows the request."""
    return Frame(above="import re\n\n", opening='PATTERN = re.compile(r"', in_script=False)


def found(text: str) -> str:
    """The pattern of a call of `re.compile` whose raw string is open; its flags go into the pattern."""
    line = text.split("\n", 1)[0]
    end = _END.search(line)
    if end is None:
        return line
    return _with_flags(line[: end.end() - 1], line[end.end() :])


def boundary(text: str) -> str:
    """The longest beginning that is a pattern."""
    for end in range(len(text), 0, -1):
        with contextlib.suppress(re.error, OverflowError, RecursionError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(text[:end])
            return text[:end]
    return text


def clean(text: str) -> str:
    """The pattern, without the quotes, slashes or call that a model has put around it."""
    pattern = next((line for line in text.strip().split("\n") if line.strip()), "").strip().strip("`")
    call = _CALL.match(pattern)
    quoted = _QUOTED.match(pattern[call.end() :] if call else pattern)
    # Quotes may be part of what is to be found; these are not.
    if quoted is not None and (call or pattern[0] in "rR" or quoted.group(2).startswith("^")):
        pattern = _with_flags(quoted.group(2), quoted["rest"] if call else "")
    return pattern + "\n" if pattern else ""


def _with_flags(pattern: str, rest: str) -> str:
    flags = "".join(sorted({_FLAGS[name] for name in _FLAG.findall(rest) if name in _FLAGS}))
    return f"(?{flags}){pattern}" if flags else pattern


KIND = Kind(
    name="regex",
    title="Regular expression",
    fence="regex",
    languages=("regex",),
    marker="#",
    file="patterns.py",
    tokens=160,
    stops=("\n",),
    instruction=(
        "You write regular expressions for Python's re module. Answer with the pattern only, on one line in one fenced "
        "block, without quotes, slashes, flags or explanation. Use ^ and $ where the whole text must match, and avoid "
        "nested repetitions, which can take for ever."
    ),
    examples=(
        Example("a date such as 2024-12-31, the whole text", r"^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$"),
    ),
    wanted=wanted,
    frame=frame,
    found=found,
    boundary=boundary,
    clean=clean,
)

"""Patterns taken out of code as data, and what they find. Standard library only: a child process runs this file.

The child exists because a pattern that a model wrote can take for ever: it is given two seconds.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

CALLS = ("compile", "fullmatch", "match", "search", "findall", "finditer", "sub", "split")
FLAGS = {
    "I": re.I,
    "IGNORECASE": re.I,
    "M": re.M,
    "MULTILINE": re.M,
    "S": re.S,
    "DOTALL": re.S,
    "X": re.X,
    "VERBOSE": re.X,
    "A": re.A,
    "ASCII": re.A,
}
LITERAL = re.compile(r"(?:^|[=(,:\s!&|?])/((?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)/([dgimsuvy]*)")


@dataclass(frozen=True, slots=True)
class Found:
    """A pattern in code: how it is applied, its text, and its flags."""

    call: str
    pattern: str
    flags: int


Verdict = tuple[tuple[str, tuple[str | None, ...]], ...]

SECONDS = 2.0


def extract(language: str, code: str) -> Found | None:
    """The first pattern in a piece of code; None where there is none or its code does not parse."""
    return _from_python(code) if language == "python" else _from_script(code)


def verdict(found: Found, text: str) -> Verdict:
    """What the pattern finds in a text, with its groups. Raises `re.error`."""
    if found.call in ("fullmatch", "match"):
        one = getattr(re, found.call)(found.pattern, text, found.flags)
        return () if one is None else ((one.group(), one.groups()),)
    return tuple((one.group(), one.groups()) for one in re.finditer(found.pattern, text, found.flags))


def verdicts(found: Found, texts: Sequence[str]) -> list[Verdict] | None:
    """What a pattern that may be malicious finds in each text; None where it does not compile or takes too long."""
    question = json.dumps(
        {"call": found.call, "pattern": found.pattern, "flags": int(found.flags), "texts": list(texts)}
    )
    command = [sys.executable, "-I", __file__]
    try:
        done = subprocess.run(command, input=question, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        return None
    return [tuple((text, tuple(groups)) for text, groups in one) for one in json.loads(done.stdout)]


def _from_python(code: str) -> Found | None:
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if not (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in CALLS
            and node.args
        ):
            continue
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            flags = 0
            for inner in (
                part for extra in [*node.args[1:], *(word.value for word in node.keywords)] for part in ast.walk(extra)
            ):
                if isinstance(inner, ast.Attribute):
                    flags |= FLAGS.get(inner.attr, 0)
            return Found(node.func.attr, first.value, flags)
    return None


def _from_script(code: str) -> Found | None:
    one = LITERAL.search(code)
    if one is None:
        return None
    flags = 0
    for letter, flag in (("i", re.I), ("m", re.M), ("s", re.S)):
        flags |= flag if letter in one.group(2) else 0
    pattern = one.group(1).replace("\\/", "/").replace("(?<", "(?P<").replace("(?P<=", "(?<=").replace("(?P<!", "(?<!")
    return Found("search", pattern, flags)


def _child() -> None:
    row = json.load(sys.stdin)
    found = Found(row["call"], row["pattern"], row["flags"])
    print(json.dumps([verdict(found, text) for text in row["texts"]]))


if __name__ == "__main__":
    _child()

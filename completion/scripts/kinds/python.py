"""Small Python scripts of one file."""

from __future__ import annotations

import ast
import contextlib
import warnings

from completion.scripts.kinds.base import Example, Frame, Kind, whole_lines
from completion.scripts.types import Material


def boundary(text: str) -> str:
    """The longest beginning of whole lines that is a module."""
    lines = whole_lines(text).split("\n")
    for count in range(len(lines), 0, -1):
        beginning = "\n".join(lines[:count])
        with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(beginning)
            return beginning or text
    return text


def frame(_material: Material) -> Frame:
    """The first line of a script, which is part of it."""
    return Frame(head="#!/usr/bin/env python3\n\n")


KIND = Kind(
    name="python",
    title="Python script",
    fence="python",
    languages=("python",),
    marker="#",
    file="script.py",
    tokens=768,
    stops=("\n\n\n# ", '\nif __name__ == "__main__":\n    pass'),
    instruction=(
        "You write small Python 3 scripts of one file. Answer with the script only, in one fenced block, without any "
        "explanation. Use the standard library unless another package is asked for, annotate functions with types, "
        'and call main() behind if __name__ == "__main__". Put no password and no other secret into the text: read '
        "it from the environment."
    ),
    examples=(
        Example(
            "count the lines of all files that are named as arguments",
            "import sys\nfrom pathlib import Path\n\n\n"
            "def main(names: list[str]) -> int:\n"
            "    for name in names:\n"
            '        count = len(Path(name).read_text(encoding="utf-8").splitlines())\n'
            '        print(f"{count} {name}")\n'
            "    return 0\n\n\n"
            'if __name__ == "__main__":\n'
            "    raise SystemExit(main(sys.argv[1:]))",
        ),
    ),
    frame=frame,
    boundary=boundary,
)

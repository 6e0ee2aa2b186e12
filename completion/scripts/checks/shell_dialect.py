"""Which shell a script is written for: the user's word before the first line's, bash where neither says."""

from __future__ import annotations

import re

from completion.scripts.types import Material

_NAMES = {"posix": "sh", "sh": "sh", "dash": "sh", "ash": "sh", "bash": "bash", "ksh": "mksh", "mksh": "mksh"}
_FIRST = re.compile(r"#!\s*(?:\S*/)?(?:env\s+(?:-S\s+)?)?(?:\S*/)?([a-z]+)")


def of(text: str, material: Material) -> str:
    """`sh`, `bash` or `mksh`, or the name of another shell as it stands."""
    if material.dialect in _NAMES:
        return _NAMES[material.dialect]
    first = _FIRST.match(text)
    return _NAMES.get(first.group(1), first.group(1)) if first else "bash"

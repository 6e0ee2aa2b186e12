"""Shell: a script for bash or for any POSIX shell."""

from __future__ import annotations

import itertools

from completion.scripts.kinds.base import Example, Frame, Kind, whole_lines
from completion.scripts.types import Material
from completion.syntax import languages
from completion.syntax.tree import TreeStore
from completion.types import Document

CLOSERS = ("fi\n", "done\n", "esac\n", "}\n")
DEPTH = 3
"""How many open blocks are closed."""

POSIX = frozenset({"posix", "sh", "dash", "ash"})


def wanted(material: Material) -> str:
    """Which shell the script is for."""
    if material.dialect in POSIX:
        return "The script is for a POSIX sh: begin it with #!/bin/sh and use nothing that only bash knows."
    return "The script is for bash: begin it with #!/usr/bin/env bash and set -euo pipefail."


def frame(material: Material) -> Frame:
    """The first lines of a script, which are part of it."""
    if material.dialect in POSIX:
        return Frame(head="#!/bin/sh\nset -eu\n\n")
    return Frame(head="#!/usr/bin/env bash\nset -euo pipefail\n\n")


def boundary(text: str) -> str:
    """The longest beginning of whole lines in which nothing is left open; failing that, what is open is closed."""
    lines = whole_lines(text).rstrip("\n").split("\n")
    beginnings = ("\n".join(lines[:count]) + "\n" for count in range(len(lines), 0, -1))
    whole = next((beginning for beginning in beginnings if _is_whole(beginning)), "")
    if whole.strip():
        return whole
    ends = ("".join(words) for count in range(1, DEPTH + 1) for words in itertools.product(CLOSERS, repeat=count))
    return next((whole_lines(text) + end for end in ends if _is_whole(whole_lines(text) + end)), text)


def _is_whole(text: str) -> bool:
    language = languages.find("shellscript")
    document = Document("script", "shellscript", text.encode("utf-8", "replace"))
    parsed = TreeStore().parse(document, language) if language is not None else None
    return parsed is None or not parsed.error_count()


KIND = Kind(
    name="shell",
    title="Shell script",
    fence="bash",
    languages=("shellscript", "bash", "sh"),
    marker="#",
    file="run.sh",
    tokens=768,
    stops=("\n\n# ", "\n\n\n"),
    instruction=(
        "You write shell scripts. Answer with the script only, in one fenced block, without any explanation. Quote "
        "every variable, check what may be missing, and use common tools. Never delete, overwrite or download and "
        "run anything that was not asked for. Put no password and no other secret into the text: read it from the "
        "environment."
    ),
    examples=(
        Example(
            "compress all logs below /var/log/app that are older than 7 days",
            "#!/usr/bin/env bash\nset -euo pipefail\n\n"
            "find /var/log/app -type f -name '*.log' -mtime +7 -exec gzip -- {} +",
            dialects=("", "bash"),
        ),
        Example(
            "compress all logs below /var/log/app that are older than 7 days",
            "#!/bin/sh\nset -eu\n\nfind /var/log/app -type f -name '*.log' -mtime +7 -exec gzip -- {} +",
            dialects=tuple(sorted(POSIX)),
        ),
    ),
    wanted=wanted,
    frame=frame,
    boundary=boundary,
)

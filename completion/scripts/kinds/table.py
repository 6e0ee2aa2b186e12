"""All kinds of scripts. A new one is a file and its name here."""

from __future__ import annotations

from collections.abc import Mapping

from completion.scripts.kinds import compose, dockerfile, kubernetes, python, regex, shell, sql
from completion.scripts.kinds.base import Kind

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (sql.KIND, shell.KIND, dockerfile.KIND, compose.KIND, kubernetes.KIND, regex.KIND, python.KIND)
}

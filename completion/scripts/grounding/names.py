"""What is said of a name that was not verified, and where addresses of other machines stand in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from completion.scripts.types import Finding

SAID = {
    "image": "whether the image {name} exists was not verified",
    "package": "whether the package {name} exists was not verified",
    "command": "whether the command {name} exists was not verified",
    "api-kind": "there is no schema of {name}, so nothing of it was verified",
    "import": "whether the module {name} can be imported was not verified: it is not in the standard library",
    "function": "whether the function {name} exists was not verified",
    "extension": "whether the extension {name} can be had was not verified",
    "schema": "no schema was given, so the table {name} and its columns were not verified",
    "url": "whether {name} can be reached was not verified",
    "host": "whether the host {name} can be reached was not verified",
}
"""The message of each rule."""

_URL = re.compile(r"\b(?:https?|ftp|ssh|git)://(?:[^\s/@'\"<>]*@)?([A-Za-z0-9.-]+)[^\s'\"<>|;)\]}]*")
# Names that are set apart (RFC 2606, RFC 6761), and those of one's own machine and network.
_OWN = re.compile(
    r"localhost|127\.[\d.]+|0\.0\.0\.0|::1|(?:.*\.)?(?:example(?:\.(?:com|org|net))?|test|invalid|local|localhost|internal)"
    r"|host\.docker\.internal|10\.[\d.]+|192\.168\.[\d.]+|\$.*"
)


@dataclass(frozen=True, slots=True)
class Named:
    """A name that a script relies on, by the rule that found it, at a line and column from 1."""

    rule: str
    name: str
    line: int = 0
    column: int = 0

    def finding(self) -> Finding:
        """The note about it."""
        return Finding("grounding", SAID[self.rule].format(name=self.name), self.line, self.column, "note", self.rule)


def elsewhere(host: str) -> bool:
    """Whether a host is another machine, of which nothing can be known here."""
    return bool(host) and _OWN.fullmatch(host.lower().rstrip(".")) is None


def urls(text: str) -> Iterator[tuple[str, int]]:
    """The addresses of other machines in a text, with the character that each begins at."""
    for match in _URL.finditer(text):
        host = match.group(1)
        if elsewhere(host) and "." in host:
            yield match.group().rstrip(".,"), match.start()

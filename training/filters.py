"""Which files of a package are worth learning from: their language by name or first line, and what speaks against.

Pure functions of path and text. Knows no archives; licences are the business of `training.cleaning`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Literal

Reason = Literal[
    "size", "encoding", "generated", "minified", "data", "vendored", "notice", "licence", "exact", "near", "listed"
]

GROUPS: Mapping[str, tuple[str, ...]] = {
    "python": ("python",),
    "web": ("typescript", "javascript"),
    "scripts": ("shell", "sql", "yaml", "dockerfile", "make", "config"),
    "prose": ("markdown", "json"),
}
"""Languages of each family of shards."""

EXTENSIONS: Mapping[str, str] = {
    ".py": "python",
    ".ts": "typescript", ".tsx": "typescript", ".mts": "typescript", ".cts": "typescript",
    ".js": "javascript", ".jsx": "javascript", ".mjs": "javascript", ".cjs": "javascript",
    ".sh": "shell", ".bash": "shell", ".zsh": "shell", ".bats": "shell", ".sql": "sql",
    ".yaml": "yaml", ".yml": "yaml", ".mk": "make", ".dockerfile": "dockerfile",
    ".toml": "config", ".cfg": "config", ".ini": "config", ".md": "markdown", ".rst": "markdown", ".json": "json",
}  # fmt: skip
DECLARATIONS = (".d.ts", ".d.mts", ".d.cts", ".min.js", ".min.mjs", ".umd.js", ".bundle.js", ".map")
SHEBANG = re.compile(rb"#!\s*/(usr/)?bin/(env (-\S+ )?)?(ba|z|da|k)?sh\b")

MOST_BYTES: Mapping[str, int] = {"json": 20_000, "markdown": 100_000}
FEWEST_CHARACTERS = 120
LONGEST_LINE = 1000
LONGEST_MEAN = 110
FEWEST_LETTERS = 0.55

VENDORED = re.compile(
    r"(^|/)(node_modules|bower_components|_?vendor(ed|s)?|third[_-]?party|_?extern(al|s)?|_vendored_packages|deps"
    r"|site-packages|__pycache__|locales?|dist-info|[^/]+\.dist-info|[^/]+\.egg-info)/",
    re.IGNORECASE,
)
NOTICES = re.compile(
    r"((un)?licen[cs]es?|copying|notices?|authors|contributors|maintainers|third[_-]?party|change(s|log)?|history"
    r"|code[_-]of[_-]conduct|security|package-lock|release[_-]notes)\b.*\.(md|rst|json|ya?ml|toml)$",
    re.IGNORECASE,
)
"""Documents about the package and its people. A module may well be called `security.py`."""
GENERATED = re.compile(
    r"\b(auto(matically)?|machine)[- ]?generated\b|\bgenerated automatically\b"
    r"|@generated|\bcode generated\b|\bdo not (edit|modify|change)\b"
    r"|^\W*(this (file|module|code) (is|was|has been) )?generated (by|from|with|using|on)\b",
    re.IGNORECASE | re.MULTILINE,
)
TRANSPILED = re.compile(
    r"Object\.defineProperty\(exports, ?[\"']__esModule[\"']|exports\.__esModule ?="
    r"|^var __(createBinding|awaiter|importStar|importDefault|commonJS|toESM|export|defProp|decorate|extends|assign)\b"
    r"|^var _\w+ = require\(|^exports\.\w+ = void 0"
    r"|_interopRequire|webpackBootstrap|__webpack_require__|regeneratorRuntime|^//# sourceMappingURL=data:"
    r"|^\(function \(global, factory\)",
    re.MULTILINE,
)
LETTERS = re.compile(r"[^\W\d_]+|\s+")
SOURCE_MAP = re.compile(r"\n?^//# sourceMappingURL=.*$\n?", re.MULTILINE)
HEAD_CHARACTERS = 1500


def language_of(path: str, head: bytes = b"") -> str | None:
    """The language of a file by its name, or by its first line where it has no extension."""
    name = PurePosixPath(path).name.lower()
    if name.endswith(DECLARATIONS):
        return None
    if re.match(r"(docker|container)file(\.[\w-]+)?$", name) and not name.endswith((".j2", ".md", ".py", ".ts", ".js")):
        return "dockerfile"
    if name in ("makefile", "gnumakefile"):
        return "make"
    suffix = PurePosixPath(name).suffix
    if suffix in EXTENSIONS:
        return EXTENSIONS[suffix]
    return "shell" if not suffix and SHEBANG.match(head) else None


def nameable(path: str) -> bool:
    """Whether a file may be of a language that is collected: one without an extension can say so in its head."""
    return language_of(path, b"#!/bin/sh") is not None


def refused_by_path(path: str) -> Reason | None:
    """What the place of a file says against it."""
    if VENDORED.search(path):
        return "vendored"
    if NOTICES.match(PurePosixPath(path).name):
        return "notice"
    return None


def refused_by_size(language: str, size: int) -> Reason | None:
    """What its size in bytes says against a file."""
    return "size" if size > MOST_BYTES.get(language, 400_000) else None


def decoded(data: bytes) -> str | None:
    """The text of a file with plain newlines; `None` where it is not UTF-8 text."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def refused_by_text(language: str, text: str) -> Reason | None:
    """What a file's text says against it."""
    if len(text) < FEWEST_CHARACTERS:
        return "size"
    if language not in ("markdown", "json") and GENERATED.search(text[:HEAD_CHARACTERS]):
        return "generated"
    if language in ("javascript", "typescript") and TRANSPILED.search(text[: 4 * HEAD_CHARACTERS]):
        return "generated"
    if minified(text):
        return "minified"
    start = text[:4000]
    if len(LETTERS.sub("", start)) > (1 - FEWEST_LETTERS) * len(start):
        return "data"
    return None


def without_source_map(text: str) -> tuple[str, bool]:
    """A script without the line in which a compiler names its source map, and whether there was one."""
    bare = SOURCE_MAP.sub("", text)
    return bare, bare != text


def minified(text: str) -> bool:
    """Whether the lines of a text are longer than anybody writes them."""
    lines = text.split("\n")
    return max(map(len, lines)) > LONGEST_LINE or len(text) / len(lines) > LONGEST_MEAN

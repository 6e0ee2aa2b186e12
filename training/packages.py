"""The list of packages that a corpus is built from: `packages.toml`, read strictly, and its digests filled in.

Knows the shape of the list and which licences count as permissive. Knows nothing of downloads and archives.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

LIST = Path(__file__).parent / "packages.toml"
MOST_PACKAGES = 80

KINDS: Mapping[str, str] = {
    "MIT": r"\bmit(-0|-cmu)?\b|\bexpat\b",
    "BSD": r"\b(0|new |modified |simplified )?bsd\b",
    "Apache": r"\bapache\b",
    "ISC": r"\bisc\b",
    "PSF": r"\bpsf\b|python software foundation|\bpython-2\.0\b",
    "PostgreSQL": r"\bpostgresql\b",
    "Zlib": r"\bzlib\b",
    "Public domain": r"\bcc0\b|public domain|\bunlicense\b",
    "BlueOak": r"\bblueoak\b",
    "HPND": r"\bhpnd\b",
    "ZPL": r"\bzpl\b|zope public",
}
"""Kinds of permissive licence, and how metadata spells them."""

CLOSED = re.compile(
    r"\b([al]?gpl(v?\d)?|gnu|mpl|mozilla|eupl|epl|cddl|sspl|busl|elastic|cc-by-(nc|sa|nd)|proprietary|commercial|unlicensed|"
    r"all rights reserved|see licen[cs]e)\b",
    re.IGNORECASE,
)
"""Licences that ask for more than attribution. One mention refuses a package, even as one of two choices."""


class Package(BaseModel):
    """One row of the list. `skip` holds patterns of paths that are left out (`*` crosses folders)."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: Annotated[str, Field(pattern=r"^(@[a-z0-9._-]+/)?[A-Za-z0-9][A-Za-z0-9._-]*$")]
    version: Annotated[str, Field(pattern=r"^\d[A-Za-z0-9.!+_-]*$")]
    index: Literal["pypi", "npm"]
    licence: Annotated[str, Field(min_length=2)]
    heldout: bool = False
    small: bool = False
    platform: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")] | None = None
    """The wheel tag of packages with compiled parts, so that every machine fetches the same archive."""
    skip: Annotated[list[str], Field(default_factory=list)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"


class StandardLibrary(BaseModel):
    """What is taken of the running Python's standard library; `small` are the paths that `--small` reads."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    licence: str
    skip: list[str]
    small: list[str]


class PackageList(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    standard_library: Annotated[StandardLibrary, Field(alias="standard-library")]
    package: Annotated[list[Package], Field(min_length=1, max_length=MOST_PACKAGES)]

    def reading_order(self, *, small: bool = False) -> list[Package]:
        """Held-out packages first, so that copies of them in other packages are known when they come."""
        chosen = [package for package in self.package if package.small or not small]
        return sorted(chosen, key=lambda package: not package.heldout)


def load(path: Path) -> PackageList:
    """Read the list. Raises `ValueError` with file, key and what was expected, and `OSError`."""
    text = path.read_text(encoding="utf-8")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}: not TOML: {error}") from error
    try:
        listed = PackageList.model_validate(table)
    except ValidationError as error:
        raise ValueError("\n".join(_sentences(path, table, error))) from error
    names: set[str] = set()
    for number, package in enumerate(listed.package, 1):
        where = f"{path}: package {number} ({package.name})"
        if package.name.lower() in names:
            raise ValueError(f"{where}, name: it stands in the list twice")
        names.add(package.name.lower())
        if not permissive(package.licence):
            raise ValueError(f"{where}, licence: {package.licence!r} is not a permissive licence")
    return listed


def _sentences(path: Path, table: Mapping[str, Any], error: ValidationError) -> list[str]:
    out = []
    for item in error.errors(include_url=False):
        place = list(item["loc"])
        if len(place) > 1 and place[0] == "package" and isinstance(place[1], int):
            name = table["package"][place[1]]
            name = name.get("name", "no name") if isinstance(name, dict) else "no table"
            where = f"package {place[1] + 1} ({name}), {'.'.join(map(str, place[2:]))}"
        else:
            where = ".".join(map(str, place))
        out.append(f"{path}: {where}: {item['msg']}")
    return out


def kinds(statement: str) -> frozenset[str]:
    """The kinds of permissive licence that a statement names."""
    return frozenset(kind for kind, pattern in KINDS.items() if re.search(pattern, statement, re.IGNORECASE))


def permissive(statement: str) -> bool:
    """Whether a statement names permissive licences and no other."""
    return bool(kinds(statement)) and not CLOSED.search(statement)


def with_digests(text: str, digests: Mapping[str, str]) -> str:
    """The list's text with `sha256` lines added for the packages named in `digests`; all else stays as it is."""
    blocks = re.split(r"(?m)^(?=\[)", text)
    return "".join(_with_digest(block, digests) for block in blocks)


def _with_digest(block: str, digests: Mapping[str, str]) -> str:
    name = re.search(r'(?m)^name = "([^"]+)"', block)
    if not block.startswith("[[package]]") or name is None or name[1] not in digests or "\nsha256" in block:
        return block
    body = block.rstrip("\n")
    # A comment that introduces the next table belongs behind the new line.
    lines = body.split("\n")
    last = max(number for number, line in enumerate(lines) if re.match(r"\w+ = ", line))
    while last + 1 < len(lines) and lines[last + 1].startswith((" ", "]")):
        last += 1
    lines.insert(last + 1, f'sha256 = "{digests[name[1]]}"')
    return "\n".join(lines) + block[len(body) :]

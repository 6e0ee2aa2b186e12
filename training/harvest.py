"""One package through every filter: what is kept of it as sources, and a tally of what was dropped and why.

Knows the order of the filters. Knows nothing of downloads and shards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Literal

from training import filters
from training.archives import Member
from training.cleaning import Cleaned, clean, foreign, licence_text
from training.dedupe import Seen
from training.shards import Source

Outcome = Literal["raw", "kept"] | filters.Reason


@dataclass(frozen=True, slots=True)
class Tally:
    """Bytes and files by language and outcome; `raw` counts everything that came in."""

    size: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    files: Counter[tuple[str, Outcome]] = field(default_factory=Counter)

    def add(self, language: str, outcome: Outcome, size: int) -> None:
        self.size[language, outcome] += size
        self.files[language, outcome] += 1

    def update(self, other: Tally) -> None:
        self.size.update(other.size)
        self.files.update(other.files)

    def dropped(self) -> dict[str, dict[str, int]]:
        """Dropped bytes by language and reason."""
        out: dict[str, dict[str, int]] = {}
        for (language, outcome), size in sorted(self.size.items()):
            if outcome not in ("raw", "kept"):
                out.setdefault(language, {})[outcome] = size
        return out


@dataclass(frozen=True, slots=True)
class Harvest:
    """What one package gave. `notices` are files that lost a licence notice, `masked` counts masked strings."""

    sources: tuple[Source, ...]
    tally: Tally
    notices: int = 0
    masked: int = 0

    @property
    def size(self) -> int:
        return sum(size for (_, outcome), size in self.tally.size.items() if outcome == "kept")


def harvest(package: str, found: Iterable[Member], seen: Seen, skip: Sequence[str] = ()) -> Harvest:
    """Read the files of a package and keep the good ones, in a fixed order whatever the archive's."""
    tally = Tally()
    candidates: list[tuple[str, str, Cleaned]] = []
    for member in found:
        language = filters.language_of(member.path, (member.data or b"")[:64])
        if language is None:
            continue
        tally.add(language, "raw", member.size)
        cleaned = _examined(member, language, skip)
        if isinstance(cleaned, Cleaned):
            candidates.append((language, member.path, cleaned))
        else:
            tally.add(language, cleaned, member.size)
    # TypeScript before JavaScript: of a source and its compiled form the source is kept.
    candidates.sort(key=lambda candidate: (candidate[0] == "javascript", candidate[1]))
    typed = {PurePosixPath(path).stem for language, path, _ in candidates if language == "typescript"}
    sources: list[Source] = []
    notices = masked = 0
    for language, path, cleaned in candidates:
        text, compiled = filters.without_source_map(cleaned.text) if language == "javascript" else (cleaned.text, False)
        of_typed = compiled and PurePosixPath(path).stem in typed
        outcome: Outcome | None = "generated" if of_typed else seen.admit(text)
        tally.add(language, outcome or "kept", len(text.encode()))
        if outcome is None:
            notices += cleaned.notice
            masked += cleaned.masked
            sources.append(Source(package, language, path, text))
    return Harvest(tuple(sources), tally, notices, masked)


def _examined(member: Member, language: str, skip: Sequence[str]) -> Cleaned | filters.Reason:
    if any(fnmatchcase(member.path, pattern) for pattern in skip):
        return "listed"
    reason = filters.refused_by_path(member.path) or filters.refused_by_size(language, member.size)
    if reason is not None or member.data is None:
        return reason or "size"
    text = filters.decoded(member.data)
    if text is None:
        return "encoding"
    if filters.minified(text):
        return "minified"
    if foreign(text):
        return "licence"
    cleaned = clean(text, language)
    # Looked at after cleaning: a long licence would hide the head that says "generated", and the short rest.
    return filters.refused_by_text(language, cleaned.text) or ("licence" if licence_text(cleaned.text) else cleaned)

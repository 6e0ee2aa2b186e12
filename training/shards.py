"""Corpus shards: files of one JSON object a line (`pkg`, `lang`, `path`, `text`), xz-compressed.

A row may also have `answer`: the characters `[start, end]` of `text` that answer a request written just
before them (generated request and script pairs).

Training shards and the held-out shard never mix: `heldout.jsonl.xz` holds whole packages that are
evaluated on and never trained on.
"""

from __future__ import annotations

import json
import lzma
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

HELDOUT = "heldout.jsonl.xz"
PAIRS = "pairs-"
"""How the packages of generated pairs begin."""

PACKAGE_SHARE = 0.06
PACKAGE_FLOOR = 200_000
FILE_CHARACTERS = 60_000
"""A file counts for at most this many characters when files are drawn by their size."""


@dataclass(frozen=True, slots=True)
class Source:
    """One source file of a package; `answer` is the span (characters) that answers a request in the text."""

    package: str
    language: str
    path: str
    text: str
    answer: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Shelf:
    """The files of one language, with cumulative weights to draw them by."""

    sources: tuple[Source, ...]
    cumulative: tuple[float, ...]
    packages: Mapping[str, tuple[int, ...]]
    """Indices of each package's files in `sources`."""


def training_shards(folder: Path) -> tuple[Path, ...]:
    """The shards to train on, in a fixed order. Raises `FileNotFoundError` where there are none."""
    shards = tuple(sorted(path for path in folder.glob("*.jsonl.xz") if path.name != HELDOUT))
    if not shards:
        raise FileNotFoundError(f"{folder}: no training shards (*.jsonl.xz)")
    return shards


def heldout(folder: Path, languages: Collection[str]) -> dict[str, list[Source]]:
    """The held-out files by language. Raises `FileNotFoundError`."""
    found: dict[str, list[Source]] = {language: [] for language in languages}
    for source in read(folder / HELDOUT):
        if source.language in found:
            found[source.language].append(source)
    return found


def read(shard: Path) -> Iterator[Source]:
    """All files of a shard."""
    with lzma.open(shard, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            answer = row.get("answer")
            yield Source(row["pkg"], row["lang"], row["path"], row["text"], tuple(answer) if answer else None)


def write(shard: Path, sources: Iterable[Source]) -> int:
    """Write a shard, replacing the file in one step; the number of text bytes in it."""
    total = 0
    draft = draft_of(shard)
    with lzma.open(draft, "wt", encoding="utf-8", preset=6) as lines:
        for source in sources:
            row: dict[str, object] = {
                "pkg": source.package, "lang": source.language, "path": source.path, "text": source.text,
            }  # fmt: skip
            if source.answer is not None:
                row["answer"] = source.answer
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")
            total += len(source.text.encode())
    draft.replace(shard)
    return total


def draft_of(shard: Path) -> Path:
    """The file that `write` fills before it becomes the shard."""
    return shard.with_name(shard.name + ".part")


def shelves(shards: Iterable[Path], languages: Collection[str]) -> dict[str, Shelf]:
    """Load shards into memory, by language. A package weighs at most 6 % of its language.

    Generated request and script pairs have shelves of their own, named after their package ("pairs-sql").
    """
    found: defaultdict[str, list[Source]] = defaultdict(list)
    for shard in shards:
        for source in read(shard):
            if source.package.startswith(PAIRS):
                found[source.package].append(source)
            elif source.language in languages:
                found[source.language].append(source)
    return {language: _shelf(sources) for language, sources in found.items()}


def _shelf(sources: list[Source]) -> Shelf:
    sizes = [min(len(source.text), FILE_CHARACTERS) for source in sources]
    packages: Counter[str] = Counter()
    members: defaultdict[str, list[int]] = defaultdict(list)
    for index, (source, size) in enumerate(zip(sources, sizes, strict=True)):
        packages[source.package] += size
        members[source.package].append(index)
    cap = max(PACKAGE_SHARE * sum(sizes), PACKAGE_FLOOR)
    weights = (size * min(1.0, cap / packages[source.package]) for source, size in zip(sources, sizes, strict=True))
    by_package = {package: tuple(indices) for package, indices in members.items()}
    return Shelf(tuple(sources), tuple(accumulate(weights)), by_package)

"""A training corpus from nothing: packages fetched, read, cleaned and written as shards with their inventory.

    python -m training.corpus --out FOLDER [--small] [--cache FOLDER] [--packages training/packages.toml]
    python -m training.corpus --out FOLDER --from READY       # take a ready corpus over, after looking at it
    python -m training.corpus --lock                          # add missing SHA-256 values to the list

The same list and the same archives give the same bytes. Whole packages marked `heldout` are kept apart and
are read first, so that copies of them in other packages are recognized and left out. Progress goes to standard
error; the last line of the output is a summary as JSON.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import sysconfig
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from training import archives, fetch, filters, packages, ready
from training.dedupe import Seen
from training.harvest import Harvest, Tally, harvest
from training.packages import LIST, Package, PackageList
from training.shards import HELDOUT, Source, draft_of, write

STANDARD_LIBRARY = "python-standard-library"
SHARD_BYTES = 21 << 20
"""A shard ends when its file has grown to this; what the compressor still holds then makes up to 3 MB more."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Entry:
    """One package of the inventory: where it came from and what was made of it."""

    name: str
    version: str
    index: str
    stated: str
    """The licence by the package's own metadata."""
    heldout: bool
    sha256: str | None
    harvest: Harvest | None
    """`None` where the package was refused for its licence."""
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Corpus:
    """Everything that was read. `skipped` says by package why it could not be had."""

    entries: list[Entry] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)

    def sources(self, *, heldout: bool) -> Iterator[Source]:
        for entry in self.entries:
            if entry.harvest is not None and entry.heldout == heldout:
                yield from entry.harvest.sources


def build(listed: PackageList, cache: Path, tell: Tell, *, small: bool = False) -> Corpus:
    """Fetch and read all packages of the list, then the standard library. Raises `ValueError` and `OSError`."""
    corpus, seen, total = Corpus(), Seen(), 0
    order = listed.reading_order(small=small)
    clients_away: set[str] = set()
    for number, package in enumerate(order, 1):
        try:
            archive = fetch.archive_of(package, cache)
        except fetch.Unavailable as error:
            corpus.skipped[package.name] = str(error)
            # A client that is not installed is said once, not once a package.
            if str(error) not in clients_away:
                tell(f"{number}/{len(order)} skipped: {error}")
            clients_away.add(str(error))
            continue
        entry = entry_of(package, archive, seen)
        corpus.entries.append(entry)
        total += entry.harvest.size if entry.harvest else 0
        tell(f"{number}/{len(order)} {package.title}: {_gain(entry)}, {total / 1e6:.1f} MB in all")
    entry = standard_library(listed, seen, small=small)
    corpus.entries.append(entry)
    tell(f"Python {entry.version}: {_gain(entry)}")
    return corpus


def entry_of(package: Package, archive: Path, seen: Seen) -> Entry:
    """Read one package, unless its metadata states another kind of licence than the list."""
    stated = archives.licence(archive)
    refused = _objection(package.licence, stated)
    found = None
    if refused is None:
        found = harvest(package.name, archives.members(archive, filters.nameable), seen, package.skip)
    digest = package.sha256 or fetch.digest_of(archive)
    return Entry(package.name, package.version, package.index, stated, package.heldout, digest, found, refused)


def standard_library(listed: PackageList, seen: Seen, *, small: bool) -> Entry:
    """Read the running Python's standard library; with `small` only the paths that the list names for it."""
    table, folder = listed.standard_library, Path(sysconfig.get_path("stdlib"))

    def wanted(path: str) -> bool:
        if small and not any(fnmatchcase(path, pattern) for pattern in table.small):
            return False
        return filters.nameable(path) and not any(fnmatchcase(path, pattern) for pattern in table.skip)

    stated = archives.standard_library_licence()
    refused = _objection(table.licence, stated)
    found = harvest(STANDARD_LIBRARY, archives.members(folder, wanted), seen) if refused is None else None
    version = platform.python_version()
    return Entry(STANDARD_LIBRARY, version, "running Python", stated, heldout=False, sha256=None, harvest=found,
                 refused=refused)  # fmt: skip


def _objection(listed: str, stated: str) -> str | None:
    if not packages.permissive(stated):
        return (
            f"its metadata states {stated!r}, which is not a permissive licence" if stated else "it states no licence"
        )
    if packages.kinds(listed) != packages.kinds(stated):
        return f"its metadata states {stated!r}, the list says {listed!r}"
    return None


def _gain(entry: Entry) -> str:
    return f"refused: {entry.refused}" if entry.harvest is None else f"{entry.harvest.size / 1e6:.2f} MB kept"


def write_corpus(corpus: Corpus, folder: Path) -> list[Path]:
    """Write shards, inventory and statistics; the shards. Old shards in `folder` are removed first."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.jsonl.xz"):
        old.unlink()
    shards = []
    for group, languages in filters.GROUPS.items():
        chosen = (source for source in corpus.sources(heldout=False) if source.language in languages)
        shards += list(_write_group(folder, group, chosen))
    write(folder / HELDOUT, corpus.sources(heldout=True))
    _write_json(folder / "inventory.json", inventory(corpus))
    _write_json(folder / "stats.json", statistics(corpus))
    return [*shards, folder / HELDOUT]


def _write_group(folder: Path, group: str, sources: Iterator[Source]) -> Iterator[Path]:
    first = next(sources, None)
    number = 0
    while first is not None:
        shard = folder / f"{group}-{number:02d}.jsonl.xz"
        write(shard, _until_full(shard, first, sources))
        yield shard
        first, number = next(sources, None), number + 1


def _until_full(shard: Path, first: Source, sources: Iterator[Source]) -> Iterator[Source]:
    yield first
    for source in sources:
        yield source
        if draft_of(shard).stat().st_size >= SHARD_BYTES:
            return


def inventory(corpus: Corpus) -> dict[str, Any]:
    """The inventory that the data card is made from. Sizes of packages are what is left after cleaning."""
    rows = {}
    for entry in corpus.entries:
        found = entry.harvest
        rows[entry.name] = {
            "version": entry.version, "index": entry.index, "licence": entry.stated,
            "permissive": entry.refused is None, "split": "heldout" if entry.heldout else "train",
            "sha256": entry.sha256, "bytes": found.size if found else 0,
            "dropped": found.tally.dropped() if found else {},
        } | ({"refused": entry.refused} if entry.refused else {})  # fmt: skip
    return {"cleaned": True, "langs": _languages(corpus.entries), "packages": rows, "skipped": corpus.skipped}


def _languages(entries: Iterable[Entry]) -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = {}
    for entry in entries:
        if entry.harvest is None:
            continue
        for (language, outcome), size in entry.harvest.tally.size.items():
            row = table.setdefault(language, {})
            name = {"raw": "raw", "kept": "held" if entry.heldout else "train"}.get(outcome, f"drop_{outcome}")
            row[name] = row.get(name, 0) + size
            row[f"{name}_files"] = row.get(f"{name}_files", 0) + entry.harvest.tally.files[language, outcome]
    return {language: dict(sorted(row.items())) for language, row in sorted(table.items())}


def statistics(corpus: Corpus) -> dict[str, Any]:
    """Bytes and packages of the training shards by group, and what cleaning did, as `training.card` reads them."""
    groups = {}
    for group, languages in filters.GROUPS.items():
        sizes = dict.fromkeys(languages, 0)
        names = set()
        for source in corpus.sources(heldout=False):
            if source.language in sizes:
                sizes[source.language] += len(source.text.encode())
                names.add(source.package)
        sizes = {language: size for language, size in sizes.items() if size}
        groups[group] = {"bytes": sum(sizes.values()), "languages": sizes, "packages": len(names)}
    found = [entry.harvest for entry in corpus.entries if entry.harvest]
    return {
        "groups": groups,
        "licence_headers_removed": sum(part.notices for part in found),
        "masked_strings": sum(part.masked for part in found),
    }


def table(corpus: Corpus) -> str:
    """Kept and dropped megabytes by language, for a person."""
    whole = Tally()
    for entry in corpus.entries:
        if entry.harvest:
            whole.update(entry.harvest.tally)
    columns = ["raw", "kept", *sorted({outcome for _, outcome in whole.size} - {"raw", "kept"})]
    lines = [f"{'MB':12}" + "".join(f"{column:>11}" for column in columns)]
    for language in sorted({language for language, _ in whole.size}):
        cells = (sum(size for key, size in whole.size.items() if key == (language, column)) for column in columns)
        lines.append(f"{language:12}" + "".join(f"{size / 1e6:11.2f}" for size in cells))
    return "\n".join(lines)


def lock(path: Path, cache: Path, tell: Tell) -> dict[str, str]:
    """Fetch the packages of the list that have no SHA-256 yet and write it into the file; by package."""
    digests: dict[str, str] = {}
    for package in packages.load(path).package:
        if package.sha256 is None:
            try:
                digests[package.name] = fetch.digest_of(fetch.archive_of(package, cache))
                tell(f"{package.title}: {digests[package.name]}")
            except fetch.Unavailable as error:
                tell(str(error))
    path.write_text(packages.with_digests(path.read_text(encoding="utf-8"), digests), encoding="utf-8")
    return digests


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; see `--help`."""
    parser = argparse.ArgumentParser(prog="training.corpus", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, help="folder of the corpus")
    parser.add_argument("--packages", type=Path, default=LIST, help="the list to build from")
    parser.add_argument("--cache", type=Path, help="folder of the archives (OUT/archives unless given)")
    parser.add_argument("--small", action="store_true", help="a few packages and a slice of the standard library")
    parser.add_argument("--from", dest="ready", type=Path, help="take over a ready corpus instead of building one")
    parser.add_argument("--lock", action="store_true", help="fill in missing SHA-256 values of the list, build nothing")
    given = parser.parse_args(arguments)
    if given.out is None and not (given.lock and given.cache):
        parser.error("--out is needed (with --lock: --cache)")
    begin = time.monotonic()
    try:
        summary = _run(given, lambda line: print(line, file=sys.stderr, flush=True))
    except (ValueError, OSError) as error:
        print(f"training.corpus: {error}", file=sys.stderr)
        return 2
    print(json.dumps(summary | {"seconds": round(time.monotonic() - begin, 1)}))
    return 0


def _run(given: argparse.Namespace, tell: Tell) -> dict[str, Any]:
    if given.ready:
        return ready.take_over(given.ready, given.out, tell)
    cache = given.cache or given.out / "archives"
    if given.lock:
        return {"locked": len(lock(given.packages, cache, tell))}
    corpus = build(packages.load(given.packages), cache, tell, small=given.small)
    shards = write_corpus(corpus, given.out)
    tell(table(corpus))
    return {
        "packages": sum(entry.harvest is not None for entry in corpus.entries),
        "refused": [entry.name for entry in corpus.entries if entry.refused], "skipped": sorted(corpus.skipped),
        "training_bytes": sum(len(source.text.encode()) for source in corpus.sources(heldout=False)),
        "heldout_bytes": sum(len(source.text.encode()) for source in corpus.sources(heldout=True)),
        "shards": {shard.name: shard.stat().st_size for shard in shards},
    }  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main())

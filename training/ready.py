"""A ready corpus taken over into another folder, after a look at it.

The look: every file readable, held-out packages apart, and in a sample no notice, address or key that cleaning
would take out. A shard in which the sample finds some is cleaned anew, the others are copied as they are.
Knows nothing of how a corpus is built.
"""

from __future__ import annotations

import json
import lzma
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from training.cleaning import clean, licence_text
from training.filters import GROUPS
from training.shards import HELDOUT, Source, read, training_shards, write

SAMPLE_EVERY = 25
Tell = Callable[[str], None]


def take_over(source: Path, target: Path, tell: Tell) -> dict[str, Any]:
    """Verify the corpus in `source` and write it to `target`. Raises `ValueError` with file and place."""
    if source.resolve() == target.resolve():
        raise ValueError(f"{target}: the ready corpus and the new one are the same folder")
    inventory, stats = _json(source / "inventory.json"), _json(source / "stats.json")
    if not isinstance(inventory.get("packages"), dict):
        raise ValueError(f"{source / 'inventory.json'}: key packages: a table of packages was expected")
    kept_out = {row.package for row in rows(source / HELDOUT)}
    shards = [*training_shards(source), source / HELDOUT]
    target.mkdir(parents=True, exist_ok=True)
    counted: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    members: dict[str, set[str]] = {}
    recleaned: dict[str, int] = {}
    for number, shard in enumerate(shards, 1):
        found, total = _dirt(shard, kept_out if shard.name != HELDOUT else set())
        if found:
            write(target / shard.name, _cleaned(rows(shard), counted))
            recleaned[shard.name] = found
        else:
            shutil.copyfile(shard, target / shard.name)
        if shard.name != HELDOUT:
            for row in rows(target / shard.name):
                sizes[row.language] += len(row.text.encode())
                members.setdefault(row.language, set()).add(row.package)
        state = f"cleaned anew ({found} of a sample of {-(-total // SAMPLE_EVERY)})" if found else "copied"
        tell(f"{number}/{len(shards)} {shard.name}: {total} files, {state}, {sum(sizes.values()) / 1e6:.1f} MB in all")
    for old in target.glob("*.jsonl.xz"):
        if old.name not in {shard.name for shard in shards}:
            old.unlink()
    _add(stats, counted, sizes, members)
    for name, content in (("inventory.json", inventory | {"recleaned": recleaned}), ("stats.json", stats)):
        (target / name).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return {
        "packages": len(inventory["packages"]), "heldout": sorted(kept_out), "recleaned": recleaned,
        "training_bytes": sum(sizes.values()), "dropped_files": counted["dropped"],
        "shards": {shard.name: (target / shard.name).stat().st_size for shard in shards},
    }  # fmt: skip


def rows(shard: Path) -> Iterator[Source]:
    """The files of a shard. Raises `ValueError` that names the shard and the line of what cannot be read."""
    number = 0
    try:
        for row in read(shard):
            number += 1
            if not (isinstance(row.text, str) and isinstance(row.package, str) and isinstance(row.language, str)):
                raise ValueError("pkg, lang, path and text must be strings")
            yield row
    except (ValueError, KeyError, TypeError, EOFError, lzma.LZMAError) as error:
        what = f"key {error} is missing" if isinstance(error, KeyError) else str(error)
        raise ValueError(f"{shard}: after line {number}: {what}") from error


def _dirt(shard: Path, kept_out: set[str]) -> tuple[int, int]:
    """How many files of the sample cleaning would change, and how many files there are."""
    found = number = 0
    for number, row in enumerate(rows(shard), 1):
        if row.package in kept_out:
            raise ValueError(
                f"{shard}: line {number}: {row.package} is a held-out package, but stands in a training shard"
            )
        # A generated pair is ours, and its answer is a place in the text that must not move.
        if number % SAMPLE_EVERY == 1 and row.answer is None:
            cleaned = clean(row.text, row.language)
            found += cleaned.text != row.text or licence_text(row.text)
    return found, number


def _cleaned(found: Iterator[Source], counted: Counter[str]) -> Iterator[Source]:
    for row in found:
        if row.answer is not None:
            yield row
            continue
        cleaned = clean(row.text, row.language)
        counted["notices"] += cleaned.notice
        counted["masked"] += cleaned.masked
        if licence_text(cleaned.text) or not cleaned.text.strip():
            counted["dropped"] += 1
            continue
        yield Source(row.package, row.language, row.path, cleaned.text)


def _add(stats: dict[str, Any], counted: Counter[str], sizes: Counter[str], members: dict[str, set[str]]) -> None:
    groups = dict(GROUPS)
    others = tuple(sorted(set(sizes) - {language for languages in GROUPS.values() for language in languages}))
    if others:
        groups["other"] = others
    stats["groups"] = {
        group: {
            "bytes": sum(sizes[language] for language in languages),
            "languages": {language: sizes[language] for language in languages if sizes[language]},
            "packages": len(set[str]().union(*(members.get(language, set()) for language in languages))),
        }
        for group, languages in groups.items()
    }
    stats["licence_headers_removed"] = int(stats.get("licence_headers_removed", 0)) + counted["notices"]
    stats["masked_strings"] = int(stats.get("masked_strings", 0)) + counted["masked"]


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: not JSON: {error}") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path}: an object was expected")
    return content

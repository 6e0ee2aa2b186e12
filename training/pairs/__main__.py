"""`python -m training.pairs`: write training pairs, write held-out items, or check productions with their validators."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from itertools import islice, repeat
from pathlib import Path

from training.pairs.checks import NotInstalled
from training.pairs.domains import DOMAINS, Domain
from training.pairs.generate import Tally, compose, draw_for, generate
from training.pairs.items import SPLITS, Item, as_row, as_source
from training.pairs.names import Vocabulary, mine
from training.shards import Source, write

SHARD = "pairs-00.jsonl.xz"
TOGETHER = 200
"""Items that a validator looks at in one call."""


def main(arguments: list[str] | None = None) -> int:
    options = _options().parse_args(arguments)
    vocabulary = Vocabulary(mined=mine(options.corpus)) if options.corpus else Vocabulary()
    try:
        if options.check:
            return _check(options.check, options.seed, vocabulary)
        if options.heldout:
            _heldout(options.heldout, options.each, options.seed, vocabulary)
        if options.out:
            _train(options.out, options.count, options.seed, vocabulary, validated=not options.quick)
    except NotInstalled as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.pairs", description=__doc__)
    parser.add_argument("--out", type=Path, help=f"folder to write {SHARD} into")
    parser.add_argument("--count", type=int, default=60_000, help="items in all (default 60000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--from", dest="corpus", type=Path, help="corpus folder to take more names from")
    parser.add_argument("--heldout", type=Path, help="file (JSON lines) for items that are never trained on")
    parser.add_argument("--each", type=int, default=50, help="held-out items per domain and split (default 50)")
    parser.add_argument("--quick", action="store_true", help="only the cheap check of each item, not its validator")
    parser.add_argument("--check", type=int, metavar="N", help="run the deep checks on N items of each domain")
    return parser


def _train(folder: Path, count: int, seed: int, vocabulary: Vocabulary, *, validated: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tallies = {domain.name: Tally() for domain in DOMAINS}
    begin = time.monotonic()

    def sources() -> Iterator[Source]:
        for domain in DOMAINS:
            wanted, tally = round(count * domain.share), tallies[domain.name]
            made = generate(domain, "train", wanted, seed=seed, vocabulary=vocabulary, tally=tally)
            while items := list(islice(made, TOGETHER)):
                for item, complaint in zip(items, domain.deep(items) if validated else repeat(""), strict=validated):
                    if complaint:
                        tally.kept -= 1
                        tally.refuse(item, complaint)
                    else:
                        yield as_source(item)
                print(
                    f"\r{domain.name}: {tally.kept} of {wanted}, {time.monotonic() - begin:.0f} s",
                    end="\n" if tally.kept >= wanted else "", file=sys.stderr, flush=True,
                )  # fmt: skip

    size = write(folder / SHARD, sources())
    for tally in tallies.values():
        for reason in tally.reasons[:5]:
            print(f"rejected: {reason}", file=sys.stderr)
    counts = {
        name: {"kept": one.kept, "tried": one.tried, "rejected": one.rejected, "duplicates": one.duplicates}
        for name, one in tallies.items()
    }
    total = sum(one.kept for one in tallies.values())
    print(
        json.dumps(
            {
                "items": total,
                "bytes": size,
                "seconds": round(time.monotonic() - begin, 1),
                "seed": seed,
                "domains": counts,
            }
        )
    )


def _heldout(file: Path, each: int, seed: int, vocabulary: Vocabulary) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8") as lines:
        for split in SPLITS[1:]:
            for domain in DOMAINS:
                for item in generate(domain, split, each, seed=seed, vocabulary=vocabulary):
                    lines.write(json.dumps(as_row(item), ensure_ascii=False) + "\n")


def _check(count: int, seed: int, vocabulary: Vocabulary) -> int:
    print(f"{'domain':<12}{'intents':>8}{'tried':>8}{'rejected':>10}{'duplicates':>12}{'ms each':>9}")
    failed = False
    for domain in DOMAINS:
        items, duplicates = _productions(domain, count, seed, vocabulary)
        begin = time.monotonic()
        try:
            complaints = [cheap or deep for cheap, deep in zip(domain.cheap(items), domain.deep(items), strict=True)]
        except NotInstalled as error:
            print(f"{domain.name:<12}{len(domain.intents):>8}  {error}")
            failed = True
            continue
        spent = (time.monotonic() - begin) * 1000 / max(1, len(items))
        rejected = [(item, complaint) for item, complaint in zip(items, complaints, strict=True) if complaint]
        print(
            f"{domain.name:<12}{len(domain.intents):>8}{len(items):>8}{len(rejected):>10}{duplicates:>12}{spent:>9.1f}"
        )
        for item, complaint in rejected[:20]:
            print(f"    {item.intent}: {complaint}\n        " + item.answer.replace("\n", "\n        "))
        failed = failed or bool(rejected)
    return int(failed)


def _productions(domain: Domain, count: int, seed: int, vocabulary: Vocabulary) -> tuple[list[Item], int]:
    """`count` items that go round all intents, held-out ones too, and how many of them are alike."""
    draw = draw_for(seed, domain, "check", vocabulary)
    found: list[Item] = []
    while len(found) < count:
        for name in domain.intents[: count - len(found)]:
            item = compose(domain, "intent" if name in domain.held_out else "train", draw, name)
            if item is not None:
                found.append(item)
    return found, len(found) - len({item.key for item in found})


if __name__ == "__main__":
    sys.exit(main())

"""Everything from nothing: corpus, pairs, vocabulary, training, export, evaluation, hygiene, report. One command.

    python -m training.rebuild --out FOLDER                 # a small model in under 20 minutes on one core
    python -m training.rebuild --out FOLDER --from CORPUS   # with a ready corpus, nothing is fetched
    python -m training.rebuild --out FOLDER --tiny          # half a minute, to see that everything works

Runs the other commands of this folder one after the other, says which, and stops at the first that fails. A
stage that has ended well is left out, so that a second call goes on where the first one ended. The
last line of the output is one JSON object with the seconds of each stage.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Size:
    """How large everything is: minutes of training, the model's shape, and how much is measured."""

    model: str
    context: int
    rows: int
    minutes: float
    steps: int
    vocabulary: int
    sample_megabytes: float
    pairs: int
    holes: int
    blocks: int
    scripts: int
    samples: int


NAME = "small"
SMALL = Size("192,4,4,2,512", 384, 16, 8.0, 0, 8192, 6.0, 6000, 60, 12, 6, 100)
TINY = Size("64,2,2,1,128", 256, 4, 0.0, 6, 1024, 0.5, 60, 2, 1, 1, 4)


@dataclass(frozen=True, slots=True)
class Stage:
    """One command: its module and its arguments."""

    module: str
    arguments: tuple[str, ...]
    failing: frozenset[int] = frozenset()
    """Exit codes that are findings and no failures."""


def stages(out: Path, size: Size, ready: Path | None, cache: Path | None) -> Iterator[Stage]:
    """The commands in their order. All results lie in `out`."""
    corpus, vocabulary, run = out / "corpus", out / "vocabulary.model", out / "run"
    source = ("--from", str(ready)) if ready is not None else ("--small",)
    kept = ("--cache", str(cache)) if cache is not None else ()
    yield Stage("corpus", ("--out", str(corpus), *source, *kept))
    yield Stage("pairs.__main__", ("--out", str(corpus), "--count", str(size.pairs)))
    given = ("--from", str(corpus))
    yield Stage(
        "tokenizer",
        (*given, "--out", str(vocabulary), "--size", str(size.vocabulary),
         "--sample-megabytes", str(size.sample_megabytes)),
    )  # fmt: skip
    words = ("--vocabulary", str(vocabulary))
    length = ("--steps", str(size.steps)) if size.steps else ("--minutes", str(size.minutes))
    yield Stage(
        "train",
        (*given, *words, "--out", str(run), "--model", size.model, "--context", str(size.context),
         "--rows", str(size.rows), *length, *(("--resume",) if (run / "checkpoint.pt").exists() else ())),
    )  # fmt: skip
    yield Stage(
        "export",
        ("--state", str(run / "state.safetensors"), *words, "--out", str(out), "--name", NAME,
         "--gguf", "f32", "q8_0"),
    )  # fmt: skip
    asked = ("--gguf", str(out / f"{NAME}-q8_0.gguf"), *given, *words)
    yield Stage(
        "evaluate",
        (*asked, "--out", str(out), "--count", str(size.holes), "--blocks", str(size.blocks),
         "--tokens", "10000", "--scripts", str(size.scripts)),
    )  # fmt: skip
    yield Stage("hygiene", (*asked, "--count", str(size.samples)), frozenset({1}))
    yield Stage("report", (str(out), "--log", str(run / "log.jsonl"), "--pictures", str(out)))


def carry_out(planned: Sequence[Stage], out: Path, tell: Callable[[str], None]) -> dict[str, float] | None:
    """Run the stages; seconds of each, or None where one failed (it has said why).

    A stage that has ended well leaves a mark in `out`; a file that it was writing when it was stopped is no result.
    """
    seconds: dict[str, float] = {}
    for number, stage in enumerate(planned, start=1):
        mark = out / f".done-{number}-{stage.module.partition('.')[0]}"
        if mark.exists():
            tell(f"[{number}/{len(planned)}] {stage.module}: done before")
            continue
        tell(f"[{number}/{len(planned)}] python -m training.{stage.module} {' '.join(stage.arguments)}")
        begin = time.monotonic()
        code: int = import_module(f"training.{stage.module}").main(list(stage.arguments))
        seconds[stage.module.partition(".")[0]] = round(time.monotonic() - begin, 1)
        if code and code not in stage.failing:
            tell(f"training.rebuild: {stage.module} failed; what is done stays in place, call again to go on")
            return None
        mark.touch()
    return seconds


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; see `--help`."""
    parser = argparse.ArgumentParser(
        prog="training.rebuild", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for everything")
    parser.add_argument("--from", dest="ready", type=Path, help="a ready corpus instead of fetching packages")
    parser.add_argument("--cache", type=Path, help="where fetched packages are kept")
    parser.add_argument("--tiny", action="store_true", help="half a minute in all; the model learns nothing")
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    planned = list(stages(given.out, TINY if given.tiny else SMALL, given.ready, given.cache))
    seconds = carry_out(planned, given.out, lambda text: print(text, file=sys.stderr, flush=True))
    if seconds is None:
        return 2
    model = given.out / f"{NAME}-q8_0.gguf"
    print(json.dumps({"seconds": seconds, "total": round(sum(seconds.values()), 1), "model": str(model)}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Everything from nothing: corpus, pairs, vocabulary, training, export, evaluation, hygiene, report. One command.

    python -m training.rebuild --out FOLDER                 # a small model in under 20 minutes on one core
    python -m training.rebuild --out FOLDER --from CORPUS   # with a ready corpus, nothing is fetched
    python -m training.rebuild --out FOLDER --tiny          # a minute, to see that everything works

Runs the other commands of this folder one after the other, says which, and stops at the first that fails. A
stage whose result is there already is left out, so that a second call goes on where the first one ended. The
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


SMALL = Size("192,4,4,2,512", 384, 16, 8.0, 0, 8192, 6.0, 6000, 60, 12, 6, 100)
TINY = Size("64,2,2,1,128", 256, 4, 0.0, 6, 1024, 0.5, 60, 2, 1, 1, 4)


@dataclass(frozen=True, slots=True)
class Stage:
    """One command: its module, its arguments, and the file that is there afterwards."""

    module: str
    arguments: tuple[str, ...]
    result: Path
    failing: frozenset[int] = frozenset()
    """Exit codes that are findings and no failures."""


def stages(out: Path, size: Size, ready: Path | None, cache: Path | None) -> Iterator[Stage]:
    """The commands in their order. All results lie in `out`."""
    corpus, vocabulary, run, model = out / "corpus", out / "vocabulary.model", out / "run", out / "small-q8_0.gguf"
    source = ("--from", str(ready)) if ready is not None else ("--small",)
    kept = ("--cache", str(cache)) if cache is not None else ()
    yield Stage("corpus", ("--out", str(corpus), *source, *kept), corpus / "inventory.json")
    yield Stage(
        "pairs.__main__",
        ("--out", str(corpus), "--count", str(size.pairs)),
        corpus / "pairs-00.jsonl.xz",
    )
    given = ("--from", str(corpus))
    yield Stage(
        "tokenizer",
        (*given, "--out", str(vocabulary), "--size", str(size.vocabulary),
         "--sample-megabytes", str(size.sample_megabytes)),
        vocabulary,
    )  # fmt: skip
    words = ("--vocabulary", str(vocabulary))
    length = ("--steps", str(size.steps)) if size.steps else ("--minutes", str(size.minutes))
    yield Stage(
        "train",
        (*given, *words, "--out", str(run), "--model", size.model, "--context", str(size.context),
         "--rows", str(size.rows), *length),
        run / "state.safetensors",
    )  # fmt: skip
    yield Stage(
        "export",
        ("--state", str(run / "state.safetensors"), *words, "--out", str(out), "--name", "small",
         "--gguf", "f32", "q8_0"),
        model,
    )  # fmt: skip
    asked = ("--gguf", str(model), *given, *words)
    yield Stage(
        "evaluate",
        (
            *asked,
            "--out",
            str(out),
            "--count",
            str(size.holes),
            "--blocks",
            str(size.blocks),
            "--tokens",
            "10000",
            "--scripts",
            str(size.scripts),
        ),
        out / "evaluation.json",
    )
    yield Stage("hygiene", (*asked, "--count", str(size.samples)), out / "nothing", frozenset({1}))
    yield Stage(
        "report",
        (str(out), "--log", str(run / "log.jsonl"), "--pictures", str(out)),
        out / "nothing",
    )


def carry_out(planned: Sequence[Stage], tell: Callable[[str], None]) -> dict[str, float] | None:
    """Run the stages; seconds of each, or None where one failed (it has said why)."""
    seconds: dict[str, float] = {}
    for number, stage in enumerate(planned, start=1):
        if stage.result.exists():
            tell(f"[{number}/{len(planned)}] {stage.module}: {stage.result} is there already")
            continue
        tell(f"[{number}/{len(planned)}] python -m training.{stage.module} {' '.join(stage.arguments)}")
        begin = time.monotonic()
        code: int = import_module(f"training.{stage.module}").main(list(stage.arguments))
        seconds[stage.module] = round(time.monotonic() - begin, 1)
        if code and code not in stage.failing:
            tell(f"training.rebuild: {stage.module} failed; what is done stays in place, call again to go on")
            return None
    return seconds


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; see `--help`."""
    parser = argparse.ArgumentParser(
        prog="training.rebuild", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for everything")
    parser.add_argument("--from", dest="ready", type=Path, help="a ready corpus instead of fetching packages")
    parser.add_argument("--cache", type=Path, help="where fetched packages are kept")
    parser.add_argument("--tiny", action="store_true", help="a minute instead of minutes; the model learns nothing")
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    planned = list(stages(given.out, TINY if given.tiny else SMALL, given.ready, given.cache))
    seconds = carry_out(planned, lambda text: print(text, file=sys.stderr, flush=True))
    if seconds is None:
        return 2
    print(json.dumps({"seconds": seconds, "total": round(sum(seconds.values()), 1), "model": str(planned[4].result)}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

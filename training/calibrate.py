"""How sure may the gate be? Fits its regressions and its threshold, and says how well they keep their word.

    python -m training.calibrate --gguf FILE --from CORPUS [--count 500] [--rows ROWS] [--write completion/gate.toml]
    python -m training.calibrate --rows ROWS [--write completion/gate.toml]

Holes to fit on come from training files (a model that has seen a few per cent of them is hardly surer of them), those
to check with from the held-out packages. The weights are drawn to what tokens' probabilities mean by themselves, so
that surer models than the one that was asked are not thought less of. ROWS keeps what was measured, for another fit.
Prints the constants of `completion/gate.py`; the last line is one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from completion import gate
from completion.errors import CopilotError
from completion.gate import Features
from completion.settings import Settings
from training import arguments, candidates, holes, product, reliability
from training.candidates import Recorder
from training.holes import Hole
from training.regression import logistic
from training.reliability import Bin
from training.shards import Source, heldout, read, training_shards

LANGUAGES = ("python", "typescript", "javascript", "shell", "yaml", "sql", "markdown")
FILES = 1500
SEED = 23
RIDGE = 16.0
"""Precision of what is expected of a weight: as many answers as this speak for it."""

EXPECTED: Mapping[str, Mapping[str, float]] = {
    "engine": {"odds": 1.0, "cut": -3.0, "unknown": -0.5},
    "copy": {"agreed": 0.5, "contradicted": -1.0, "cut": -3.0, "unknown": -0.5},
}
"""What weights are where nothing was measured; 0 for the others. As though tokens were right as often as they say."""

SHARE = 0.36
"""Of the holes so many are shown: a quarter is the least that is wanted, in languages that nobody fitted to too."""

BLOCKS, ARGUMENTS = 0.25, 0.25
"""Blocks, and arguments of calls, for each line."""


@dataclass(frozen=True, slots=True)
class Row:
    """An answer that came through the checks, of hole `hole`, the `rank`th tried there; `right`: its first line."""

    split: str
    language: str
    hole: int
    rank: int
    features: Features
    right: bool


@dataclass(frozen=True, slots=True)
class Rows:
    """What was measured; `counts` are the holes asked by split."""

    counts: Mapping[str, int]
    rows: tuple[Row, ...]
    model: str


def fitted(rows: Sequence[Row], source: gate.Source) -> dict[str, float]:
    """The weights of a source's terms by name; terms that no answer had are left out."""
    own = [row for row in rows if row.features.source == source]
    if not own:
        raise ValueError(f"no answers of the {source} to fit to")
    terms = [gate.terms(row.features) for row in own]
    names = [name for name in terms[0] if any(row[name] for row in terms)]
    features = np.array([[row[name] for name in names] for row in terms])
    hits = np.array([row.right for row in own], float)
    expected = np.array([EXPECTED[source].get(name, 0.0) for name in names])
    found = logistic(features, hits, expected, RIDGE)
    kept = {name: EXPECTED[source][name] for name in EXPECTED[source] if name not in names}
    return {name: round(float(weight), 3) for name, weight in zip(names, found, strict=True)} | kept


def chance(weights: Mapping[str, float], features: Features) -> float:
    """The probability that these weights give, 0..1."""
    value = sum(weights.get(name, 0.0) * term for name, term in gate.terms(features).items())
    return 1 / (1 + math.exp(-value))


def checked(rows: Sequence[Row], weights: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """What was said of some answers and what came: reliability by tenths, calibration error, ranking."""
    said = [chance(weights[row.features.source], row.features) for row in rows]
    came = [row.right for row in rows]
    return {
        "n": len(rows),
        "right": round(sum(came) / max(1, len(came)), 4),
        "ece": round(reliability.calibration_error(said, came), 4),
        "auc": round(reliability.ranking(said, came), 4),
        "curve": [[each.count, round(each.said, 4), round(each.came, 4)] for each in reliability.curve(said, came)],
    }


def first_look(rows: Sequence[Row]) -> dict[str, tuple[float, ...]]:
    """The constants COPY and MODEL: what ranks answers before they are checked."""
    copied, own = list[list[float]](), list[list[float]]()
    for row in rows:
        each = row.features
        if each.source == "copy":
            length = math.log(each.matched)
            copied.append([1.0, length, each.agreement * length, math.log(max(1, each.length)), float(row.right)])
        else:
            own.append([1.0, gate.log_odds(each.logprob), float(row.right)])
    found = {}
    for name, table in (("COPY", np.array(copied)), ("MODEL", np.array(own))):
        weights = logistic(table[:, :-1], table[:, -1], np.zeros(table.shape[1] - 1), ridge=1e-3)
        found[name] = tuple(round(float(weight), 3) for weight in weights)
    return found


def sample(corpus: Path, languages: Sequence[str]) -> dict[str, list[Source]]:
    """Up to `FILES` training files of each language, an even sample of the shards (no generated pairs)."""
    rng = random.Random(SEED)
    seen: dict[str, int] = defaultdict(int)
    kept: dict[str, list[Source]] = defaultdict(list)
    for shard in training_shards(corpus):
        for source in read(shard):
            if source.language not in languages or source.answer is not None:
                continue
            seen[source.language] += 1
            if len(kept[source.language]) < FILES:
                kept[source.language].append(source)
            elif (place := rng.randrange(seen[source.language])) < FILES:
                kept[source.language][place] = source
    return dict(kept)


async def measured(given: argparse.Namespace) -> Rows:
    """Ask at holes of both splits. Raises `EngineError`."""
    model, rows, counts = product.spec_of(given.gguf), list[Row](), dict[str, int]()
    settings = Settings.model_validate({"debounce_ms": 0, "deadline_ms": 60_000})
    files = {"fit": sample(given.corpus, given.languages), "check": heldout(given.corpus, given.languages)}
    async with product.backend_of(given.gguf, model, given.threads) as backend:
        recorder = Recorder(backend)
        for split, by_language in files.items():
            for language, sources in by_language.items():
                asked = _holes(sources, given.count)
                for number, hole in enumerate(asked, start=counts.get(split, 0)):
                    found = await candidates.ask(product.request_of(hole), recorder, model, settings)
                    rows += _rows(found, hole, split, number)
                    recorder.forget()
                counts[split] = counts.get(split, 0) + len(asked)
                print(f"{split}, {language}: {counts[split]} holes so far", file=sys.stderr, flush=True)
    return Rows(counts, tuple(rows), given.gguf.name)


def fit(measured: Rows) -> dict[str, Any]:
    """Weights and threshold from one split, and how they do on both."""
    fit_rows = [row for row in measured.rows if row.split == "fit"]
    weights = {source: fitted(fit_rows, source) for source in ("engine", "copy")}
    report: dict[str, Any] = {"weights": weights, "first_look": first_look(fit_rows), "holes": dict(measured.counts)}
    tries = _by_hole(fit_rows, weights)
    surest = [max(said for said, _ in row) for row in tries]
    report["threshold"] = round(reliability.threshold_for(surest, measured.counts["fit"], SHARE), 3)
    for split, count in measured.counts.items():
        rows = [row for row in measured.rows if row.split == split]
        gated = reliability.gated(_by_hole(rows, weights), report["threshold"], count)
        report[split] = {
            "shown": checked([row for row in rows if row.rank == 0], weights),
            **{
                source: checked([row for row in rows if row.features.source == source], weights)
                for source in ("engine", "copy")
            },
            "gate": {key: round(value, 4) for key, value in asdict(gated).items()} | {"gain": round(gated.gain, 2)},
        }
    return report


def toml_of(report: Mapping[str, Any], model: str, command: str) -> str:
    """The text of `gate.toml`."""
    counts = report["holes"]
    lines = [
        "# Weights of the gate's terms (`completion.gate.terms`) and the least confidence that is shown unasked.",
        f"# {time.strftime('%Y-%m-%d')}, {command}",
        f"# {model}; fitted on {counts['fit']} holes in training files (docs/measurements.md).",
        f"threshold = {report['threshold']}",
    ]
    for source, weights in report["weights"].items():
        lines += ["", f"[{source}]", *(f"{name} = {weight}" for name, weight in weights.items())]
    return "\n".join(lines) + "\n"


def write_rows(path: Path, measured: Rows) -> None:
    """Keep what was measured, without any text of the files."""
    head = {"counts": dict(measured.counts), "model": measured.model}
    lines = [json.dumps(head), *(json.dumps(asdict(row)) for row in measured.rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_rows(path: Path) -> Rows:
    """What `write_rows` has written. Raises `ValueError`, `OSError`."""
    first, *others = path.read_text(encoding="utf-8").splitlines()
    try:
        head = json.loads(first)
        rows = tuple(Row(**{**found, "features": Features(**found["features"])}) for found in map(json.loads, others))
        return Rows(head["counts"], rows, head["model"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path}: {error}; was it written by this version?") from error


def _by_hole(rows: Sequence[Row], weights: Mapping[str, Mapping[str, float]]) -> list[list[tuple[float, bool]]]:
    """Probability and outcome of each hole's answers, in the order in which they are tried."""
    found: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.rank):
        found[row.hole].append((chance(weights[row.features.source], row.features), row.right))
    return list(found.values())


def _holes(sources: Sequence[Source], count: int) -> list[Hole]:
    if not sources:
        return []
    blocks = holes.blocks(sources, round(BLOCKS * count), random.Random(SEED))
    calls = arguments.arguments(sources, round(ARGUMENTS * count), random.Random(SEED))
    return [*holes.lines(sources, count, random.Random(SEED)), *blocks, *calls]


def _rows(found: candidates.Asked, hole: Hole, split: str, number: int) -> list[Row]:
    rows = []
    for rank, each in enumerate(found.judged):
        # What is replaced is brackets: who writes them again has to write the right ones.
        wanted = (hole.answer + hole.suffix[: each.replaced]).split("\n", 1)[0].rstrip()
        right = each.text.split("\n", 1)[0].rstrip() == wanted
        rows.append(Row(split, hole.language, number, rank, each.features, right))
    return rows


def _curves(report: Mapping[str, Any]) -> list[tuple[str, list[Bin]]]:
    titles = {"shown": "what is offered first", "engine": "the model's answers", "copy": "copied answers"}
    return [
        (
            f"{title}: error {report[name]['ece']:.3f}, AUC {report[name]['auc']:.2f}",
            [Bin(*row) for row in report[name]["curve"]],
        )
        for name, title in titles.items()
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; see `--help`."""
    parser = argparse.ArgumentParser(
        prog="training.calibrate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--gguf", type=Path, help="ask this model; without it ROWS are read")
    parser.add_argument("--from", dest="corpus", type=Path, help="corpus folder")
    parser.add_argument("--languages", nargs="+", default=LANGUAGES)
    parser.add_argument("--count", type=int, default=500, help="line ends for each language and split")
    parser.add_argument("--threads", type=int, default=1, help="engine threads")
    parser.add_argument("--rows", type=Path, help="where what was measured is kept")
    parser.add_argument("--write", type=Path, help="write the weights as TOML")
    parser.add_argument("--picture", type=Path, help="draw the reliability on held-out files, an SVG or PNG")
    given = parser.parse_args(arguments)
    if (given.gguf is None and given.rows is None) or (given.gguf is None) != (given.corpus is None):
        parser.error("give --gguf and --from to measure, or --rows to fit to what was measured before")
    try:
        if given.gguf is not None:
            found = asyncio.run(measured(given))
            if given.rows is not None:
                write_rows(given.rows, found)
        else:
            found = read_rows(given.rows)
        report = fit(found)
        if given.write is not None:
            command = f"python -m training.calibrate --count {given.count}"
            given.write.write_text(toml_of(report, found.model, command), encoding="utf-8")
        if given.picture is not None:
            reliability.picture(given.picture, _curves(report["check"]), report["threshold"])
    except (ValueError, OSError, CopilotError) as error:
        print(f"training.calibrate: {error}", file=sys.stderr)
        return 2
    for name, weights in report["first_look"].items():
        print(f"{name} = ({', '.join(map(str, weights))})")
    for split in found.counts:
        for count, said, came in report[split]["shown"]["curve"]:
            print(f"    {split}: said {said:.3f}, came {came:.3f}   n = {count}")
    print(json.dumps(report))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""How good is the model? Line ends, blocks and bits per byte on whole packages it never saw.

    python -m training.evaluate --gguf FILE --from CORPUS --out FOLDER [--count 1000] [--blocks 300]
    python -m training.evaluate --gguf FILE --from CORPUS --out FOLDER --ablation [--count 1000 --languages python]

Every hole goes through the product's own prompt, healing, engine and filters, greedy; nothing of the answer is
in the prompt. Model, copy predictor and the surer of the two stand side by side; scripts on request are judged
by their validators. `--ablation` asks the model
in each layout, with and without healing, with and without the file's name. FOLDER gets `evaluation.json`
(or `ablation.json`) and `rows.jsonl`; `python -m training.report FOLDER` makes tables and pictures of them. The
last line of the output is the report as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from completion.errors import CopilotError
from completion.models.catalog import Layout
from training import gguf_file, holes, product, scores, skills
from training.holes import Hole
from training.likelihood import bits_per_byte, model_of
from training.product import Variant
from training.scores import Row
from training.shards import Source, heldout
from training.vocabulary import SHIPPED, Vocabulary

LANGUAGES = ("python", "typescript", "javascript", "shell", "yaml", "sql")
SAMPLES = 20
SEED = 7
LAYOUTS: tuple[Layout, ...] = ("psm", "spm", "contiguous", "anchored")
"""Those that the embedded model is trained on (`training.layouts`)."""

VARIANTS = tuple(
    Variant(layout, healed, with_header)
    for layout in LAYOUTS
    for healed in (True, False)
    for with_header in (True, False)
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; see `--help`."""
    given = _parser().parse_args(arguments)
    torch.set_num_threads(1)
    given.out.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    try:
        files = {language: found for language, found in heldout(given.corpus, given.languages).items() if found}
        absent = [language for language in given.languages if language not in files]
        if absent:
            print(f"no held-out files, so not measured: {', '.join(absent)}", file=sys.stderr)
        if not files:
            raise ValueError(f"{given.corpus}: no held-out file of any of these languages")
        report = asyncio.run(ablation(given, files) if given.ablation else evaluation(given, files))
    except (ValueError, OSError, CopilotError) as error:
        print(f"training.evaluate: {error}", file=sys.stderr)
        return 2
    content = given.gguf.read_bytes()
    about = {
        "model": given.gguf.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "date": time.strftime("%Y-%m-%d"),
        "seed": SEED,
        "minutes": round((time.monotonic() - begin) / 60, 1),
    }
    name = "ablation.json" if given.ablation else "evaluation.json"
    (given.out / name).write_text(json.dumps(about | report, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(about | {key: value for key, value in report.items() if key != "samples"}))
    return 0


async def evaluation(given: argparse.Namespace, files: dict[str, list[Source]]) -> dict[str, Any]:
    """Lines, blocks and bits per byte of each language, and the first answers as they came."""
    weights, shape = gguf_file.read(given.gguf)
    network, vocabulary, model = model_of(weights, shape), Vocabulary(given.vocabulary), product.spec_of(given.gguf)
    if vocabulary.padded_size != shape.vocabulary:
        raise ValueError(f"{given.vocabulary} is not the vocabulary of {given.gguf} (name it with --vocabulary)")
    languages: dict[str, Any] = {}
    samples: list[dict[str, Any]] = []
    with (given.out / "rows.jsonl").open("w", encoding="utf-8") as log:
        async with product.backend_of(given.gguf, model, given.threads) as backend:
            for language, sources in files.items():
                asked = [
                    *holes.lines(sources, given.count, random.Random(SEED)),
                    *holes.blocks(sources, given.blocks, random.Random(SEED)),
                ]
                if len(asked) < given.count:
                    print(f"{language}: only {len(asked)} holes found", file=sys.stderr)
                rows = await _answered(asked, backend, model, Variant(), language)
                log.writelines(json.dumps(row.as_dict()) + "\n" for row in rows)
                ends = [row for row in rows if row.hole.kind != "block"]
                languages[language] = {
                    "lines": scores.summary(ends),
                    "kinds": {
                        kind: scores.summary([row for row in ends if row.hole.kind == kind])
                        for kind in holes.LINE_KINDS
                    },
                    "blocks": scores.summary([row for row in rows if row.hole.kind == "block"]),
                    **bits_per_byte(network, vocabulary, sources, given.tokens),
                }
                share = -(-SAMPLES // len(files))
                samples += [_sample(row) for row in rows[:share]]
            scripts = await skills.measured(backend, model, given.scripts) if given.scripts else {}
    parameters = {"parameters": shape.parameters, "context": shape.context}
    return parameters | {"languages": languages, "scripts": scripts, "samples": samples[:SAMPLES]}


async def ablation(given: argparse.Namespace, files: dict[str, list[Source]]) -> dict[str, Any]:
    """The model alone in every variant, on the same holes."""
    model = product.spec_of(given.gguf)
    languages: dict[str, Any] = {}
    async with product.backend_of(given.gguf, model, given.threads) as backend:
        for language, sources in files.items():
            asked = holes.lines(sources, given.count, random.Random(SEED))
            table = []
            for variant in VARIANTS:
                rows = await _answered(asked, backend, model, variant, f"{language}, {variant.name}")
                hits = [scores.exact(row.answer.raw, row.hole) for row in rows]
                table.append(
                    {
                        "layout": variant.layout,
                        "healed": variant.healed,
                        "header": variant.with_header,
                        "exact": scores.percent(hits),
                        "similarity": scores.mean([100 * scores.similarity(row.answer.raw, row.hole) for row in rows]),
                        "by_kind": {
                            kind: scores.percent(
                                [hit for hit, row in zip(hits, rows, strict=True) if row.hole.kind == kind]
                            )
                            for kind in holes.LINE_KINDS
                        },
                    }
                )
            languages[language] = {"n": len(asked), "variants": table}
    return {"languages": languages}


async def _answered(asked: Sequence[Hole], backend: Any, model: Any, variant: Variant, label: str) -> list[Row]:
    rows = []
    for number, hole in enumerate(asked, start=1):
        rows.append(Row(hole, await product.ask(hole, backend, model, variant)))
        if number % 100 == 0 or number == len(asked):
            print(f"\r{label}: {number} of {len(asked)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return rows


def _sample(row: Row) -> dict[str, Any]:
    hole, answer = row.hole, row.answer
    before = hole.prefix[hole.prefix.rfind("\n") + 1 :]
    return {
        "path": hole.path, "before": before, "wanted": hole.answer,
        "raw": answer.raw, "copy": answer.copy, "mixed": answer.mixed,
    }  # fmt: skip


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="training.evaluate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--gguf", type=Path, required=True, help="a GGUF file made by training.export")
    parser.add_argument("--from", dest="corpus", type=Path, required=True, help="corpus folder with a held-out shard")
    parser.add_argument("--out", type=Path, required=True, help="folder for the report and the rows")
    parser.add_argument("--languages", nargs="+", default=LANGUAGES)
    parser.add_argument("--count", type=int, default=1000, help="line ends for each language")
    parser.add_argument("--blocks", type=int, default=300, help="blocks for each language that has them")
    parser.add_argument("--tokens", type=int, default=40_000, help="tokens for the bits per byte of a language")
    parser.add_argument("--scripts", type=int, default=40, help="requests for each script domain and split; 0: none")
    parser.add_argument("--threads", type=int, default=1, help="engine threads")
    parser.add_argument("--ablation", action="store_true", help="layouts, healing and header instead")
    parser.add_argument("--vocabulary", type=Path, default=SHIPPED)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())

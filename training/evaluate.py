"""How good is the model? Greedy single-line infilling and bits per byte on packages it never saw.

    python -m training.evaluate --gguf FILE --from CORPUS [--count 100] [--languages python typescript]

The cursor's token boundary comes from the prefix alone and decoding runs free, so nothing of the
answer leaks. Beside each layout, with and without healing, stands the copy baseline. The last line
of the output is the report as JSON.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import torch

from training import gguf_file, tasks
from training.decode import HEADER_TOKENS, Decoder, ask
from training.export import load
from training.layouts import Example, Layout, header, to_ids
from training.model import LanguageModel, load_weights
from training.shape import Shape, Weights
from training.shards import Source, heldout
from training.tasks import Task
from training.vocabulary import SHIPPED, Vocabulary

LANGUAGES = ("python", "typescript", "javascript", "shell", "yaml")
BYTES_TOKENS = 40_000
SEED = 7


def infilling(decoder: Decoder, found: Sequence[Task], layouts: Sequence[Layout]) -> dict[str, Any]:
    """Exact-match rates in percent, and mean leading characters right, by layout and healing."""
    hits: dict[str, list[bool]] = {"copy": []}
    characters: dict[str, list[int]] = {"copy": []}
    for done, task in enumerate(found):
        answers = {"copy": tasks.copied(task)}
        name = task.path.rsplit("/", 1)[-1]
        for layout in layouts:
            example = Example(layout, task.prefix, "", task.suffix, name)
            for healed, label in ((True, "healed"), (False, "plain")):
                question = ask(example, decoder.vocabulary, decoder.model.shape.context, healed=healed)
                answers[f"{layout} {label}"] = decoder.line(question)
        for label, answer in answers.items():
            hits.setdefault(label, []).append(tasks.exact(answer, task))
            characters.setdefault(label, []).append(tasks.leading(answer, task))
        if done % 20 == 19:
            print(f"{task.language}: {done + 1} of {len(found)}", file=sys.stderr, flush=True)
    return {
        "n": len(found),
        "exact": {label: round(100 * sum(hit) / len(hit), 1) for label, hit in hits.items() if hit},
        "characters": {label: round(sum(run) / len(run), 2) for label, run in characters.items() if run},
    }


@torch.no_grad()
def bits_per_byte(
    model: LanguageModel, vocabulary: Vocabulary, sources: Sequence[Source], limit: int = BYTES_TOKENS
) -> dict[str, float]:
    """Left-to-right, each window with its file's name in front, over about `limit` tokens."""
    nats, size, tokens = 0.0, 0, 0
    for source in random.Random(SEED).sample(list(sources), len(sources)):
        head = to_ids(header(source.path.rsplit("/", 1)[-1]), vocabulary)[:HEADER_TOKENS]
        room = model.shape.context - len(head)
        ids = vocabulary.encode(source.text[: 8 * room])[: 2 * room]
        for start in range(0, len(ids), room):
            window = ids[start : start + room]
            if len(window) < 64:
                continue
            row = torch.tensor(head + window)
            logits = model.hidden(row[None, :-1])[0, len(head) - 1 :] @ model.embedding.weight.T
            nats += float(torch.nn.functional.cross_entropy(logits, row[len(head) :], reduction="sum"))
            size += len(vocabulary.decode(window))
            tokens += len(window)
        if tokens >= limit:
            break
    if not tokens:
        return {}
    return {
        "bits_per_byte": round(nats / size / math.log(2), 4),
        "nats_per_token": round(nats / tokens, 4),
        "bytes_per_token": round(size / tokens, 3),
        "tokens": tokens,
    }


def model_of(weights: Weights, shape: Shape) -> LanguageModel:
    """A model with these weights."""
    model = LanguageModel(shape)
    load_weights(model, weights)
    return model.eval()


def table(report: dict[str, Any]) -> str:
    """The report for a person."""
    lines = []
    for language, row in report["languages"].items():
        bits = row.get("bits_per_byte", "-")
        lines.append(f"{language}: {bits} bits per byte; exact match of the rest of the line, n = {row['n']}:")
        for label, rate in row["exact"].items():
            margin = 196 * math.sqrt(max(rate, 1) / 100 * (1 - rate / 100) / max(1, row["n"]))
            right = row["characters"][label]
            lines.append(f"    {label:22} {rate:5.1f} % (+-{margin:.0f})  {right:.1f} characters right")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; see `--help`."""
    parser = argparse.ArgumentParser(prog="training.evaluate", description=(__doc__ or "").splitlines()[0])
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--gguf", type=Path, help="a GGUF file made by training.export, as it is quantized")
    source.add_argument("--checkpoint", type=Path)
    source.add_argument("--state", type=Path)
    parser.add_argument("--from", dest="corpus", type=Path, required=True, help="corpus folder with a held-out shard")
    parser.add_argument("--languages", nargs="+", default=LANGUAGES)
    parser.add_argument("--count", type=int, default=100, help="tasks for each language")
    parser.add_argument("--layouts", nargs="+", choices=get_args(Layout), default=get_args(Layout))
    parser.add_argument("--vocabulary", type=Path, default=SHIPPED)
    parser.add_argument("--out", type=Path, help="also write the JSON report here")
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    begin = time.process_time()
    try:
        if given.gguf is not None:
            model = model_of(*gguf_file.read(given.gguf))
        else:
            state = load(given.checkpoint, given.state)
            model = model_of(state.weights, state.shape)
        files, vocabulary = heldout(given.corpus, given.languages), Vocabulary(given.vocabulary)
        decoder, languages = Decoder(model, vocabulary), {}
        for language, sources in files.items():
            found = tasks.make(sources, given.count, random.Random(SEED))
            languages[language] = infilling(decoder, found, given.layouts) | bits_per_byte(model, vocabulary, sources)
    except (ValueError, OSError) as error:
        print(f"training.evaluate: {error}", file=sys.stderr)
        return 2
    name = (given.gguf or given.checkpoint or given.state).name
    report = {"model": name, "seed": SEED, "cpu_seconds": round(time.process_time() - begin), "languages": languages}
    print(table(report))
    if given.out is not None:
        given.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(report))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

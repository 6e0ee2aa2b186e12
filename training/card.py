"""The data card of a trained model: what it was made from, how, how good it is, what it cannot do.

    python -m training.card --from CORPUS --run RUN --evaluation REPORT.json --file MODEL.gguf --out DATA_CARD.md

Everything in it is read from the corpus inventory, the run's log and state, and the evaluation report.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training import state
from training.shards import PAIRS, read
from training.state import State
from training.vocabulary import SHIPPED

LIMITS = (
    "It is small and briefly trained: read its suggestions as guesses about the next few words, not as knowledge.",
    "Compare its figures with the copy baseline above: where that is higher, copying from the file does better.",
    "It was trained on source code and its English comments; other human languages will be poor.",
    "It has seen no instructions: it continues code and does not answer questions.",
    "Its context is short; what stands further from the cursor than its window does not exist for it.",
    "It may repeat short passages of its training data. Licence headers were removed, e-mail addresses and key-like "
    "strings masked before training; no claim is made that every such string was found.",
    "It has not been examined for security of the code it writes. Review what you accept.",
)


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a card is made from. `log` are the run's log records, `pairs` counts generated pairs by domain."""

    inventory: Mapping[str, Any]
    stats: Mapping[str, Any]
    state: State
    log: Sequence[Mapping[str, Any]]
    evaluation: Mapping[str, Any]
    file: Path | None = None
    pairs: Mapping[str, int] = field(default_factory=dict)


def render(facts: Facts) -> str:
    """The card as Markdown."""
    return "\n".join([*_model(facts), *_training(facts), *_evaluation(facts), *_data(facts), *_limits()]) + "\n"


def _model(facts: Facts) -> Iterator[str]:
    shape = facts.state.shape
    yield "# Data card of the embedded model"
    yield ""
    yield "Trained from random weights by this project's `training/` package; no other model had a part in it."
    yield ""
    yield f"- {shape.parameters:,} parameters: LLaMA architecture, {shape.layers} layers of {shape.hidden},"
    yield f"  {shape.heads} heads ({shape.kv_heads} of keys and values), feed-forward {shape.feed_forward}"
    yield f"- context {shape.context} tokens"
    digest = facts.state.vocabulary or _digest(SHIPPED)
    yield f"- vocabulary of {shape.vocabulary:,} SentencePiece BPE pieces, SHA-256 `{digest}`"
    if facts.file is not None:
        yield f"- file `{facts.file.name}`, {facts.file.stat().st_size:,} bytes, SHA-256 `{_digest(facts.file)}`"
    yield "- licence of the weights: Apache-2.0"
    yield ""


def _training(facts: Facts) -> Iterator[str]:
    progress, shape = facts.state.progress, facts.state.shape
    losses = [record["mean"] for record in facts.log if "mean" in record]
    loss = progress.loss or (losses[-1] if losses else 0.0)
    yield "## Training"
    yield ""
    share = progress.tokens / shape.parameters
    yield f"- {progress.tokens:,} tokens in {progress.step:,} steps: {share:.2f} tokens a parameter"
    yield f"- {progress.seconds / 60:.0f} minutes of wall-clock time"
    yield f"- running mean of the training loss at the end: {loss:.3f} nats a token (infilling mixture)"
    yield ""


def _evaluation(facts: Facts) -> Iterator[str]:
    languages: Mapping[str, Any] = facts.evaluation.get("languages", {})
    yield "## Evaluation"
    yield ""
    yield "On whole packages that were kept out of training. Exact match of the rest of a line in percent, greedy,"
    yield "through the product's own prompt, token healing, engine and filters; nothing of the answer is in the prompt."
    yield "`copy` repeats what followed the longest earlier match of the text before the cursor, and is no model;"
    yield "`mixed` is whichever of the two is surer."
    yield ""
    yield "| language | n | bits per byte | model | copy | mixed |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for language, row in languages.items():
        line = row["lines"]
        rates = " | ".join(str(line[by]["exact"]) for by in ("model", "unchecked_copy", "mixed"))
        yield f"| {language} | {line['n']} | {row.get('bits_per_byte', '-')} | {rates} |"
    yield ""


def _data(facts: Facts) -> Iterator[str]:
    packages: Mapping[str, Any] = facts.inventory["packages"]
    used = {name: row for name, row in packages.items() if row.get("permissive") and row.get("bytes")}
    refused = sorted(name for name, row in packages.items() if not row.get("permissive"))
    yield "## Training data"
    yield ""
    yield "Source code under permissive licences by the packages' own metadata. Generated, minified, oversized and"
    yield "duplicate files were dropped. When files are drawn, a package weighs at most 6 % of its language."
    yield ""
    for group, row in facts.stats.get("groups", {}).items():
        sizes = ", ".join(f"{name} {size / 1e6:.1f}" for name, size in row["languages"].items())
        yield f"- {group}: {sizes} (MB of text, {row['packages']} packages)"
    if facts.stats:
        yield f"- licence comments removed from {facts.stats.get('licence_headers_removed', 0):,} files,"
        yield f"  {facts.stats.get('masked_strings', 0):,} e-mail addresses and key-like strings masked"
    if facts.pairs:
        counts = ", ".join(f"{name} {count:,}" for name, count in facts.pairs.items())
        yield f"- generated request and script pairs, of intents that pass their real validators: {counts}"
    if refused:
        yield f"- left out for their licence: {', '.join(refused)}"
    skipped = facts.inventory.get("skipped", {})
    if skipped:
        yield f"- could not be had when the corpus was built: {', '.join(sorted(skipped))}"
    yield ""
    when = "after cleaning and before" if facts.inventory.get("cleaned") else "before cleaning and"
    yield f"Bytes below are what each package contributed {when} capping; held-out packages are listed too."
    if not any(row.get("version") for row in used.values()):
        yield "The inventory of this corpus did not record package versions."
    yield ""
    yield "| package | version | licence | bytes |"
    yield "| --- | --- | --- | --- |"
    for name, row in sorted(used.items()):
        licence = " ".join(str(row.get("lic") or row.get("licence") or "?").replace("|", "/").split())
        title = f"{name} (held out)" if row.get("split") == "heldout" else name
        yield f"| {title} | {row.get('version') or '-'} | {licence} | {row['bytes']:,} |"
    yield ""


def _limits() -> Iterator[str]:
    yield "## Limits"
    yield ""
    for limit in LIMITS:
        yield f"- {limit}"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; see `--help`."""
    parser = argparse.ArgumentParser(prog="training.card", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--from", dest="corpus", type=Path, required=True, help="corpus folder with inventory.json")
    parser.add_argument("--run", type=Path, required=True, help="folder with state.safetensors and log.jsonl")
    parser.add_argument("--evaluation", type=Path, required=True, help="JSON report of training.evaluate")
    parser.add_argument("--file", type=Path, help="the model file that ships")
    parser.add_argument("--pairs", type=Path, help="shard of generated pairs that was trained on too")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args(arguments)
    stats, log = given.corpus / "stats.json", given.run / "log.jsonl"
    try:
        facts = Facts(
            inventory=json.loads((given.corpus / "inventory.json").read_text(encoding="utf-8")),
            stats=json.loads(stats.read_text(encoding="utf-8")) if stats.exists() else {},
            state=state.read(given.run / "state.safetensors"),
            log=[json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else [],
            evaluation=json.loads(given.evaluation.read_text(encoding="utf-8")),
            file=given.file,
            pairs=Counter(source.package.removeprefix(PAIRS) for source in read(given.pairs)) if given.pairs else {},
        )
        given.out.write_text(render(facts), encoding="utf-8")
    except (ValueError, KeyError, OSError) as error:
        print(f"training.card: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

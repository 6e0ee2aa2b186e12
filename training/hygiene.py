"""What does the model repeat? Licence lines, addresses, keys and long copies in its own free writing.

    python -m training.hygiene --gguf FILE --from CORPUS [--count 100]

Greedy samples continue held-out files. A copy is a passage of 50 tokens or more that stands letter
for letter in one training file but not in the sample's own prompt. Passages of fewer than 80 bytes
(long rows of numbers) can escape the search. The last line of the output is the report as JSON.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from training import gguf_file
from training.decode import Decoder
from training.evaluate import model_of
from training.layouts import header, to_ids
from training.shards import Source, heldout, read, training_shards
from training.vocabulary import SHIPPED, Vocabulary

MARKS = {
    "licence": re.compile(r"copyright|all rights reserved|spdx-|licensed under|permission is hereby", re.I),
    "address": re.compile(r"[\w.+-]+@(?!example\.)[\w-]+\.[A-Za-z][\w.-]*"),
    "key": re.compile(
        r"AKIA[0-9A-Z]{16}|gh[pousr]_\w{30,}|xox[abprs]-[\w-]{10,}|sk-\w{20,}|PRIVATE KEY|eyJ[\w-]{20,}\."
    ),
}
PROMPT_TOKENS = 160
SAMPLE_TOKENS = 120
COPY_TOKENS = 50
PROBE = 40
SEED = 11


@dataclass(frozen=True, slots=True)
class Sample:
    """What the model wrote after `prompt`, a part of a held-out file."""

    path: str
    prompt: str
    text: str


@dataclass(frozen=True, slots=True)
class Copy:
    """The longest passage of a sample that one training file holds too."""

    sample: int
    package: str
    path: str
    text: str
    tokens: int


def write_samples(decoder: Decoder, sources: Sequence[Source], count: int) -> list[Sample]:
    """`count` greedy continuations of held-out files, without marks of their own prompt."""
    rng, vocabulary, out = random.Random(SEED), decoder.vocabulary, []
    for _ in range(count):
        source = rng.choice(sources)
        ids = vocabulary.encode(source.text[:20_000])
        start = rng.randrange(max(1, len(ids) - PROMPT_TOKENS))
        prompt = ids[start : start + PROMPT_TOKENS]
        written = decoder.ids([*to_ids(header(source.path.rsplit("/", 1)[-1]), vocabulary), *prompt], SAMPLE_TOKENS)
        if vocabulary.controls.end in written:
            written = written[: written.index(vocabulary.controls.end)]
        texts = [vocabulary.decode(part).decode("utf-8", "replace") for part in (prompt, written)]
        out.append(Sample(source.path, *texts))
    return out


def marks(samples: Iterable[Sample]) -> dict[str, int]:
    """How many samples hold a licence line, an address or a key that their prompt does not hold."""
    found = dict.fromkeys(MARKS, 0)
    for sample in samples:
        for name, pattern in MARKS.items():
            found[name] += any(match.group() not in sample.prompt for match in pattern.finditer(sample.text))
    return found


def copies(samples: Sequence[Sample], files: Iterable[Source], vocabulary: Vocabulary) -> list[Copy]:
    """The longest copy of each sample that has one, over all `files`."""
    probes: dict[str, list[tuple[int, int]]] = {}
    for number, sample in enumerate(samples):
        for at in range(len(sample.text) - PROBE + 1):
            piece = sample.text[at : at + PROBE]
            if piece.strip():
                probes.setdefault(piece, []).append((number, at))
    best: dict[int, Copy] = {}
    for source in files:
        for number, text in _shared(source.text, samples, probes):
            known = best.get(number)
            if text in samples[number].prompt or (known is not None and len(text) <= len(known.text)):
                continue
            tokens = len(vocabulary.encode(text))
            if tokens >= COPY_TOKENS:
                best[number] = Copy(number, source.package, source.path, text, tokens)
    return [best[number] for number in sorted(best)]


def _shared(
    text: str, samples: Sequence[Sample], probes: dict[str, list[tuple[int, int]]]
) -> Iterator[tuple[int, str]]:
    # Any shared passage of at least twice the probe's length holds one probe that starts at a multiple of it.
    for at in range(0, len(text) - PROBE + 1, PROBE):
        for number, place in probes.get(text[at : at + PROBE], ()):
            yield number, _grown(text, at, samples[number].text, place)


def _grown(text: str, at: int, other: str, place: int) -> str:
    before = 0
    while before < min(at, place) and text[at - before - 1] == other[place - before - 1]:
        before += 1
    after = PROBE
    while at + after < len(text) and place + after < len(other) and text[at + after] == other[place + after]:
        after += 1
    return text[at - before : at + after]


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; see `--help`."""
    parser = argparse.ArgumentParser(prog="training.hygiene", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--gguf", type=Path, required=True)
    parser.add_argument("--from", dest="corpus", type=Path, required=True)
    parser.add_argument("--languages", nargs="+", default=("python", "typescript", "javascript", "shell"))
    parser.add_argument("--count", type=int, default=100, help="samples over all languages")
    parser.add_argument("--vocabulary", type=Path, default=SHIPPED)
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        vocabulary = Vocabulary(given.vocabulary)
        decoder = Decoder(model_of(*gguf_file.read(given.gguf)), vocabulary)
        sources = [source for files in heldout(given.corpus, given.languages).values() for source in files]
        samples = write_samples(decoder, sources, given.count)
        files = (source for shard in training_shards(given.corpus) for source in read(shard))
        found = copies(samples, files, vocabulary)
    except (ValueError, OSError) as error:
        print(f"training.hygiene: {error}", file=sys.stderr)
        return 2
    for copy in found:
        print(f"{copy.tokens} tokens as in {copy.package} {copy.path}: {copy.text[:100]!r}")
    counted = {"samples": len(samples), "marks": marks(samples), "copies": len(found)}
    longest = max((copy.tokens for copy in found), default=0)
    print(json.dumps(counted | {"longest_copy_tokens": longest, "copy_tokens": COPY_TOKENS}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

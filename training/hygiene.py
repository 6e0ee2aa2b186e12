"""What does the model repeat? Licence lines, addresses, keys and long copies in its own free writing.

    python -m training.hygiene --gguf FILE --from CORPUS [--count 2000]

Greedy samples continue held-out files. A copy is a passage of 50 tokens or more that stands letter
for letter in one training file but not in the sample's own prompt; one with fewer than ten different
tokens is counted apart, as a repetition. Passages of fewer than 80 bytes (long rows of numbers) can escape
the search. Counted in the raw text and in what the product would show of it. The last line of the output is
the report as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from completion import postprocess
from completion.errors import CopilotError, EngineRejected
from completion.postprocess import Draft
from completion.prompt import fim
from completion.types import Backend, Mode, Prompt, Segment, Text
from training import product
from training.marks import MARKS
from training.shards import Source, heldout, read, training_shards
from training.spans import line_start
from training.vocabulary import SHIPPED, Vocabulary

PROMPT_CHARACTERS = 600
SHORTEST_PROMPT = 40
SAMPLE_TOKENS = 120
COPY_TOKENS = 50
DISTINCT_TOKENS = 10
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


async def write_samples(gguf: Path, sources: Sequence[Source], count: int, threads: int = 1) -> list[Sample]:
    """`count` greedy continuations of held-out files, by the product's engine.

    Every tenth is asked for the beginning of a file of that name, where licences and authors stand. Raises
    `EngineError`, `ModelError`.
    """
    rng, model, out = random.Random(SEED), product.spec_of(gguf), []
    async with product.backend_of(gguf, model, threads) as backend:
        for number in range(count):
            source = rng.choice(sources)
            start = line_start(source.text, rng.randrange(len(source.text)))
            before = "" if number % 10 == 0 else source.text[start : start + PROMPT_CHARACTERS]
            front = fim.header(model.template, source.path.rsplit("/", 1)[-1])
            before, written = await _continued(backend, front, before)
            out.append(Sample(source.path, before, written))
            if number % 100 == 99:
                print(f"\r{number + 1} of {count} samples", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return out


async def _continued(backend: Backend, front: tuple[Segment, ...], before: str) -> tuple[str, str]:
    """The text asked with and its continuation; a text that is too long for the context is asked with its end."""
    while True:
        try:
            prompt = Prompt((*front, Text(before, heal=bool(before))), max_tokens=SAMPLE_TOKENS)
            return before, "".join([chunk.text async for chunk in backend.stream(prompt)])
        except EngineRejected:
            if len(before) < SHORTEST_PROMPT:
                raise
            before = before[-len(before) // 2 :]


def as_shown(sample: Sample) -> Sample:
    """The sample as the product would show it: a block, after all filters."""
    text, _ = postprocess.clean(Draft(sample.text, sample.prompt, "", Mode.BLOCK))
    return replace(sample, text=text)


def is_repetition(tokens: Sequence[int]) -> bool:
    """Whether a passage says a few tokens over and over ("0, 0, 0, ..."), which is nobody's text."""
    return len(set(tokens)) < DISTINCT_TOKENS


def marks(samples: Iterable[Sample]) -> dict[str, int]:
    """How many samples hold a licence line, an address or a key that their prompt does not hold."""
    found = dict.fromkeys(MARKS, 0)
    for sample in samples:
        for name in {name for name, _ in marks_in(sample)}:
            found[name] += 1
    return found


def marks_in(sample: Sample) -> Iterator[tuple[str, str]]:
    """Each mark of a sample that its prompt does not hold: its kind and its text."""
    for name, pattern in MARKS.items():
        for match in pattern.finditer(sample.text):
            if match.group() not in sample.prompt:
                yield name, match.group()


def copies(samples: Sequence[Sample], files: Iterable[Source], vocabulary: Vocabulary) -> list[Copy]:
    """The longest copy of each sample that has one, and its longest repetition, over all `files`."""
    probes: dict[str, list[tuple[int, int]]] = {}
    for number, sample in enumerate(samples):
        for at in range(len(sample.text) - PROBE + 1):
            piece = sample.text[at : at + PROBE]
            if piece.strip():
                probes.setdefault(piece, []).append((number, at))
    best: dict[tuple[int, bool], Copy] = {}
    for source in files:
        for number, text in _shared(source.text, samples, probes):
            if text in samples[number].prompt:
                continue
            tokens = vocabulary.encode(text)
            kind = (number, is_repetition(tokens))
            known = best.get(kind)
            if len(tokens) >= COPY_TOKENS and (known is None or len(text) > len(known.text)):
                best[kind] = Copy(number, source.package, source.path, text, len(tokens))
    return [best[kind] for kind in sorted(best)]


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
    """Command line; see `--help`. Exit code 1 where anything was found."""
    parser = argparse.ArgumentParser(prog="training.hygiene", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--gguf", type=Path, required=True)
    parser.add_argument("--from", dest="corpus", type=Path, required=True)
    parser.add_argument("--languages", nargs="+", default=("python", "typescript", "javascript", "shell", "yaml"))
    parser.add_argument("--count", type=int, default=2000, help="samples over all languages")
    parser.add_argument("--threads", type=int, default=1, help="engine threads")
    parser.add_argument("--vocabulary", type=Path, default=SHIPPED)
    given = parser.parse_args(arguments)
    try:
        vocabulary = Vocabulary(given.vocabulary)
        sources = [source for files in heldout(given.corpus, given.languages).values() for source in files]
        raw = asyncio.run(write_samples(given.gguf, sources, given.count, given.threads))
        shown = [as_shown(sample) for sample in raw]
        # Both in one pass over the training files, which is what takes the time.
        files = (source for shard in training_shards(given.corpus) for source in read(shard))
        found = copies([*raw, *shown], files, vocabulary)
    except (ValueError, OSError, CopilotError) as error:
        print(f"training.hygiene: {error}", file=sys.stderr)
        return 2
    counts = {"raw": {"copies": 0, "repetitions": 0}, "shown": {"copies": 0, "repetitions": 0}}
    for copy in found:
        where = "raw" if copy.sample < len(raw) else "shown"
        kind = "repetitions" if is_repetition(vocabulary.encode(copy.text)) else "copies"
        counts[where][kind] += 1
        print(f"{where}, {kind}: {copy.tokens} tokens as in {copy.package} {copy.path}: {copy.text[:100]!r}")
    for sample in raw:
        for name, text in marks_in(sample):
            print(f"raw, {name}: {text!r} in a sample of {sample.path}")
    report = {"raw": marks(raw) | counts["raw"], "shown": marks(shown) | counts["shown"]}
    print(json.dumps({"samples": len(raw), "copy_tokens": COPY_TOKENS, **report}))
    return int(any(count for part in report.values() for name, count in part.items() if name != "repetitions"))


if __name__ == "__main__":
    raise SystemExit(main())

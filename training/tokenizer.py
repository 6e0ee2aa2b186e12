"""The vocabulary, trained: a SentencePiece BPE model from a weighted sample of a corpus' training shards.

    python -m training.tokenizer --from CORPUS --out FILE [--size 16384] [--sample-megabytes 10]

The same corpus and numbers give the same sample. Ends with a table of bytes per token on the held-out files, the
shipped vocabulary beside the new one, and a summary as JSON. Knows nothing of models.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import sentencepiece

from training.controls import NAMES
from training.shards import HELDOUT, PAIRS, Source, read, training_shards
from training.vocabulary import SHIPPED, Vocabulary

SHARES: Mapping[str, float] = {
    "python": 0.43, "typescript": 0.15, "javascript": 0.09, "shell": 0.09, "sql": 0.07, "yaml": 0.08,
    "markdown": 0.06, "dockerfile": 0.01, "config": 0.02,
}  # fmt: skip
"""How much of the sample each language gets; a corpus that lacks some gives a smaller sample."""

EXCERPT = 12_000
"""A file gives at most this many characters, so that no long one shapes the vocabulary."""
PACKAGE_SHARE = 0.15
"""A package gives at most this share of its language, as long as others have something to give."""
PIECE = 4_000
"""Texts go to the trainer in parts of this length."""
LONGEST = 24
SEED = 3
MEASURED = 1_500_000
FAIR = 2_000
"""Fewer held-out bytes of a language than this say nothing."""


def sample(sources: Iterable[Source], megabytes: float, shares: Mapping[str, float] = SHARES) -> list[str]:
    """Texts of all languages by their shares, in an order that depends on nothing but the sources."""
    found: dict[str, list[Source]] = {language: [] for language in shares}
    for source in sources:
        if source.language in found and not source.package.startswith(PAIRS):
            found[source.language].append(source)
    rng, out = random.Random(SEED), list[str]()
    for language, share in shares.items():
        rng.shuffle(found[language])
        budget = share * megabytes * 1e6
        for source in _in_turn(found[language], budget * PACKAGE_SHARE):
            if budget <= 0:
                break
            text = _excerpt(source.text, rng)
            out.append(text)
            budget -= len(text.encode())
    rng.shuffle(out)
    return out


def _in_turn(sources: Iterable[Source], most: float) -> Iterator[Source]:
    """The sources, but what a package has beyond `most` bytes comes last."""
    given: Counter[str] = Counter()
    late = []
    for source in sources:
        if given[source.package] < most:
            given[source.package] += min(len(source.text), EXCERPT)
            yield source
        else:
            late.append(source)
    yield from late


def _excerpt(text: str, rng: random.Random) -> str:
    if len(text) <= EXCERPT:
        return text
    start = rng.randrange(len(text) - EXCERPT)
    return text[start : start + EXCERPT]


def train(texts: Iterable[str], size: int) -> bytes:
    """The file of a vocabulary of `size` pieces. Raises `ValueError` where the texts do not give that many."""
    parts = (text[at : at + PIECE] for text in texts for at in range(0, len(text), PIECE))
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=parts,
            model_writer=model,
            model_type="bpe",
            vocab_size=size,
            # Any byte can be written, and the text comes back as it was.
            byte_fallback=True,
            normalization_rule_name="identity",
            remove_extra_whitespaces=False,
            add_dummy_prefix=False,
            character_coverage=0.9999,
            # Pieces may run over blanks and signs ("    return self."), but never over the end of a line.
            split_by_whitespace=False,
            split_by_unicode_script=False,
            allow_whitespace_only_pieces=True,
            split_digits=True,
            max_sentencepiece_length=LONGEST,
            user_defined_symbols=["\n", "\t"],
            control_symbols=[name for role, name in NAMES.items() if role != "end"],
            max_sentence_length=5 * PIECE,
            num_threads=1,
            minloglevel=2,
        )
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise ValueError(f"no vocabulary of {size} pieces from this sample: {reason}") from error
    return model.getvalue()


def bytes_per_token(vocabulary: Vocabulary, sources: Iterable[Source]) -> dict[str, float]:
    """Bytes per token by language, over at most `MEASURED` bytes of each."""
    sizes: dict[str, int] = {}
    tokens: dict[str, int] = {}
    for source in sources:
        if sizes.get(source.language, 0) >= MEASURED:
            continue
        text = source.text[: 10 * EXCERPT]
        sizes[source.language] = sizes.get(source.language, 0) + len(text.encode())
        tokens[source.language] = tokens.get(source.language, 0) + len(vocabulary.encode(text))
    return {language: round(size / tokens[language], 3) for language, size in sizes.items() if size >= FAIR}


def table(figures: Mapping[str, Mapping[str, float]]) -> str:
    """A row for each vocabulary, a column for each language."""
    languages = sorted({language for row in figures.values() for language in row})
    lines = [f"{'bytes per token':24}" + "".join(f"{language:>11}" for language in languages)]
    for name, row in figures.items():
        lines.append(f"{name[:24]:24}" + "".join(f"{row.get(language, 0):11.2f}" for language in languages))
    return "\n".join(lines)


def _all(folder: Path) -> Iterator[Source]:
    for shard in training_shards(folder):
        yield from read(shard)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; see `--help`."""
    parser = argparse.ArgumentParser(prog="training.tokenizer", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--from", dest="corpus", type=Path, required=True, help="folder of shards")
    parser.add_argument("--out", type=Path, required=True, help="the file to write, *.model")
    parser.add_argument("--size", type=int, default=16_384, help="pieces")
    parser.add_argument("--sample-megabytes", type=float, default=10.0)
    given = parser.parse_args(arguments)
    begin = time.monotonic()
    try:
        texts = sample(_all(given.corpus), given.sample_megabytes)
        size = sum(len(text.encode()) for text in texts)
        print(f"sample: {size / 1e6:.2f} MB in {len(texts)} texts", file=sys.stderr, flush=True)
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_bytes(train(texts, given.size))
        figures = {
            str(path.name): bytes_per_token(Vocabulary(path), read(given.corpus / HELDOUT))
            for path in dict.fromkeys((given.out, SHIPPED))
        }
    except (ValueError, OSError) as error:
        print(f"training.tokenizer: {error}", file=sys.stderr)
        return 2
    print(table(figures))
    summary = {"file": str(given.out), "pieces": given.size, "sample_bytes": size, "bytes_per_token": figures}
    print(json.dumps(summary | {"seconds": round(time.monotonic() - begin, 1)}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Which format the shipped model should have: size, loss, and what appending a few tokens costs.

    python -m benchmarks.quantization [--state training/states/FILE.safetensors] [--rounds 9] [--texts FOLDER]

The weights, of a state file or of the shipped model, are written in every format that the trainer writes. A key
appends 1 to 4 tokens to a prompt that the engine holds, so that is what is timed, in turn with the other formats, on
one thread; beside it the writing of a token and a new prompt. The loss is that of the weights as each format keeps
them, over files of the folder (without one: of the standard library, which the model may have seen, so that only the
differences count). Figures are good on an idle machine only. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sysconfig
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from completion.engine.engine import Generation, Piece
from completion.engine.llama import LlamaEngine
from completion.models import catalog, files
from completion.types import Sampling
from training import gguf_file, state
from training.gguf_file import TYPES, Card, Precision
from training.likelihood import bits_per_byte, model_of
from training.shape import Shape, Weights
from training.shards import Source
from training.vocabulary import SHIPPED, Vocabulary

APPENDED = (1, 2, 3, 4, 8)
HELD_TOKENS, NEW_TOKENS, WRITTEN_TOKENS = 256, 256, 32
LIBRARY = ("argparse.py", "csv.py", "json/decoder.py", "logging/handlers.py", "shutil.py", "zipfile.py")
MODEL = catalog.builtin().find("embedded")


def main() -> None:
    """Measure every format and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state", type=Path, help="a small state file of the trainer")
    parser.add_argument("--texts", type=Path, help="a folder of files that the model has not seen")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--tokens", type=int, default=20_000, help="tokens of the loss")
    arguments = parser.parse_args()
    vocabulary = Vocabulary(SHIPPED)
    if arguments.state is not None:
        found = state.read(arguments.state)
        weights, shape = found.weights, found.shape
    else:
        weights, shape = gguf_file.read(files.locate(MODEL, ""))
    with tempfile.TemporaryDirectory(prefix="lspq") as name:
        rows = measure(Path(name), weights, shape, vocabulary, arguments.rounds)
        for precision, row in rows.items():
            kept, _ = gguf_file.read(Path(name) / f"{precision}.gguf")
            loss = bits_per_byte(model_of(kept, shape), vocabulary, _sources(arguments.texts), arguments.tokens)
            row["nats_per_token"] = loss["nats_per_token"]
    print(f"{'format':<8}{'MB':>7}{'nats/token':>12}" + "".join(f"{f'+{count}, ms':>9}" for count in APPENDED), end="")
    print(f"{'token, ms':>11}{f'{NEW_TOKENS} new, ms':>13}")
    for precision, row in rows.items():
        print(f"{precision:<8}{row['bytes'] / 1e6:>7.1f}{row['nats_per_token']:>12.4f}", end="")
        print("".join(f"{row[f'append_{count}_ms']:>9.2f}" for count in APPENDED), end="")
        print(f"{row['token_ms']:>11.2f}{row['new_ms']:>13.1f}")
    print(json.dumps({"formats": rows, "rounds": arguments.rounds, "load": round(os.getloadavg()[0], 1)}))


def measure(
    folder: Path, weights: Weights, shape: Shape, vocabulary: Vocabulary, rounds: int
) -> dict[str, dict[str, float]]:
    """Write the formats into `folder` and time them; medians in milliseconds by format."""
    engines, found = dict[Precision, LlamaEngine](), dict[str, dict[str, float]]()
    samples: dict[str, dict[str, list[float]]] = {}
    for precision in TYPES:
        path = folder / f"{precision}.gguf"
        size = gguf_file.write(path, weights, shape, vocabulary, precision, Card("quantization"))
        found[precision], samples[precision] = {"bytes": size}, {}
        engines[precision] = _loaded(path, folder, shape)
    text = (Path(sysconfig.get_paths()["stdlib"]) / "argparse.py").read_text("utf-8")
    ids = [token.id for token in next(iter(engines.values())).tokenize(text)]
    try:
        for number in range(rounds + 1):
            for precision, engine in engines.items():
                for key, milliseconds in _round(engine, ids, number).items():
                    # The first round fills the caches.
                    if number:
                        samples[precision].setdefault(key, []).append(milliseconds)
    finally:
        for engine in engines.values():
            engine.close()
    for precision in TYPES:
        found[precision] |= {key: round(statistics.median(values), 3) for key, values in samples[precision].items()}
    return found


def _round(engine: LlamaEngine, ids: Sequence[int], number: int) -> Mapping[str, float]:
    begin = number * 97
    held = ids[begin : begin + HELD_TOKENS]
    found = {"new_ms": _prompt_ms(engine, ids[begin + 7 : begin + 7 + NEW_TOKENS], slot=1)}
    _prompt_ms(engine, held, slot=0)
    for count in APPENDED:
        found[f"append_{count}_ms"] = _prompt_ms(engine, ids[begin : begin + HELD_TOKENS + count], slot=0)
        # What is cut off again costs one token, for the library evaluates the last one anew.
        _prompt_ms(engine, held, slot=0)
    usage = engine.generate(held, Generation(0, WRITTEN_TOKENS, Sampling()), threading.Event(), _ignore).usage
    return found | {"token_ms": usage.completion_ms / max(1, usage.completion_tokens - 1)}


def _prompt_ms(engine: LlamaEngine, ids: Sequence[int], slot: int) -> float:
    return engine.generate(ids, Generation(slot, 1, Sampling()), threading.Event(), _ignore).usage.prompt_ms


def _loaded(path: Path, folder: Path, shape: Shape) -> LlamaEngine:
    engine = LlamaEngine(
        path,
        controls=(),
        slots=2,
        context_tokens=shape.context,
        batch=64,
        threads=1,
        socket_file=folder / f"{path.stem}.sock",
    )
    engine.load()
    return engine


def _sources(folder: Path | None) -> list[Source]:
    root = folder or Path(sysconfig.get_paths()["stdlib"])
    paths = [root / name for name in LIBRARY] if folder is None else sorted(folder.rglob("*.py"))
    return [Source("texts", "python", path.name, path.read_text("utf-8", "replace")) for path in paths]


def _ignore(_piece: Piece) -> None:
    """Nobody reads it."""


if __name__ == "__main__":
    main()

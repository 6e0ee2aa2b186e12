"""Loads hostile files in the real engine, one after the other, and says what became of each. May be made to crash.

    python -m tests.engine.hostile_child FOLDER UNCHECKED NUMBER...

One line before a file and one after it; of a file that ends the process there is only the first.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path

from completion.engine.engine import Generation, Piece
from completion.engine.llama import LlamaEngine
from completion.engine.spec import BATCH
from completion.errors import CopilotError
from completion.models import catalog, files, gguf
from completion.types import Sampling
from tests.engine.hostile import mutated


def main() -> None:
    """Try all numbers. The engine writes to standard output too, so ours is taken away from it."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    folder, unchecked, numbers = Path(sys.argv[1]), sys.argv[2] == "unchecked", map(int, sys.argv[3:])
    if unchecked:
        sound = gguf.read_header(files.locate(catalog.builtin().find("embedded")))
        gguf.read_header = lambda path: sound
    whole = files.locate(catalog.builtin().find("embedded")).read_bytes()
    for number in numbers:
        done, data = mutated(whole, number)
        print(json.dumps({"number": number, "done": done}), file=answers, flush=True)
        path = folder / "hostile.gguf"
        path.write_bytes(data)
        print(json.dumps({"number": number, **attempt(path, folder)}), file=answers, flush=True)


def attempt(path: Path, folder: Path) -> dict[str, str]:
    """Refused by the header's check, refused by the engine, or loaded and one token written."""
    try:
        gguf.read_header(path)
    except CopilotError as error:
        return {"outcome": "refused", "said": str(error)}
    engine = LlamaEngine(
        path, controls=(), slots=1, context_tokens=256, batch=BATCH, threads=1, socket_file=folder / "e.sock"
    )
    try:
        engine.load()
        ids = [token.id for token in engine.tokenize("def f(x):\n    return x")] or [1]
        usage = engine.generate(ids, Generation(0, 1, Sampling()), threading.Event(), _ignore).usage
        return {"outcome": "loaded", "said": f"{usage.completion_tokens} tokens"}
    except CopilotError as error:
        return {"outcome": "engine", "said": str(error)}
    finally:
        engine.close()


def _ignore(_piece: Piece) -> None:
    return


if __name__ == "__main__":
    main()

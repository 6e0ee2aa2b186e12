"""The engine host of the product, which writes down every prompt as text: what a model was shown, and nothing else."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from completion.engine import engines, host

VARIABLE = "RECORDED_PROMPTS"


def interpreter(folder: Path) -> Path:
    """Write a script that stands for a Python interpreter: whatever it is asked, it runs this host."""
    path = folder / "python"
    root = Path(__file__).resolve().parents[2]
    # What a host is started with: -P -c BOOTSTRAP SPEC.
    path.write_text(f'#!/bin/sh\nPYTHONPATH="{root}" exec "{sys.executable}" -m tests.lsp.recording_host "$4"\n')
    path.chmod(0o700)
    return path


def recorded(path: Path) -> list[str]:
    """The prompts so far."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


class Recording:
    """An `Engine` in front of another one."""

    def __init__(self, engine: Any, path: Path) -> None:
        self._engine = engine
        self._file = path.open("a", buffering=1, encoding="utf-8")
        self._pieces: dict[int, bytes] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def tokenize(self, text: str) -> Any:
        """As the engine does; the bytes of the ids are remembered."""
        tokens = self._engine.tokenize(text)
        self._pieces.update({token.id: token.piece for token in tokens})
        return tokens

    def generate(self, ids: Any, generation: Any, *more: Any, **named: Any) -> Any:
        """Generate, and write down what was shown, with what the answer must begin with."""
        controls = {number: name.encode() for name, number in self._engine.controls.items()}
        shown = b"".join(controls.get(number) or self._pieces.get(number, b"?") for number in ids)
        self._file.write(json.dumps(shown.decode("utf-8", "replace") + generation.start) + "\n")
        return self._engine.generate(ids, generation, *more, **named)


def main() -> None:
    """Run a host with a recording engine."""
    make = engines.make
    engines.make = lambda *arguments, **named: Recording(  # type: ignore[assignment]
        make(*arguments, **named), Path(os.environ[VARIABLE])
    )
    host.main()


if __name__ == "__main__":
    main()

"""The calibration: a few seconds of the engine on noise, in a process of its own, give a machine's rates.

Four wide models (two for the fixed costs, narrow) are written to the cache folder, run and deleted, one after the
other: a decoding step, a prompt, and the few tokens that a key adds. What follows for other models is calculated in
`completion.models.speed`. Needs nothing but what ships.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from completion.engine.engine import Generation
from completion.engine.llama import LlamaEngine, default_threads
from completion.engine.shape import Shape, Written, write
from completion.engine.spec import BATCH
from completion.engine.starter import child_environment
from completion.errors import EngineUnavailable
from completion.models import catalog, files, speed
from completion.models import device as devices
from completion.models.device import DeviceProfile
from completion.models.speed import Calibration, Place, Rates
from completion.types import Sampling

SECONDS = 120.0
"""How long a calibration may take at most; it takes about six seconds on two cores."""

_LAYERS = 3
_WIDE = (1536, 8960, 24, 4)
_NARROW = (256, 256, 4, 2)
_FEW, _MANY = 2, 26
_CONTEXT = 1024
_DEPTH = 896
_SHALLOW = BATCH
_STEPS = 10
_ROUNDS = 3
_EMBEDDED_CONTEXT = 768
_EMBEDDED_DEPTH = 512
# Its steps are so short that a single interruption doubles them.
_EMBEDDED_ROUNDS = 8
_LEAST = 1e-7
# The shipped model would end at once after noise.
_ANYTHING = "root ::= [ -~] root"
_CARD_BATCH = 512


def calibrate(device: DeviceProfile, threads: int = 0, python: str = "") -> Calibration:
    """Measure this machine in a child process (of the interpreter `python`) and keep the result.

    Takes some seconds. Raises `EngineUnavailable`.
    """
    root = str(Path(__file__).resolve().parents[2])
    code = f"import sys; sys.path.insert(0, {root!r}); from completion.engine.measure import main; main()"
    try:
        done = subprocess.run(
            [python or sys.executable, "-P", "-c", code, str(threads)],
            env=child_environment(os.environ),
            cwd=tempfile.gettempdir(),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )
        place = Place.model_validate(json.loads(done.stdout.splitlines()[-1]))
    except (OSError, ValueError, IndexError, subprocess.SubprocessError) as error:
        raise EngineUnavailable(
            f"the machine's speed could not be measured ({type(error).__name__}).",
            advice="Careful figures are assumed; name a model yourself if they are wrong.",
        ) from error
    on_card = bool(device.gpus) and "llama" in device.accelerated
    calibration = Calibration(
        machine=speed.fingerprint(device, threads),
        source="measured here",
        measured=True,
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        cpu=None if on_card else place,
        gpu=place if on_card else None,
    )
    # Where nothing can be kept it is measured again next time.
    with suppress(OSError):
        speed.save(calibration)
    return calibration


def main() -> None:
    """Measure, and print one JSON line: the child's side of `calibrate`."""
    threads = int(sys.argv[-1])
    found = devices.read()
    batch = _CARD_BATCH if found.gpus and "llama" in found.accelerated else BATCH
    print(measure(threads or default_threads(), batch).model_dump_json())


def measure(threads: int, batch: int) -> Place:
    """Run everything in this process. Raises `OSError` or `ModelError`."""
    folder = speed.cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    # The name of a socket must be short.
    with (
        tempfile.TemporaryDirectory(prefix="speed", dir=folder) as name,
        tempfile.TemporaryDirectory(prefix="lsps") as sockets,
    ):
        bench = _Bench(Path(name), Path(sockets), threads, batch)
        few = bench.run(Shape(*_NARROW, _FEW, "Q8_0"))
        many = bench.run(Shape(*_NARROW, _MANY, "Q8_0"))
        wide = {kind: bench.run(Shape(*_WIDE, _LAYERS, kind)) for kind in speed.KINDS}
        own = bench.shipped()
    first = wide["Q8_0"]
    # Near enough for what is small against the fixed costs.
    second_per_byte = first.step / (first.written.layer_bytes + first.written.output_bytes)
    layer = (many.step - few.step) / (_MANY - _FEW) - few.written.layer_bytes / _FEW * second_per_byte
    layer = max(0.0, layer)
    choosing = few.step - _FEW * layer - (few.written.layer_bytes + few.written.output_bytes) * second_per_byte
    vocabulary = max(0.0, choosing / few.written.vocabulary)
    operations = 4 * _MANY * _NARROW[0] * (_DEPTH - _SHALLOW)
    return Place(
        rates={kind: _rates(times, layer, vocabulary) for kind, times in wide.items()},
        attention=operations / max(many.deep_step - many.step, _LEAST),
        prompt_attention=operations / 2 / max(many.deep_prompt_token - many.prompt_token, _LEAST),
        layer=layer,
        vocabulary=vocabulary,
        batch=batch,
        models={"embedded": own},
    )


@dataclass(frozen=True, slots=True)
class _Times:
    """Seconds: of a decoding step, of appending a few tokens, of one token of a prompt; and deep in a context."""

    written: Written
    step: float
    append: float
    prompt_token: float
    deep_step: float = 0.0
    deep_prompt_token: float = 0.0


class _Bench:
    """Writes, runs and deletes one shape after the other."""

    def __init__(self, folder: Path, sockets: Path, threads: int, batch: int) -> None:
        self._folder = folder
        self._sockets = sockets
        self._threads = threads
        self._batch = batch
        self._noise = random.Random(1)  # noqa: S311

    def run(self, shape: Shape) -> _Times:
        """The times of noise in a shape."""
        path = self._folder / "noise.gguf"
        written = write(path, shape, _shipped(), _CONTEXT)
        with self._loaded(path, _CONTEXT) as engine:
            prompt, append, step = self._times(engine, self._batch, _ROUNDS)
            if shape.layers != _MANY:
                return _Times(written, step, append, prompt)
            deep_prompt, _, deep_step = self._times(engine, _DEPTH, _ROUNDS)
            return _Times(written, step, append, prompt, deep_step, deep_prompt)

    def shipped(self) -> speed.Times:
        """The times of the shipped model."""
        with self._loaded(_shipped(), _EMBEDDED_CONTEXT) as engine:
            prompt, append, step = self._times(engine, _EMBEDDED_DEPTH, _EMBEDDED_ROUNDS, _ANYTHING)
        return speed.Times(step=step, append=append, prompt_token=prompt, depth=_EMBEDDED_DEPTH)

    @contextmanager
    def _loaded(self, path: Path, context_tokens: int) -> Iterator[LlamaEngine]:
        engine = LlamaEngine(
            path,
            controls=(),
            slots=1,
            context_tokens=context_tokens,
            batch=self._batch,
            threads=self._threads,
            socket_file=self._sockets / "e.sock",
        )
        engine.load()
        try:
            yield engine
        finally:
            engine.close()

    def _times(self, engine: LlamaEngine, depth: int, rounds: int, grammar: str = "") -> tuple[float, float, float]:
        """A token of a prompt of `depth`, an append, a step. The best of all rounds: what the machine can do.

        That it is busy now says little of tomorrow.
        """
        prompts, appends, steps = [], [], []
        _run(engine, self._ids(self._batch), 4, grammar)
        for _ in range(rounds):
            ids = self._ids(depth)
            prompts.append(_run(engine, ids, 1, grammar)[0] / depth)
            appends.append(_run(engine, [*ids, *self._ids(speed.APPENDED_TOKENS)], 1, grammar)[0])
            steps.append(_run(engine, [*ids, *self._ids(1)], _STEPS, grammar)[1])
        return min(prompts), min(appends), min(steps)

    def _ids(self, count: int) -> list[int]:
        return [self._noise.randrange(600, 8000) for _ in range(count)]


def _shipped() -> Path:
    return files.locate(catalog.builtin().find("embedded"))


def _run(engine: LlamaEngine, ids: Sequence[int], count: int, grammar: str) -> tuple[float, float]:
    """Seconds of the prompt, and of each of `count` tokens after the first."""
    generation = Generation(0, count, Sampling(), grammar=grammar)
    usage = engine.generate(ids, generation, threading.Event(), lambda _piece: None).usage
    return usage.prompt_ms / 1000, usage.completion_ms / 1000 / max(1, usage.completion_tokens - 1)


def _rates(times: _Times, layer: float, vocabulary: float) -> Rates:
    """The inverse of `speed.predict` for one shape."""
    written = times.written
    fixed = _LAYERS * layer + written.vocabulary * vocabulary
    # Of a step at least half must be reading, or the fixed costs were measured in a bad moment.
    reading = max(times.step - fixed, times.step / 2)
    read = (written.layer_bytes + written.output_bytes) / reading
    seen = max(times.append - fixed, times.append / 2) * read
    last = written.layer_bytes / _LAYERS
    append = (seen - last - written.output_bytes) / (written.layer_bytes - last)
    operations = 2 * written.layer_parameters * (_LAYERS - 1) / _LAYERS
    return Rates(read=read, append=max(1.0, append), compute=operations / times.prompt_token)


if __name__ == "__main__":
    main()

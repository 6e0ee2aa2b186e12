"""The calibration: a few seconds of the engine on noise, in a process of its own, give a machine's rates.

Four wide models (two for the fixed costs, narrow) are written to the cache folder, run and deleted: a decoding step, a
prompt, and the few tokens that a key adds. What follows for other models is calculated in `completion.models.speed`.
Needs nothing but what ships, 550 MB of disk and 250 MB of memory for some seconds.
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
from dataclasses import dataclass, replace
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
from completion.models.speed import Calibration, Place, Rates, Times
from completion.types import Sampling

SECONDS = 120.0
"""How long a calibration may take at most; it takes about fifteen seconds on two busy cores."""

_LAYERS = 3
_WIDE = (1536, 8960, 24, 4)
_NARROW = (256, 256, 4, 2)
_FLAT, _DEEP = 2, 26
_OWN, _FEW, _MANY = "embedded", "few layers", "many layers"
_CONTEXT = 1024
_DEPTH = 896
_STEPS = 8
_ROUNDS = 3
_REPEATS = 2
_EMBEDDED_CONTEXT = 768
_EMBEDDED_DEPTH = 512
# Its steps are so short that a single interruption doubles them.
_EMBEDDED_REPEATS = 8
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
        # Again and again, so that a busy moment spoils one round and not all times of one shape.
        for _ in range(_ROUNDS):
            bench.run_all()
    few, many, own = bench.best[_FEW], bench.best[_MANY], bench.best[_OWN]
    wide = {kind: bench.best[kind] for kind in speed.KINDS}
    first = wide["Q8_0"]
    # Near enough for what is small against the fixed costs.
    second_per_byte = first.step / (first.written.layer_bytes + first.written.output_bytes)
    layer = (many.step - few.step) / (_DEEP - _FLAT) - few.written.layer_bytes / _FLAT * second_per_byte
    layer = max(0.0, layer)
    choosing = few.step - _FLAT * layer - (few.written.layer_bytes + few.written.output_bytes) * second_per_byte
    vocabulary = max(0.0, choosing / few.written.vocabulary)
    operations = 4 * _DEEP * _NARROW[0] * (_DEPTH - batch)
    attention = operations / max(many.deep_step - many.step, _LEAST)
    # What a step of a wide shape spends behind its prompt.
    looking = 4 * _LAYERS * _WIDE[0] * batch / attention
    return Place(
        rates={kind: _rates(times, layer, vocabulary, looking) for kind, times in wide.items()},
        attention=attention,
        prompt_attention=operations / 2 / max(many.deep_prompt_token - many.prompt_token, _LEAST),
        layer=layer,
        vocabulary=vocabulary,
        batch=batch,
        models={_OWN: Times(step=own.step, append=own.append, prompt_token=own.prompt_token, depth=_EMBEDDED_DEPTH)},
    )


_NOTHING = Written(0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class _Times:
    """Seconds: of one token of a prompt, of appending a few tokens, of a decoding step; and deep in a context."""

    prompt_token: float
    append: float
    step: float
    written: Written = _NOTHING
    deep_step: float = 0.0
    deep_prompt_token: float = 0.0


class _Bench:
    """Writes all shapes once and runs them; `best` are the shortest times of each, by name."""

    def __init__(self, folder: Path, sockets: Path, threads: int, batch: int) -> None:
        self.best: dict[str, _Times] = {}
        self._sockets = sockets
        self._threads = threads
        self._batch = batch
        self._noise = random.Random(1)  # noqa: S311
        shapes = {_FEW: Shape(*_NARROW, _FLAT, "Q8_0"), _MANY: Shape(*_NARROW, _DEEP, "Q8_0")}
        shapes |= {kind: Shape(*_WIDE, _LAYERS, kind) for kind in speed.KINDS}
        self._files = {name: folder / f"{name}.gguf" for name in shapes}
        self._written = {name: write(self._files[name], shape, _shipped(), _CONTEXT) for name, shape in shapes.items()}

    def run_all(self) -> None:
        """One round."""
        with self._loaded(_shipped(), _EMBEDDED_CONTEXT) as engine:
            self._note(_OWN, _Times(*self._times(engine, _EMBEDDED_DEPTH, _EMBEDDED_REPEATS, _ANYTHING)))
        for name, path in self._files.items():
            with self._loaded(path, _CONTEXT) as engine:
                times = _Times(*self._times(engine, self._batch, _REPEATS), written=self._written[name])
                if name == _MANY:
                    deep_prompt, _, deep_step = self._times(engine, _DEPTH, _REPEATS)
                    times = replace(times, deep_prompt_token=deep_prompt, deep_step=deep_step)
            self._note(name, times)

    def _note(self, name: str, new: _Times) -> None:
        """What the machine can do: that it is busy now says little of tomorrow."""
        old = self.best.get(name, new)
        self.best[name] = _Times(
            prompt_token=min(old.prompt_token, new.prompt_token),
            append=min(old.append, new.append),
            step=min(old.step, new.step),
            written=new.written,
            deep_step=min(old.deep_step, new.deep_step),
            deep_prompt_token=min(old.deep_prompt_token, new.deep_prompt_token),
        )

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

    def _times(self, engine: LlamaEngine, depth: int, repeats: int, grammar: str = "") -> tuple[float, float, float]:
        """Seconds of a token of a prompt of `depth`, of an append, of a step."""
        _run(engine, self._ids(8), 2, grammar)
        ids = self._ids(depth)
        prompt = _run(engine, ids, 1, grammar)[0] / depth
        appends, steps = [], []
        for _ in range(repeats):
            appends.append(_run(engine, [*ids, *self._ids(speed.APPENDED_TOKENS)], 1, grammar)[0])
            steps.append(_run(engine, [*ids, *self._ids(1)], _STEPS, grammar)[1])
        return prompt, min(appends), min(steps)

    def _ids(self, count: int) -> list[int]:
        return [self._noise.randrange(600, 8000) for _ in range(count)]


def _shipped() -> Path:
    return files.locate(catalog.builtin().find("embedded"))


def _run(engine: LlamaEngine, ids: Sequence[int], count: int, grammar: str) -> tuple[float, float]:
    """Seconds of the prompt, and of each of `count` tokens after the first."""
    generation = Generation(0, count, Sampling(), grammar=grammar)
    usage = engine.generate(ids, generation, threading.Event(), lambda _piece: None).usage
    return usage.prompt_ms / 1000, usage.completion_ms / 1000 / max(1, usage.completion_tokens - 1)


def _rates(times: _Times, layer: float, vocabulary: float, looking: float) -> Rates:
    """The inverse of `speed.predict` for one shape."""
    written = times.written
    fixed = _LAYERS * layer + written.vocabulary * vocabulary + looking
    # Of a step at least half must be reading, or the fixed costs were measured in a bad moment.
    reading = max(times.step - fixed, times.step / 2)
    read = (written.layer_bytes + written.output_bytes) / reading
    seen = max(times.append - fixed - (speed.APPENDED_TOKENS - 1) * looking, times.append / 2) * read
    last = written.layer_bytes / _LAYERS
    append = (seen - last - written.output_bytes) / (written.layer_bytes - last)
    operations = 2 * written.layer_parameters * (_LAYERS - 1) / _LAYERS
    return Rates(read=read, append=max(1.0, append), compute=operations / times.prompt_token)


if __name__ == "__main__":
    main()

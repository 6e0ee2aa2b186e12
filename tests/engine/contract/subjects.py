"""Who is held to the contract: each engine on one set of weights, in a host that lives while its tests run.

A subject more (a server, say) is a function more in `SUBJECTS`; the tests ask its backend what it can do.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import psutil
import pytest

from completion.engine import engines
from completion.engine.lease import LeasedBackend
from completion.engine.spec import HostSpec, host_spec
from completion.models import files
from completion.models.spec import Engine
from completion.settings import Settings
from completion.types import Backend
from tests.conftest import processes_of
from tests.engine.conftest import MODEL, client

LOCAL: tuple[Engine, ...] = ("llama", "transformers", "ctransformers")


@dataclass(frozen=True, slots=True)
class Weights:
    """The shipped model in float32, in the form that each engine reads."""

    folder: Path

    @property
    def paths(self) -> Mapping[Engine, Path]:
        """By engine."""
        return {
            "llama": self.folder / "tied.gguf",
            "transformers": self.folder / "hf",
            "ctransformers": self.folder / "untied.gguf",
        }


@dataclass(frozen=True, slots=True)
class Subject:
    """Connects to what is tested, as often as a test likes, with the environment `variables` set."""

    connect: Callable[[], Backend]
    variables: Mapping[str, str]


def export(folder: Path) -> Weights:
    """Write the shipped weights, as the engine computes with them, in all three forms."""
    pytest.importorskip("gguf", reason="the training extra is not installed")
    pytest.importorskip("safetensors", reason="the training extra is not installed")
    from training import export as exporter
    from training import gguf_file
    from training.vocabulary import Vocabulary

    weights, shape = gguf_file.read(files.locate(MODEL))
    vocabulary, card, made = Vocabulary(), gguf_file.Card("contract"), Weights(folder)
    exporter.write_folder(made.paths["transformers"], weights, shape, vocabulary, half=False)
    gguf_file.write(made.paths["llama"], weights, shape, vocabulary, "f32", card)
    gguf_file.write(made.paths["ctransformers"], weights, shape, vocabulary, "f32", card, separate_output=True)
    return made


def skip_without(engine: Engine) -> None:
    """Skip where the engine's packages are not installed."""
    if missing := engines.missing_packages(engine):
        pytest.skip(f"the extra {engines.EXTRAS[engine][0]} is not installed ({missing[0]} is missing)")


def spec_of(engine: Engine, weights: Weights) -> HostSpec:
    """A host for one engine, on one thread, that leaves with its last client."""
    settings = Settings(engine=engine, idle_seconds=0)
    return replace(host_spec(MODEL, weights.paths[engine], settings), threads=1)


@contextmanager
def local(engine: Engine, weights: Weights) -> Iterator[Subject]:
    """One of our own hosts."""
    skip_without(engine)
    spec = spec_of(engine, weights)
    with tempfile.TemporaryDirectory(prefix="lspc") as name, pytest.MonkeyPatch.context() as patch:
        variables = {f"LSP_COPILOT_{part}_DIR": f"{name}/{part.lower()}" for part in ("RUNTIME", "LOG", "CACHE")}
        for key, value in variables.items():
            patch.setenv(key, value)
        keeper = client(spec)
        if keeper.stdout is None or not keeper.stdout.readline().strip():
            raise AssertionError(f"the host for {engine} did not start")
        yield Subject(lambda: LeasedBackend(spec, ready_seconds=60), variables)
        keeper.kill()
        keeper.wait()
        keeper.stdout.close()
        # That hosts leave is tested where it is the subject (test_life); here they are only cleared away.
        _, alive = psutil.wait_procs(processes_of(Path(variables["LSP_COPILOT_RUNTIME_DIR"])), timeout=10)
        for process in alive:
            process.kill()


SUBJECTS: Mapping[str, Callable[[Weights], AbstractContextManager[Subject]]] = {
    engine: partial(local, engine) for engine in LOCAL
}

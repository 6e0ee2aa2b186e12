"""The command for a card, on a processor: its loop, its feed, its parts, and that the model it makes is served."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the training extra is not installed: no torch")
pytest.importorskip("sentencepiece", reason="the training extra is not installed: no sentencepiece")
pytest.importorskip("safetensors", reason="the training extra is not installed: no safetensors")

import numpy as np
import torch
from torch.nn import functional

from completion.engine.lease import LeasedBackend
from completion.engine.spec import host_spec
from completion.models import catalog
from completion.settings import Settings
from completion.types import Prompt, Text
from training import gpu_run, parts, state
from training import shards as corpus_shards
from training.data import LANGUAGE_WEIGHTS, Mixture, Stream
from training.device import choose, utilization
from training.feed import Want, feeding
from training.loop import batch, gradients, step, wanted
from training.loss import IGNORED, count, cross_entropy, fusible_softmax_gradient, softmax_gradient
from training.model import LanguageModel, plain_layer
from training.optimizer import Muon, adam, orthogonal, orthogonal_all
from training.plan import Plan
from training.run import Run, prepare
from training.schedule import Schedule
from training.shape import Shape
from training.shards import Source
from training.vocabulary import Vocabulary

ROOT = Path(__file__).parents[3]
SHAPE = Shape(vocabulary=192, hidden=64, layers=2, heads=4, kv_heads=2, feed_forward=96, context=48)
TINY = ("--device", "cpu", "--rows", "4", "--model", "64,2,2,1,128", "--context", "128", "--long-context", "0",
        "--workers", "1", "--warmup", "2", "--precision", "float32")  # fmt: skip
UNNEEDED = ("pydantic", "gguf", "aiohttp", "tree_sitter", "transformers", "xllamacpp", "pygls", "lsprotocol", "psutil")

BLOCKED = f"""
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {UNNEEDED}:
            raise ImportError(name + " is not on that machine")
sys.meta_path.insert(0, Refuse())
from training.gpu_run import main
raise SystemExit(main())
"""
"""The command on a machine that has only what it says it needs."""


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    text = "".join(f"def area_{number}(width):\n    return width * {number}\n\n" for number in range(60))
    corpus_shards.write(folder / "all-00.jsonl.xz", [Source("demo", "python", "demo.py", text)])
    return folder


@pytest.fixture(scope="module")
def stopped(shards: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that ended early, made without what the machine does not have."""
    out = tmp_path_factory.mktemp("stopped")
    arguments = ["--from", shards, "--out", out, "--minutes", "1", "--stop-after", "10", *TINY]
    done = subprocess.run([sys.executable, "-c", BLOCKED, *map(str, arguments)], cwd=ROOT, capture_output=True,
                          text=True, timeout=100, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"training.gpu_run: Python {sys.version.split()[0]}, missing: nothing\n")
    return out


def records(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]


def a_run(shards: Path, out: Path, **more: Any) -> tuple[Plan, Run]:
    plan = Plan(shards, out, model="32,1,2,1,64", context=48, rows=4, seed=3, **more)
    return plan, prepare(plan, torch.device("cpu"), torch.float32)


def some_rows(rows: int = 4, context: int = 48) -> np.ndarray[Any, np.dtype[np.int32]]:
    return np.random.default_rng(1).integers(8, 180, (rows, context + 1), np.int32)


# --- the steps ------------------------------------------------------------------------------------


@pytest.mark.parametrize("softmax", [softmax_gradient, fusible_softmax_gradient])
@pytest.mark.parametrize(("dtype", "near"), [(torch.float32, 1e-6), (torch.bfloat16, 2e-2)])
def test_loss_in_chunks_equals_the_plain_one(
    softmax: Callable[..., Any], dtype: torch.dtype, near: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.loss.CHUNK_BYTES", 64 * 4 * 192)  # three chunks, the last one short
    torch.manual_seed(1)
    hidden, weight = torch.randn(150, 32), torch.randn(192, 32)
    targets = torch.randint(0, 192, (150,))
    targets[::7] = IGNORED
    found = []
    for fused in (True, False):
        x, w = hidden.to(dtype).requires_grad_(), weight.clone().requires_grad_()
        if fused:
            loss = cross_entropy(x, w, targets, softmax=softmax)
        else:
            loss = functional.cross_entropy(x.float() @ w.to(dtype).float().T, targets, ignore_index=IGNORED)
        (3 * loss).backward()
        found.append((loss.detach(), x.grad.float(), w.grad))
    assert found[0][0].dtype == torch.float32
    for one, other in zip(*found, strict=True):
        assert torch.allclose(one, other, rtol=near, atol=near * float(other.abs().max()))


def test_muon_in_batches_equals_muon_one_by_one() -> None:
    torch.manual_seed(2)
    matrices = [torch.randn(*size) for size in ((64, 64), (96, 64), (32, 64), (64, 96), (96, 64), (64, 64))]
    for one, other in zip(map(orthogonal, matrices), orthogonal_all(matrices), strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_iteration_is_the_plain_formula() -> None:
    torch.manual_seed(3)
    matrix = torch.randn(24, 64)
    x = matrix / (matrix.norm() + 1e-7)
    for _ in range(5):
        square = x @ x.T
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * (square @ square)) @ x
    assert torch.allclose(orthogonal(matrix), x, atol=1e-5)


def test_a_step_in_parts_is_the_same_step(shards: Path, tmp_path: Path) -> None:
    rows = some_rows()
    rows[0, 10:] = 7  # padding, so that parts differ in what is learnt
    found = []
    for accumulate in (1, 3):
        _, run = a_run(shards, tmp_path, accumulate=accumulate)
        loss = gradients(run, *batch(rows, pad=7))
        found.append([loss, *(parameter.grad for parameter in run.model.parameters())])
    for one, other in zip(*found, strict=True):
        assert torch.allclose(one, other, atol=1e-6)


def test_a_step_never_waits_for_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    # Tensors without content refuse every question about it, and to be mixed with those of a processor.
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: contextlib.nullcontext())
    monkeypatch.setattr(torch, "is_autocast_enabled", lambda _: False)
    with torch.device("meta"):
        model = LanguageModel(SHAPE)
    muon = Muon(model, torch.bfloat16)
    run = Run(model, muon, adam(model, muon, 0.003), state.Progress(), "", torch.device("meta"), torch.float32, 2)
    ids = torch.empty(4, 48, dtype=torch.int64, device="meta")
    loss = gradients(run, ids, ids)
    muon.step(0.02)
    run.adam.step()
    assert loss.device.type == "meta"
    with pytest.raises(RuntimeError):
        loss.item()


def test_out_of_memory_halves_the_parts_and_goes_on(
    shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = []
    for limit in (4, 1):
        plan, run = a_run(shards, tmp_path)
        forward = run.model.forward

        def limited(ids: torch.Tensor, *rest: Any, limit: int = limit, forward: Any = forward) -> Any:
            if len(ids) > limit:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB\nand more")
            return forward(ids, *rest)

        monkeypatch.setattr(run.model, "forward", limited)
        said: list[dict[str, Any]] = []
        step(plan, run, some_rows(), 7, 1.0, lambda said=said, **fields: said.append(fields))
        assert [line["accumulate"] for line in said] == [2, 4][: 0 if limit == 4 else 2]
        results.append(run)
    for one, other in zip(results[0].model.parameters(), results[1].model.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-5)
    monkeypatch.setattr(results[1].model, "forward", lambda *_: limited(torch.empty(9)))
    with pytest.raises(torch.OutOfMemoryError):  # no row is left to halve
        step(plan, results[1], some_rows(), 7, 1.0, lambda **_: None)


def test_what_does_not_compile_runs_as_it_is(shards: Path, tmp_path: Path) -> None:
    def broken(*_: Any) -> torch.Tensor:
        raise RuntimeError("no C compiler")

    plan, run = a_run(shards, tmp_path)
    run.model.layer = broken
    said: list[dict[str, Any]] = []
    step(plan, run, some_rows(), 7, 1.0, lambda **fields: said.append(fields))
    assert said == [{"event": "uncompiled", "reason": "RuntimeError: no C compiler"}]
    assert run.model.layer is plain_layer
    assert len(run.losses) == 1


def test_rows_grow_longer_and_fewer_near_the_end(shards: Path, tmp_path: Path) -> None:
    plan, run = a_run(shards, tmp_path, long_context=96, long_share=0.2, late_pairs=0.25)
    course = Schedule(decay=0.3)
    assert wanted(plan, run, course, 0.5) == Want(4, 48, 0.08)
    assert wanted(plan, run, course, 0.75) == Want(4, 48, 0.25)
    assert run.model.shape.context == 48
    assert wanted(plan, run, course, 0.8) == Want(2, 96, 0.25)
    assert (run.model.shape.context, len(run.model.cos)) == (96, 96)
    assert torch.equal(LanguageModel(replace(run.model.shape, context=48)).cos, run.model.cos[:48])


# --- the feed -------------------------------------------------------------------------------------


def test_rows_do_not_depend_on_who_makes_them(shards: Path) -> None:
    library = corpus_shards.shelves(corpus_shards.training_shards(shards), LANGUAGE_WEIGHTS)
    stream = Stream(library, Vocabulary(), 64, Mixture(), 5)
    short, long = Want(3, 64, 0.0), Want(2, 96, 0.0)
    asked = [(3, short), (4, short), (5, short), (6, long), (7, long), (7, short)]
    found = []
    for workers in (0, 2, 3):
        with feeding(stream, 1, workers) as take:
            found.append([take(number, want) for number, want in asked])
    assert [rows.shape for rows in found[0]] == [(3, 65)] * 3 + [(2, 97)] * 2 + [(3, 65)]
    for others in found[1:]:
        assert all(np.array_equal(one, other) for one, other in zip(found[0], others, strict=True))


def test_a_worker_says_what_went_wrong(shards: Path) -> None:
    library = corpus_shards.shelves(corpus_shards.training_shards(shards), LANGUAGE_WEIGHTS)
    stream = Stream(library, Vocabulary(), 64, Mixture(), 5)
    stream.weights = []
    with feeding(stream, 0, 1) as take, pytest.raises(RuntimeError, match="data worker 0 failed"):
        take(0, Want(1, 64, 0.0))


# --- parts ----------------------------------------------------------------------------------------


def test_parts_go_out_and_in(tmp_path: Path) -> None:
    content = bytes(range(256)) * 5
    (tmp_path / "whole").write_bytes(content)
    folder = tmp_path / "parts"
    for _ in range(2):  # the second time something is there already
        assert parts.split(tmp_path / "whole", folder, size=500) == 3
    assert sorted(path.name for path in folder.iterdir()) == ["manifest.json", "state.00", "state.01", "state.02"]
    assert gpu_run.main(["--join", str(folder), "--out", str(tmp_path / "again")]) == 0
    assert (tmp_path / "again").read_bytes() == content
    folder.rename(tmp_path / "parts.old")  # cut off between two names
    assert parts.join(folder, tmp_path / "once-more") == len(content)
    (tmp_path / "parts.old").rename(folder)
    (folder / "state.01").write_bytes(b"x" * 500)
    assert gpu_run.main(["--join", str(folder), "--out", str(tmp_path / "wrong")]) == 2
    (folder / "state.01").unlink()
    with pytest.raises(ValueError, match=r"state\.01: missing"):
        parts.join(folder, tmp_path / "wrong")
    assert not (tmp_path / "wrong").exists()


# --- the command ----------------------------------------------------------------------------------


def test_says_what_is_missing_before_anything_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gpu_run, "NEEDS", ("torch", "no_such_library"))
    assert gpu_run.main(["--from", "nowhere", "--out", "nowhere"]) == 2
    assert capsys.readouterr().out.endswith("missing: no_such_library\n")


def test_a_card_that_is_not_there_is_refused(shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="no CUDA card"):
        choose("cuda")
    assert choose("auto").type == "cpu"
    assert gpu_run.main(["--from", str(shards), "--out", str(tmp_path), "--workers", "0"]) == 2


def test_a_stopped_run_leaves_what_to_go_on_from(stopped: Path) -> None:
    said = records(stopped)
    assert [line.get("event") for line in said] == ["start", None, "end"]
    assert said[0]["device"] == "cpu"
    assert said[1].keys() >= {"step", "loss", "mean", "tokens", "speed", "seconds"}
    assert said[-1]["tokens"] == 10 * 4 * 128
    assert not (stopped / "checkpoint.pt").exists()
    kept = state.read(stopped / "state.safetensors")
    assert kept.progress.step == 10
    assert kept.shape.context == 128


def test_goes_on_from_parts_and_saves_when_told_to_stop(
    stopped: Path, shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[int] = []

    def told(*given: Any) -> Any:
        steps.append(1)
        if len(steps) == 3:
            signal.raise_signal(signal.SIGTERM)
        return batch(*given)

    monkeypatch.setattr("training.loop.batch", told)
    arguments = ["--from", shards, "--out", tmp_path, "--minutes", "5", *TINY, "--workers", "0"]
    assert gpu_run.main([*map(str, arguments), "--resume-state", str(stopped / parts_name())]) == 0
    assert records(tmp_path)[0]["step"] == 10
    assert records(tmp_path)[-1]["step"] == 13
    parts.join(tmp_path / parts_name(), tmp_path / "joined")
    assert state.read(tmp_path / "joined").progress.step == 13


def test_the_clock_holds_everything(shards: Path, tmp_path: Path) -> None:
    arguments = ["--from", shards, "--out", tmp_path, "--minutes", "0.04", *TINY, "--workers", "0"]
    assert gpu_run.main([*map(str, arguments), "--long-context", "160"]) == 0
    said = records(tmp_path)
    assert said[-1]["step"] > 0
    assert state.read(tmp_path / "state.safetensors").progress.seconds < 2.4


def test_probe_compares_two_shapes(
    shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gpu_run, "PROBED", ("32,1,2,1,64", "64,1,2,1,64"))
    monkeypatch.setattr(gpu_run, "WARM_STEPS", 1)
    arguments = ["--from", shards, "--out", tmp_path, *TINY, "--workers", "0", "--probe", "0.5"]
    assert gpu_run.main(list(map(str, arguments))) == 0
    lines = capsys.readouterr().out.splitlines()[1:]
    assert [line.split(":")[0] for line in lines] == ["32,1,2,1,64", "64,1,2,1,64"]
    assert all(float(line.split()[1]) > 0 for line in lines)
    assert not list(tmp_path.iterdir())


def test_utilization_of_a_known_card() -> None:
    used = utilization(SHAPE, 48, 1e9, "NVIDIA H100 80GB HBM3")
    assert used == pytest.approx(1e9 * (6 * SHAPE.parameters + 6 * 2 * 64 * 48) / 989e12)
    assert utilization(SHAPE, 48, 1e9, "cpu") is None


def test_losses_of_a_step_are_those_of_the_model(shards: Path, tmp_path: Path) -> None:
    _, run = a_run(shards, tmp_path)
    ids, targets = batch(some_rows(), 7)
    plain = functional.cross_entropy(
        (run.model.hidden(ids) @ run.model.embedding.weight.T).flatten(0, 1), targets.flatten(), ignore_index=IGNORED
    )
    assert float(gradients(run, ids, targets)) == pytest.approx(float(plain.detach()), abs=1e-5)
    assert int(count(targets)) == int((targets != IGNORED).sum())


async def test_the_engine_serves_what_was_trained(
    stopped: Path, tmp_path: Path, isolated: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("gguf", reason="the training extra is not installed: no gguf")
    from training import export

    for key, value in isolated.items():
        if key.startswith("LSP_COPILOT_"):
            monkeypatch.setenv(key, value)
    arguments = ["--state", stopped / "state.safetensors", "--out", tmp_path, "--name", "tiny", "--gguf", "q8_0"]
    assert export.main(list(map(str, arguments))) == 0
    embedded = catalog.builtin().find("embedded")
    spec = host_spec(embedded, tmp_path / "tiny-q8_0.gguf", Settings(idle_seconds=0))
    backend = LeasedBackend(replace(spec, threads=1, context_tokens=128), ready_seconds=60)
    backend.start()
    try:
        chunks = [chunk async for chunk in backend.stream(Prompt((Text("def area"),), max_tokens=6))]
    finally:
        await backend.aclose()
    assert chunks[-1].finish_reason in ("stop", "length")
    assert any(chunk.logprobs for chunk in chunks)


def parts_name() -> str:
    """The folder of parts in a run's."""
    from training.run import PARTS

    return PARTS

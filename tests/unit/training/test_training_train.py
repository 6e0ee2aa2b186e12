"""The trainer on a tiny model: it learns, it can be stopped and resumed, it decays."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the training extra is not installed: no torch")
pytest.importorskip("sentencepiece", reason="the training extra is not installed: no sentencepiece")
pytest.importorskip("safetensors", reason="the training extra is not installed: no safetensors")

import torch
from torch.nn import functional

from training import checkpoint, state
from training import shards as corpus_shards
from training.device import fastest_dtype
from training.loss import IGNORED
from training.model import LanguageModel, empty_cache, load_weights, weights_of
from training.optimizer import Muon, orthogonal
from training.plan import Plan, read_arguments
from training.schedule import FLOOR, Clock, Schedule, scale
from training.shape import Shape
from training.shards import Source
from training.train import train

SHAPE = Shape(vocabulary=192, hidden=64, layers=2, heads=4, kv_heads=2, feed_forward=96, context=48)


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    text = "".join(f"def area_{number}(width):\n    return width * {number}\n\n" for number in range(60))
    corpus_shards.write(folder / "all-00.jsonl.xz", [Source("demo", "python", "demo.py", text)])
    return folder


def plan(shards: Path, out: Path, **more: Any) -> Plan:
    given: dict[str, Any] = {"model": "32,1,2,1,64", "context": 64, "rows": 2, "steps": 12, "warmup": 2,
                             "precision": "float32", "seed": 4}  # fmt: skip
    return Plan(shards, out, **(given | more))


def records(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]


def test_fused_loss_equals_the_plain_one() -> None:
    torch.manual_seed(2)
    model = LanguageModel(SHAPE)
    ids = torch.randint(0, SHAPE.vocabulary, (3, 48))
    targets = torch.randint(0, SHAPE.vocabulary, (3, 48))
    targets[0, :20] = IGNORED
    model(ids, targets).backward()
    fused = {name: parameter.grad for name, parameter in model.named_parameters()}
    model.zero_grad(set_to_none=True)
    logits = model.hidden(ids) @ model.embedding.weight.T
    plain = functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED)
    plain.backward()
    assert float(model(ids, targets).detach()) == pytest.approx(float(plain.detach()), abs=1e-5)
    for name, parameter in model.named_parameters():
        assert torch.allclose(parameter.grad, fused[name], atol=1e-6), name


@torch.no_grad()
def test_cache_changes_nothing() -> None:
    torch.manual_seed(3)
    model, ids = LanguageModel(SHAPE), torch.randint(0, SHAPE.vocabulary, (1, 40))
    cache = empty_cache(SHAPE)
    for part in ids.split([17, 1, 22], 1):
        logits = model.logits(part, cache)
    assert torch.allclose(logits, model.logits(ids), atol=1e-5)


def test_weights_go_out_and_in() -> None:
    torch.manual_seed(4)
    first, second = LanguageModel(SHAPE), LanguageModel(SHAPE)
    ids = torch.arange(20)[None]
    load_weights(second, weights_of(first))
    assert torch.equal(first.logits(ids), second.logits(ids))
    assert SHAPE.parameters == sum(parameter.numel() for parameter in first.parameters())


def test_orthogonal_flattens_the_singular_values() -> None:
    torch.manual_seed(5)
    for matrix in (torch.randn(24, 64), torch.randn(64, 24)):
        values = torch.linalg.svdvals(orthogonal(matrix))
        assert float(values.min()) > 0.5
        assert float(values.max()) < 1.4


def test_schedule() -> None:
    steady = Schedule(decay=0.5, warmup=4)
    assert [scale(steady, 0.1, done) for done in (0, 1, 3, 9)] == [0.25, 0.5, 1.0, 1.0]
    assert scale(steady, 0.75, 50) == pytest.approx(0.5)
    assert scale(steady, 1.0, 50) == FLOOR
    falling = Schedule(start=0.6, decay=1.0, warmup=0)
    assert scale(falling, 0.0, 0) == pytest.approx(0.6)
    assert scale(falling, 0.5, 9) == pytest.approx(0.3)
    clock = Clock(origin=10.0, deadline=20.0)
    assert [clock.progress(now) for now in (5, 10, 15, 30)] == [0.0, 0.0, 0.5, 1.0]
    assert clock.has_room(15, 4)
    assert not clock.has_room(15, 5)


def test_a_few_steps_lower_the_loss(shards: Path, tmp_path: Path) -> None:
    train(plan(shards, tmp_path, steps=60, rows=4))
    losses = [record["loss"] for record in records(tmp_path) if "loss" in record]
    assert losses[0] > losses[-1] + 1.5
    assert records(tmp_path)[-1]["event"] == "end"
    kept = state.read(tmp_path / "state.safetensors")
    assert (kept.progress.step, kept.progress.tokens) == (60, 60 * 4 * 64)


def test_stopped_and_resumed_is_the_same_run(shards: Path, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train(plan(shards, whole))
    train(plan(shards, parts, stop_after=5))
    assert checkpoint.read(parts / "checkpoint.pt").progress.step == 5
    train(plan(shards, parts, resume=True))
    first, second = (checkpoint.read(out / "checkpoint.pt") for out in (whole, parts))
    assert first.progress.step == second.progress.step == 12
    assert first.progress.loss == second.progress.loss
    for name, tensor in first.model.items():
        assert torch.equal(tensor, second.model[name]), name
    for one, other in zip(first.muon, second.muon, strict=True):
        assert torch.equal(one, other)


def test_decay_only_falls_from_where_the_rate_stands(shards: Path, tmp_path: Path) -> None:
    train(plan(shards, tmp_path / "a", steps=100, stop_after=12))
    train(plan(shards, tmp_path / "b", from_checkpoint=tmp_path / "a" / "checkpoint.pt", decay_only=True, steps=10))
    start = records(tmp_path / "b")[0]
    assert start["schedule"] == [1.0, 1.0, 0]
    ended = checkpoint.read(tmp_path / "b" / "checkpoint.pt")
    assert ended.progress.step == 22
    assert ended.progress.scale == pytest.approx(0.1)
    assert ended.adam["param_groups"][0]["lr"] == pytest.approx(0.003 * 0.1)


def test_goes_on_from_the_small_state(shards: Path, tmp_path: Path) -> None:
    train(plan(shards, tmp_path / "a", steps=60, rows=4, decay=0.01))
    train(plan(shards, tmp_path / "b", from_state=tmp_path / "a" / "state.safetensors", steps=12, rows=4))
    before, after = (records(tmp_path / name)[-1]["mean"] for name in "ab")
    assert state.read(tmp_path / "b" / "state.safetensors").progress.step == 72
    assert after < before + 0.2


def test_the_clock_ends_a_run(shards: Path, tmp_path: Path) -> None:
    train(plan(shards, tmp_path, steps=0, minutes=0.03))
    assert checkpoint.read(tmp_path / "checkpoint.pt").progress.seconds < 4


@pytest.mark.parametrize("ranks", ["1", "2"])
def test_told_to_stop_it_saves_first(shards: Path, tmp_path: Path, ranks: str) -> None:
    arguments = ["--from", shards, "--out", tmp_path, "--model", "32,1,2,1,64", "--context", "64", "--minutes", "2"]
    command = [sys.executable, "-m", "training.train", *map(str, arguments), "--precision", "float32", "--ranks", ranks]
    with subprocess.Popen(command, cwd=Path(__file__).parents[3]) as process:
        log, deadline = tmp_path / "log.jsonl", time.monotonic() + 60
        while time.monotonic() < deadline and not (log.exists() and '"loss"' in log.read_text()):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
        process.terminate()
        assert process.wait(60) == 0
    assert records(tmp_path)[-1]["event"] == "end"
    assert checkpoint.read(tmp_path / "checkpoint.pt").progress.step == records(tmp_path)[-1]["step"] >= 10


def test_two_ranks_share_each_step(shards: Path, tmp_path: Path) -> None:
    train(plan(shards, tmp_path, steps=3, ranks=2))
    kept = state.read(tmp_path / "state.safetensors")
    assert (kept.progress.step, kept.progress.tokens) == (3, 3 * 2 * 2 * 64)


def test_checkpoints_of_the_first_trainer(shards: Path, tmp_path: Path) -> None:
    train(plan(shards, tmp_path, steps=2))
    own = checkpoint.read(tmp_path / "checkpoint.pt")
    back = {new: old for old, new in checkpoint.FIRST_NAMES.items()}
    model = {}
    for name, tensor in own.model.items():
        for new, old in back.items():
            name = name.replace(new, old)
        model[name] = tensor
    model["head.weight"] = model["emb.weight"]
    first = {old: getattr(own.shape, new) for old, new in checkpoint.FIRST_SHAPE.items()}
    content = {"model": model, "adam": own.adam, "muon": [tensor.bfloat16() for tensor in own.muon], "cfg": first,
               "step": 2, "tokens": 256, "elapsed": 3.0}  # fmt: skip
    torch.save(content, tmp_path / "first.pt")
    found = checkpoint.read(tmp_path / "first.pt")
    assert found.shape == own.shape
    assert found.progress.step == 2
    assert found.model.keys() == own.model.keys()
    assert all(torch.equal(found.model[name], tensor) for name, tensor in own.model.items())


def test_refusals(shards: Path, tmp_path: Path) -> None:
    torch.save({"format": "something else"}, tmp_path / "x.pt")
    with pytest.raises(ValueError, match="not a checkpoint"):
        train(plan(shards, tmp_path, from_checkpoint=tmp_path / "x.pt"))
    with pytest.raises(SystemExit):
        read_arguments("", ["--from", "c", "--out", "o", "--resume", "--from-state", "s"])
    with pytest.raises(ValueError, match="another model"):
        Muon(LanguageModel(SHAPE), torch.float32).load([torch.zeros(2, 2)])


def test_command_line_defaults_are_the_plans() -> None:
    assert read_arguments("", ["--from", "c", "--out", "o"]) == Plan(Path("c"), Path("o"))
    given = read_arguments("", ["--from", "c", "--out", "o", "--infilling", "0.5", "--minutes", "2"])
    assert (given.mixture.infilling, given.minutes) == (0.5, 2.0)


def test_precision_is_measured() -> None:
    assert fastest_dtype(0.02) in (torch.float32, torch.bfloat16)


def test_muon_ignores_what_has_no_gradient() -> None:
    model = LanguageModel(SHAPE)
    with pytest.raises(RuntimeError, match="before backward"):
        Muon(model, torch.float32).step(0.1)

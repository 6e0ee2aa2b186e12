"""The small state file: what comes back is what went in, to half a quantization step."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("numpy", reason="the training extra is not installed: no numpy")
pytest.importorskip("safetensors", reason="the training extra is not installed: no safetensors")

import numpy as np

from training import state
from training.shape import Shape, parse_model, tensor_shapes
from training.state import Progress, State

SHAPE = Shape(vocabulary=128, hidden=64, layers=2, heads=4, kv_heads=2, feed_forward=96, context=32)


def random_state() -> State:
    rng = np.random.default_rng(5)
    weights = {name: rng.normal(0, 0.02, size).astype(np.float32) for name, size in tensor_shapes(SHAPE)}
    return State(weights, SHAPE, Progress(7, 900, 1.5, 3.25, 0.4), "ab" * 32)


def test_round_trip_within_half_a_step(tmp_path: Path) -> None:
    before = random_state()
    size = state.write(tmp_path / "s.safetensors", before)
    after = state.read(tmp_path / "s.safetensors")
    assert (after.shape, after.progress, after.vocabulary) == (before.shape, before.progress, before.vocabulary)
    assert size < 1.2 * SHAPE.parameters + 8000
    for name, array in before.weights.items():
        if array.ndim == 1:
            assert np.array_equal(after.weights[name], array)
            continue
        largest = np.abs(array.reshape(array.shape[0], -1, 32)).max(-1, keepdims=True)
        error = np.abs((after.weights[name] - array).reshape(array.shape[0], -1, 32))
        # Half a step, and the scale's own rounding to 11 bits on up to 127 steps.
        assert (error <= largest / 127 * (0.5 + 127 * 2.0**-11)).all()


def test_writing_what_was_read_changes_nothing(tmp_path: Path) -> None:
    state.write(tmp_path / "a", random_state())
    once = state.read(tmp_path / "a")
    state.write(tmp_path / "b", once)
    twice = state.read(tmp_path / "b")
    for name, array in once.weights.items():
        assert np.allclose(twice.weights[name], array, rtol=1e-3, atol=1e-9)


def test_zeros_stay_zeros() -> None:
    values, scales = state.quantize(np.zeros((2, 64), np.float32))
    assert not state.dequantize(values, scales).any()


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"not a state at all, only text")
    with pytest.raises(ValueError, match="not a state file"):
        state.read(tmp_path / "x")


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    found = random_state()
    weights = {name: array for name, array in found.weights.items() if name != "model.norm.weight"}
    with pytest.raises(ValueError, match=r"model\.norm\.weight"):
        state.write(tmp_path / "x", State(weights, SHAPE, found.progress, ""))


def test_shape_of_the_shipped_model() -> None:
    assert parse_model("256,6,4,2,768", vocabulary=16384, context=768).parameters == 8_916_224
    with pytest.raises(ValueError, match="heads do not divide"):
        parse_model("256,6,3,2,768", vocabulary=16384, context=768)

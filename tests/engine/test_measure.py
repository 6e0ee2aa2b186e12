"""The calibration's noise is a model that the engine runs, and its rates give back the times that they came from."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from completion.engine import measure
from completion.engine.engine import Generation, Piece
from completion.engine.llama import LlamaEngine
from completion.engine.shape import KINDS, Shape, write
from completion.models import calibration, catalog, files, gguf, speed
from completion.models.spec import ModelFile
from completion.types import Sampling

SHIPPED = files.locate(catalog.builtin().find("embedded"))


@pytest.mark.parametrize("kind", KINDS)
def test_noise_of_every_kind_is_a_sound_file_that_writes_to_the_end(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "noise.gguf"
    written = write(path, Shape(256, 512, 4, 2, 2, kind, vocabulary=20_000), SHIPPED, 512)
    header = gguf.read_header(path)
    assert (header.layers, header.hidden, header.heads, header.kv_heads, header.vocabulary) == (2, 256, 4, 2, 20_000)
    assert header.parameters == written.layer_parameters + written.output_parameters + 5 * 256
    assert path.stat().st_size > written.layer_bytes + written.output_bytes
    engine = LlamaEngine(
        path, controls=(), slots=1, context_tokens=256, batch=64, threads=1, socket_file=tmp_path / "e.sock"
    )
    engine.load()
    pieces: list[Piece] = []
    finished = engine.generate(list(range(600, 700)), Generation(0, 9, Sampling()), threading.Event(), pieces.append)
    engine.close()
    assert (finished.reason, finished.usage.completion_tokens) == ("length", 9)
    assert "".join(piece.text for piece in pieces)


def test_rows_that_are_no_multiple_of_256_are_encoded_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "noise.gguf"
    write(path, Shape(320, 512, 5, 1, 1, "Q4_K_M"), SHIPPED, 512)
    # Q5_0 has 22 bytes for 32 values, Q8_0 34; Q4_K is left for the one matrix with rows of 512.
    matrices = 320 * (320 * 2 + 64 * 2 + 512 * 2) * 22 // 32 + 320 * 512 * 144 // 256
    assert path.stat().st_size == pytest.approx(
        matrices + 16384 * 320 * 34 // 32 + SHIPPED.stat().st_size * 0.05, rel=0.1
    )


def test_the_rates_of_a_shape_predict_its_own_times() -> None:
    spec = catalog.builtin().find("qwen2.5-coder-1.5b")
    shape = Shape(1536, 8960, 24, 4, 3, "Q8_0")
    layers, output = 3 * 46_792_704, 16384 * 1536
    written = measure.Written(layers * 34 // 32, output * 34 // 32, layers, output, 16384)
    times = measure._Times(step=0.020, append=0.045, prompt_token=0.004, written=written)
    # 64 tokens of context, at 4 GFLOP/s of attention.
    looking = 4 * 3 * 1536 * 64 / 4e9
    rates = measure._rates(times, layer=1e-4, vocabulary=3e-8, looking=looking)
    place = calibration.Place(
        rates={"Q8_0": rates}, attention=4e9, prompt_attention=1e30, layer=1e-4, vocabulary=3e-8, batch=64
    )
    like = spec.model_copy(
        update={"layers": shape.layers, "parameters": layers + output, "vocabulary": 16384, "heads": 24, "head_dim": 64}
    )
    file = ModelFile(quantization="Q8_0", bytes=written.layer_bytes + written.output_bytes)
    found = speed.predict(like, file, place, prompt_tokens=64, batch=64)
    assert found is not None
    assert found.step_ms == pytest.approx(20, rel=0.01)
    assert found.append_ms == pytest.approx(45, rel=0.01)
    assert found.prompt_rate == pytest.approx(250, rel=0.05)


def test_a_small_calibration_runs_to_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(calibration.CACHE_VARIABLE, str(tmp_path))
    monkeypatch.setattr(measure, "_WIDE", (256, 512, 4, 2))
    monkeypatch.setattr(measure, "_DEEP", 6)
    monkeypatch.setattr(measure, "_ROUNDS", 1)
    place = measure.measure(threads=1, batch=64)
    assert set(place.rates) == set(speed.KINDS)
    assert all(rates.read > 0 and rates.compute > 0 and rates.append >= 1 for rates in place.rates.values())
    assert place.attention > 0
    assert place.models["embedded"].step > 0
    # What was written is gone.
    assert list(tmp_path.iterdir()) == []

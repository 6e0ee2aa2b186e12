"""The prediction of times: by hand where it is simple, by comparison where it is not; and the file of calibrations."""

from __future__ import annotations

from pathlib import Path

import pytest

from completion.models import calibration, catalog, speed
from completion.models.calibration import Calibration, Place, Rates, Times
from completion.models.cards import Gpu
from completion.models.device import DeviceProfile
from completion.models.spec import ModelFile, ModelSpec

KNOWN = catalog.builtin()
DENSE = KNOWN.find("qwen2.5-coder-0.5b")
MIXTURE = KNOWN.find("qwen3-coder-30b-a3b-instruct")
MACHINE = DeviceProfile("Linux", "x86_64", "Some Processor", 4, (), 8 * 10**9, 4 * 10**9)
# Nothing but reading costs time, so that a step is bytes over rate.
PLAIN = calibration.uniform(read=10e9, append=1.0, compute=1e30, attention=1e30, layer=0.0, vocabulary=0.0, batch=64)


def file_of(spec: ModelSpec, quantization: str) -> ModelFile:
    return next(file for file in spec.files if file.quantization == quantization)


def predicted(
    spec: ModelSpec, place: Place = PLAIN, quantization: str = "Q8_0", tokens: int = 1000, batch: int = 64
) -> speed.Prediction:
    found = speed.predict(spec, file_of(spec, quantization), place, prompt_tokens=tokens, batch=batch)
    assert found is not None
    return found


def test_a_step_reads_all_weights_of_a_dense_model() -> None:
    # 531 MB at 10 GB/s; the embedding is the output matrix too, so all of the file is read.
    assert predicted(DENSE).step_ms == pytest.approx(53.1)


def test_an_input_matrix_of_its_own_is_not_read() -> None:
    untied = DENSE.model_copy(update={"tied_embeddings": False})
    output = 151936 * 896 / 494e6
    assert predicted(untied).step_ms == pytest.approx(53.1 * (1 - output))


def test_a_mixture_of_experts_reads_what_is_active_and_in_a_batch_all() -> None:
    found = predicted(MIXTURE, quantization="Q4_K_M")
    whole_ms = 18.58e9 / 10e9 * 1000
    # Active are 3.3 of 30.532 G parameters; of them the input matrix is looked up only.
    looked_up = 151936 * 2048 / 1e9
    assert found.step_ms == pytest.approx(whole_ms * (3.3 - looked_up) / 30.532)
    # Three tokens may ask for three times as many experts, a batch of 64 for all of them.
    assert 2.5 * found.step_ms < found.append_ms < 3 * found.step_ms
    assert found.batch_ms == pytest.approx(whole_ms, rel=0.05)


def test_the_first_line_is_an_append_and_eleven_steps() -> None:
    found = predicted(DENSE)
    assert found.warm_ms == pytest.approx(found.append_ms + 11 * found.step_ms)
    assert found.late_ms == pytest.approx(1.3 * found.warm_ms)


def test_a_recurrent_model_pays_the_whole_prompt_at_each_key() -> None:
    place = PLAIN.model_copy(update={"rates": dict.fromkeys(speed.KINDS, Rates(read=1e10, append=1.0, compute=1e11))})
    recurrent = DENSE.model_copy(update={"recurrent": True})
    assert predicted(recurrent, place).warm_ms == pytest.approx(predicted(DENSE, place).cold_ms)


def test_a_model_that_knows_prefix_first_only_pays_the_suffix_at_each_key() -> None:
    place = PLAIN.model_copy(update={"rates": dict.fromkeys(speed.KINDS, Rates(read=1e10, append=1.0, compute=1e11))})
    only = DENSE.template.model_copy(update={"layouts": ("psm",)})
    found, usual = predicted(DENSE.model_copy(update={"fim": only}), place), predicted(DENSE, place)
    assert found.warm_ms == pytest.approx(250 / 64 * found.batch_ms + 11 * found.step_ms)
    assert found.warm_ms > usual.warm_ms


def test_a_longer_prompt_costs_attention() -> None:
    place = PLAIN.model_copy(update={"attention": 4e9})
    # 4 operations x 24 layers x 14 heads x 64 values x 1000 tokens, at 4 GFLOP/s.
    more = predicted(DENSE, place, tokens=1000).step_ms - predicted(DENSE, PLAIN).step_ms
    assert more == pytest.approx(4 * 24 * 14 * 64 * 1000 / 4e9 * 1000)


def test_layers_and_vocabulary_cost_a_fixed_time() -> None:
    place = PLAIN.model_copy(update={"layer": 1e-4, "vocabulary": 1e-8})
    assert predicted(DENSE, place).step_ms - 53.1 == pytest.approx(24 * 0.1 + 151936 * 1e-5)


def test_the_shipped_model_is_not_calculated_where_it_was_measured() -> None:
    spec = KNOWN.find("embedded")
    place = PLAIN.model_copy(
        update={"models": {"embedded": Times(step=0.002, append=0.003, prompt_token=0.0003, depth=512)}}
    )
    found = speed.predict(spec, spec.files[0], place, prompt_tokens=512, batch=64)
    assert found is not None
    assert found.step_ms == pytest.approx(2)
    assert found.warm_ms == pytest.approx(3 + 11 * 2)
    assert "measured itself" in found.arithmetic[0]


def test_a_script_takes_its_prompt_and_its_length() -> None:
    spec = KNOWN.find("qwen2.5-coder-1.5b-instruct")
    found = speed.predict(spec, file_of(spec, "Q8_0"), PLAIN, prompt_tokens=1536, batch=64, role="script")
    assert found is not None
    assert found.warm_ms == found.cold_ms > 149 * found.step_ms


@pytest.mark.parametrize(
    ("name", "quantization", "kind"),
    [
        ("qwen2.5-coder-1.5b", "Q4_K_M", "Q4_K_M"),
        ("qwen2.5-coder-1.5b", "Q4_0", "Q4_K_M"),
        ("qwen2.5-coder-1.5b", "Q5_K_M", "Q6_K"),
        ("qwen2.5-coder-1.5b", "F16", "Q8_0"),
        # Rows of 896 values are no multiple of 256.
        ("qwen2.5-coder-0.5b", "Q4_K_M", "Q5_0"),
        ("qwen2.5-coder-0.5b", "Q6_K", "Q8_0"),
        ("qwen2.5-coder-0.5b", "Q4_0", "Q4_K_M"),
    ],
)
def test_each_quantization_runs_as_a_measured_kind(name: str, quantization: str, kind: str) -> None:
    spec = KNOWN.find(name)
    assert speed.kind_of(spec, file_of(spec, quantization)) == kind


def test_what_nobody_knows_is_named_and_not_predicted() -> None:
    spec = KNOWN.find("granite-8b-code").model_copy(update={"heads": None})
    file = ModelFile(quantization="Q8_0", bytes=8_000_000_000)
    assert speed.predict(spec, file, PLAIN, prompt_tokens=512, batch=64) is None
    assert "heads" in speed.missing(spec, file)


def test_calibrations_are_kept_for_each_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(calibration.CACHE_VARIABLE, str(tmp_path / "new"))
    assert speed.load(MACHINE) is None
    mine = Calibration(machine=speed.fingerprint(MACHINE), source="here", measured=True, date="2026-11-24", cpu=PLAIN)
    speed.save(mine)
    speed.save(mine.model_copy(update={"machine": speed.fingerprint(MACHINE, threads=2)}))
    assert speed.load(MACHINE) == mine
    assert speed.load(MACHINE, threads=2) is not None
    assert speed.load(MACHINE, threads=3) is None
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["calibration.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"form": 0, "machines": {}}', '{"form": 1, "machines": {"x": 3}}'])
def test_a_file_that_cannot_be_read_is_as_good_as_none(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(calibration.CACHE_VARIABLE, str(tmp_path))
    (tmp_path / "calibration.json").write_text(text, "utf-8")
    assert speed.load(MACHINE) is None


def test_another_processor_card_or_engine_is_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    carded = DeviceProfile(
        "Linux", "x86_64", "Some Processor", 4, (), 8 * 10**9, 4 * 10**9, gpus=(Gpu("card", "cuda", 1, 1),)
    )
    busier = DeviceProfile("Linux", "x86_64", "Some Processor", 4, (), 8 * 10**9, 1 * 10**9)
    assert speed.fingerprint(MACHINE) != speed.fingerprint(carded)
    assert speed.fingerprint(MACHINE) == speed.fingerprint(busier)
    before = speed.fingerprint(MACHINE)
    monkeypatch.setattr(calibration, "engine_version", lambda: "another")
    assert speed.fingerprint(MACHINE) != before


def test_careful_figures_are_there_before_anything_is_measured() -> None:
    assumed = speed.assumed(MACHINE)
    assert not assumed.measured
    assert assumed.gpu is None
    assert assumed.cpu is not None
    assert set(assumed.cpu.rates) == set(speed.KINDS)

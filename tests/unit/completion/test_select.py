"""The rules of the choice, one at a time. Whole machines are in tests/golden/test_choice.py."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from completion.errors import NoModelFits
from completion.models import calibration, catalog, select, worth
from completion.models.calibration import Calibration
from completion.models.cards import Gpu
from completion.models.catalog import Catalog
from completion.models.device import DeviceProfile
from completion.models.spec import ModelFile

KNOWN = catalog.builtin()
MACHINE = DeviceProfile("Linux", "x86_64", "cpu", 8, ("avx2",), memory_total=32 * 10**9, memory_free=24 * 10**9)
CARD = Gpu("card", "cuda", 8 * 10**9, 7 * 10**9)
FAST = calibration.uniform(read=60e9, append=2.0, compute=2e12, attention=1e11, layer=1e-5, vocabulary=1e-8, batch=64)
FASTER = calibration.uniform(
    read=9e11, append=1.2, compute=2e13, attention=1e12, layer=1e-5, vocabulary=1e-8, batch=512
)
SPEED = Calibration(machine="x", source="measured here", measured=True, date="2026-11-24", cpu=FAST)
CARD_SPEED = SPEED.model_copy(update={"gpu": FASTER})


def known(*names: str, **changes: Any) -> Catalog:
    """A catalogue of some models, the first changed."""
    models = {name: KNOWN.find(name) for name in ("embedded", *names)}
    if changes:
        models[names[0]] = models[names[0]].model_copy(update=changes)
    return Catalog(models=models)


def chosen(found: Catalog, machine: DeviceProfile = MACHINE, speed: Calibration = SPEED, **more: Any) -> select.Choice:
    return select.choose(found, machine, speed, **more)


def row(choice: select.Choice, name: str) -> select.Row:
    return next(row for row in choice.rows if row.model.name == name)


def test_without_anything_installed_it_is_what_ships_and_the_better_one_is_named() -> None:
    choice = chosen(known("qwen2.5-coder-0.5b"))
    assert choice.model.name == "embedded"
    assert choice.better is not None
    assert (choice.better.model.name, choice.better.installed) == ("qwen2.5-coder-0.5b", False)
    assert "models pull qwen2.5-coder-0.5b --quantization Q8_0" in select.explain(choice)


def test_what_is_installed_is_chosen_in_the_quantization_that_is_there() -> None:
    choice = chosen(known("qwen2.5-coder-0.5b"), installed=frozenset({("qwen2.5-coder-0.5b", "Q4_K_M")}))
    assert choice.model.name == "qwen2.5-coder-0.5b"
    assert choice.row.file is not None
    assert choice.row.file.quantization == "Q4_K_M"


def test_a_smaller_budget_means_a_smaller_model() -> None:
    models = known("qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b")
    assert [better.model.name for ms in (2000, 400) if (better := chosen(models, budget_ms=ms).better)] == [
        "qwen2.5-coder-1.5b",
        "qwen2.5-coder-0.5b",
    ]
    assert chosen(models, budget_ms=60).better is None
    assert row(chosen(models, budget_ms=60), "qwen2.5-coder-0.5b").verdict == "slow"


def test_what_does_not_go_into_memory_is_said_with_both_figures() -> None:
    small = replace(MACHINE, memory_total=4 * 10**9, memory_free=2 * 10**9)
    found = row(chosen(known("qwen2.5-coder-7b"), small), "qwen2.5-coder-7b")
    assert found.verdict == "memory"
    assert found.memory is not None
    assert f"{found.memory.total / 1e9:.2f} GB" in found.reason
    assert "1.46 GB" in found.reason


def test_nothing_fits_is_an_error_with_advice() -> None:
    with pytest.raises(NoModelFits) as caught:
        chosen(known(), replace(MACHINE, memory_free=300 * 10**6))
    assert caught.value.advice


def test_a_model_that_may_not_be_used_for_work_is_shown_and_never_chosen() -> None:
    name = "qwen2.5-coder-3b"
    choice = chosen(known(name), budget_ms=5000, installed=frozenset({(name, "Q8_0")}))
    assert choice.model.name == "embedded"
    assert row(choice, name).verdict == "licence"
    assert "Non-commercial" in row(choice, name).reason


@pytest.mark.parametrize("licence", sorted({spec.licence for spec in KNOWN.models.values()} - set(worth.CHOOSABLE)))
def test_every_other_licence_has_a_reason(licence: str) -> None:
    spec = next(spec for spec in KNOWN.models.values() if spec.licence == licence)
    assert worth.licence_obstacle(spec)


def test_doubtful_facts_are_not_chosen_by() -> None:
    choice = chosen(known("qwen2.5-coder-0.5b", unverified=("kv_heads",)))
    assert choice.better is None
    assert row(choice, "qwen2.5-coder-0.5b").reason.endswith("kv_heads")


def test_a_doubtful_size_does_not_matter_once_the_file_is_here() -> None:
    models = known("qwen2.5-coder-0.5b", unverified=("files",))
    assert row(chosen(models), "qwen2.5-coder-0.5b").verdict == "unverified"
    assert chosen(models, installed=frozenset({("qwen2.5-coder-0.5b", "Q8_0")})).model.name == "qwen2.5-coder-0.5b"


def test_a_file_that_nobody_publishes_is_named_as_such() -> None:
    files = (ModelFile(quantization="Q8_0", bytes=531_000_000),)
    choice = chosen(known("qwen2.5-coder-0.5b", files=files))
    assert choice.better is None
    assert row(choice, "qwen2.5-coder-0.5b").verdict == "no file"
    assert "Better still, if you bring its file: Qwen2.5-Coder 0.5B" in select.explain(choice)


def test_a_model_without_files_has_a_row_too() -> None:
    assert row(chosen(known("granite-3b-code")), "granite-3b-code").verdict == "unknown"


def test_a_recurrent_model_loses_to_its_like() -> None:
    name = "qwen2.5-coder-0.5b"
    assert row(chosen(known(name), budget_ms=250), name).fits
    assert row(chosen(known(name, recurrent=True, kv_values_per_token=6144), budget_ms=250), name).verdict == "slow"


def test_the_card_is_used_only_by_an_engine_that_can() -> None:
    models = known("qwen2.5-coder-1.5b")
    carded = replace(MACHINE, gpus=(CARD,))
    assert chosen(models, carded, CARD_SPEED).row.gpu is None
    assert chosen(models, replace(carded, accelerated=("transformers",)), CARD_SPEED).row.gpu is None
    able = chosen(models, replace(carded, accelerated=("llama",)), CARD_SPEED)
    assert able.better is not None
    assert able.better.gpu == CARD
    assert able.better.batch == 512
    assert "card is not used" in select.explain(chosen(models, carded, CARD_SPEED))


def test_a_slow_model_gets_the_smaller_batch_so_that_it_can_be_cancelled() -> None:
    slow = SPEED.model_copy(
        update={
            "cpu": FAST.model_copy(
                update={
                    "rates": calibration.uniform(
                        read=60e9, append=2.0, compute=1e11, attention=1e11, layer=0, vocabulary=0, batch=64
                    ).rates
                }
            )
        }
    )
    assert row(chosen(known("qwen2.5-coder-0.5b"), speed=slow), "qwen2.5-coder-0.5b").batch == 32
    assert chosen(known(), speed=slow).row.batch == 64


def test_too_slow_for_the_budget_is_still_the_best_there_is_but_said() -> None:
    choice = chosen(known(), budget_ms=1)
    assert choice.model.name == "embedded"
    assert "meets the budget" in choice.warnings[0]
    assert "Note: Nothing that is installed meets the budget" in select.explain(choice)


def test_assumed_speed_is_a_warning() -> None:
    assert "assumed" in chosen(known(), speed=calibration.assumed(MACHINE)).warnings[0]


def test_a_step_down_takes_clearly_less_and_ends_with_what_ships() -> None:
    pairs = frozenset({("qwen2.5-coder-0.5b", "Q8_0"), ("qwen2.5-coder-1.5b", "Q8_0")})
    choice: select.Choice | None = chosen(
        known("qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b"), budget_ms=3000, installed=pairs
    )
    seen = []
    while choice is not None:
        seen.append((choice.model.name, choice.memory.total))
        choice = select.step_down(choice)
    assert seen[0][0] == "qwen2.5-coder-1.5b"
    assert seen[-1][0] == "embedded"
    assert all(later < 0.9 * sooner for (_, sooner), (_, later) in pairwise(seen))


def test_scripts_are_for_instruct_models() -> None:
    name = "qwen2.5-coder-1.5b-instruct"
    choice = chosen(known(name, "qwen2.5-coder-0.5b"), role="script", installed=frozenset({(name, "Q8_0")}))
    assert choice.model.name == name
    assert [row.model.name for row in choice.rows] == [name]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("qwen2.5-coder-7b", (86.2 + 49.3) / 2),
        ("qwen2.5-coder-7b-instruct", (86.2 + 49.3) / 2 - 3),
        ("codellama-7b", 10.0),
        ("embedded", 0.0),
    ],
)
def test_the_worth_of_a_model(name: str, value: float) -> None:
    assert worth.worth(KNOWN, KNOWN.find(name), "completion")[0] == pytest.approx(value)


def test_quantization_and_shorter_prompts_cost_some_of_it() -> None:
    loss = {
        name: worth.loss(ModelFile(quantization=name), 1536, 1536) for name in ("F16", "Q8_0", "Q6_K", "Q4_K_M", "Q2_K")
    }
    assert list(loss.values()) == sorted(loss.values())
    assert worth.loss(ModelFile(quantization="Q8_0"), 768, 1536) == pytest.approx(2.0)

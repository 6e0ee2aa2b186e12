"""Described machines and the model that each gets, with the whole explanation.

python -m tests.golden.test_choice     writes the explanations anew, to be read by eye
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from completion.models import catalog, select
from completion.models.calibration import KINDS, Calibration, Place, Rates, uniform
from completion.models.device import DeviceProfile, Gpu

FOLDER = Path(__file__).parent / "choice"
MACHINES: dict[str, dict[str, Any]] = tomllib.loads((FOLDER / "machines.toml").read_text("utf-8"))

# What llama.cpp reaches of a card's bandwidth, an assumption; that K-quants reach less is in its README (one card).
SHARES = {"Q8_0": 0.75, "Q6_K": 0.68, "Q5_0": 0.65, "Q4_K_M": 0.6}
COMPUTE_SHARE = 0.35


def device_of(table: dict[str, Any]) -> DeviceProfile:
    """The described machine."""
    gpu = table.get("gpu")
    gpus = ()
    if gpu:
        sizes = [round(gpu[key] * 1e9) for key in ("total", "free")]
        gpus = (Gpu(gpu["name"], gpu["kind"], *sizes, unified=gpu.get("unified", False)),)
    return DeviceProfile(
        system=table.get("system", "Linux"),
        machine="arm64" if table.get("system") == "Darwin" else "x86_64",
        processor=table["processor"],
        cores=table["cores"],
        instructions=tuple(table["instructions"]),
        memory_total=round(table["memory"]["total"] * 1e9),
        memory_free=round(table["memory"]["free"] * 1e9),
        gpus=gpus,
        accelerated=tuple(table.get("accelerated", ())),
        unread=tuple(table.get("unread", ())),
    )


def calibration_of(table: dict[str, Any]) -> Calibration:
    """Its speed: measured, or from data sheets."""
    if table.get("measured"):
        place = Place.model_validate(json.loads((FOLDER / "this-machine.json").read_text("utf-8")))
        return Calibration(machine="", source="measured here", measured=True, date="2026-11-24", cpu=place)
    cpu, gpu = table["cpu"], table.get("gpu")
    return Calibration(
        machine="",
        source="from data sheets, an assumption",
        measured=False,
        date="",
        cpu=uniform(
            read=cpu["read"] * 1e9,
            append=2.7,
            compute=cpu["gflops"] * 1e9,
            attention=cpu["attention"] * 1e9,
            layer=3e-5,
            vocabulary=cpu["vocabulary_ns"] * 1e-9,
            batch=64,
        ),
        gpu=card_of(gpu, cpu["vocabulary_ns"] * 1e-9) if gpu else None,
    )


def card_of(gpu: dict[str, Any], vocabulary: float) -> Place:
    """A card by its data sheet; the next token is chosen on the processor."""
    compute = gpu["tflops"] * 1e12 * COMPUTE_SHARE
    return Place(
        rates={kind: Rates(read=gpu["bandwidth"] * 1e9 * SHARES[kind], append=1.2, compute=compute) for kind in KINDS},
        attention=gpu["tflops"] * 1e12 * 0.02,
        prompt_attention=compute,
        layer=2e-5,
        vocabulary=vocabulary,
        batch=512,
    )


def choice_of(name: str) -> select.Choice:
    """The choice for a machine that has nothing but the shipped model."""
    table = MACHINES[name]
    return select.choose(catalog.builtin(), device_of(table), calibration_of(table))


def short(row: select.Row | None) -> str:
    """Model and quantization."""
    return f"{row.model.name} {row.file.quantization}" if row and row.file else ""


def text_of(name: str) -> str:
    """What stands in the golden file."""
    return f"{MACHINES[name]['about']}\n\n{select.explain(choice_of(name))}\n"


def test_there_are_twelve_machines_and_one_whose_card_cannot_be_read() -> None:
    assert len(MACHINES) == 13
    assert MACHINES["unreadable-card"]["unread"]


@pytest.mark.parametrize("name", MACHINES)
def test_each_machine_gets_its_model(name: str) -> None:
    choice = choice_of(name)
    assert (short(choice.row), short(choice.better)) == (MACHINES[name]["now"], MACHINES[name]["best"])


@pytest.mark.parametrize("name", MACHINES)
def test_the_whole_explanation_is_as_read(name: str) -> None:
    assert text_of(name) == (FOLDER / f"{name}.txt").read_text("utf-8")


if __name__ == "__main__":
    for machine in MACHINES:
        (FOLDER / f"{machine}.txt").write_text(text_of(machine), "utf-8")
        found = choice_of(machine)
        print(f"{machine:<18} now {short(found.row):<20} best {short(found.better)}")

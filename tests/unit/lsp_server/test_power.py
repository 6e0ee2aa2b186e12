"""The battery is asked rarely, and nonsense from it is no answer."""

from __future__ import annotations

from types import SimpleNamespace

import psutil
import pytest

from lsp_server import power


def test_the_hardware_is_asked_twice_a_minute_at_most() -> None:
    now = 0.0
    answers = iter([True, False])
    asked = power.Power(lambda: next(answers), lambda: now)
    assert asked.on_battery is True
    now = power.SECONDS - 1
    assert asked.on_battery is True
    now = power.SECONDS
    assert asked.on_battery is False


@pytest.mark.parametrize(
    ("battery", "expected"),
    [
        (None, None),
        (SimpleNamespace(power_plugged=None), None),
        (SimpleNamespace(power_plugged=True), False),
        (SimpleNamespace(power_plugged=False), True),
    ],
)
def test_what_the_system_says(monkeypatch: pytest.MonkeyPatch, battery: object, expected: bool | None) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", lambda: battery, raising=False)
    assert power.read_battery() is expected


def test_a_battery_that_cannot_be_read_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OSError("the file says nonsense")

    monkeypatch.setattr(psutil, "sensors_battery", fail, raising=False)
    assert power.read_battery() is None

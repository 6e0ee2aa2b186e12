"""Late answers and short memory reach the slot; a model that the user has named is left alone."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from completion.models.pressure import WINDOW
from completion.settings import Settings
from lsp_server.easing import Easing


class Heard:
    """A slot that only listens."""

    def __init__(self) -> None:
        self.reasons: list[str] = []
        self.told = asyncio.Event()

    def give_way(self, reason: str) -> None:
        self.reasons.append(reason)
        self.told.set()


def engine(choice: object) -> Any:
    """As much of an engine as is looked at."""
    return SimpleNamespace(settings=Settings(latency_ms=100), choice=choice)


async def test_a_slow_choice_is_told_and_each_engine_is_measured_anew() -> None:
    slot = Heard()
    easing = Easing(slot)  # type: ignore[arg-type]
    slow, other = engine("chosen"), engine("chosen")
    for _ in range(WINDOW - 1):
        easing.answered(slow, 300.0)
    easing.answered(other, 300.0)
    assert slot.reasons == []
    for _ in range(WINDOW - 1):
        easing.answered(other, 300.0)
    assert slot.reasons == ["the first line came after 300 ms (median of 20); the budget is 100 ms."]


async def test_a_named_model_may_be_slow() -> None:
    slot = Heard()
    easing = Easing(slot)  # type: ignore[arg-type]
    named = engine(None)
    for _ in range(3 * WINDOW):
        easing.answered(named, 9000.0)
    assert slot.reasons == []


async def test_short_memory_is_told() -> None:
    slot = Heard()
    readings = iter([(8 << 30, 16 << 30), (100 << 20, 16 << 30)])
    watching = asyncio.create_task(
        Easing(slot).watch_memory(lambda: next(readings, (8 << 30, 16 << 30)), 0.0)  # type: ignore[arg-type]
    )
    await asyncio.wait_for(slot.told.wait(), 10)
    watching.cancel()
    assert slot.reasons == ["only 100 MiB of memory are free."]

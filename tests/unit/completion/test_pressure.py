"""When a model is too slow or memory too short: sentences for a whole window of misses, not for one."""

from __future__ import annotations

import pytest

from completion.models.pressure import WINDOW, LatencyWatch, memory_is_short


def told(times: list[float], budget: float = 400.0) -> list[str]:
    watch = LatencyWatch(budget)
    return [sentence for time in times if (sentence := watch.add(time))]


def test_a_slow_model_is_told_once_a_window() -> None:
    assert len(told([600.0] * (2 * WINDOW))) == 2
    assert told([600.0] * WINDOW) == ["the first line came after 600 ms (median of 20); the budget is 400 ms."]


@pytest.mark.parametrize(
    "times",
    [
        [600.0] * (WINDOW - 1),
        [450.0] * WINDOW,
        [100.0] * (WINDOW - 5) + [9000.0] * 5,
        [399.0] * (2 * WINDOW),
    ],
    ids=["too few", "within the tolerance", "a slow minute", "in time"],
)
def test_what_is_no_reason_to_change(times: list[float]) -> None:
    assert told(times) == []


def test_short_memory_is_little_in_bytes_and_in_share() -> None:
    gib = 2**30
    assert memory_is_short(100 * 2**20, 16 * gib) == "only 100 MiB of memory are free."
    assert memory_is_short(400 * 2**20, 64 * gib) == ""
    assert memory_is_short(100 * 2**20, 2 * gib) == ""

"""How long to wait after a key: not at all where answers come in time, never longer than allowed."""

from __future__ import annotations

import pytest

from completion.rhythm import Rhythm


def typed(gaps: list[float], answer: float) -> Rhythm:
    """A rhythm after keys with these gaps and enough answers that took so long."""
    rhythm = Rhythm()
    now = 100.0
    rhythm.key(now)
    for gap in gaps:
        now += gap
        rhythm.key(now)
    for _ in range(30):
        rhythm.answered(answer)
    return rhythm


def test_answers_that_come_before_the_next_key_are_asked_for_at_once() -> None:
    assert typed([0.15] * 20, 0.05).wait(0.15) == 0.0


def test_slow_answers_wait_for_a_rest() -> None:
    assert typed([0.1] * 20, 1.0).wait(0.15) == pytest.approx(0.05)
    assert typed([0.5] * 20, 1.0).wait(0.15) == 0.15
    assert typed([0.1] * 20, 1.0).wait(0.0) == 0.0


def test_thinking_is_no_typing() -> None:
    assert typed([0.1, 30.0, 0.1, 30.0, 0.1], 1.0).wait(1.0) == pytest.approx(0.05)

"""Up to three different answers for who asks by hand."""

from __future__ import annotations

import asyncio

import pytest

from completion import several
from completion.errors import EngineCrashed
from completion.memory import PATIENT, Memory
from completion.settings import Settings
from completion.trace import Trace
from completion.types import CompletionRequest, Trigger
from tests.unit.completion.test_running import MODEL, ByHand, request


async def answers(asked: CompletionRequest, backend: ByHand, settings: Settings | None = None) -> list[str]:
    """The texts of all suggestions."""
    work = several.complete(
        asked,
        backend=backend,
        model=MODEL,
        memory=Memory(PATIENT),
        settings=settings or Settings(),
        trace=Trace(),
    )
    return [suggestion.text for suggestion in await asyncio.wait_for(work, 10)]


async def test_by_hand_there_are_three_different_ones() -> None:
    backend = ByHand()
    backend.say("first\n", "first\n", "second\n", "third\n", "fourth\n")
    assert await answers(request("value = ‸\n"), backend) == ["first", "second", "third"]
    sampling = [prompt.sampling for prompt in backend.asked]
    assert sampling[0].temperature == 0
    assert len({asked.seed for asked in sampling[1:]}) == 3
    assert all(asked.temperature > 0 for asked in sampling[1:])


async def test_an_automatic_request_has_one() -> None:
    backend, asked = ByHand(), request("value = ‸\n")
    backend.say("first\n")
    automatic = CompletionRequest(asked.document, asked.offset, Trigger.AUTOMATIC)
    assert await answers(automatic, backend, Settings(debounce_ms=0)) == ["first"]
    assert len(backend.asked) == 1


async def test_what_stands_nearby_is_one_of_them() -> None:
    line = "total = compute(first_argument, second_argument)\n"
    backend = ByHand()
    backend.say(" other)\n", *[" other)\n"] * 6)
    found = await answers(request(line * 4 + "total = compute(first_argument,‸\n"), backend)
    assert sorted(found) == [" other)", " second_argument)"]


async def test_a_model_that_repeats_itself_is_not_asked_for_ever() -> None:
    backend = ByHand()
    backend.say(*["same\n"] * 20)
    assert await answers(request("value = ‸\n"), backend) == ["same"]
    assert len(backend.asked) == 1 + several.TRIES


async def test_the_time_is_bounded() -> None:
    backend = ByHand()
    backend.say("first\n")
    assert await answers(request("value = ‸\n"), backend, Settings(deadline_ms=50)) == ["first"]


@pytest.mark.parametrize("first", [True, False])
async def test_an_engine_that_breaks_takes_no_answer_away(first: bool) -> None:
    backend = ByHand()
    backend.say(*(("first\n",) if first else ()), EngineCrashed("gone."))
    if first:
        assert await answers(request("value = ‸\n"), backend) == ["first"]
    else:
        with pytest.raises(EngineCrashed):
            await answers(request("value = ‸\n"), backend)


async def test_nothing_is_asked_inside_a_word() -> None:
    backend = ByHand()
    assert await answers(request("val‸ue = 1\n"), backend) == []
    assert backend.asked == []

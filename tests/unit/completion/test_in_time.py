"""Answers that take longer than a person looks: shown as far as they can stand alone, and ended while nobody waits."""

from __future__ import annotations

import asyncio

import pytest

from completion import idle, inline
from completion.engine.turns import Job, Turns
from completion.memory import PATIENT, Memory
from completion.question import Question
from completion.running import Generated, at_clean_boundary
from completion.settings import Settings
from completion.types import CompletionRequest, Suggestion, Trigger
from tests.unit.completion.test_running import MODEL, ByHand, request

HURRIED = Settings(latency_ms=50, debounce_ms=0)


def typed(marked: str) -> CompletionRequest:
    """The automatic request at ‸."""
    asked = request(marked)
    return CompletionRequest(asked.document, asked.offset, Trigger.AUTOMATIC)


async def complete(
    marked: str, backend: ByHand, memory: Memory, trace: inline.Trace | None = None
) -> Suggestion | None:
    """What an automatic request at ‸ is answered with."""
    work = inline.complete(
        typed(marked), backend=backend, model=MODEL, memory=memory, settings=HURRIED, trace=trace or inline.Trace()
    )
    return await asyncio.wait_for(work, 10)


async def prepare(marked: str, suggestion: Suggestion | None, backend: ByHand, memory: Memory) -> None:
    """Use the time after that answer."""
    work = idle.prepare(typed(marked), suggestion, backend=backend, model=MODEL, memory=memory, settings=HURRIED)
    await asyncio.wait_for(work, 10)


async def test_when_the_time_is_up_whole_words_are_shown_and_the_engine_is_free() -> None:
    backend, memory, trace = ByHand(), Memory(PATIENT), inline.Trace()
    backend.say("first", " + ", "sec")
    found = await complete("value = ‸\n", backend, memory, trace)
    assert found is not None
    assert (found.text, found.goes_on, trace.finish) == ("first", True, "goes on")
    await asyncio.wait_for(backend.closed.wait(), 10)
    # Three chunks were there within the time: a usual line would have taken longer.
    assert trace.line_ms > trace.first_ms


async def test_of_a_block_whole_lines_are_shown() -> None:
    backend, memory = ByHand(), Memory(PATIENT)
    backend.say("    first()\n", "    seco")
    found = await complete("def work():\n‸\n", backend, memory)
    assert found is not None
    assert (found.text, found.goes_on) == ("    first()", True)


async def test_what_cannot_stand_alone_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    backend, memory = ByHand(), Memory(PATIENT)
    backend.say("fir")
    late = Question.answer_late

    async def said(question: Question, patience: float) -> Generated:
        backend.say("st\n")
        return await late(question, patience)

    monkeypatch.setattr(Question, "answer_late", said)
    found = await complete("value = ‸\n", backend, memory)
    assert found is not None
    assert (found.text, len(backend.asked)) == ("first", 1)


async def test_a_model_that_says_nothing_at_last_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    backend, memory = ByHand(), Memory(PATIENT)
    late = Question.answer_late

    async def ended(question: Question, patience: float) -> Generated:
        backend.say("")
        await asyncio.wait_for(backend.closed.wait(), 10)
        return await late(question, patience)

    monkeypatch.setattr(Question, "answer_late", ended)
    assert await complete("value = ‸\n", backend, memory) is None
    assert len(backend.asked) == 1


async def test_what_was_taken_over_and_says_something_else_is_asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    backend, memory = ByHand(), Memory(PATIENT)
    late = Question.answer_late

    async def said(question: Question, patience: float) -> Generated:
        backend.say("first\n", "other\n")
        return await late(question, patience)

    monkeypatch.setattr(Question, "answer_late", said)
    first = asyncio.create_task(complete("value = ‸\n", backend, memory))
    await backend.begun.wait()
    first.cancel()
    found = await complete("value = an‸\n", backend, memory)
    assert found is not None
    assert (found.text, len(backend.asked)) == ("other", 2)


async def test_the_rest_is_said_while_one_reads_and_shown_at_the_next_key() -> None:
    backend, memory = ByHand(), Memory(PATIENT)
    backend.say("first", " + ", "sec")
    found = await complete("value = ‸\n", backend, memory)
    await asyncio.wait_for(backend.closed.wait(), 10)
    backend.say("ond\n", "", "\n", "")
    await prepare("value = ‸\n", found, backend, memory)
    assert backend.asked[1].purpose == "ahead"
    shown = "".join(getattr(part, "text", "") for part in backend.asked[1].segments)
    assert shown.endswith("value = first + sec")
    asked = len(backend.asked)
    further = await complete("value = fi‸\n", backend, memory)
    assert further is not None
    assert (further.text, further.goes_on, len(backend.asked)) == ("rst + second", False, asked)


async def test_typing_through_a_beginning_needs_no_engine() -> None:
    backend, memory = ByHand(), Memory(PATIENT)
    backend.say("first", " + ", "sec")
    await complete("value = ‸\n", backend, memory)
    found = await complete("value = firs‸\n", backend, memory)
    assert found is not None
    assert (found.text, found.goes_on, len(backend.asked)) == ("t", True, 1)


async def test_a_bracket_that_the_editor_closes_makes_no_new_question() -> None:
    backend, memory = ByHand(), Memory(PATIENT)
    backend.say("compute(first)\n")
    await complete("value = ‸\n", backend, memory)
    found = await complete("value = compute(‸)\n", backend, memory)
    assert found is not None
    assert (found.text, found.source, len(backend.asked)) == ("first", "cache", 1)


async def test_the_same_with_line_ends_of_windows() -> None:
    backend, memory = ByHand(), Memory(PATIENT)
    backend.say("compute(first)\n")
    await complete("value = ‸\r\nother = 1\r\n", backend, memory)
    found = await complete("value = compute(‸)\r\nother = 1\r\n", backend, memory)
    assert found is not None
    assert (found.text, found.source, len(backend.asked)) == ("first", "cache", 1)


async def test_while_the_model_says_nothing_a_sure_copy_is_shown() -> None:
    line = "total = compute(first_argument, second_argument)\n"
    backend, memory = ByHand(), Memory(PATIENT)
    found = await complete(line * 4 + "total = compute(first_argument,‸\n", backend, memory)
    assert found is not None
    assert (found.source, found.goes_on) == ("copy", False)
    await asyncio.wait_for(backend.closed.wait(), 10)


@pytest.mark.parametrize("trigger", [Trigger.AUTOMATIC, Trigger.INVOKED])
async def test_a_line_that_cannot_become_sure_is_not_written_to_its_end(trigger: Trigger) -> None:
    class Unsure(ByHand):
        probability = -3.0

    backend, memory, trace = Unsure(), Memory(PATIENT), inline.Trace()
    backend.say("one", " + two", " + three", "\n")
    asked = request("value = ‸\n")
    found = await asyncio.wait_for(
        inline.complete(
            CompletionRequest(asked.document, asked.offset, trigger),
            backend=backend,
            model=MODEL,
            memory=memory,
            settings=Settings(debounce_ms=0),
            trace=trace,
        ),
        10,
    )
    await asyncio.wait_for(backend.closed.wait(), 10)
    if trigger is Trigger.INVOKED:
        assert found is not None
        assert found.text == "one + two + three"
    else:
        assert found is None
        assert (trace.finish, trace.reason, backend.chunks.qsize() > 0) == ("unsure", "not sure enough", True)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("first + sec", "first +"),
        ("first", ""),
        ("first(", "first("),
        ("first\n    sec", "first"),
        ("\nsec", ""),
        ("a, b", "a,"),
        ("", ""),
    ],
)
def test_what_can_stand_alone(said: str, kept: str) -> None:
    assert at_clean_boundary(said) == kept


def test_what_is_made_ahead_gives_way_to_an_answer_and_waits_for_it() -> None:
    turns = Turns()
    ahead, answer, later = Job("one", "ahead"), Job("two", "answer"), Job("two", "ahead")
    turns.enter(ahead)
    assert ahead.turn.is_set()
    turns.enter(later)
    turns.enter(answer)
    assert (ahead.stopped, answer.turn.is_set()) == ("preempted", False)
    turns.leave(ahead)
    assert (answer.turn.is_set(), later.turn.is_set()) == (True, False)
    turns.leave(answer)
    assert later.turn.is_set()

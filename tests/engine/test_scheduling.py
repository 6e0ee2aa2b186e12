"""Warm-ups and slots on the real engine, told by what it evaluates: never again what stood there already."""

from __future__ import annotations

from dataclasses import replace

from completion.engine.lease import LeasedBackend
from completion.engine.remote import RemoteBackend
from completion.engine.spec import HostSpec
from completion.types import Chunk, EngineState, Prompt, Text, Usage
from tests.engine.conftest import MODEL
from tests.engine.test_cancel import Reading, until_idle, until_running

SMALL_BATCH = 4
FEW = 8
"""Tokens: what a key adds, and what healing takes back before it."""


def code(name: str, lines: int = 24) -> str:
    """Text of a document of its own."""
    return "".join(f"{name}_{number} = {name}(first, {number})\n" for number in range(lines))


def asking(name: str, window: int, typed: str = "") -> Prompt:
    """The question of a key press in one window of a document; each window shows another text."""
    return Prompt((Text(code(f"{name}{window}") + typed, heal=True),), 3, slot=f"{name}#{window}")


def warming(name: str, window: int) -> Prompt:
    """What has that window prepared."""
    return replace(asking(name, window), max_tokens=0, purpose="warm")


async def read(backend: LeasedBackend, prompt: Prompt) -> tuple[str, Usage]:
    """The text of an answer and what it cost."""
    chunks: list[Chunk] = await Reading(backend, prompt).task
    usage = chunks[-1].usage
    assert usage is not None
    return "".join(chunk.text for chunk in chunks), usage


async def test_what_was_prepared_is_not_evaluated_again(backend: LeasedBackend) -> None:
    cold = await read(backend, replace(asking("doc", 0, "retu"), slot="cold"))
    chunks = await Reading(backend, warming("doc", 0)).task
    assert [(chunk.text, chunk.finish_reason) for chunk in chunks] == [("", "stop")]
    usage = chunks[0].usage
    assert usage is not None
    assert (usage.completion_tokens, usage.prompt_tokens > 100) == (0, True)
    text, usage = await read(backend, asking("doc", 0, "retu"))
    assert text == cold[0]
    assert usage.prompt_tokens <= FEW
    stats = await backend.stats()
    assert (stats["generations"], stats["warm"], stats["preempted"]) == (2, 1, 0)
    assert stats["prompt_tokens"] == cold[1].prompt_tokens + usage.prompt_tokens


async def test_two_windows_that_type_in_turn_evaluate_nothing_because_of_the_other(spec: HostSpec) -> None:
    line = "result = compute("
    backends = [LeasedBackend(spec, ready_seconds=30) for _ in range(2)]
    try:
        # The same file in two editor windows: its name does not tell them apart.
        for backend in backends:
            await read(backend, asking("doc", 0))
            await Reading(backend, warming("doc", 1)).task
            await read(backend, asking("doc", 1))
        evaluated = [
            (await read(backend, asking("doc", 1, line[:end])))[1].prompt_tokens
            for end in range(1, len(line))
            for backend in backends
        ]
        assert max(evaluated) <= FEW
    finally:
        for backend in backends:
            await backend.aclose()


async def test_preparing_the_spare_window_leaves_what_others_are_in(backend: LeasedBackend) -> None:
    for name in ("one", "two"):
        await read(backend, asking(name, 0))
    for name in ("one", "two", "one"):
        await Reading(backend, replace(warming(name, 1), slot=f"{name}#1")).task
        # Not gone to yet: its user types on.
        for other in ("one", "two"):
            assert (await read(backend, asking(other, 0, "x")))[1].prompt_tokens <= FEW


async def test_an_answer_stops_a_warm_up_and_what_it_has_evaluated_is_kept(spec: HostSpec) -> None:
    # Small batches, so that the warm-up is met in the middle; on a busy machine not at every attempt.
    backend = LeasedBackend(replace(spec, batch=SMALL_BATCH), ready_seconds=30)
    try:
        before = await until_idle(backend, 0)
        for attempt in range(10):
            long = Prompt((Text(code(f"long{attempt}", 32)),), 0, slot=f"long{attempt}", purpose="warm")
            warm = Reading(backend, long)
            await until_running(backend)
            answer = await Reading(backend, Prompt((Text("import "),), 2, slot="answer")).task
            assert answer[-1].finish_reason in ("stop", "length")
            ended = (await warm.task)[-1]
            after = await until_idle(backend, attempt + 1)
            if ended.finish_reason == "cancelled" and ended.usage and ended.usage.prompt_tokens > SMALL_BATCH:
                break
        assert (ended.finish_reason, after["preempted"] > before["preempted"]) == ("cancelled", True)
        again = (await Reading(backend, long).task)[-1]
        assert again.usage is not None
        assert again.finish_reason == "stop"
        assert again.usage.cached_tokens >= SMALL_BATCH
    finally:
        await backend.aclose()


async def test_a_server_that_is_not_ours_is_not_asked_to_warm_up() -> None:
    backend = RemoteBackend(MODEL, url="http://127.0.0.1:9")
    assert [chunk async for chunk in backend.stream(warming("doc", 0))] == []
    assert backend.status.state is EngineState.ABSENT
    await backend.aclose()

"""The story of one keystroke, with a scripted engine for what a real one does rarely."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import pytest

from completion import inline
from completion.errors import EngineCrashed, EngineRejected
from completion.memory import PATIENT, Memory
from completion.models import catalog
from completion.settings import Settings
from completion.types import Capabilities, Chunk, CompletionRequest, Document, Prompt, Suggestion, Text, Trigger, Usage

MODEL = catalog.builtin().find("embedded")


@dataclass
class Scripted:
    """A backend that says what it is told to, and remembers what it was asked and whether it was closed."""

    texts: list[str]
    error: Exception | None = None
    hang: bool = False
    model: str = "scripted"
    capabilities: Capabilities = field(default_factory=Capabilities)
    asked: list[Prompt] = field(default_factory=list)
    closed: int = 0
    said: int = 0

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        self.asked.append(prompt)
        try:
            for text in self.texts:
                self.said += 1
                yield Chunk(text, (-0.1,))
            if self.hang:
                await asyncio.Event().wait()
            if self.error:
                raise self.error
            yield Chunk("", finish_reason="stop", usage=Usage(completion_tokens=len(self.texts)))
        finally:
            self.closed += 1

    async def aclose(self) -> None:
        return


async def ask(
    marked: str,
    backend: Scripted,
    *,
    memory: Memory | None = None,
    settings: Settings | None = None,
    language: str = "python",
) -> tuple[Suggestion | None, inline.Trace]:
    """Complete at ‸."""
    before, after = marked.split("‸")
    request = CompletionRequest(
        Document("a.py", language, (before + after).encode()), len(before.encode()), Trigger.INVOKED
    )
    trace = inline.Trace()
    suggestion = await inline.complete(
        request,
        backend=backend,
        model=MODEL,
        memory=memory or Memory(PATIENT),
        settings=settings or Settings(),
        trace=trace,
    )
    return suggestion, trace


async def test_a_line() -> None:
    backend = Scripted(["na", "me", ".upper()\n", "print("])
    suggestion, trace = await ask("def f(name):\n    return ‸\n", backend)
    assert suggestion is not None
    assert suggestion.text == "name.upper()"
    assert (suggestion.start, suggestion.end) == (24, 24)
    assert suggestion.checked
    assert 0.5 < suggestion.confidence < 1
    assert trace.logprob == pytest.approx(-0.3)
    assert (trace.source, trace.mode) == ("engine", "line")
    assert backend.closed == 1


async def test_the_stream_is_closed_when_the_line_is_complete() -> None:
    backend = Scripted(["x\n", "y\n", "z\n"], hang=True)
    suggestion, _ = await ask("a = ‸\n", backend)
    assert suggestion is not None
    assert suggestion.text == "x"
    assert (backend.said, backend.closed) == (1, 1)


async def test_broken_syntax_is_cut_or_dropped() -> None:
    suggestion, trace = await ask("a = ‸\n", Scripted(["foo(1) 2 3"]))
    assert suggestion is not None
    assert suggestion.text == "foo(1)"
    assert "longest_clean" in trace.rules
    suggestion, trace = await ask("a = 1\n‸\n", Scripted([")"]))
    assert suggestion is None
    assert trace.reason == "nothing was left after checking"


async def test_unknown_languages_are_unchecked() -> None:
    suggestion, _ = await ask("MOVE ‸\n", Scripted(["A TO )"]), language="cobol")
    assert suggestion is not None
    assert not suggestion.checked


async def test_typing_through_asks_no_engine() -> None:
    backend, memory = Scripted(["name.upper()"]), Memory()
    await ask("def f(name):\n    return ‸\n", backend, memory=memory)
    suggestion, trace = await ask("def f(name):\n    return na‸\n", backend, memory=memory)
    assert suggestion is not None
    assert (suggestion.text, suggestion.source, trace.source) == ("me.upper()", "cache", "cache")
    assert len(backend.asked) == 1


async def test_windows_line_ends_stay() -> None:
    suggestion, _ = await ask("def f():\r\n    ‸\r\n", Scripted(["a = 1\n", "    return a\n", "x"]))
    assert suggestion is not None
    assert suggestion.text == "a = 1\r\n    return a"


async def test_the_deadline_keeps_whole_words() -> None:
    backend = Scripted(["foo.bar + ", "argume"], hang=True)
    suggestion, trace = await ask("a = ‸\n", backend, settings=Settings(deadline_ms=50))
    assert trace.generated == "foo.bar +"
    assert suggestion is not None
    assert suggestion.text == "foo.bar"
    assert backend.closed == 1


async def test_a_crash_in_mid_stream_is_raised_and_the_stream_closed() -> None:
    backend = Scripted(["x"], error=EngineCrashed("gone."))
    with pytest.raises(EngineCrashed):
        await ask("a = ‸\n", backend)
    assert backend.closed == 1


@pytest.mark.parametrize(
    ("marked", "settings", "reason"),
    [
        ("val‸ue\n", Settings(), "inside a word"),
        ("x = ‸\n", Settings(enabled=False), "switched off"),
        ("x = ‸\n", Settings(disabled_languages=("python",)), "switched off"),
    ],
)
async def test_silence_asks_no_engine(marked: str, settings: Settings, reason: str) -> None:
    backend = Scripted(["y"])
    suggestion, trace = await ask(marked, backend, settings=settings)
    assert suggestion is None
    assert trace.reason == reason
    assert backend.asked == []


async def test_a_prompt_that_is_too_long_is_asked_again_shorter() -> None:
    class Strict(Scripted):
        async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
            self.asked.append(prompt)
            if len(self.asked) == 1:
                raise EngineRejected("the prompt has 900 tokens, the context holds 768.")
            yield Chunk("x", (-0.1,), "stop", Usage())

    backend = Strict([])
    suggestion, _ = await ask("a = 1\n" * 2000 + "a = ‸\n", backend)
    assert suggestion is not None
    sizes = [sum(len(part.text) for part in prompt.segments if isinstance(part, Text)) for prompt in backend.asked]
    assert len(sizes) == 2
    assert sizes[1] < sizes[0] * 0.6


async def test_the_model_may_have_nothing_to_say() -> None:
    suggestion, trace = await ask("x = ‸\n", Scripted([]))
    assert suggestion is None
    assert trace.reason == "the model had nothing to say"


REPEATED = "connection.execute(query, parameters)\n" * 3 + "connection.execute(‸\n"


async def test_what_stands_nearby_answers_when_the_model_is_unsure() -> None:
    suggestion, trace = await ask(REPEATED, Scripted(["a"] * 60 + [")"]))
    assert suggestion is not None
    assert (suggestion.text, suggestion.source, trace.source) == ("query, parameters)", "copy", "copy")
    assert [candidate.source for candidate in trace.candidates] == ["copy", "engine"]
    assert 0 < suggestion.confidence < 1


async def test_a_sure_model_goes_first() -> None:
    class Sure(Scripted):
        async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
            yield Chunk("other)", (-0.001,), "stop", Usage())

    suggestion, trace = await ask(REPEATED, Sure([]))
    assert suggestion is not None
    assert (suggestion.text, suggestion.source) == ("other)", "engine")
    assert [candidate.source for candidate in trace.candidates] == ["engine", "copy"]


async def test_the_other_candidate_answers_when_the_first_is_dropped() -> None:
    class Broken(Scripted):
        async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
            yield Chunk("]]", (-0.001,), "stop", Usage())

    suggestion, trace = await ask(REPEATED, Broken([]))
    assert suggestion is not None
    assert (suggestion.text, trace.source) == ("query, parameters)", "copy")


async def test_what_stands_nearby_answers_when_the_model_has_nothing_to_say() -> None:
    suggestion, trace = await ask(REPEATED, Scripted([]))
    assert suggestion is not None
    assert trace.source == "copy"


@pytest.mark.parametrize("path", [".env", "conf/.env.local", "id_rsa", "server.pem"])
async def test_secret_files_get_no_suggestion_and_reach_no_model(path: str) -> None:
    backend, trace = Scripted(["value"]), inline.Trace()
    document = Document(path, "shellscript", b"KEY=\n")
    found = await inline.complete(
        CompletionRequest(document, 4, Trigger.INVOKED),
        backend=backend,
        model=MODEL,
        memory=Memory(PATIENT),
        settings=Settings(),
        trace=trace,
    )
    assert (found, trace.reason, backend.asked) == (None, "secret file", [])

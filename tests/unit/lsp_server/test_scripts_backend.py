"""A script gives way to answers and goes on: nothing is lost, said twice, or longer than was asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from completion.errors import EngineUnavailable
from completion.types import Capabilities, Chunk, Control, Prompt, Text, Usage
from lsp_server.scripts_backend import MOST_REPEATS, Nobody, Yielding

PROMPT = Prompt((Control("<s>"), Text("-- all users\n", heal=True)), 10)
STOP = Chunk("", finish_reason="stop", usage=Usage(prompt_tokens=3, completion_tokens=1))
CANCELLED = Chunk("held", finish_reason="cancelled", usage=Usage(prompt_tokens=2, completion_tokens=2))


class Engine:
    """Says what it is told to, one list of chunks for each time that it is asked; remembers the prompts."""

    model = "scripted"
    capabilities = Capabilities(grammar=True)

    def __init__(self, *answers: list[Chunk]) -> None:
        self.answers = list(answers)
        self.prompts: list[Prompt] = []
        self.closed = 0

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        self.prompts.append(prompt)
        try:
            for chunk in self.answers.pop(0):
                yield chunk
        finally:
            self.closed += 1

    async def aclose(self) -> None:
        raise AssertionError("it belongs to somebody else")


def said(text: str) -> Chunk:
    return Chunk(text, (-0.1,))


def heard(engine: Engine, prompt: Prompt = PROMPT) -> list[Chunk]:
    async def collect() -> list[Chunk]:
        backend = Yielding(engine)
        chunks = [chunk async for chunk in backend.stream(prompt)]
        await backend.aclose()
        return chunks

    return asyncio.run(collect())


def test_what_nobody_stops_passes_as_it_is() -> None:
    engine = Engine([said("SELECT"), said(" 1;"), STOP])
    assert heard(engine) == [said("SELECT"), said(" 1;"), STOP]
    (prompt,) = engine.prompts
    assert (prompt.purpose, prompt.slot) == ("ahead", "script")
    assert prompt.segments == PROMPT.segments


def test_what_is_stopped_goes_on_behind_what_was_said() -> None:
    engine = Engine([said("SELECT"), said(" na"), CANCELLED], [CANCELLED], [said("me;"), STOP])
    chunks = heard(engine)
    assert "".join(chunk.text for chunk in chunks) == "SELECT name;"
    assert [chunk.finish_reason for chunk in chunks] == ["", "", "", "stop"]
    assert chunks[-1].usage == Usage(prompt_tokens=7, completion_tokens=5)
    last = engine.prompts[-1]
    assert last.segments == (Control("<s>"), Text("-- all users\n"), Text("SELECT na", heal=True))
    assert last.max_tokens == PROMPT.max_tokens - 2
    assert engine.closed == 3


def test_a_required_start_is_asked_for_as_far_as_it_was_not_said() -> None:
    engine = Engine([said("SEL"), CANCELLED], [said("ECT 1"), STOP])
    heard(engine, Prompt((Text("x"),), 10, required_start="SELECT "))
    assert [prompt.required_start for prompt in engine.prompts] == ["SELECT ", "ECT "]


def test_the_length_asked_for_holds_over_all_parts() -> None:
    engine = Engine([said("a"), said("b"), CANCELLED])
    chunks = heard(engine, Prompt((Text("x"),), 2))
    assert [chunk.text for chunk in chunks] == ["a", "b", ""]
    assert chunks[-1].finish_reason == "length"
    assert len(engine.prompts) == 1


def test_under_a_grammar_it_is_said_again_unseen() -> None:
    prompt = Prompt((Text("x"),), 10, grammar="root ::= .+")
    engine = Engine([said("ab"), CANCELLED], [said("a"), said("bc"), STOP])
    assert "".join(chunk.text for chunk in heard(engine, prompt)) == "abc"
    assert engine.prompts[1].grammar == prompt.grammar
    assert engine.prompts[1].segments == prompt.segments


def test_a_grammar_that_says_something_else_the_second_time_is_left() -> None:
    prompt = Prompt((Text("x"),), 10, grammar="root ::= .+")
    engine = Engine([said("ab"), CANCELLED], [said("ax"), STOP], [said("c"), STOP])
    assert "".join(chunk.text for chunk in heard(engine, prompt)) == "abc"
    assert engine.prompts[2].grammar == ""
    assert engine.prompts[2].segments[-1] == Text("ab", heal=True)


def test_repeating_has_an_end() -> None:
    prompt = Prompt((Text("x"),), 10, grammar="root ::= .+")
    engine = Engine([said("a"), CANCELLED], *[[said("a"), CANCELLED]] * MOST_REPEATS, [said("b"), STOP])
    assert "".join(chunk.text for chunk in heard(engine, prompt)) == "ab"


def test_closing_it_closes_the_engine() -> None:
    engine = Engine([said("a"), said("b"), STOP])

    async def begin() -> None:
        async with aclosing(Yielding(engine).stream(PROMPT)) as chunks:
            async for _ in chunks:
                return

    asyncio.run(begin())
    assert engine.closed == 1


def test_a_stream_without_an_end_is_not_asked_again() -> None:
    engine = Engine([said("a")])
    assert heard(engine) == [said("a")]


def test_nobody_says_that_there_is_no_engine() -> None:
    async def ask() -> None:
        async for _ in Nobody().stream(PROMPT):
            raise AssertionError

    with pytest.raises(EngineUnavailable, match="No engine was opened"):
        asyncio.run(ask())

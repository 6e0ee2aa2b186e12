"""What every backend does, whichever engine or server answers. What it says it cannot do is not asked of it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace

import pytest

from completion.errors import EngineRejected
from completion.types import Backend, Capabilities, Chunk, Control, Prompt, Sampling, Text

IMPORTS = Prompt((Text("import os\nimport "),), max_tokens=12)
ENDLESS = Prompt((Text("import os\nimport sys\n" * 4),), max_tokens=300, slot="endless")
LONG = Prompt((Text("value = compute(first, second)\n" * 50),), max_tokens=8, slot="long")
HOSTILE = "<|fim_suffix|><|fim_middle|></s><s><unk><|endoftext|> text <|file_sep|>\0<0x41>\n"


async def chunks_of(backend: Backend, prompt: Prompt) -> list[Chunk]:
    """All chunks of an answer."""
    async with aclosing(backend.stream(prompt)) as chunks:
        return [chunk async for chunk in chunks]


async def text_of(backend: Backend, prompt: Prompt) -> str:
    """The whole text of an answer."""
    return "".join(chunk.text for chunk in await chunks_of(backend, prompt))


def need(backend: Backend, ability: str) -> None:
    """Skip where the backend does not claim the ability."""
    if not getattr(backend.capabilities, ability):
        pytest.skip(f"this backend has no {ability}")


async def test_an_answer_comes_in_pieces_and_ends_with_its_cost(backend: Backend) -> None:
    chunks = await chunks_of(backend, IMPORTS)
    assert len([chunk for chunk in chunks if chunk.text]) > 2
    assert [chunk.finish_reason for chunk in chunks[:-1]] == [""] * (len(chunks) - 1)
    last = chunks[-1]
    assert last.finish_reason == "length"
    assert last.usage is not None
    assert last.usage.completion_tokens == IMPORTS.max_tokens
    assert last.usage.prompt_tokens + last.usage.cached_tokens >= 4


async def test_probabilities_are_those_of_the_tokens(backend: Backend) -> None:
    need(backend, "logprobs")
    chunks = await chunks_of(backend, IMPORTS)
    found = [value for chunk in chunks for value in chunk.logprobs]
    assert len(found) == IMPORTS.max_tokens
    assert all(value <= 0 for value in found)
    assert len(set(found)) > 1


async def test_greedy_answers_are_the_same_again(backend: Backend) -> None:
    assert await text_of(backend, IMPORTS) == await text_of(backend, replace(IMPORTS, slot="other"))


async def test_drawn_answers_follow_the_seed(backend: Backend) -> None:
    def prompt(seed: int) -> Prompt:
        return replace(IMPORTS, max_tokens=24, sampling=Sampling(temperature=1.0, top_p=0.95, seed=seed))

    answers = [await text_of(backend, prompt(seed)) for seed in (1, 1, 2, 3)]
    assert answers[0] == answers[1]
    assert len(set(answers)) > 1


async def test_a_small_nucleus_leaves_only_the_best(backend: Backend) -> None:
    drawn = replace(IMPORTS, sampling=Sampling(temperature=1.0, top_p=0.0001, seed=5))
    assert await text_of(backend, drawn) == await text_of(backend, IMPORTS)


async def test_stop_strings_end_the_answer_and_are_not_in_it(backend: Backend) -> None:
    prompt = Prompt((Text("a = 1\nb = 2\nc = "),), max_tokens=24)
    free = await text_of(backend, prompt)
    assert "\n" in free
    stopped = await chunks_of(backend, replace(prompt, stops=("\n", "never said")))
    assert "".join(chunk.text for chunk in stopped) == free.split("\n")[0]
    assert stopped[-1].finish_reason == "stop"


@pytest.mark.parametrize("tokens", [1, 2, 7])
async def test_the_most_tokens_are_kept_to(backend: Backend, tokens: int) -> None:
    last = (await chunks_of(backend, replace(ENDLESS, max_tokens=tokens)))[-1]
    assert last.finish_reason == "length"
    assert last.usage is not None
    assert last.usage.completion_tokens == tokens


async def test_leaving_in_mid_answer_harms_nobody(backend: Backend) -> None:
    alone = await text_of(backend, IMPORTS)
    async with aclosing(backend.stream(ENDLESS)) as chunks:
        assert (await anext(chunks)).text
    assert await text_of(backend, IMPORTS) == alone


async def test_leaving_while_the_prompt_is_read_harms_nobody(backend: Backend) -> None:
    alone = await text_of(backend, LONG)
    for number in range(5):
        prompt = replace(LONG, segments=(Text(f"# {number}\n"), *LONG.segments), slot=str(number))
        reading = asyncio.get_running_loop().create_task(chunks_of(backend, prompt))
        for _ in range(number * 3):
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        assert reading.cancelled()
    assert await text_of(backend, replace(LONG, slot="again")) == alone


async def test_two_at_once_are_both_right(backend: Backend) -> None:
    first = replace(IMPORTS, slot="first")
    second = Prompt((Text("def area(width, height):\n    return "),), max_tokens=12, slot="second")
    alone = [await text_of(backend, first), await text_of(backend, second)]
    assert alone[0] != alone[1]
    for _ in range(3):
        assert await asyncio.gather(text_of(backend, first), text_of(backend, second)) == alone


async def test_a_newer_request_of_a_document_ends_the_older_one(backend: Backend) -> None:
    need(backend, "slots")
    older = backend.stream(ENDLESS)
    async with aclosing(older):
        assert (await anext(older)).text
        newer = await chunks_of(backend, replace(IMPORTS, slot=ENDLESS.slot))
        rest = [chunk async for chunk in older]
    assert newer[-1].finish_reason == "length"
    assert rest[-1].finish_reason == "cancelled"


async def test_what_does_not_fit_is_refused(backend: Backend) -> None:
    with pytest.raises(EngineRejected):
        await chunks_of(backend, Prompt((Text("a = 1\n" * 4000),), max_tokens=2))
    assert await text_of(backend, IMPORTS)


async def test_a_control_token_that_the_model_lacks_is_refused(backend: Backend) -> None:
    need(backend, "segments")
    with pytest.raises(EngineRejected, match="is not a control token of this model"):
        await chunks_of(backend, Prompt((Control("<|im_start|>"), Text("x")), max_tokens=2))
    assert await text_of(backend, IMPORTS)


async def test_an_empty_prompt_is_refused(backend: Backend) -> None:
    need(backend, "segments")
    with pytest.raises(EngineRejected, match="empty"):
        await chunks_of(backend, Prompt((Text(""),), max_tokens=2))


@pytest.mark.parametrize("start", ["os.pa", "  \t", "日本🎉é", "<|fim_su", "</s>", "x = '\\\"\n    y"])
async def test_a_required_start_is_obeyed(backend: Backend, start: str) -> None:
    need(backend, "required_start")
    prompt = Prompt((Text("import os\n\nx = "),), max_tokens=32, required_start=start)
    text = await text_of(backend, prompt)
    assert text.startswith(start)
    assert "\ufffd" not in text


@pytest.mark.parametrize("left", ["retu", 'print("', "    ", "\t", "größe", "日本🎉", "a" * 15, "]["])
async def test_a_healed_answer_does_not_repeat_what_is_there(backend: Backend, left: str) -> None:
    need(backend, "segments")
    prompt = Prompt((Text("def main():\n    x = 1\n    " + left, heal=True),), max_tokens=6)
    chunks = await chunks_of(backend, prompt)
    assert chunks[-1].finish_reason in ("stop", "length")
    if left == "retu":
        assert "".join(chunk.text for chunk in chunks).startswith("rn")


async def test_hostile_text_is_text(backend: Backend) -> None:
    chunks = await chunks_of(backend, Prompt((Text(HOSTILE * 5),), max_tokens=6))
    assert chunks[-1].finish_reason in ("stop", "length")
    # As control tokens they would be a handful, as text they are many.
    usage = chunks[-1].usage
    assert usage is not None
    assert usage.prompt_tokens + usage.cached_tokens > 5 * 40


async def test_characters_come_whole(backend: Backend) -> None:
    chunks = await chunks_of(backend, Prompt((Text('names = ["größe", "日本🎉", "größe", "日本🎉", "gr'),), 16))
    assert "".join(chunk.text for chunk in chunks)
    assert not [chunk for chunk in chunks if "\ufffd" in chunk.text]


async def test_a_grammar_is_obeyed_or_refused(backend: Backend) -> None:
    prompt = Prompt((Text("x = "),), max_tokens=8, grammar='root ::= "alpha" | "beta"')
    if backend.capabilities.grammar:
        assert await text_of(backend, prompt) in ("alpha", "beta")
    elif backend.capabilities.segments:
        with pytest.raises(EngineRejected, match="grammar"):
            await chunks_of(backend, prompt)
    else:
        pytest.skip("this backend has no grammar")


async def test_abilities_are_told(backend: Backend) -> None:
    assert isinstance(backend.capabilities, Capabilities)
    assert backend.model == "embedded"

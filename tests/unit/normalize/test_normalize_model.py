"""What a model may decide and what not; a scripted backend stands for models that are sure, unsure or reckless."""

from __future__ import annotations

import asyncio
import json
import math
import random
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

from benchmarks.normalize_records import made
from completion.models.catalog import ModelSpec
from completion.normalize import run
from completion.normalize.ask import Asker, Example, offered
from completion.normalize.run import Job
from completion.types import Capabilities, Chunk, Prompt, Text
from lsp_server import choosing
from tests.unit.normalize.conftest import Make
from tests.unit.normalize.test_normalize_run import RECORDS, through


class Oracle:
    """A backend whose model says what `says` makes of a grammar, as surely as `probability`."""

    def __init__(self, says: object, probability: float = 0.99) -> None:
        self.says, self.probability = says, probability
        self.prompts: list[Prompt] = []
        self.capabilities = Capabilities(segments=True, grammar=True, logprobs=True, slots=3)
        self.model = "oracle"

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        self.prompts.append(prompt)
        await asyncio.sleep(0)
        text = self.says(prompt) if callable(self.says) else str(self.says)
        yield Chunk(text, (math.log(self.probability),))
        yield Chunk("", finish_reason="stop")

    async def aclose(self) -> None:
        """Nothing."""


def spec() -> ModelSpec:
    """A model that follows instructions."""
    return choosing.catalogue().find("qwen2.5-coder-1.5b-instruct")


def asker(job: Job, oracle: Oracle) -> Asker:
    return Asker(oracle, spec(), job.sought, "one row a card", job.examples)


DOUBTFUL = "7\tS7 324788615, 5551234\n"
SURE = '[{"Iata": "S7", "CardNumber": "324788615"}]'


def test_a_sure_model_decides(job: Make, tmp_path: Path) -> None:
    work = job(DOUBTFUL, model="oracle")
    oracle = Oracle(SURE)
    (result,) = through(work, tmp_path / "journal", asker(work, oracle))
    assert (result.state, result.model) == ("rows", spec().name)
    assert [cell.value for cell in result.rows[0]] == ["7", "S7", "324788615"]
    assert len(oracle.prompts) == 2
    assert oracle.prompts[0].segments != oracle.prompts[1].segments
    assert "324788615" in oracle.prompts[0].grammar
    text = "".join(part.text for part in oracle.prompts[0].segments if isinstance(part, Text))
    assert "one row a card" in text


def test_an_unsure_model_does_not(job: Make, tmp_path: Path) -> None:
    work = job(DOUBTFUL, model="oracle")
    (result,) = through(work, tmp_path / "journal", asker(work, Oracle(SURE, 0.8)))
    assert result.state == "look"
    assert "is not sure" in result.reason


def test_a_model_that_answers_by_the_order_does_not(job: Make, tmp_path: Path) -> None:
    work = job(DOUBTFUL, model="oracle")
    answers = iter((SURE, '[{"Iata": "S7", "CardNumber": "5551234"}]'))
    (result,) = through(work, tmp_path / "journal", asker(work, Oracle(lambda _prompt: next(answers))))
    assert result.state == "look"
    assert "of two minds" in result.reason


def test_what_the_proof_refuses_is_asked_once_more_with_the_finding(job: Make, tmp_path: Path) -> None:
    work = job(DOUBTFUL, model="oracle")
    twice = json.dumps([{"Iata": "S7", "CardNumber": "5551234"}, {"Iata": "S7", "CardNumber": "324788615"}] * 2)

    def says(prompt: Prompt) -> str:
        text = "".join(part.text for part in prompt.segments if isinstance(part, Text))
        return SURE if "used twice" in text else twice

    oracle = Oracle(says)
    found = through(work, tmp_path / "journal", asker(work, oracle))
    # The same row twice is one row: nothing was refused.
    assert [len(result.rows) for result in found] == [2]
    ddl = "CREATE TABLE c (UserId INT, Iata TEXT NOT NULL, CardNumber TEXT NOT NULL CHECK (length(CardNumber) > 7));"
    work = job(DOUBTFUL, ddl=ddl, model="oracle")
    oracle = Oracle(lambda prompt: SURE if "CHECK constraint" in str(prompt.segments) else twice)
    (result,) = through(work, tmp_path / "other", asker(work, oracle))
    assert [cell.value for cell in result.rows[0]] == ["7", "S7", "324788615"]
    (result,) = through(work, tmp_path / "third", asker(work, Oracle(twice)))
    assert result.state == "look"
    assert "CHECK constraint failed" in result.reason


def test_a_model_that_decides_nothing_is_not_asked_for_ever(job: Make, tmp_path: Path) -> None:
    work = job("".join(f"{place} S7 324788615, 5551234\n" for place in range(40)), model="oracle")
    oracle = Oracle(SURE, 0.1)
    found = through(work, tmp_path / "journal", asker(work, oracle))
    assert [bool(result.model) for result in found] == [True] * run.PILOT + [False] * (40 - run.PILOT)
    assert len(oracle.prompts) == run.PILOT
    parted = tmp_path / "parted"
    through(work, parted, asker(work, Oracle(SURE, 0.1)), stop_after=5)
    through(work, parted, asker(work, Oracle(SURE, 0.1)))
    assert parted.read_bytes() == (tmp_path / "journal").read_bytes()


def test_what_cannot_be_asked_does_not_count(job: Make, tmp_path: Path) -> None:
    work = job("".join(f"{place} 324788615\n" for place in range(run.PILOT + 3)) + DOUBTFUL, model="oracle")
    found = through(work, tmp_path / "journal", asker(work, Oracle(SURE)))
    assert [result.state for result in found] == ["look"] * (run.PILOT + 3) + ["rows"]
    assert found[0].reason == "It is not clear what belongs together: 0 × Iata, 1 × CardNumber."


def test_a_model_that_finds_nothing_leaves_it_to_a_person(job: Make, tmp_path: Path) -> None:
    work = job(DOUBTFUL, model="oracle")
    (result,) = through(work, tmp_path / "journal", asker(work, Oracle("[]")))
    assert result.state == "look"
    assert result.reason.endswith("The model finds no row in it.")


def test_a_reckless_model_invents_nothing(job: Make, tmp_path: Path) -> None:
    work = job(RECORDS, model="oracle")
    chance = random.Random(5)

    class Reckless:
        parallel = 3
        name = "reckless"

        async def decide(self, record, reading, finding="", slot=0):  # type: ignore[no-untyped-def]
            offer = offered(reading, work.sought)
            rows = (
                [{name: chance.choice(list(values)) for name, values in offer.values.items()} for _ in "ab"]
                if offer
                else []
            )
            oracle = Oracle(json.dumps(rows, ensure_ascii=False))
            return await asker(work, oracle).decide(record, reading, finding, slot)

    found = through(work, tmp_path / "journal", Reckless())
    assert any(result.model and result.state == "rows" for result in found)
    texts = {place: one.text for place, one in enumerate(made(120, 3), 1)}
    for result in found:
        for row in result.rows:
            (number,) = [cell.value for cell in row if cell.column == "CardNumber"]
            assert number in "".join(character for character in texts[result.line] if character.isdigit())
            (place,) = [cell for cell in row if cell.column == "Iata"]
            assert place.end > place.start


def test_examples_are_shown(job: Make, tmp_path: Path) -> None:
    example = Example("Flying Blue no 4711471", ({"Iata": "AF", "CardNumber": "4711471"},))
    work = replace(job(DOUBTFUL, model="oracle"), examples=(example,))
    oracle = Oracle(SURE)
    through(work, tmp_path / "journal", asker(work, oracle))
    assert "4711471" in str(oracle.prompts[0].segments)
    assert work.key != job(DOUBTFUL, model="oracle").key

"""A script from the embedded model, end to end: its host, its grammar, the real checks."""

from __future__ import annotations

from contextlib import aclosing

import pytest

from completion.engine.lease import LeasedBackend
from completion.scripts.generate import write
from completion.scripts.types import Event, Material, Outcome, Piece, ScriptRequest
from tests.engine.conftest import MODEL

SCHEMA = "CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT, total REAL);"


async def events_of(request: ScriptRequest, backend: LeasedBackend) -> list[Event]:
    async with aclosing(write(request, backend, MODEL)) as events:
        return [event async for event in events]


async def test_sql_for_a_schema(shared_backend: LeasedBackend) -> None:
    request = ScriptRequest("sql", "orders with a total above 100", material=Material(schema=SCHEMA))
    outcome = (await events_of(request, shared_backend))[-1]
    assert isinstance(outcome, Outcome)
    assert outcome.best.state == "valid"
    assert "orders" in outcome.best.text
    assert {verdict.check for verdict in outcome.best.verdicts} >= {"sqlglot", "sqlite"}


@pytest.mark.parametrize("kind", ["shell", "dockerfile", "compose", "kubernetes", "regex", "python"])
async def test_every_kind_comes_to_an_end(kind: str, shared_backend: LeasedBackend) -> None:
    events = await events_of(ScriptRequest(kind, "print hello", repairs=1), shared_backend)
    outcome = events[-1]
    assert isinstance(outcome, Outcome)
    assert outcome.best.text.endswith("\n")
    assert len(outcome.attempts) <= 2
    assert any(isinstance(event, Piece) for event in events)


async def test_the_engine_works_on_after_a_script_was_given_up(shared_backend: LeasedBackend) -> None:
    given_up = write(ScriptRequest("kubernetes", "deployment web with 3 replicas"), shared_backend, MODEL)
    await anext(given_up)
    await given_up.aclose()
    request = ScriptRequest("sql", "all orders", material=Material(schema=SCHEMA))
    assert isinstance((await events_of(request, shared_backend))[-1], Outcome)

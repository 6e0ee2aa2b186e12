"""Grammars of scripts in the real engine: the embedded model ends under each, and what it writes passes the checks."""

from __future__ import annotations

from contextlib import aclosing

import pytest

from completion.engine.lease import LeasedBackend
from completion.scripts import grammar
from completion.scripts.checks.table import examine
from completion.scripts.types import Attempt, Material, ScriptRequest
from completion.types import Prompt, Text

SCHEMA = "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, city TEXT);\n"
LONGEST = 200_000
"""Characters of a grammar; the engine reads it anew for every answer."""


@pytest.fixture
def backend(shared_backend: LeasedBackend) -> LeasedBackend:
    """Nothing here harms a host."""
    return shared_backend


@pytest.mark.parametrize(
    ("kind", "marker", "request_"),
    [
        ("sql", "--", "names of customers in Berlin"),
        ("sql", "--", "insert a customer named Ada"),
        ("sql", "--", "create a table of suppliers with name and country"),
        ("shell", "#", "remove all .tmp files older than 3 days"),
        ("shell", "#", "a script with several steps that waits for a file"),
        ("dockerfile", "#", "python 3.12 app on port 8000"),
        ("compose", "#", "postgres 16 with a volume"),
        ("kubernetes", "#", "deployment web with 3 replicas of nginx:1.27 on port 80, liveness probe"),
        ("kubernetes", "#", "cron job nightly-report that runs every 15 minutes with image reports:2.1"),
        ("regex", "#", "three digits, a dash and two capital letters"),
    ],
)
async def test_an_answer_ends_and_is_valid(backend: LeasedBackend, kind: str, marker: str, request_: str) -> None:
    request = ScriptRequest(kind, request_, material=Material(schema=SCHEMA if kind == "sql" else ""))
    rules = grammar.of(request)
    assert 0 < len(rules) < LONGEST
    before = f"{SCHEMA if kind == 'sql' else ''}{marker} {request_}\n"
    text, last = "", None
    async with aclosing(backend.stream(Prompt((Text(before),), max_tokens=400, grammar=rules))) as chunks:
        async for chunk in chunks:
            text, last = text + chunk.text, chunk
    assert last is not None
    assert last.finish_reason == "stop", text
    attempt = Attempt(
        text, "constrained", examine(kind, text.rstrip("\n") if kind == "regex" else text, request.material)
    )
    assert attempt.state == "valid", (text, attempt.errors[:1])

"""Scripts for the command line and the editor: written by the engine, or only looked at.

Knows how an engine gives way and is waited for, not what a prompt is; nothing that is written here is ever run.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING

from completion.errors import EngineLoading
from completion.scripts.types import Attempt, Event, Material, ScriptRequest
from completion.types import EngineState
from lsp_server.scripts_backend import Nobody, Yielding

if TYPE_CHECKING:
    from lsp_server.compose import Engine

KINDS = ("sql", "shell", "dockerfile", "compose", "kubernetes", "regex", "python")
"""The names of `completion.scripts.kinds.KINDS`, without what importing those costs."""

DIALECTS = ("sqlite", "postgres", "mysql", "duckdb", "tsql", "oracle", "snowflake", "bigquery")
"""SQL dialects to offer; sqlglot knows more, and every name of its own is taken."""


def examined(kind: str, text: str, material: Material) -> Attempt:
    """A script that there is, with its evidence. Takes up to some seconds: not for the event loop."""
    from completion.scripts import grounding, risk
    from completion.scripts.checks import sql_steps, table

    return Attempt(
        text,
        "first",
        table.examine(kind, text, material),
        risk.find(kind, text, sql_steps.dialect_of(material) if kind == "sql" else ""),
        grounding.unverified(kind, text, material),
    )


def needs_model(request: ScriptRequest) -> bool:
    """Whether a model is asked: SQL is translated by a library. Raises `InputError` for what cannot be asked."""
    from completion.scripts import goal

    return not (request.task == "translate" and request.kind == goal.of(request).kind.name == "sql")


async def written(request: ScriptRequest, engine: Engine | None) -> AsyncGenerator[Event, None]:
    """The events of `generate.write`, with the engine giving way to whoever types. Raises `CopilotError`.

    `engine` may be None where no model is needed. Closing the generator stops the engine.
    """
    from completion.scripts import generate

    if engine is None:
        from lsp_server import choosing, compose

        backend, model = Yielding(Nobody()), choosing.catalogue().find(compose.SHIPPED)
    else:
        await loaded(engine)
        backend, model = Yielding(engine.backend), engine.model
    async with aclosing(generate.write(request, backend, model)) as events:
        async for event in events:
            yield event


async def loaded(engine: Engine) -> None:
    """Wait until the model is loaded, as long as it goes on loading: a script is worth more than a key's patience.

    Raises `EngineError`.
    """
    while True:
        try:
            await engine.ready()
        except EngineLoading:
            if engine.status.state is not EngineState.LOADING:
                raise
        else:
            return

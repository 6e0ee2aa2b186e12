"""Which models a server has, and whether it is well: the questions besides completions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from completion.engine.http import HttpSession
from completion.engine.kinds import Endpoint, Kind
from completion.engine.remote_refusals import ModelMissing
from completion.errors import EngineUnavailable

_MOST_SHOWN = 8


async def check_health(session: HttpSession, kind: Kind) -> None:
    """Ask a server how it is, where its kind has a path for that. Raises `EngineError`."""
    if kind.health:
        try:
            # The answer may be empty (vLLM) or an object; its status is what counts.
            async for _ in session.lines("GET", kind.health):
                break
        except ModelMissing:
            # An old version, or a gateway in front: the models will tell.
            return


async def served(session: HttpSession, kind: Kind) -> tuple[str, ...]:
    """The names of all models, in the server's order; empty where it has no such list. Raises `EngineError`."""
    try:
        answer = await session.json("GET", kind.models)
    except ModelMissing:
        return ()
    rows = answer.get("models" if kind.name == "ollama" else "data") if isinstance(answer, dict) else None
    key = "name" if kind.name == "ollama" else "id"
    return tuple(row[key] for row in _tables(rows) if isinstance(row.get(key), str))


async def only_name(session: HttpSession, endpoint: Endpoint, wanted: str) -> str:
    """The name to ask for when the user gave none: the only one, else `wanted` if it is among them.

    A server without a list is asked for `wanted`. Raises `EngineUnavailable` that lists the names.
    """
    names = await served(session, endpoint.kind)
    if not names or wanted in names:
        return wanted
    if len(names) == 1:
        return names[0]
    title = f"{endpoint.kind.title} at {endpoint.host}"
    raise EngineUnavailable(
        f"{title} has {len(names)} models: {_listed(names)}.", advice="Name one with endpoint_model."
    )


async def check_name(session: HttpSession, endpoint: Endpoint, name: str) -> None:
    """Whether a name that the user gave is served, where the server can tell. Raises `EngineError`."""
    if name and endpoint.kind.named:
        names = await served(session, endpoint.kind)
        if names and not is_among(name, names):
            raise unknown(endpoint, name, names)


def is_among(name: str, names: Sequence[str]) -> bool:
    """Ollama's names have a tag, and "latest" need not be said."""
    return name in names or f"{name}:latest" in names


def unknown(endpoint: Endpoint, name: str, names: Sequence[str]) -> EngineUnavailable:
    """The error for a model that a server does not have."""
    return EngineUnavailable(
        f"{endpoint.kind.title} at {endpoint.host} has no model {name!r}; it has {_listed(names)}.",
        advice="Correct endpoint_model.",
    )


def _tables(rows: Any) -> list[dict[str, Any]]:
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_SHOWN])
    return f"{shown} and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else shown

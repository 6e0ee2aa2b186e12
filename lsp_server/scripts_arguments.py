"""The argument of the command `lspCopilot.script` as a `ScriptRequest`.

Says by name which key is wrong, never its value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast, get_args

from completion.scripts.types import Finding, Material, ScriptRequest, Task
from lsp_server import scripts

MOST_TEXT = 4_000_000
MOST_ITEMS = 50

_WORDS = """kind request task source target finding dialect schema schemaUri version matching other temperature seed
repairs context"""
_KEYS = frozenset(_WORDS.split())


@dataclass(frozen=True, slots=True)
class Asked:
    """The request, and what is still to be read for it: the URI of a schema, and those of documents to look at."""

    request: ScriptRequest
    schema_uri: str = ""
    context_uris: tuple[str, ...] = ()


def read(raw: object) -> Asked:
    """Raises `ValueError` with the key that is wrong and what was expected, as in "seed: expected a whole number"."""
    if not isinstance(raw, Mapping):
        raise ValueError("expected one object")
    unknown = sorted(str(key)[:40] for key in raw if key not in _KEYS)
    if unknown:
        raise ValueError(f"{unknown[0]}: no such key")
    kind = _choice(raw, "kind", scripts.KINDS, "")
    task = cast("Task", _choice(raw, "task", get_args(Task), "write"))
    request, source = _text(raw, "request"), _text(raw, "source")
    if task == "write" and not request.strip():
        raise ValueError("request: expected what is wanted, in words")
    if task != "write" and not source.strip():
        raise ValueError(f"source: expected the script to {task}")
    target = _text(raw, "target")
    if task == "translate" and not target.strip():
        raise ValueError("target: expected a dialect or a language")
    schema, schema_uri = _text(raw, "schema"), _text(raw, "schemaUri")
    if schema and schema_uri:
        raise ValueError("schemaUri: either this or schema")
    texts, uris = _context(raw.get("context"))
    material = Material(
        dialect=_text(raw, "dialect"),
        schema=schema,
        version=_text(raw, "version"),
        matching=_texts(raw, "matching"),
        other=_texts(raw, "other"),
    )
    made = ScriptRequest(
        kind=kind,
        request=request,
        task=task,
        source=source,
        target=target,
        finding=_finding(raw.get("finding")),
        material=material,
        context=texts,
        temperature=_number(raw, "temperature", 0.0, 2.0, 0.0),
        seed=_whole(raw, "seed", 0, 2**31 - 1, 0),
        repairs=_whole(raw, "repairs", 0, 2, 2),
    )
    return Asked(made, schema_uri, uris)


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{key}: expected a string")
    if len(value) > MOST_TEXT:
        raise ValueError(f"{key}: expected at most {MOST_TEXT:,} characters")
    # Halves of surrogate pairs are no text; an editor that cuts one sends it so.
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _choice(raw: Mapping[str, Any], key: str, known: tuple[str, ...], default: str) -> str:
    value = _text(raw, key) or default
    if value not in known:
        raise ValueError(f"{key}: expected one of {', '.join(known)}")
    return value


def _texts(raw: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = raw.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MOST_ITEMS:
        raise ValueError(f"{key}: expected a list of at most {MOST_ITEMS} strings")
    return tuple(_item(f"{key}.{number}", each) for number, each in enumerate(value))


def _item(place: str, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{place}: expected a string")
    return _text({place: value}, place)


def _number(raw: Mapping[str, Any], key: str, low: float, high: float, default: float) -> float:
    value = raw.get(key)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(f"{key}: expected a number from {low:g} to {high:g}")
    return float(value)


def _whole(raw: Mapping[str, Any], key: str, low: int, high: int, default: int) -> int:
    value = _number(raw, key, low, high, default) if raw.get(key) is not None else default
    if value != int(value):
        raise ValueError(f"{key}: expected a whole number from {low} to {high}")
    return int(value)


def _context(value: object) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Texts as they are given, and URIs of documents."""
    if value is None:
        return (), ()
    if not isinstance(value, list) or len(value) > MOST_ITEMS:
        raise ValueError(f"context: expected a list of at most {MOST_ITEMS} objects")
    texts: list[tuple[str, str]] = []
    uris: list[str] = []
    for number, each in enumerate(value):
        if isinstance(each, Mapping) and isinstance(each.get("uri"), str) and "text" not in each:
            uris.append(_text(each, "uri"))
        elif isinstance(each, Mapping) and isinstance(each.get("path"), str) and isinstance(each.get("text"), str):
            texts.append((_text(each, "path"), _text(each, "text")))
        else:
            raise ValueError(f"context.{number}: expected an object with uri, or with path and text")
    return tuple(texts), tuple(uris)


def _finding(value: object) -> Finding | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or not isinstance(value.get("message"), str):
        raise ValueError("finding: expected an object with message, and line and column from 1 where they are known")
    line, column = (_whole(value, key, 0, 2**31 - 1, 0) for key in ("line", "column"))
    return Finding(_text(value, "check"), _text(value, "message"), line, column, rule=_text(value, "rule"))

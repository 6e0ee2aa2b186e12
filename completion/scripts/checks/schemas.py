"""The schemas that are shipped (`schemas.json.gz`, made by `make_schemas.py`), and what they say against a document.

Strict schemas of Kubernetes' API by version and the Compose specification; both under Apache-2.0.
"""

from __future__ import annotations

import functools
import gzip
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from completion.scripts.checks.yaml_nodes import Document
from completion.scripts.checks.yaml_nodes import Path as Keys
from completion.scripts.types import Finding

_FILE = Path(__file__).with_name("schemas.json.gz")
MOST_FINDINGS = 20
_STRICT = ("additionalProperties", "unevaluatedProperties")


def versions() -> tuple[str, ...]:
    """The Kubernetes versions there are schemas of, oldest first."""
    return tuple(sorted(_read()["versions"], key=lambda version: [int(part) for part in version.split(".")]))


def kubernetes(version: str, api: str, kind: str) -> dict[str, Any] | None:
    """The schema of a kind; None where there is none."""
    definitions = _definitions(version)
    own = definitions.get(f"{kind} {api}")
    return None if own is None else {**own, "$defs": definitions}


def kinds(version: str) -> dict[str, tuple[str, ...]]:
    """The API versions of every kind there is a schema of."""
    found: dict[str, tuple[str, ...]] = {}
    for name in _read()["versions"][version]:
        kind, _, api = name.partition(" ")
        if api:
            found[kind] = (*found.get(kind, ()), api)
    return found


def compose() -> dict[str, Any]:
    """The schema of the Compose specification."""
    schema: dict[str, Any] = _read()["compose"]
    return schema


def violations(check: str, schema: dict[str, Any], document: Document) -> list[Finding]:
    """What the schema says against the document: at most `MOST_FINDINGS`, each with line and column."""
    from jsonschema import Draft202012Validator

    findings: list[Finding] = []
    for error in Draft202012Validator(schema).iter_errors(document.value):
        for keys, message, rule in _told(error, schema):
            finding = Finding(check, message, *document.place(keys), rule=rule)
            if finding not in findings:
                findings.append(finding)
        if len(findings) >= MOST_FINDINGS:
            break
    return findings


def _told(error: Any, root: dict[str, Any]) -> Iterator[tuple[Keys, str, str]]:
    """One line for each thing that is wrong; of alternatives, what is wrong with the one that fits best."""
    keys: Keys = tuple(error.absolute_path)
    where = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).lstrip(".") or "the document"
    if error.validator in ("oneOf", "anyOf") and error.context:
        deepest = max(len(part.absolute_path) for part in error.context)
        if deepest > len(keys):
            for part in error.context:
                if len(part.absolute_path) == deepest:
                    yield from _told(part, root)
                    return
        strange = [part for part in error.context if part.validator in _STRICT]
        if strange and isinstance(error.instance, dict):
            yield from _told(strange[0], root)
            return
        wanted = " or ".join(_words(part.validator_value) for part in error.context if part.validator == "type")
        yield keys, f"{where} must be {wanted or 'one of several forms'}", error.validator
    elif error.validator in _STRICT:
        known, patterns = _fields(error.schema, root)
        for key in error.instance:
            if key not in known and not any(re.search(pattern, key) for pattern in patterns):
                yield (*keys, key), f"{where} has no field {key}", "field"
    elif error.validator == "required":
        missing = error.message.split("'")[1]
        yield keys, f"{where} needs {missing}", "required"
    elif error.validator == "type":
        yield keys, f"{where} must be {_words(error.validator_value)}", "type"
    elif error.validator == "enum":
        allowed = ", ".join(str(value) for value in error.validator_value if value is not None)
        yield keys, f"{where} must be one of {allowed}", "enum"
    else:
        yield keys, f"{where}: {error.message[:200]}", str(error.validator)


def _fields(schema: dict[str, Any], root: dict[str, Any]) -> tuple[set[str], set[str]]:
    """The names that a schema knows with all that it is made of. (A part that fails for another reason evaluates
    nothing, so the validator would call all of its names strange.)"""
    known, patterns = set(schema.get("properties", {})), set(schema.get("patternProperties", {}))
    parts = list(schema.get("allOf", ()))
    if "$ref" in schema:
        parts.append(root["$defs"][schema["$ref"].removeprefix("#/$defs/")])
    for part in parts:
        names, also = _fields(part, root)
        known |= names
        patterns |= also
    return known, patterns


def _words(kinds: str | Sequence[str]) -> str:
    names = {"object": "a mapping", "array": "a list", "string": "a text", "integer": "a whole number"}
    names |= {"number": "a number", "boolean": "true or false", "null": ""}
    listed = [kinds] if isinstance(kinds, str) else list(kinds)
    return " or ".join(names.get(kind, kind) for kind in listed if names.get(kind, kind))


@functools.cache
def _read() -> dict[str, Any]:
    body: dict[str, Any] = json.loads(gzip.decompress(_FILE.read_bytes()))
    return body


@functools.cache
def _definitions(version: str) -> dict[str, Any]:
    body = _read()
    return {name: body["pool"][index] for name, index in body["versions"][version].items()}

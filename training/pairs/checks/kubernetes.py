"""Kubernetes: documents parse and have a kind and a name; strict JSON schemas of one release."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from training.pairs.checks import package
from training.pairs.items import Item

RELEASE = "1.31"


def cheap(items: Sequence[Item]) -> list[str]:
    """YAML that parses into named objects. Raises `NotInstalled` without PyYAML."""
    return [_shape(item) for item in items]


def deep(items: Sequence[Item]) -> list[str]:
    """The first schema violation of each item, unknown keys included. Raises `NotInstalled`."""
    validate = package("kubernetes_validate", "kubernetes-validate")
    found: list[str] = []
    for item in items:
        complaint = _shape(item)
        for document in [] if complaint else documents(item.text):
            try:
                validate.validate(document, RELEASE, strict=True)
            except Exception as error:  # the package raises its own and those of jsonschema
                complaint = f"{document['kind']}: {str(error).splitlines()[0][:160]}"
                break
        found.append(complaint)
    return found


def documents(text: str) -> list[Any]:
    """The documents of a YAML text. Raises what PyYAML raises, and `NotInstalled`."""
    yaml = package("yaml", "pyyaml")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [document for document in yaml.load_all(text, Loader=loader) if document is not None]


def _shape(item: Item) -> str:
    yaml = package("yaml", "pyyaml")
    try:
        found = documents(item.text)
    except yaml.YAMLError as error:
        return f"yaml: {str(error).splitlines()[0]}"
    for document in found:
        if not isinstance(document, dict) or not all(document.get(key) for key in ("apiVersion", "kind", "metadata")):
            return "yaml: a document has no apiVersion, kind or metadata"
        if not document["metadata"].get("name"):
            return "yaml: a document has no name"
    return "" if found else "yaml: no document"

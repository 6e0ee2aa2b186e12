"""Names in compose files and Kubernetes manifests: images, kinds without a schema, addresses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from completion.scripts.checks import schemas
from completion.scripts.checks.kubernetes_schema import DEFAULT_VERSION
from completion.scripts.checks.verdicts import Unchecked
from completion.scripts.checks.yaml_nodes import Document, Path, documents
from completion.scripts.grounding.names import Named, urls
from completion.scripts.types import Material

_HOLDERS = frozenset({"containers", "initContainers", "ephemeralContainers", "services"})


def named(kind: str, text: str, material: Material) -> Iterator[Named]:
    """All names of all documents; nothing of what cannot be read."""
    try:
        found, _ = documents(text, "grounding", old_booleans=kind == "kubernetes")
    except (Unchecked, RecursionError):
        return
    for document in found:
        if kind == "kubernetes":
            yield from _kind(document, material)
        for path, value in _texts(document.value, ()):
            place = document.values.get(path) or document.place(path)
            if (
                path[-1] == "image"
                and value
                and "$" not in value
                and _HOLDERS & {part for part in path if isinstance(part, str)}
            ):
                yield Named("image", value, *document.place(path))
            for url, _ in urls(value):
                yield Named("url", url, *place)


def _kind(document: Document, material: Material) -> Iterator[Named]:
    value = document.value
    if (
        not isinstance(value, dict)
        or not isinstance(value.get("kind"), str)
        or not isinstance(value.get("apiVersion"), str)
    ):
        return
    version = ".".join((material.version or DEFAULT_VERSION).lstrip("v").split(".")[:2])
    known = (
        version in schemas.versions() and schemas.kubernetes(version, value["apiVersion"], value["kind"]) is not None
    )
    if not known:
        yield Named("api-kind", f"{value['kind']} {value['apiVersion']}", *document.place(("kind",)))


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _texts(part, (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _texts(part, (*path, index))
    elif isinstance(value, str) and path:
        yield path, value

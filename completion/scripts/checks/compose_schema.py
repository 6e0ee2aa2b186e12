"""Compose files: the schema of the Compose specification, and names that must be declared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from completion.scripts.checks import schemas
from completion.scripts.checks.verdicts import verdict
from completion.scripts.checks.yaml_nodes import Document, Path, documents
from completion.scripts.types import Finding, Material

_PORT = re.compile(r"(?:(?:\d+\.){3}\d+:|\[[0-9a-f:]+\]:)?(?:(?:\d+(?:-\d+)?)?:)?\d+(?:-\d+)?(?:/(?:tcp|udp))?$")


@verdict("compose")
def check(text: str, material: Material) -> Sequence[Finding]:
    """Every error with line and column."""
    found, findings = documents(text, "compose")
    if findings:
        return findings
    if not found:
        return (Finding("compose", "there is no service in it", 1, 1),)
    for document in found:
        findings += schemas.violations("compose", schemas.compose(), document) or [
            Finding("compose", message, *document.place(path), rule="names") for path, message in _names(document)
        ]
    return findings


def _names(document: Document) -> Iterator[tuple[Path, str]]:
    value: dict[str, Any] = document.value
    services: dict[str, Any] = value.get("services") or {}
    if not services and not value.get("include"):
        yield (), "there is no service in it"
    for name, service in services.items():
        path: Path = ("services", name)
        if not isinstance(service, dict) or not (service.keys() & {"image", "build", "extends", "provider"}):
            yield path, f"the service {name} needs an image or a build"
            continue
        retries = (service.get("healthcheck") or {}).get("retries")
        if isinstance(retries, str) and "$" not in retries and not retries.isdigit():
            yield (*path, "healthcheck", "retries"), f"{retries} is no number"
        if not value.get("include"):
            yield from _references(value, services, service, path)
        for index, port in enumerate(service.get("ports") or []):
            if isinstance(port, str) and "$" not in port and not _right(port):
                yield (*path, "ports", index), f"{port} is no mapping of ports"


def _references(
    value: dict[str, Any], services: dict[str, Any], service: dict[str, Any], path: Path
) -> Iterator[tuple[Path, str]]:
    for key in ("depends_on", "links"):
        for at, other in _listed(service.get(key)):
            if other.partition(":")[0] not in services:
                yield (*path, key, at), f"there is no service {other}"
    for key in ("networks", "secrets", "configs"):
        declared = value.get(key) or {}
        for at, other in _listed(service.get(key)):
            if other not in declared and not (key == "networks" and other == "default"):
                yield (*path, key, at), f"{other} is not declared under {key}"
    for index, mount in enumerate(service.get("volumes") or []):
        source = mount.partition(":")[0] if isinstance(mount, str) and ":" in mount else ""
        if isinstance(mount, dict) and mount.get("type") == "volume":
            source = str(mount.get("source") or "")
        named = bool(re.match(r"[A-Za-z0-9][\w.-]*$", source)) and len(source) > 1
        if named and source not in (value.get("volumes") or {}):
            yield (*path, "volumes", index), f"{source} is not declared under volumes"


def _listed(value: Any) -> Iterator[tuple[str | int, str]]:
    if isinstance(value, dict):
        yield from ((key, key) for key in value)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            name = part.get("source") if isinstance(part, dict) else part
            if isinstance(name, str):
                yield index, name


def _right(port: str) -> bool:
    if not _PORT.match(port):
        return False
    return all(int(number) < 65536 for number in re.findall(r"(?<![.\d])\d+(?![.\d])", port.partition("/")[0]))

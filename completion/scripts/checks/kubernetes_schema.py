"""Kubernetes manifests: the strict schema of the chosen version, and our rules for what no schema can say."""

from __future__ import annotations

from collections.abc import Sequence

from completion.scripts.checks import schemas
from completion.scripts.checks.kubernetes_rules import RULES
from completion.scripts.checks.verdicts import Unchecked, verdict
from completion.scripts.checks.yaml_nodes import Document, documents
from completion.scripts.types import Finding, Material

DEFAULT_VERSION = "1.34"


@verdict("kubernetes")
def check(text: str, material: Material) -> Sequence[Finding]:
    """Every error with line and column. A kind without a schema leaves the text unchecked, not invalid."""
    version = (material.version or DEFAULT_VERSION).lstrip("v")
    version = ".".join(version.split(".")[:2])
    if version not in schemas.versions():
        known = schemas.versions()
        raise Unchecked(f"there are schemas of Kubernetes {known[0]} to {known[-1]}, none of {version}")
    found, findings = documents(text, "kubernetes", old_booleans=True)
    if findings:
        return findings
    if not found:
        return (Finding("kubernetes", "there is no object in it", 1, 1),)
    unknown: list[str] = []
    for document in found:
        findings += _document(document, version, unknown)
    if unknown and not findings:
        raise Unchecked(f"no schema for {', '.join(unknown)}")
    return findings


def _document(document: Document, version: str, unknown: list[str]) -> list[Finding]:
    value = document.value
    if not isinstance(value, dict):
        return [Finding("kubernetes", "a manifest is a mapping", document.line, 1)]
    missing = [key for key in ("apiVersion", "kind") if not isinstance(value.get(key), str) or not value[key]]
    if missing:
        return [Finding("kubernetes", f"the manifest needs {key}", *document.place((key,))) for key in missing]
    api, kind = value["apiVersion"], value["kind"]
    if kind == "List" and isinstance(value.get("items"), list):
        unknown.append("List v1")
        return []
    schema = schemas.kubernetes(version, api, kind)
    if schema is None:
        known = schemas.kinds(version).get(kind)
        group = api.rpartition("/")[0]
        # Kinds of other groups may share a name with one of Kubernetes' own.
        if known and ("." not in group or group.endswith(".k8s.io")):
            message = f"{kind} is in {' and '.join(known)}, not in {api}"
            return [Finding("kubernetes", message, *document.place(("apiVersion",)), rule="api")]
        unknown.append(f"{kind} {api}")
        return []
    findings = schemas.violations("kubernetes", schema, document)
    if findings:
        return findings
    return [
        Finding("kubernetes", message, *document.place(path), rule=rule.__name__.replace("_", "-"))
        for rule in RULES
        for path, message in rule(value)
    ]

"""Makes `schemas.json.gz` again: strict Kubernetes schemas of several versions and the Compose specification, trimmed.

    python -m completion.scripts.checks.make_schemas KUBERNETES_VALIDATE_FOLDER CHECK_JSONSCHEMA_WHEEL

The first is the installed package `kubernetes-validate` (1.37.0; its schemas are made from the published API of
Kubernetes, Apache-2.0), the second the wheel of `check-jsonschema` (0.39.0), which holds compose-spec.json of the
Compose specification (Apache-2.0). Descriptions are dropped, and a definition that is equal in several versions is
kept once: `pool` is a list of schemas, and each version names its own by index. Nothing else of the product reads
this module.
"""

from __future__ import annotations

import gzip
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

VERSIONS = tuple(f"1.{minor}" for minor in range(29, 38))
KINDS = (
    "ConfigMap v1",
    "CronJob batch/v1",
    "DaemonSet apps/v1",
    "Deployment apps/v1",
    "HorizontalPodAutoscaler autoscaling/v1",
    "HorizontalPodAutoscaler autoscaling/v2",
    "Ingress networking.k8s.io/v1",
    "Job batch/v1",
    "Namespace v1",
    "PersistentVolumeClaim v1",
    "Pod v1",
    "Secret v1",
    "Service v1",
    "ServiceAccount v1",
    "StatefulSet apps/v1",
)
TARGET = Path(__file__).with_name("schemas.json.gz")
COMPOSE = "check_jsonschema/builtin_schemas/vendor/compose-spec.json"
_MARK = "/api/_definitions.json#/$defs/"


def main(package: Path, wheel: Path) -> None:
    """Write the data file."""
    pool: list[Any] = []
    places: dict[str, int] = {}
    versions: dict[str, dict[str, int]] = {}
    for version in VERSIONS:
        versions[version] = {}
        for name, schema in sorted(_schemas(package / "kubernetes-json-schema" / f"v{version}.0-local-strict").items()):
            text = json.dumps(schema, sort_keys=True, separators=(",", ":"))
            if text not in places:
                places[text] = len(pool)
                pool.append(schema)
            versions[version][name] = places[text]
    with zipfile.ZipFile(wheel) as archive:
        compose = _trimmed(json.loads(archive.read(COMPOSE)))
    body = {
        "licence": "Apache-2.0: API schemas, The Kubernetes Authors; compose-spec.json, The Compose Specification",
        "pool": pool,
        "versions": versions,
        "compose": compose,
    }
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    TARGET.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{TARGET.name}: {len(pool)} schemas, {len(VERSIONS)} versions, {TARGET.stat().st_size:,} bytes")


def _schemas(folder: Path) -> dict[str, Any]:
    definitions = json.loads((folder / "_definitions.json").read_text("utf-8"))
    definitions = definitions.get("$defs") or definitions["definitions"]
    found: dict[str, Any] = {}
    waiting: list[str] = []
    for kind in KINDS:
        name, version = kind.split(" ")
        group, _, level = version.rpartition("/")
        file = "-".join(part for part in (name.lower(), group.split(".")[0], level) if part)
        found[kind] = _trimmed(json.loads((folder / f"{file}.json").read_text("utf-8")))
        waiting += _references(found[kind])
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = _trimmed(definitions[name])
            waiting += _references(found[name])
    return found


def _trimmed(schema: Any, *, names: bool = False) -> Any:
    """The schema without descriptions and vendor keys; under `properties` the keys are names, not keywords."""
    if isinstance(schema, list):
        return [_trimmed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _trimmed(part, names=key in ("properties", "patternProperties", "definitions", "$defs"))
        if key != "$ref"
        else part.replace(_MARK, "#/$defs/")
        for key, part in schema.items()
        if names or not (key in ("description", "default", "$schema", "$id", "title") or key.startswith("x-"))
    }


def _references(schema: Any) -> list[str]:
    if isinstance(schema, list):
        return [name for part in schema for name in _references(part)]
    if not isinstance(schema, dict):
        return []
    own = [schema["$ref"].removeprefix("#/$defs/")] if isinstance(schema.get("$ref"), str) else []
    return own + [name for part in schema.values() for name in _references(part)]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
